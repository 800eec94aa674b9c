"""Difference of two arms in an ordered answer: one log odds ratio for every cut (proportional odds).

McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B, 42(2), 109-142.
doi:10.1111/j.2517-6161.1980.tb01109.x
Brant, R. (1990). Assessing proportionality in the proportional odds model for ordinal logistic regression. Biometrics, 46(4), 1171-1178.
doi:10.2307/2532457
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, ArmModel, arm_model, record_of
from cycles.study.inference.cluster_variance import CoefficientVariance
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.ordered_logit import OrderedLogit, fit_ordered_logit
from cycles.study.inference.proportional_odds import Cuts, proportionality
from cycles.study.inference.sample import Ints, Sample, part_of

MOST_ANSWERS = 11
"""Different values up to which an outcome is taken for an ordered answer; a mean of several items has more."""

UNIT = "log odds ratio"
MADE = ("classical", "CR0", "CR1", "CR2", "CR3")
DOUBT = 0.05
"""Below this p the cuts are said to differ."""

NO_SIZE: dict[str, Any] = dict.fromkeys(
    ("sd", "effect_size", "effect_size_se", "effect_size_low", "effect_size_high", "improvement_index", "icc")
)
"""Sizes in standard deviations, which a log odds ratio has not."""


@dataclass(frozen=True)
class _Told:
    """The arms, what is adjusted for, then the thresholds, as the record's table has them."""

    terms: tuple[str, ...]
    coefficients: Floats
    residuals: Floats


@ESTIMATORS.register(
    "ordinal",
    needs_baseline=False,
    takes_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=False,
    one_group=False,
    selects_units=True,
)
def ordinal(panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95) -> Estimate:
    r"""Regress the log odds of a higher answer on the arms, the baseline if there is one, covariates and blocks.

    .. math:: \log\frac{P(y_i > k)}{P(y_i \le k)} = -\theta_k + \beta\,\text{change}_i + \delta\,y_{i0} + x_i'\gamma, \quad k = 1..K-1

    Parameters
    ----------
    panel : Panel
        With an outcome of at most eleven different values; their order counts, their distances do not.
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        "classical" (inverse information), "CR0", "CR1", "CR2" or "CR3" by cluster (by unit without clusters); any other kind is not made
        for this model, and CR2 is taken.

    Returns
    -------
    Estimate
        `value` is beta, a log odds ratio: above zero, higher answers are more frequent with the change. `facts` has `odds_ratio` with its
        interval, `shares` (of each arm at or above each answer, as they are and as the model expects of the same students in both arms)
        and `proportional_odds`, the test of one odds ratio for all cuts.

    Raises
    ------
    DesignError
        CY310 with more than eleven different answers, CY318 when the answers are separated, CY305, CY306; :func:`cycles.estimate` turns
        them into a record.

    Notes
    -----
    Read the shares: a log odds ratio is no difference in shares, and grows with every covariate. CR2 and its Satterthwaite degrees of
    freedom are those of the least-squares problem that the model's last step is, as if the model held and answers were independent. With
    CR0 and CR1 and few clusters the intervals are too short. An answer nobody gave is not counted as one.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": ["y"] * 6 + ["n"] * 6, "said": [1, 2, 2, 3, 3, 3, 1, 1, 1, 2, 2, 3]})
    >>> found = estimate(as_panel(frame, measure="m", outcome="said", arm="arm", change="y", comparison="n"), estimator="ordinal")
    >>> round(found.value, 3), [(one["answer"], round(one["change"], 3), round(one["comparison"], 3)) for one in found.facts["shares"]]
    (1.609, [('2', 0.833, 0.5), ('3', 0.5, 0.167)])
    """
    sample = part_of(sample, np.ones(sample.n, dtype=bool)) if len(sample.arms) == 2 else sample
    answers, place = _answers(sample)
    model = arm_model(sample, response=sample.outcome, baseline=True)
    terms, design, focus = model.terms[1:], model.design[:, 1:], model.focus - 1
    fit = fit_ordered_logit(place, design, terms)
    reported = model.n_reported - 1
    told = _Told(
        (*terms[:reported], *(f"threshold[{low}|{high}]" for low, high in pairwise(answers))),
        np.append(fit.slopes[:reported], fit.thresholds),
        fit.pull,
    )
    kind: Variance = variance if variance in MADE else "CR2"
    cuts = proportionality(place, design, terms, focus=focus, clusters=sample.clusters)
    about = Account(
        estimator="ordinal",
        second_route=lambda: _by_another_search(place, design, focus),
        conventions=conventions_of(panel, sample, variance=None, more=_said(panel, kind, variance, cuts)),
    )
    found = record_of(
        panel, sample, told, focus=focus, uncertainty=lambda: _uncertainty(fit, sample, kind, reported),
        se_kind=_se_kind(panel, kind), level=level, about=about,
    )  # fmt: skip
    facts = {
        **_odds_ratio(found),
        "shares": _shares(sample, model, fit, answers, place),
        "proportional_odds": {"log_odds": list(cuts.log_odds), "statistic": cuts.statistic, "p": cuts.p},
    }
    return replace(found, **NO_SIZE, unit=UNIT, facts=facts, conventions=_without_sizes(found.conventions))


