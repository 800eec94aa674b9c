"""The reach of series over time: what they can detect, from how they varied before the change."""

from cycles.core.vocabulary import SeriesPanel
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import SERIES_KINDS, Cycle
from cycles.plan.power import Detectable


def reach_over_time(cycle: Cycle, workspace: Workspace) -> Detectable | None:
    """What the series of a design over time can detect; None for any other design.

    Parameters
    ----------
    cycle : the cycle
    workspace : where its files are

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
    return can_detect(panel, level=cycle.estimate.level)
