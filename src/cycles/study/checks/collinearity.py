"""Can the arm be told apart from the covariates and blocks?"""

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import arm_model
from cycles.study.inference.estimability import in_words, require_separable_arm, uses_baseline
from cycles.study.inference.least_squares import SHOWN, collinear_terms
from cycles.study.inference.sample import take_sample


@CHECKS.register("collinearity", designs=COMPARING)
def collinearity(estimate: Estimate, panel: Panel) -> Finding:
    """Look for terms of the estimator's model that are combinations of others, and for covariates that repeat the arm.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        Blocking CY305, naming the terms.
    """
    facts = ESTIMATORS.facts(estimate.estimator)
    try:
        require_separable_arm(panel)
        sample = take_sample(panel, baseline=uses_baseline(facts, panel), covariates=facts["uses_covariates"])
    except DesignError as refusal:
        return _refused(refusal)
    if sample.empty_arms:
        return Finding(
            name="collinearity", answer="cannot_say", text="An arm has no unit with everything the model needs."
        )
    model = arm_model(sample, response=sample.outcome, baseline=True)
    entangled = collinear_terms(model.design, model.terms)
    if entangled:
        named = ", ".join(entangled[:SHOWN]) + (f" and {len(entangled) - SHOWN} more" if len(entangled) > SHOWN else "")
        return _refused(DesignError(f"terms of the model are combinations of one another: {named}", code="CY305"))
    return Finding(
        name="collinearity", answer="pass", text=f"All {len(model.terms)} terms of the model can be told apart."
    )


def _refused(refusal: DesignError) -> Finding:
    if refusal.code != "CY305":
        return Finding(name="collinearity", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code)
    return Finding(name="collinearity", answer="concern", text=in_words(refusal), code="CY305", blocking=True)
