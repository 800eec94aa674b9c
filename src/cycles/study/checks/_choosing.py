"""The strongest design that the data warrant, in words, and what each stronger one would need.

Shadish, W. R., Cook, T. D., & Campbell, D. T. (2002). Experimental and Quasi-Experimental Designs for Generalized Causal Inference.
Houghton Mifflin.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cycles.core.catalogue import CATALOGUE
from cycles.core.vocabulary import DesignChoice, Estimate, Panel, SeriesPanel
from cycles.plan.cycle_file import Cycle
from cycles.study.checks._choosing_over_time import choice_over_time
from cycles.study.designs import build_panel
from cycles.study.designs.earlier import earlier_waves
from cycles.study.estimators import ESTIMATORS, estimate
from cycles.study.inference.background import Background
from cycles.study.inference.sample import covariate_columns, labels_of, numbers

if TYPE_CHECKING:
    from cycles.do.collection import Tables

BY_LOT = ("lot", "lottery", "random", "randomised", "randomized", "randomly", "chance", "coin", "draw")
"""Words in `assigned_by` that say chance decided."""

ENOUGH_VALUES = 10
"""Different values that a number must have in each arm before it can be a cutoff's."""

ANOTHER_ARM = "another arm to compare with"
ALONE = ("randomised", "before_and_after")
"""Designs that are judged though the file names no comparison."""

WEIGHTING = ("entropy_balanced", "propensity_weighted", "nearest_neighbour")
"""Estimators that make the comparison like the change arm."""

Answer = tuple[bool, str]
"""Whether a design is warranted, and why, or what it would need."""


@dataclass(frozen=True)
class _Known:
    """What the designs are judged by."""

    cycle: Cycle
    tables: "Tables"
    panel: Panel
    plain: Estimate


def choose_design(cycle: Cycle, tables: "Tables") -> DesignChoice:
    """Judge every design by the data of the predicted measure, strongest first.

    Parameters
    ----------
    cycle : the cycle or evaluation
    tables : the validated tables, as :func:`cycles.collect` returns them

    Returns
    -------
    DesignChoice
        Its `text` names the strongest design that is warranted and what the next stronger one would need.

    Notes
    -----
    Randomised, regression discontinuity, differences in differences with parallel trends, matched or weighted, adjusted for the baseline,
    outcomes alone, one group before and after. Only what the data can show is judged: that nothing unmeasured set the arms apart cannot be
    seen in any data. The method of the file stays the one that counts; this says how it compares. Of a design over time the designs over
    time are judged: comparative interrupted time series, staggered starts, interrupted time series, single cases.
    """
    panel = build_panel(cycle, tables, measure=cycle.prediction.measure)
    if isinstance(panel, SeriesPanel):
        return choice_over_time(cycle, panel, _told)
    known = _Known(cycle, tables, panel, estimate(panel, estimator="difference_in_means"))
    rows = []
    for design, (title, method, judge) in DESIGNS.items():
        alone = panel.comparison is None and design not in ALONE
        warranted, because = (False, ANOTHER_ARM) if alone else judge(known)
        estimator = method if method in ESTIMATORS.names() else None
        rows.append((design, title, warranted, estimator, because))
    table = pd.DataFrame(rows, columns=["design", "title", "warranted", "estimator", "because"], dtype=object)
    strongest = next((row for row in rows if row[2]), None)
    return DesignChoice(
        measure=panel.measure,
        strongest="none" if strongest is None else strongest[0],
        planned=cycle.estimate.estimator,
        table=table,
        text=_told(rows, strongest, cycle),
    )


def _told(
    rows: list[tuple[str, str, bool, str | None, str]],
    strongest: tuple[str, str, bool, str | None, str] | None,
    cycle: Cycle,
) -> str:
    if strongest is None:
        return "These data warrant no design: nothing can be compared, not even before and after."
    said = f"The strongest design that these data warrant is {strongest[1]}: {strongest[4]}."
    place = rows.index(strongest)
    if place:
        said += f" The next stronger, {rows[place - 1][1]}, would need this: {rows[place - 1][4]}."
    planned = cycle.estimate.estimator
    same = planned == strongest[3] or (planned in WEIGHTING and strongest[3] in WEIGHTING)
    if strongest[3] is not None and not same:
        said += f" The method that counts stays the file's own ({planned}); compare it with {strongest[3]}."
    return said


def _randomised(known: _Known) -> Answer:
    if known.plain.code is not None:
        return False, _why_not(known.plain)
    drawn = _drawn_by_lot(known)
    if "randomised" in known.cycle.design.kind:
        if drawn is False:
            return (
                False,
                "the file says that chance decided, but the table of arms says that something else did (assigned_by)",
            )
        return True, "chance decided who had the change, so nothing else can have set the arms apart from the start"
    if drawn:
        return True, "the table of arms says that chance decided who had the change; say so in `design.kind` as well"
    whom = "classrooms or schools" if known.cycle.design.cluster else "students"
    return False, f"a lot that decides which {whom} begin, and the others to begin later"


