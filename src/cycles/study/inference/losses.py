"""Who was lost between assignment and analysis, at each level that was assigned; individuals count as lost only in clusters that remain.

What Works Clearinghouse (2020). Standards Handbook, version 4.1, chapter II.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cycles.core.vocabulary import Panel
from cycles.study.inference.attrition import attrition_boundary
from cycles.study.inference.sample import labels_of, numbers

EDGE = 1e-9
"""Both boundaries count as inside; this much is rounding."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Shares lost at one level: overall, and how much more in one arm than in the other."""

    level: str
    overall: float
    differential: float

    def is_low(self, *, cautious: bool) -> bool:
        """Whether the loss lies within the tabulated boundary."""
        limit = attrition_boundary(self.overall)[0 if cautious else 1]
        return limit is not None and self.differential <= limit + EDGE


def losses(panel: Panel, *, needed: Sequence[str], by_cluster: bool) -> tuple[Loss, ...] | None:
    """Losses of clusters (where they were assigned) and of units.

    Parameters
    ----------
    panel : every assigned unit is in it
    needed : columns besides the outcome without which a unit is not analysed
    by_cluster : whether whole clusters were assigned; units are then counted in clusters that remain

    Returns
    -------
    tuple of Loss, or None
        None when an arm has nobody to count.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> frame = pd.DataFrame({"arm": list("yyyynnnn"), "after": [1.0, 2, 3, None, 1, 2, 3, 4]})
    >>> panel = as_panel(frame, measure="m", outcome="after", arm="arm", change="y", comparison="n")
    >>> losses(panel, needed=(), by_cluster=False)
    (Loss(level='student', overall=0.125, differential=0.25),)
    """
    arms = labels_of(panel.table["arm"])
    analysed = ~np.isnan(numbers(panel.table, "outcome")) & panel.table[list(needed)].notna().all(axis=1).to_numpy(bool)
    counted = np.array((arms == panel.change) | (arms == panel.comparison), dtype=bool)
    found = []
    if by_cluster and panel.cluster_name is not None:
        clusters = _by_cluster(arms, labels_of(panel.table["cluster"]), analysed)
        found.append(_loss(panel.cluster_name, [arm for arm, _ in clusters], list(clusters.values()), panel))
        counted &= np.array([clusters[one] for one in zip(arms, labels_of(panel.table["cluster"]), strict=True)], bool)
    found.append(_loss(panel.unit_name, arms[counted], analysed[counted], panel))
    return None if None in found else tuple(one for one in found if one is not None)


def _by_cluster(
    arms: NDArray[np.object_], clusters: NDArray[np.object_], analysed: NDArray[np.bool_]
) -> dict[tuple[str, str], bool]:
    """Each assigned cluster, and whether anyone of it is analysed."""
    found: dict[tuple[str, str], bool] = {}
    for arm, cluster, present in zip(arms, clusters, analysed, strict=True):
        found[arm, cluster] = found.get((arm, cluster), False) or bool(present)
    return found


def _loss(
    level: str, arms: Sequence[str] | NDArray[np.object_], kept: Sequence[bool] | NDArray[np.bool_], panel: Panel
) -> Loss | None:
    names, present = np.array(arms, dtype=object), np.array(kept, dtype=bool)
    change, comparison = present[names == panel.change], present[names == panel.comparison]
    if not len(change) or not len(comparison):
        return None
    overall = 1 - float(np.concatenate([change, comparison]).mean())
    return Loss(level=level, overall=overall, differential=abs(float(change.mean()) - float(comparison.mean())))
