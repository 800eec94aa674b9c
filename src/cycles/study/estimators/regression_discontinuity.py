"""Difference of the outcome between those just on the one side of a cutoff and those just on the other.

Calonico, S., Cattaneo, M. D., & Titiunik, R. (2014). Robust nonparametric confidence intervals for regression-discontinuity designs.
Econometrica, 82(6), 2295-2326. doi:10.3982/ECTA11757
Cattaneo, M. D., Idrobo, N., & Titiunik, R. (2020). A Practical Introduction to Regression Discontinuity Designs: Foundations.
Cambridge University Press. doi:10.1017/9781108684606
"""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from cycles.core.errors import DesignError
from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, record_of, se_kind
from cycles.study.inference.cluster_variance import CoefficientVariance
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.cutoff_sample import around_cutoff, is_sharp, with_scores
from cycles.study.inference.discontinuity import Around, Jump, Kernel, by_hand, jump_at_cutoff, near
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Sample, part_of

WEAK = 10.0
"""Below this first-stage F, who received the change hardly changes at the cutoff."""

TERMS = ("robust, bias-corrected", "conventional")
LOCAL = "The effect is on those at the cutoff; it does not tell what the change does for others."
CORRECTED = (
    "The value is the bias-corrected jump of local lines ({kernel} weights), and its standard error knows of the correction; normal "
    "quantiles. The conventional jump stands beside it in the table of terms."
)
SIZES = "Numbers of {unit}s, spread and effect size are of those within the bandwidth."


class Options(Model):
    """`kernel`: how weights fall with distance from the cutoff; `bandwidth`: in the score's unit, chosen from the data unless named."""

    kernel: Kernel = "triangular"
    bandwidth: Annotated[float, Field(gt=0)] | None = None


@dataclass(frozen=True)
class _Jumps:
    """Both jumps as a model's coefficients; residuals are the outcomes' distances from their mean."""

    coefficients: Floats
    residuals: Floats
    terms: tuple[str, ...] = TERMS


@ESTIMATORS.register(
    "regression_discontinuity",
    needs_baseline=False,
    takes_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=False,
    one_group=False,
    selects_units=True,
    options=Options,
)
def regression_discontinuity(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95, options: Options | None = None
) -> Estimate:
    r"""Fit a line to the outcome on either side of the cutoff and take the jump between them.

    .. math:: \hat\tau = \lim_{x \downarrow c} E[y \mid x] - \lim_{x \uparrow c} E[y \mid x]

    and, where not everybody received what the cutoff says, over the jump in the share that did (fuzzy).

    Parameters
    ----------
    panel : Panel
        With a `cutoff` and the score it is about, in `running`. Arms are what was received.
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval. Without clusters the CR kinds are three nearest neighbours.
    options : Options
        `kernel` ("triangular", "epanechnikov", "uniform"), `bandwidth` (in the score's unit; chosen to make the mean squared error least).

    Returns
    -------
    Estimate
        Of the units within the bandwidth. `coefficients` has both jumps; `facts` the bandwidths and, where it is
        fuzzy, the first stage.

    Raises
    ------
    DesignError
        CY306 for too few units on a side, CY310 without a cutoff, CY319 when the share that received the change hardly jumps;
        :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Covariates, baseline and blocks enter with one slope for both sides; they are for precision and do not repair a cutoff that was
    evaded. A score that is the baseline or a covariate itself is not entered twice. Units without a score are left out and counted.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> score = np.linspace(0, 10, 200)
    >>> frame = pd.DataFrame({"score": score, "arm": np.where(score < 5, "yes", "no"), "mark": 3.0 * (score < 5) + np.sin(50 * score)})
    >>> panel = as_panel(frame, measure="mark", outcome="mark", arm="arm", change="yes", comparison="no", running="score", cutoff=5,
    ...                  change_is="below", design="regression_discontinuity")
    >>> found = estimate(panel, estimator="regression_discontinuity")
    >>> found.low < 3 < found.high, found.se_kind
    (True, 'three nearest neighbours')
    """
    options = options or Options()
    sample = with_scores(panel, sample)
    around = around_cutoff(panel, sample)
    jump = jump_at_cutoff(around, variance=variance, kernel=options.kernel, bandwidth=options.bandwidth)
    strength = None if jump.first_stage is None else (jump.first_stage[0] / jump.first_stage[1]) ** 2
    if strength is not None and strength < WEAK:
        raise DesignError("the share that received the change hardly jumps at the cutoff", code="CY319")
    analysed = part_of(sample, near(around, jump))
    if min(list(analysed.n_by_arm.values())[:2]) < 2:
        raise DesignError("too few units of an arm lie within the bandwidth", code="CY306")
    about = Account(
        estimator="regression_discontinuity",
        second_route=lambda: by_hand(around, jump, options.kernel),
        conventions=conventions_of(
            panel, analysed, variance=None, more=tuple(_said(panel, sample, around, jump, options))
        ),
    )
    found = record_of(
        panel,
        analysed,
        _Jumps(np.array([jump.corrected[0], jump.conventional[0]]), analysed.outcome - analysed.outcome.mean()),
        focus=0,
        uncertainty=lambda: CoefficientVariance(
            np.diag(np.square([jump.corrected[1], jump.conventional[1]])), np.full(2, np.inf)
        ),
        se_kind=_kind(panel, sample, variance),
        level=level,
        about=about,
    )
    return replace(found, estimand=_estimand(panel, around), facts=_facts(jump, strength))


def _estimand(panel: Panel, around: Around) -> str:
    whom = f"{panel.unit_name}s at the cutoff ({panel.cutoff.column} {panel.cutoff.at:g})" if panel.cutoff else ""
    moved = "" if around.received is None else " who receive the change because of it"
    return f"mean effect on {panel.measure} of {panel.change} against {panel.comparison} among {whom}{moved}"


def _kind(panel: Panel, sample: Sample, variance: Variance) -> str:
    if sample.clusters is None and variance.startswith("CR"):
        return "three nearest neighbours"
    told: Variance = variance if variance in ("CR2", "CR3") or variance.startswith("HC") else "CR1"
    return se_kind(panel, told)


def _said(panel: Panel, sample: Sample, around: Around, jump: Jump, options: Options) -> list[str]:
    chosen = (
        "as named" if options.bandwidth is not None else "the one of least mean squared error for the outcome's jump"
    )
    said = [
        LOCAL,
        CORRECTED.format(kernel=options.kernel),
        f"Bandwidth {jump.bandwidth:.4g} on either side ({chosen}), {jump.bias_bandwidth:.4g} for the correction; scores that recur are "
        "counted once in choosing it.",
        SIZES.format(unit=panel.unit_name),
    ]
    if not is_sharp(panel, sample):
        said.append(
            "Not everybody received what the cutoff says: the jump in the outcome is divided by that in the share that did."
        )
    if around.covariates.shape[1]:
        said.append("Baseline, covariates and blocks enter with one slope for both sides.")
    return said


def _facts(jump: Jump, strength: float | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"bandwidth": jump.bandwidth, "bias_bandwidth": jump.bias_bandwidth}
    if jump.first_stage is not None:
        facts |= {"first_stage": jump.first_stage[0], "first_stage_se": jump.first_stage[1], "first_stage_f": strength}
    return facts
