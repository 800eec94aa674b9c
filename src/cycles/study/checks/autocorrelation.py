"""Do periods still resemble those before them in what the model leaves over, more than its intervals allow for?

Turner, S. L., Forbes, A. B., Karahalios, A., Taljaard, M., & McKenzie, J. E. (2021). Evaluation of statistical methods used in the analysis
of interrupted time series studies: a simulation study. BMC Medical Research Methodology, 21, 181. doi:10.1186/s12874-021-01364-0
"""

from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import CHECKS
from cycles.study.inference.series_fit import HAC_PERIODS

SUSPICIOUS = 0.05
"""p of the Ljung-Box test below which what is left over is taken to resemble itself."""


@CHECKS.register("autocorrelation", designs=("interrupted_time_series", "comparative_interrupted_time_series"))
def autocorrelation(estimate: Estimate, panel: SeriesPanel) -> Finding:
    """Look for resemblance between neighbouring periods that the model has not taken up.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        pass where series are the clusters, or nothing is left over (Ljung-Box); concern where something is, or where Newey-West standard
        errors rest on few periods; cannot_say without a test.
    """
    name, facts = "autocorrelation", estimate.facts
    if facts.get("method") == "clusters":
        text = f"Periods may resemble one another in any way: each {panel.series_name} is a cluster."
        return Finding(name=name, answer="pass", text=text)
    p, lags = facts.get("ljung_box_p"), facts.get("ljung_box_lags")
    if p is None:
        return Finding(
            name=name,
            answer="cannot_say",
            text=f"There are too few {panel.every}s to see whether they resemble one another.",
        )
    tested = f"Ljung-Box test over {lags} {panel.every}s, p = {p:.2g}"
    periods = facts["periods_before"] + facts["periods_after"]
    if p < SUSPICIOUS:
        text = f"What is left over still resembles itself from {panel.every} to {panel.every} ({tested}): the interval may be too narrow."
        return Finding(name=name, answer="concern", text=text)
    if facts.get("method") == "ols_newey_west" and periods < HAC_PERIODS:
        text = f"Newey-West intervals are too narrow with {periods} {panel.every}s, and a test of so few misses much ({tested})."
        return Finding(name=name, answer="concern", text=text)
    about = (
        f"; neighbouring {panel.every}s correlate by {facts['autocorrelation']:.2f}"
        if "autocorrelation" in facts
        else ""
    )
    return Finding(
        name=name, answer="pass", text=f"Nothing is left over that the model does not know of ({tested}{about})."
    )
