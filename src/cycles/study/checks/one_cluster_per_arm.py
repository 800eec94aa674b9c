"""Is an arm a single classroom or school, so that the change and the place cannot be told apart?"""

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.inference.estimability import in_words, require_clusters
from cycles.study.inference.sample import take_sample


@CHECKS.register("one_cluster_per_arm", designs=ANY_DESIGN)
def one_cluster_per_arm(estimate: Estimate, panel: Panel) -> Finding:
    """Count the clusters of each arm that have an outcome.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        Blocking CY303 for an arm of one cluster; cannot_say without clusters.
    """
    if panel.cluster_name is None:
        text = f"The design names no clusters; {panel.unit_name}s are taken as independent of one another."
        return Finding(name="one_cluster_per_arm", answer="cannot_say", text=text)
    try:
        sample = take_sample(panel, baseline=False, covariates=False)
        require_clusters(panel, sample)
    except DesignError as refusal:
        if refusal.code != "CY303":
            return Finding(
                name="one_cluster_per_arm", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code
            )
        text = in_words(refusal)
        return Finding(name="one_cluster_per_arm", answer="concern", text=text, code="CY303", blocking=True)
    if sample.empty_arms:
        return Finding(name="one_cluster_per_arm", answer="cannot_say", text="An arm has no unit with an outcome.")
    return Finding(name="one_cluster_per_arm", answer="pass", text="No arm is a single cluster.")
