"""Does the outcome vary at all?"""

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.inference.estimability import in_words, is_one_group, require_outcome, require_variation
from cycles.study.inference.sample import take_sample


@CHECKS.register("constant_outcome", designs=ANY_DESIGN)
def constant_outcome(estimate: Estimate, panel: Panel) -> Finding:
    """Compare the outcome's spread with rounding noise.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        Blocking CY304 when nobody differs (of one group: when everybody changed by the same amount).
    """
    try:
        sample = take_sample(panel, baseline=is_one_group(panel), covariates=False)
        require_outcome(panel, sample)
        require_variation(sample)
    except DesignError as refusal:
        if refusal.code != "CY304":
            return Finding(
                name="constant_outcome", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code
            )
        return Finding(
            name="constant_outcome",
            answer="concern",
            text=in_words(refusal),
            code="CY304",
            blocking=True,
        )
    if estimate.code == "CY304":
        return Finding(name="constant_outcome", answer="concern", text=estimate.reason, code="CY304", blocking=True)
    text = f"The outcome varies: standard deviation {sample.outcome.std():.3g} {panel.outcome_unit}."
    return Finding(name="constant_outcome", answer="pass", text=text)
