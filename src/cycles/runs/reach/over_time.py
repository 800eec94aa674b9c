"""The reach of series over time: what they can detect, from how they varied before the change, and how many it would take."""

from collections.abc import Iterator
from dataclasses import replace

from cycles.core.phrases import chance, difference, number
from cycles.core.vocabulary import SeriesPanel
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import Cycle
from cycles.plan.design import SERIES_KINDS
from cycles.plan.power import Detectable, multiplier, power_of
from cycles.plan.power.sizes import LARGEST

MOST_POINTS = 60
"""Points of a phase beyond which nobody observes a single case."""


def reach_over_time(cycle: Cycle, workspace: Workspace) -> Detectable | None:
    """What the series of a design over time can detect; None for any other design.

    Parameters
    ----------
    cycle : the cycle
    workspace : where its files are

    Returns
    -------
    Detectable or None
        Its text also says how often what was predicted, and what is worth having, would be found, and how many series (of single cases,
        points in each phase) that would take.

    Raises
    ------
    CyclesError
        What stopped the files from being read.
    """
    if cycle.design.kind not in SERIES_KINDS:
        return None
    from cycles.runs.reach.known import panel_of
    from cycles.study.designs import can_detect

    panel = panel_of(cycle, workspace)
    assert isinstance(panel, SeriesPanel), "a design over time has series"
    told = can_detect(panel, estimator=cycle.estimate, level=cycle.estimate.level)
    return replace(told, text=" ".join([told.text, *_targets(cycle, panel, told)]))


def _targets(cycle: Cycle, panel: SeriesPanel, told: Detectable) -> Iterator[str]:
    """What was predicted and what is worth having; once, where they are the same."""
    if told.value is None:
        return
    predicted, worth = abs(cycle.prediction.size), cycle.prediction.worth_having
    if predicted == worth:
        yield _about("What was predicted, and is worth having", worth, panel, told)
        return
    yield _about("What was predicted", predicted, panel, told)
    yield _about("What is worth having", worth, panel, told)


def _about(subject: str, value: float, panel: SeriesPanel, told: Detectable) -> str:
    if told.formula == "single_case":
        return _of_cases(subject, value, panel, told)
    assert told.value is not None
    assert told.df is not None
    se = told.value / multiplier(told.df, level=told.level, power=told.power)
    found = chance(power_of(value, se=se, df=told.df, level=told.level))
    text = f"{subject} ({difference(value, panel.outcome_unit)}) would be found with a chance of {found}"
    if told.formula == "interrupted_time_series" or value >= told.value or not value > 0:
        return f"{text}."
    now = panel.table["series"].nunique()
    needed = _series_needed(value, se, told, now)
    if needed is None:
        return f"{text}; no number of {panel.series_name}s is known to be enough."
    often = f"{number(10 * told.power)} times in 10"
    return f"{text}; to find it {often}, {needed:,} {panel.series_name}s are needed rather than {now:,}, beginning in the same shares."


def _series_needed(value: float, se: float, told: Detectable, now: int) -> int | None:
    """The fewest series with which the effect is found; precision and degrees of freedom grow with their number."""
    df = told.df or 0.0

    def suffices(total: int) -> bool:
        times = total / now
        return multiplier(df * times, level=told.level, power=told.power) * se / times**0.5 <= value

    low, high = now, now
    while not suffices(high):
        low, high = high, 2 * high
        if high > LARGEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def _of_cases(subject: str, value: float, panel: SeriesPanel, told: Detectable) -> str:
    from cycles.study.designs.detection_of_single_cases import (
        FEWEST,
        chance_of_tau,
        sizes_of,
        smallest_tau,
        tau_of_difference,
    )

    size, tau = difference(value, panel.outcome_unit), tau_of_difference(panel, value)
    if tau is None:
        return f"{subject} ({size}) cannot be set against it: nothing varies before the change."
    sizes, _ = sizes_of(panel)
    found = chance(chance_of_tau(sizes, tau, level=told.level))
    text = f"{subject} ({size}; by how the points vary before the change, Tau {number(tau)}) would be found with a chance of {found}"
    if told.value is None or tau >= told.value:
        return f"{text}."
    for points in range(FEWEST, MOST_POINTS + 1):
        least = smallest_tau(((points, points),) * len(sizes), power=told.power, level=told.level)
        if least is not None and least <= tau:
            return f"{text}; {points} points in each phase would find it {number(10 * told.power)} times in 10."
    return f"{text}; more than {MOST_POINTS} points in each phase would be needed to find it {number(10 * told.power)} times in 10."
