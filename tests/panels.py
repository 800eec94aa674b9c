"""Small panels for tests of estimates and checks."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.vocabulary import Panel, SeriesBreak, SeriesPanel
from cycles.study.designs.frames import as_panel
from cycles.study.designs.series_frames import as_series


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


@dataclass(frozen=True)
class Needs:
    """What an estimator needs of a panel beyond a score by arm: answers of its own kind, columns, options."""

    answers: Callable[[pd.Series], pd.Series] = lambda score: score
    panel: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def _yes(score: pd.Series) -> pd.Series:
    return score.where(~np.isfinite(score), (score > 2.8).astype(float))


def _in_fives(score: pd.Series) -> pd.Series:
    return score.where(~np.isfinite(score), np.clip(np.round(score), 1, 5))


NEEDS = {
    "complier_effect": Needs(
        panel={"design": "cluster_randomised", "received": ("hours",)}, options={"received": "hours", "at_least": 1}
    ),
    "dose_response": Needs(panel={"received": ("hours",)}, options={"dose": "hours"}),
    "logistic": Needs(answers=_yes),
    "ordinal": Needs(answers=_in_fives),
    "regression_discontinuity": Needs(panel={"design": "regression_discontinuity", "running": "place", "cutoff": 50.0}),
}
"""What the estimators of units need that one which compares scores does not."""


def panel_for(name: str, frame: pd.DataFrame | None = None, **options: Any) -> tuple[Panel, dict[str, Any]]:
    """The panel of a frame as the estimator `name` needs it, and the options it is called with.

    Scores become answers where it needs them; hours received and the place on a score that decides are made from the row's number and arm.
    """
    frame = small_frame() if frame is None else frame
    needs, at = NEEDS.get(name, Needs()), np.arange(len(frame))
    inside = (frame["group"] == "change").to_numpy()
    numbers = pd.api.types.is_numeric_dtype(frame["after"])
    frame = frame.assign(
        after=needs.answers(frame["after"].astype(float)) if numbers else frame["after"],
        hours=np.where(inside, at * 7 % 5, 0.0),
        place=50 + np.where(inside, 0.5 + at * 37 % 41, -0.5 - at * 37 % 43),
    )
    return small_panel(frame, **{**needs.panel, **options}), needs.options


def small_series(*, n_series: int = 16, periods: int = 20, began: int | None = 10, seed: int = 8) -> pd.DataFrame:
    """Series `s00` ... of which every other one began in period `began`; columns as a researcher would have them."""
    draw = np.random.default_rng(seed)
    series, week = np.repeat(np.arange(n_series), periods), np.tile(np.arange(periods), n_series)
    change = series % 2 == 0
    value = 5 + 0.1 * week + draw.normal(size=n_series)[series] + draw.normal(size=len(series))
    start = np.where(change, -1 if began is None else began, -1)
    return pd.DataFrame(
        {
            "school": [f"s{place:02}" for place in series],
            "week": week,
            "group": np.where(change, "change", "comparison"),
            "rate": value + 0.8 * (change & (began is not None) & (week >= (began or 0))),
            "began": pd.array(start, dtype="Int64"),
        }
    ).assign(began=lambda rows: rows["began"].mask(rows["began"] < 0))


def series_panel(frame: pd.DataFrame | None = None, **options: Any) -> SeriesPanel:
    """The panel of `small_series`; `options` as for `as_series`."""
    chosen = {
        "measure": "rate",
        "value": "rate",
        "time": "week",
        "series": "school",
        "started": "began",
        "arm": "group",
        "change": "change",
        "comparison": "comparison",
        "design": "staggered_starts",
        **options,
    }
    return as_series(small_series() if frame is None else frame, **chosen)
