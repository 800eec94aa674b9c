"""Small panels for tests of estimates and checks."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cycles.core.vocabulary import Panel, SeriesBreak
from cycles.study.designs.frames import as_panel


def small_frame(*, n_clusters: int = 12, size: int = 8, effect: float = 0.5, seed: int = 3) -> pd.DataFrame:
    """Classrooms `c00` ... in schools of four, every other one in the arm "change"; columns as a researcher would have them."""
    draw = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), size)
    before = draw.normal(3, 1, size=len(cluster)) + 0.3 * draw.normal(size=n_clusters)[cluster]
    change = cluster % 2 == 0
    after = 1 + 0.6 * before + effect * change + draw.normal(0, 0.8, size=len(cluster))
    return pd.DataFrame(
        {
            "student": [f"s{place:03}" for place in range(len(cluster))],
            "classroom": [f"c{place:02}" for place in cluster],
            "school": [f"h{place // 4}" for place in cluster],
            "group": np.where(change, "change", "comparison"),
            "before": before,
            "after": after,
            "age": draw.integers(9, 13, size=len(cluster)).astype(float),
            "lunch": draw.choice(["free", "paid"], size=len(cluster)),
        }
    )


def small_panel(frame: pd.DataFrame | None = None, *, breaks: tuple[SeriesBreak, ...] = (), **options) -> Panel:
    """The panel of `small_frame`, by classroom; `options` as for `as_panel`."""
    chosen = {
        "measure": "score",
        "unit": "student",
        "outcome": "after",
        "baseline": "before",
        "arm": "group",
        "change": "change",
        "comparison": "comparison",
        "cluster": "classroom",
        **options,
    }
    return replace(as_panel(small_frame() if frame is None else frame, **chosen), breaks=breaks)
