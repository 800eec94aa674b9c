"""How much more would have to be measured before the rule must answer."""

from dataclasses import dataclass
from math import ceil

from cycles.act.decisions.case import Case


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Units beyond those of this cycle, and clusters where the design has them."""

    units: int
    clusters: int | None


def units_still_needed(case: Case) -> Needed:
    """Units (and clusters of the same size) still needed for the 80% half-width to reach `worth_having`.

    The standard error falls with the square root of the number of clusters, or of units where there are none; degrees of freedom are
    taken as they are, which asks for slightly too many.
    """
    estimate = case.estimate
    factor = (case.half_width / case.prediction.worth_having) ** 2
    if not estimate.n_clusters:
        return Needed(units=ceil(estimate.n * factor) - estimate.n, clusters=None)
    clusters = ceil(estimate.n_clusters * factor) - estimate.n_clusters
    return Needed(units=ceil(clusters * estimate.n / estimate.n_clusters), clusters=clusters)
