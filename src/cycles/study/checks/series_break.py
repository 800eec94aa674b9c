"""Is the outcome the same measure as the baseline was?"""

from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Finding, Panel, SeriesPanel
from cycles.plan.design import SERIES_KINDS
from cycles.study.checks import ANY_DESIGN, CHECKS


@CHECKS.register("series_break", designs=(*ANY_DESIGN, *SERIES_KINDS))
def series_break(estimate: Estimate, panel: Panel | SeriesPanel) -> Finding:
    """Look for a series break between the baseline and the outcome, or between the first and the last period of a series.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        concern (CY221) when a break lies between them, blocking where the estimate subtracts one from the other or is of series; pass when
        breaks were looked for and none does, or when there is no baseline; cannot_say when nobody looked.
    """
    if isinstance(panel, SeriesPanel):
        return _over_time(panel)
    if panel.table["baseline"].isna().all():
        return Finding(
            name="series_break", answer="pass", text="There is no baseline that the outcome could differ from."
        )
    if panel.breaks is None:
        text = "Nobody looked whether the measure was the same at the baseline and at the outcome."
        return Finding(name="series_break", answer="cannot_say", text=text)
    if not panel.breaks:
        text = "No contract says, and no published series shows, that the measure changed between baseline and outcome."
        return Finding(name="series_break", answer="pass", text=text)
    told = listed([f"at {one.at} ({one.because})" for one in panel.breaks])
    blocking = estimate.code == "CY221"
    use = "a difference between them says nothing" if blocking else "the baseline serves as an adjustment only"
    text = f"The series breaks between baseline and outcome, {told}: {use}."
    return Finding(name="series_break", answer="concern", text=text, code="CY221", blocking=blocking)


def _over_time(panel: SeriesPanel) -> Finding:
    """Between the first and the last period any break forbids to go on from before it."""
    if panel.breaks is None:
        text = "Nobody looked whether the measure was the same in every period."
        return Finding(name="series_break", answer="cannot_say", text=text)
    if not panel.breaks:
        text = "No contract says, and no published series shows, that the measure changed between the first and the last period."
        return Finding(name="series_break", answer="pass", text=text)
    told = listed([f"at {one.at} ({one.because})" for one in panel.breaks])
    text = f"The series breaks {told}: where it would have led cannot be told from before that."
    return Finding(name="series_break", answer="concern", text=text, code="CY221", blocking=True)
