"""What a site's own cycles have shown about the spread of a measure: kept after each run, used to plan the next."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

from cycles.core.files import canonical_json
from cycles.core.spreads import Spread
from cycles.core.vocabulary import Record
from cycles.plan.cycle_file import Cycle, MeasureSpec


@dataclass(frozen=True, kw_only=True, repr=False)
class History(Record):
    """The share of the differences between groups, over earlier cycles, and the standard deviation of students."""

    icc: float
    sd: float | None
    n_cycles: int
    n: int
    n_clusters: int

    @property
    def text(self) -> str:
        """What it rests on."""
        cycles = "1 earlier cycle" if self.n_cycles == 1 else f"{self.n_cycles} earlier cycles"
        return f"{cycles} of this site ({self.n:,} students in {self.n_clusters:,} groups)"


def measured_as(spec: MeasureSpec) -> str:
    """What a measure is, whatever a cycle calls it: its scale, or its indicator with all options.

    >>> measured_as(MeasureSpec(scale="school_belonging.belonging"))
    'school_belonging.belonging'
    """
    return spec.scale or canonical_json({"indicator": spec.indicator, **spec.options})


def spreads_of(cycle: Cycle, results: dict[str, Any]) -> list[Spread]:
    """The spread of each outcome and balancing measure that a run's results tell, where the design has groups.

    Parameters
    ----------
    cycle : the cycle that was run
    results : as `results.json` holds them
    """
    told = {one["id"]: one for one in reversed(results.get("estimates", []))}
    wanted = {**cycle.measures.outcome, **cycle.measures.balancing}
    return [
        Spread(
            cycle=cycle.cycle,
            measure=measured_as(spec),
            cluster=cycle.design.cluster or "",
            icc=told[name]["icc"],
            sd=told[name].get("sd"),
            n=told[name]["n"],
            n_clusters=told[name]["n_clusters"],
        )
        for name, spec in wanted.items()
        if cycle.design.cluster and _is_told(told.get(name))
    ]


def history(spreads: list[Spread]) -> History | None:
    """Earlier cycles together: each counts by its groups less one, for the standard deviation by its students less one.

    Two cycle files on the same data give the same numbers and count once.

    >>> one = Spread(cycle="a", measure="m", cluster="classroom_id", icc=0.10, sd=1.0, n=300, n_clusters=16)
    >>> two = Spread(cycle="b", measure="m", cluster="classroom_id", icc=0.06, sd=1.0, n=600, n_clusters=31)
    >>> found = history([one, two])
    >>> round(found.icc, 4), found.text
    (0.0733, '2 earlier cycles of this site (900 students in 47 groups)')
    """
    apart = list({(one.icc, one.n, one.n_clusters): one for one in spreads if one.n_clusters > 1}.values())
    if not apart:
        return None
    groups = sum(one.n_clusters - 1 for one in apart)
    return History(
        icc=sum(one.icc * (one.n_clusters - 1) for one in apart) / groups,
        sd=_pooled_sd([(one.sd, one.n) for one in apart if one.sd]),
        n_cycles=len(apart),
        n=sum(one.n for one in apart),
        n_clusters=sum(one.n_clusters for one in apart),
    )


def _is_told(estimate: dict[str, Any] | None) -> bool:
    """A value that was withheld, to protect someone, is not kept either."""
    return estimate is not None and all(estimate.get(name) is not None for name in ("icc", "n", "n_clusters"))


def _pooled_sd(known: list[tuple[float, int]]) -> float | None:
    weight = sum(n - 1 for _, n in known)
    return sqrt(sum(sd**2 * (n - 1) for sd, n in known) / weight) if weight else None