def _drawn_by_lot(known: _Known) -> bool | None:
    """Whether every unit's arm was drawn by lot; None where nobody said."""
    arms = known.tables.by_table["arms"]
    if "assigned_by" not in arms:
        return None
    said = [label for label in labels_of(arms["assigned_by"]) if label]
    if not said:
        return None
    return all(any(word in BY_LOT for word in str(one).lower().replace("-", " ").split()) for one in said)


def _cutoff(known: _Known) -> Answer:
    if known.panel.cutoff is not None and known.cycle.estimate.estimator == "regression_discontinuity":
        found = estimate(known.panel, estimator=known.cycle.estimate)
        if found.code not in (None, "CY307"):
            return False, _why_not(found)
        return (
            True,
            f"{known.panel.cutoff.column} decided who had the change, so those just above and below its cutoff can be compared",
        )
    if known.plain.code not in (None, "CY307"):
        return False, _why_not(known.plain)
    names = [name for name, column in _numbers(known.panel).items() if _cuts(known.panel, column)]
    if names:
        return (
            True,
            f"{names[0]} alone decided who had the change, so those just above and below its cutoff can be compared",
        )
    return False, "a score with a cutoff, fixed beforehand, that alone decides who has the change"


def _numbers(panel: Panel) -> dict[str, np.ndarray]:
    columns = {} if panel.cutoff is None else {panel.cutoff.column: numbers(panel.table, "running")}
    columns["baseline"] = numbers(panel.table, "baseline")
    for covariate in panel.covariates:
        found = covariate_columns(panel.table, covariate)
        columns.update(found if set(found) == {covariate} else {})
    return columns


def _cuts(panel: Panel, column: np.ndarray) -> bool:
    """Whether all of one arm lie above all of the other, with many different values in each."""
    arms = labels_of(panel.table["arm"])
    change, comparison = (column[(arms == arm) & ~np.isnan(column)] for arm in (panel.change, panel.comparison))
    if min(len(np.unique(change)), len(np.unique(comparison))) < ENOUGH_VALUES:
        return False
    return bool(change.min() > comparison.max() or comparison.min() > change.max())


def _parallel(known: _Known) -> Answer:
    from cycles.study.checks import CHECKS

    found = estimate(known.panel, estimator="difference_in_differences")
    if found.code not in (None, "CY307"):
        return False, _why_not(found)
    spec = known.cycle.measures.all[known.panel.measure]
    earlier = earlier_waves(known.cycle, spec, known.tables)
    around = Background(earlier=earlier, worth_having=known.cycle.prediction.worth_having)
    seen = CHECKS.get("parallel_pre_trends")(found, known.panel, around)
    if seen.answer == "pass":
        return True, "the arms moved alike over the waves before the change, so they would probably have gone on alike"
    if seen.answer == "concern":
        return False, "arms that moved alike before the change; these did not"
    return (
        False,
        "two waves or more before the change, and students enough to see whether the arms were moving alike already",
    )


def _weighted(known: _Known) -> Answer:
    from cycles.study.checks import CHECKS

    found = estimate(known.panel, estimator="entropy_balanced")
    if found.balance is None:
        return False, _why_not(found)
    if CHECKS.get("weighting")(found, known.panel).answer != "pass":
        return False, "a comparison of which more is like the change arm; as it is, a few carry all the weight"
    return True, "the comparison can be weighted to be like the change arm in everything that was measured before"


def _adjusted(known: _Known) -> Answer:
    found = estimate(known.panel, estimator="ancova")
    if found.code not in (None, "CY307"):
        return False, _why_not(found)
    return (
        True,
        "both arms were measured before, so what set them apart then can be taken into account along a straight line",
    )


def _plain(known: _Known) -> Answer:
    if known.plain.code not in (None, "CY307") or known.panel.comparison is None:
        return False, _why_not(known.plain)
    return True, "there is another arm to compare with, but whether it was alike before is not known or not used"


def _before_after(known: _Known) -> Answer:
    rows = known.panel.table[known.panel.table["arm"] == known.panel.change]
    if (rows["baseline"].notna() & rows["outcome"].notna()).sum() < 2:
        return False, "the change arm measured before and after"
    return True, "the change arm was measured before and after; that shows change, not an effect"


def _why_not(found: Estimate) -> str:
    """What a stronger design lacks, without counts of few people."""
    if found.code is None or found.code == "CY221":
        return ANOTHER_ARM
    remedy = CATALOGUE[found.code].fix
    return f"{remedy[0].lower()}{remedy[1:].rstrip('.')}" + f" ({found.code})"


DESIGNS: dict[str, tuple[str, str, Callable[[_Known], Answer]]] = {
    "randomised": ("a randomised trial", "ancova", _randomised),
    "regression_discontinuity": ("a regression discontinuity", "regression_discontinuity", _cutoff),
    "difference_in_differences": (
        "a difference in differences with parallel trends",
        "difference_in_differences",
        _parallel,
    ),
    "weighted_comparison": ("a matched or weighted comparison", "entropy_balanced", _weighted),
    "adjusted_comparison": ("a comparison adjusted for the baseline", "ancova", _adjusted),
    "plain_comparison": ("a comparison of outcomes alone", "difference_in_means", _plain),
    "before_and_after": ("one group before and after", "difference_in_means", _before_after),
}
"""Every design, strongest first: what it is called, the estimator that goes with it, and how it is judged."""
