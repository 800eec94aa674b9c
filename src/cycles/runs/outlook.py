"""The outlook at sealing: what this cycle can detect, and how often its rule would err, from the files that are there by then."""

from pathlib import Path

from cycles.core.errors import CyclesError
from cycles.plan.cycle_file import Cycle, read_cycle_file


def outlook(cycle_file: str | Path) -> list[str]:
    """What may be expected of a cycle, told when it is sealed.

    Parameters
    ----------
    cycle_file : a parameter file of a workspace

    Returns
    -------
    list of str
        Two sentences, from who was assigned, the baseline and earlier cycles, never from an outcome; or why nothing can be told yet.
    """
    from cycles.act.decisions import rule_in_practice
    from cycles.core.workspace import find_workspace
    from cycles.runs.reach import reach, reach_over_time

    cycle = read_cycle_file(cycle_file)
    assert isinstance(cycle, Cycle)
    try:
        series = reach_over_time(cycle, find_workspace(Path(cycle_file).resolve().parent))
        if series is not None:
            rule = rule_in_practice(series, prediction=cycle.prediction, rule=cycle.decide)
            return [series.text, rule.text]
        found = reach(cycle_file)
    except CyclesError as problem:
        return [f"What this cycle can detect cannot be told yet: {problem.what} [{problem.code}]."]
    rule = rule_in_practice(found.detectable, prediction=cycle.prediction, rule=cycle.decide)
    return [found.headline, rule.text]
