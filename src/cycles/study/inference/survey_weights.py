"""What the weights of a survey do to an estimate: how many units are left of it, and what it would be without them.

Kish, L. (1965). Survey Sampling, section 11.7. Wiley.
Bollen, K. A., Biemer, P. P., Karr, A. F., Tueller, S., & Berzofsky, M. E. (2016). Are survey weights needed? A review of diagnostic
tests in regression analysis. Annual Review of Statistics and Its Application, 3, 375-392. doi:10.1146/annurev-statistics-011516-012958
"""

from dataclasses import replace

from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.inference.arm_model import Account, ArmModel, estimate_of
from cycles.study.inference.balance import effective_number
from cycles.study.inference.sample import Sample


def with_unweighted(
    estimate: Estimate, panel: Panel, sample: Sample, model: ArmModel, *, variance: Variance, about: Account
) -> Estimate:
    """A weighted estimate with the unweighted one beside it; unchanged where there are no weights.

    Parameters
    ----------
    estimate, panel, sample, model : what was estimated, from whom, how
    variance : kind of variance
    about : what the calling estimator says of itself

    Returns
    -------
    Estimate
        `facts` has `unweighted`, `unweighted_low`, `unweighted_high` (in the outcome's unit), `weighted_as_many` (how many units of equal
        weight would tell as much) and `largest_share` of all weight on one unit.
    """
    if sample.weights is None:
        return estimate
    bare = replace(sample, weights=None)
    plain = estimate_of(panel, bare, model, variance=variance, level=estimate.level, about=about)
    own = {
        "unweighted": plain.value,
        "unweighted_low": plain.low,
        "unweighted_high": plain.high,
        "weighted_as_many": effective_number(sample.weights),
        "largest_share": float(sample.weights.max() / sample.weights.sum()),
    }
    return replace(estimate, facts={**estimate.facts, **own})
