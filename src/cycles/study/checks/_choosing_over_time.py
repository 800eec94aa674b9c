"""Designs over time, strongest first, and how each is judged by a panel of series."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from cycles.core.catalogue import CATALOGUE
from cycles.core.vocabulary import DesignChoice, Estimate, SeriesPanel
from cycles.plan.cycle_file import Cycle
from cycles.study.estimators import ESTIMATORS, estimate
from cycles.study.inference.background import Background

Answer = tuple[bool, str]

LOTTERY = "a lot that decides which schools or students begin, and the others to begin later"
ONE_START = "one day on which all of them begin; these began at different times"


@dataclass(frozen=True)
class Series:
    """What designs over time are judged by."""

    cycle: Cycle
    panel: SeriesPanel


def rows_over_time(cycle: Cycle, panel: SeriesPanel) -> list[tuple[str, str, bool, str | None, str]]:
    """Every design over time with its title, whether the data warrant it, its estimator, and why or what it would need."""
    known = Series(cycle, panel)
    rows: list[tuple[str, str, bool, str | None, str]] = [
        ("randomised", "a randomised trial", False, "ancova", LOTTERY)
    ]
    for design, (title, method, judge) in OVER_TIME.items():
        estimator = method if method in ESTIMATORS.names() else None
        warranted, because = judge(known) if estimator else (False, "a method that is not there yet")
        rows.append((design, title, warranted, estimator, because))
    return rows


def choice_over_time(cycle: Cycle, panel: SeriesPanel, told: Callable[..., str]) -> DesignChoice:
    """The strongest design over time that a panel of series warrants; `told` puts the rows into words."""
    import pandas as pd

    rows = rows_over_time(cycle, panel)
    strongest = next((row for row in rows if row[2]), None)
    return DesignChoice(
        measure=panel.measure,
        strongest="none" if strongest is None else strongest[0],
        planned=cycle.estimate.estimator,
        table=pd.DataFrame(rows, columns=["design", "title", "warranted", "estimator", "because"], dtype=object),
        text=told(rows, strongest, cycle),
    )


def _compared(known: Series) -> Answer:
    from cycles.study.checks import CHECKS

    panel = replace(known.panel, design="comparative_interrupted_time_series")
    if panel.comparison is None:
        return False, "series without the change to compare with"
    if _starts_differ(known):
        return False, ONE_START
    found = estimate(panel, estimator="interrupted_time_series")
    if found.code is not None:
        return False, _why_not(found)
    around = Background(worth_having=known.cycle.prediction.worth_having)
    if CHECKS.get("comparison_before")(found, panel, around).answer == "concern":
        return False, "comparison series that moved alike before the change; these did not"
    return True, "what else happened at the same time happened to the comparison series too, and is taken off"


def _staggered(known: Series) -> Answer:
    starts = known.panel.table.drop_duplicates("series")["started"]
    if starts.dropna().nunique() < 2 and not starts.isna().any():
        return False, "series that begin at different times, or that never do"
    found = estimate(replace(known.panel, design="staggered_starts"), estimator="staggered_starts")
    if found.code is not None:
        return False, _why_not(found)
    return True, "each series that began can be compared with those that had not begun yet"


def _alone(known: Series) -> Answer:
    if _starts_differ(known):
        return False, ONE_START
    table = known.panel.table[known.panel.table["arm"] == known.panel.change]
    panel = replace(known.panel, table=table, comparison=None, design="interrupted_time_series")
    found = estimate(panel, estimator="interrupted_time_series")
    if found.code is not None:
        return False, _why_not(found)
    return (
        True,
        "there are periods enough before the change to see where level and trend were heading, and nothing to take off",
    )


def _single_case(known: Series) -> Answer:
    panel = replace(known.panel, design="single_case")
    found = estimate(panel, estimator="single_case")
    if found.code is not None:
        return False, _why_not(found)
    return True, "each series was observed before the change and under it"


def _starts_differ(known: Series) -> bool:
    return bool(known.panel.table["started"].nunique() > 1)


def _why_not(found: Estimate) -> str:
    """What a stronger design lacks."""
    remedy = CATALOGUE[found.code or "CY310"].fix
    return f"{remedy[0].lower()}{remedy[1:].rstrip('.')} ({found.code})"


OVER_TIME: dict[str, tuple[str, str, Callable[[Series], Answer]]] = {
    "comparative_interrupted_time_series": (
        "a comparative interrupted time series",
        "interrupted_time_series",
        _compared,
    ),
    "staggered_starts": ("a comparison of staggered starts", "staggered_starts", _staggered),
    "interrupted_time_series": ("an interrupted time series", "interrupted_time_series", _alone),
    "single_case": ("single cases", "single_case", _single_case),
}
"""Every design over time, strongest first."""
