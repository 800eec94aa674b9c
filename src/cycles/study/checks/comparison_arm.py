"""Is there anyone to compare with?"""

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.inference.estimability import in_words, is_one_group, require_comparison
from cycles.study.inference.sample import take_sample


@CHECKS.register("comparison_arm", designs=ANY_DESIGN)
def comparison_arm(estimate: Estimate, panel: Panel) -> Finding:
    """Look for units with an outcome in both arms.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        Blocking CY302 when an arm is empty; a concern for one group from before to after, which shows change and not effect.
    """
    if is_one_group(panel):
        text = (
            "One group from before to after: this is change, not effect; nothing says what would have happened anyway."
        )
        return Finding(name="comparison_arm", answer="concern", text=text)
    try:
        sample = take_sample(panel, baseline=False, covariates=False)
        require_comparison(panel, sample)
    except DesignError as refusal:
        if refusal.code != "CY302":
            return Finding(
                name="comparison_arm", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code
            )
        return Finding(name="comparison_arm", answer="concern", text=in_words(refusal), code="CY302", blocking=True)
    told = ", ".join(f"{n:,} in {arm}" for arm, n in sample.n_by_arm.items())
    return Finding(name="comparison_arm", answer="pass", text=f"Units with an outcome: {told}.")