def _answers(sample: Sample) -> tuple[tuple[str, ...], Ints]:
    values, place = np.unique(sample.outcome, return_inverse=True)
    if len(values) > MOST_ANSWERS:
        raise DesignError(
            f"the outcome has {len(values)} different values, and an ordered answer has {MOST_ANSWERS} at most",
            code="CY310",
            fix="Take a single question as the measure, or use `ancova`.",
        )
    return tuple(f"{value:g}" for value in values), place.astype(np.intp)


def _uncertainty(fit: OrderedLogit, sample: Sample, kind: Variance, reported: int) -> CoefficientVariance:
    cuts = len(fit.thresholds)
    found = fit.variance(kind, sample.clusters, df_for=cuts + reported)
    kept = [*range(cuts, cuts + reported), *range(cuts)]
    return CoefficientVariance(found.covariance[np.ix_(kept, kept)], found.df[kept])


def _by_another_search(place: Ints, design: Floats, focus: int) -> float:
    """The slope where a general-purpose search of the plain probabilities ends, thresholds written as a first one and log gaps."""
    scale, cuts = design.std(axis=0), int(place.max())
    moved = (design - design.mean(axis=0)) / scale
    below = logit(np.cumsum(np.bincount(place))[:-1] / len(place))

    def depth(at: Floats) -> float:
        thresholds = at[0] + np.concatenate([[0.0], np.cumsum(np.exp(at[1:cuts]))])
        edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
        line = moved @ at[cuts:]
        share = expit(edges[place + 1] - line) - expit(edges[place] - line)
        return -float(np.log(np.clip(share, 1e-300, None)).mean())

    start = np.concatenate([below[:1], np.log(np.diff(below)), np.zeros(design.shape[1])])
    return float(minimize(depth, start, method="BFGS", options={"gtol": 1e-7}).x[cuts + focus] / scale[focus])


def _odds_ratio(found: Estimate) -> dict[str, float | None]:
    ends = {"odds_ratio": found.value, "odds_ratio_low": found.low, "odds_ratio_high": found.high}
    return {name: None if end is None else float(np.exp(end)) for name, end in ends.items()}


def _shares(
    sample: Sample, model: ArmModel, fit: OrderedLogit, answers: tuple[str, ...], place: Ints
) -> list[dict[str, Any]]:
    """For each answer but the lowest: the share of each arm at or above it, and what the model expects of both arms' units in each."""
    rows = model.design[sample.arm <= 1][:, 1:]
    expected = []
    for switch in (1.0, 0.0):
        turned = rows.copy()
        turned[:, : len(sample.arms) - 1] = 0.0
        turned[:, model.focus - 1] = switch
        expected.append(fit.at_or_above(turned).mean(axis=0))
    own = [place[sample.arm == code] for code in (1, 0)]
    return [
        {
            "answer": answers[cut],
            "n_change": int((own[0] >= cut).sum()),
            "n_comparison": int((own[1] >= cut).sum()),
            "change": float((own[0] >= cut).mean()),
            "comparison": float((own[1] >= cut).mean()),
            "expected_change": float(expected[0][cut - 1]),
            "expected_comparison": float(expected[1][cut - 1]),
        }
        for cut in range(1, len(answers))
    ]


def _se_kind(panel: Panel, kind: Variance) -> str:
    return "inverse information" if kind == "classical" else f"{kind} by {panel.cluster_name or panel.unit_name}"


def _said(panel: Panel, kind: Variance, asked: Variance, cuts: Cuts) -> tuple[str, ...]:
    made = {
        "classical": "the inverse of the observed information",
        "CR0": "no small-sample factor; G - 1 degrees of freedom",
        "CR1": "factor G/(G-1); G - 1 degrees of freedom",
        "CR2": "and Satterthwaite degrees of freedom, in the least-squares problem that the model's last step is",
        "CR3": "the cluster jackknife in one step; G - 1 degrees of freedom",
    }[kind]
    sandwich = f"{kind} sandwich of the scores by {panel.cluster_name or panel.unit_name}, "
    other = f" {asked} is not made for this model." if asked != kind else ""
    if cuts.p is None:
        tested = f"Whether one odds ratio describes all cuts cannot be tested: {cuts.reason}."
    else:
        verdict = "they differ, so read the shares" if cuts.p < DOUBT else "nothing says that they differ"
        tested = f"One odds ratio for all cuts, tested as Brant does with a covariance by clusters: p = {cuts.p:.3g}, {verdict}."
    return (
        "The value is the log odds ratio of an answer above any cut; the distances between answers do not count.",
        f"Standard error: {'' if kind == 'classical' else sandwich}{made}.{other}",
        tested,
    )


def _without_sizes(conventions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in conventions if not one.startswith(("Effect size", "ICC")))
