"""One planned study, larger and smaller: what it finds as it is, what it would find, and how large it would have to be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from cycles.plan.design import DesignKind
from cycles.plan.power.assumed import OutcomeKind
from cycles.plan.power.by_method import Method
from cycles.plan.power.detection import CLUSTER_KINDS, FEW_CLUSTERS, Detectable, detectable
from cycles.plan.power.formulas import Precision
from cycles.plan.power.sizes import power_of, smallest_size

if TYPE_CHECKING:
    import pandas as pd

STEPS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)
"""Sizes that a curve passes through: each about half as large again as the one before."""

MOST_ROWS = 12


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A study as it is planned: `groups` of `size` students by arm (students, and size 1, where nobody is grouped), and what is assumed."""

    design_kind: DesignKind
    groups: dict[str, float]
    size: float
    icc: float | None = None
    sd: float | None = None
    unit: str = ""
    n_blocks: int | None = None
    measure_kind: OutcomeKind = "other"
    correlation: float | None = None
    adjusts: bool = False
    of_change: bool = False
    attrition: float = 0.0
    level: float = 0.95
    power: float = 0.80
    method: Method | None = None

    @property
    def total(self) -> float:
        """Groups in all arms."""
        return sum(self.groups.values())

    @property
    def fewest(self) -> int:
        """The fewest groups that give more than a description."""
        smallest = min(self.groups.values()) / self.total
        return ceil(FEW_CLUSTERS / smallest) if self.design_kind in CLUSTER_KINDS else 2 * len(self.groups)

    def of(self, total: float) -> "Planned":
        """The same with another number of groups, divided among arms and blocks as now."""
        times = total / self.total
        blocks = None if self.n_blocks is None else max(round(self.n_blocks * times), 1)
        return replace(self, groups={arm: n * times for arm, n in self.groups.items()}, n_blocks=blocks)

    def with_groups(self, total: int) -> "Planned":
        """The same with so many whole groups, at least one in each arm where there are enough."""
        arms = list(self.groups)
        near = {arm: max(round(n), 1) for arm, n in self.of(total).groups.items()}
        near[arms[-1]] = total - sum(near[arm] for arm in arms[:-1])
        return replace(self.of(total), groups={arm: float(n) for arm, n in near.items()})

    @property
    def finds(self) -> Detectable:
        """The smallest effect it finds."""
        explained = self.correlation**2 if self.adjusts and self.correlation is not None else 0.0
        return detectable(
            design_kind=self.design_kind,
            n_clusters_by_arm=self.groups,  # type: ignore[arg-type]
            units_per_cluster=self.size,
            icc=self.icc,
            r2=explained,
            n_blocks=self.n_blocks,
            level=self.level,
            power=self.power,
            sd=self.sd,
            unit=self.unit,
            measure_kind=self.measure_kind,
            correlation=self.correlation,
            of_change=self.of_change,
            attrition=self.attrition,
            method=self.method,
        )

    def chance(self, effect: float | None) -> float | None:
        """How often an effect (in standard deviations) of that size is found."""
        precision = None if effect is None else self._precision(effect)
        if effect is None or precision is None:
            return None
        return power_of(effect, se=precision.se, df=precision.df, level=self.level)

    def groups_needed(self, effect: float | None) -> int | None:
        """Groups in all arms with which that effect is found; None where no number is known to suffice."""
        found = self._smallest(self.of, effect)
        return None if found is None else max(found, self.fewest)

    def size_needed(self, effect: float | None) -> int | None:
        """Students a group with which as many groups as now find that effect; None where none suffices."""
        return self._smallest(lambda size: replace(self, size=float(size)), effect)

    def _smallest(self, at: Callable[[int], "Planned"], effect: float | None) -> int | None:
        if effect is None or effect <= 0:
            return None
        return smallest_size(
            lambda number: at(number)._precision(effect), effect=effect, level=self.level, power=self.power
        )

    def _precision(self, effect: float) -> Precision | None:
        """The standard error of an effect of that size; of shares and ordered answers it hangs on the size."""
        told = self.finds
        if told.se is None or told.df is None or told.mdes is None:
            return None
        if self.method is None:
            return Precision(told.se, told.df)
        own, smallest = self.method.factor(effect), self.method.factor(told.mdes)
        return Precision(told.se * own / smallest, told.df) if own and smallest else None

    def curve(self, effects: dict[str, float | None], *, through: Iterable[int | None] = ()) -> "pd.DataFrame":
        """What other numbers of groups would find.

        Parameters
        ----------
        effects : name -> true effect in standard deviations
        through : numbers of groups that get a row, beside the one planned and a few in between

        Returns
        -------
        DataFrame, one row per number of groups
            `n_groups, n_students, mdes, value` and, for each effect, `<name>_found` (share, 0-1). None where nothing is known.
        """
        import pandas as pd

        rows = [self._row(total, effects) for total in self._totals([one for one in through if one])]
        return pd.DataFrame(rows).astype(object).where(lambda table: table.notna(), None)

    def _totals(self, through: list[int]) -> list[int]:
        wanted = {round(self.total), *through}
        times = 1 if self.design_kind in CLUSTER_KINDS else 10
        most = max(1.5 * max(wanted), 3 * self.total)
        between = [times * step for step in STEPS if self.fewest <= times * step <= most]
        left = max(MOST_ROWS - len(wanted), 2)
        return sorted(wanted | set(between[:: ceil(len(between) / left) or 1] if between else ()))

    def _row(self, total: int, effects: dict[str, float | None]) -> dict[str, Any]:
        one = self.of(total)
        told = one.finds
        found = {f"{name}_found": one.chance(effect) for name, effect in effects.items()}
        return {
            "n_groups": total,
            "n_students": round(total * self.size),
            "mdes": told.mdes,
            "value": told.value,
            **found,
        }
