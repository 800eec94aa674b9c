"""Are there enough clusters for the standard error to be believed?

Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis testing
in fixed effects models. JBES, 36(4), 672-683. doi:10.1080/07350015.2016.1247004
"""

import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.inference.estimability import FEW_CLUSTERS, in_words
from cycles.study.inference.sample import Sample, take_sample

SMALL_NUMBER = 6
"""Below this many clusters in an arm the interval rests on an approximation that should be checked by randomisation."""

SMALL_DF = 4.0
"""Below these degrees of freedom the Satterthwaite approximation itself is doubtful (Tipton 2015, doi:10.1037/met0000011)."""


@CHECKS.register("cluster_count", designs=ANY_DESIGN)
def cluster_count(estimate: Estimate, panel: Panel) -> Finding:
    """Count clusters by arm, and the degrees of freedom they leave.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        Blocking CY307 up to three clusters in an arm; a concern below six, or below four degrees of freedom; cannot_say
        without clusters. `table` has `arm, clusters, n`.
    """
    if panel.cluster_name is None:
        return Finding(name="cluster_count", answer="cannot_say", text="The design names no clusters.")
    try:
        sample = take_sample(panel, baseline=False, covariates=False)
    except DesignError as refusal:
        return Finding(name="cluster_count", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code)
    if sample.empty_arms:
        return Finding(
            name="cluster_count", answer="cannot_say", text="An arm has no unit with an outcome.", table=_table(sample)
        )
    fewest = min(list(sample.clusters_by_arm.values())[:2])
    told = ", ".join(f"{n} in {arm}" for arm, n in sample.clusters_by_arm.items())
    concern = _concern(fewest, estimate)
    blocking = fewest <= FEW_CLUSTERS
    return Finding(
        name="cluster_count",
        answer="concern" if concern else "pass",
        text=f"Clusters ({panel.cluster_name}): {told}.{concern}",
        code="CY307" if blocking else None,
        blocking=blocking,
        table=_table(sample),
    )


def _concern(fewest: int, estimate: Estimate) -> str:
    if fewest <= FEW_CLUSTERS:
        return " Too few to judge uncertainty: the difference is described only."
    if fewest < SMALL_NUMBER:
        return " Few: the interval is honest but wide, and one unusual cluster can move it."
    if estimate.df is not None and estimate.df < SMALL_DF:
        return f" They carry {estimate.df:.1f} degrees of freedom only, because they are unequal; the interval is approximate."
    return ""


def _table(sample: Sample) -> pd.DataFrame:
    rows = [{"arm": arm, "clusters": n, "n": sample.n_by_arm[arm]} for arm, n in sample.clusters_by_arm.items()]
    return pd.DataFrame(rows, columns=["arm", "clusters", "n"])
