"""Is anybody compared with series that are under the change already?

Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics, 225(2), 254-277.
doi:10.1016/j.jeconom.2021.03.014
"""

from cycles.core.phrases import chance, difference
from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import CHECKS


@CHECKS.register("already_begun", designs=("staggered_starts",))
def already_begun(estimate: Estimate, panel: SeriesPanel) -> Finding:
    """Tell how much of two-way fixed effects' weight goes to comparisons with series under the change, and whether the estimate does so.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        concern when the estimate is that of two-way fixed effects and some of its comparisons are with such series; pass otherwise;
        cannot_say when the estimate does not tell.
    """
    name, share = "already_begun", estimate.facts.get("two_way_already_begun_share")
    if share is None:
        return Finding(name=name, answer="cannot_say", text="The estimate does not say who was compared with whom.")
    if estimate.estimator == "two_way_fixed_effects":
        if not share:
            return Finding(
                name=name,
                answer="pass",
                text=f"All {panel.series_name}s began together, or none is compared with another.",
            )
        text = (
            f"Two-way fixed effects compare with {panel.series_name}s already under the change ({chance(share)} of the weight), as if "
            "effects did not grow: take the estimator staggered_starts."
        )
        return Finding(name=name, answer="concern", text=text)
    value = estimate.facts["two_way_fixed_effects"]
    contrast = f"{'-' if value < 0 else '+'}{difference(value, panel.outcome_unit)}"
    if not share:
        text = f"Nobody is compared with {panel.series_name}s already under the change; two-way fixed effects would say {contrast}."
        return Finding(name=name, answer="pass", text=text)
    text = (
        f"Nobody is compared with {panel.series_name}s already under the change. Two-way fixed effects, which do so with {chance(share)} "
        f"of their weight, would say {contrast}."
    )
    return Finding(name=name, answer="pass", text=text)
