"""What a reader must know of how a number was made, as sentences: one convention each."""

from cycles.core.vocabulary import Panel, Variance
from cycles.study.inference.sample import Sample


def conventions_of(
    panel: Panel, sample: Sample, *, variance: Variance | None, more: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The conventions behind an estimate.

    Parameters
    ----------
    panel, sample : what was estimated and from whom
    variance : kind of variance; None when the estimator says itself how it comes by one
    more : the estimator's own

    Returns
    -------
    tuple of str
        Sentences, the estimator's own first.
    """
    said = [*more, *_arms(panel, sample), *_blocks(panel, sample), *_weights(panel, sample, variance)]
    said += [] if variance is None else [variance_in_words(panel, variance)]
    said.append(_effect_size(panel))
    if sample.clusters is not None:
        said.append(f"ICC of the outcome by {panel.cluster_name}: restricted maximum likelihood, no predictors.")
    return tuple(said)


def of_weights(weights: str) -> str:
    """How the uncertainty of weights that were estimated is counted; `weights` is "estimated" or "known"."""
    if weights == "known":
        return "The weights are taken as known: what estimating them adds to or takes from the standard error is not counted."
    return (
        "The weights are estimated, and the standard error knows it: what the covariates explain through them is taken out of the "
        "residuals (linearised)."
    )


def _arms(panel: Panel, sample: Sample) -> list[str]:
    if panel.comparison is None:
        return []
    kept = ", ".join(sample.arms[2:])
    return [
        f"{panel.change} minus {panel.comparison}"
        + (f"; in the model with terms of their own: {kept}." if kept else ".")
    ]


def _blocks(panel: Panel, sample: Sample) -> list[str]:
    if sample.blocks is None:
        return []
    if panel.comparison is None:
        return [f"Blocks ({panel.block_name}) are not used: of one group there is nothing to compare within them."]
    return [f"Compared within {panel.block_name}: a fixed effect for each of {len(sample.block_names)} blocks."]


def _weights(panel: Panel, sample: Sample, variance: Variance | None) -> list[str]:
    if sample.weights is None or variance is None:
        return []
    said = [
        f"Each {panel.unit_name} counts as its weight ({panel.weight_name}) says; effect sizes are in the unweighted spread."
    ]
    if sample.strata is not None and variance != "linearised":
        said.append(
            f"The strata ({panel.strata_name}) are not used by this standard error; variance: linearised would."
        )
    return said


def variance_in_words(panel: Panel, variance: Variance) -> str:
    """The kind of standard error, by which clusters, and its degrees of freedom."""
    if variance == "linearised":
        by = f"by {panel.cluster_name}" if panel.cluster_name else f"with each {panel.unit_name} its own cluster"
        strata = f" within strata ({panel.strata_name})" if panel.strata_name else ""
        return f"Standard error by Taylor linearisation {by}{strata}; clusters - strata + 1 - terms degrees of freedom."
    if not variance.startswith("CR"):
        about = "Satterthwaite (Bell-McCaffrey) degrees of freedom" if variance == "HC2" else "n - k degrees of freedom"
        ignored = f"; the clusters ({panel.cluster_name}) are ignored" if panel.cluster_name else ""
        return f"Standard error {variance}, {about}{ignored}."
    by = f"by {panel.cluster_name}" if panel.cluster_name else f"with each {panel.unit_name} its own cluster"
    factor = {"CR0": "no small-sample factor, ", "CR1": "factor G/(G-1), ", "CR1S": "factor G(N-1)/((G-1)(N-k)), "}
    if variance == "CR2":
        return f"Standard error CR2 {by}, identity working model, Satterthwaite (Bell-McCaffrey) degrees of freedom."
    if variance == "CR3":
        return f"Standard error CR3 {by}: the cluster jackknife, factor (G-1)/G, G - 1 degrees of freedom."
    return f"Standard error {variance} {by}, {factor[variance]}G - 1 degrees of freedom."


def _effect_size(panel: Panel) -> str:
    if panel.comparison is None:
        return "Effect size: mean change over the root mean of the two waves' variances, times 1 - 3/(4(n - 1) - 1)."
    return (
        "Effect size: Hedges g, the value over the unadjusted pooled standard deviation of the two arms' outcomes, times "
        "1 - 3/(4N - 9), N units in both; its standard error is the estimate's own on that scale; no factor for clusters."
    )
