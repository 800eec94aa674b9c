"""The outlook at sealing: what this cycle can detect, and how often its rule would err, from the files that are there by then."""

from pathlib import Path

from cycles.core.errors import CyclesError
from cycles.core.vocabulary import Panel
from cycles.core.workspace import Workspace, find_workspace
from cycles.plan.cycle_file import Cycle, read_cycle_file


def outlook(cycle_file: str | Path) -> list[str]:
    """What may be expected of a cycle, told when it is sealed.

    Parameters
    ----------
    cycle_file : a parameter file of a workspace

    Returns
    -------
    list of str
        Two sentences, from who was assigned and the baseline, never from an outcome; or why nothing can be told yet.
    """
    from cycles.act.decisions import rule_in_practice
    from cycles.study.designs import can_detect

    cycle = read_cycle_file(cycle_file)
    assert isinstance(cycle, Cycle)
    try:
        panel = _panel(cycle, find_workspace(Path(cycle_file).resolve().parent))
    except CyclesError as problem:
        return [f"What this cycle can detect cannot be told yet: {problem.what} [{problem.code}]."]
    reach = can_detect(panel)
    return [reach.text, rule_in_practice(reach, prediction=cycle.prediction, rule=cycle.decide).text]


def _panel(cycle: Cycle, workspace: Workspace) -> Panel:
    """The panel of the predicted measure, from whichever sources can be read already."""
    from cycles.do.collection import gathered
    from cycles.do.contracts import hold
    from cycles.do.intake import read
    from cycles.study.designs import build_panel

    deliveries = []
    for source in cycle.sources.values():
        try:
            deliveries.append(read(source, workspace=workspace))
        except CyclesError as problem:
            if problem.code != "CY104":
                raise
    reports = [hold(delivery, workspace=workspace, second_engine=False) for delivery in deliveries]
    tables = gathered(deliveries, reports, [], instruments=workspace.instruments)
    return build_panel(cycle, tables, measure=cycle.prediction.measure)
