"""What an estimator makes of a design's precision, from what is known before the outcomes: baselines, receipt, doses, weights."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.phrases import chance, name, number
from cycles.core.vocabulary import Panel
from cycles.plan.method import EstimateSpec
from cycles.plan.power.by_method import Method, for_weights
from cycles.study.inference.balance import effective_number
from cycles.study.inference.entropy_weights import entropy_weights
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.propensity import propensity
from cycles.study.inference.sample import Sample, numbers, part_of, take_sample
from cycles.study.inference.weighted_arms import covariates_of

MOST_ANSWERS = 11
"""Different values of a baseline up to which it is an ordered answer."""

UNKNOWN_SHARE = "which is not known and needs the most students"


def method_of(
    panel: Panel, spec: EstimateSpec, *, received: float | None = None, share: float | None = None
) -> Method | None:
    """What the estimator does to the standard error of the plain comparison; None where it is that of a difference of means.

    Parameters
    ----------
    panel : the panel; no outcome is read
    spec : the estimator and its options
    received : how many more of the change arm will receive the change (a difference of shares), where nobody has received any yet
    share : how many of the comparison will have an outcome of nought or one, where there is no such baseline

    Raises
    ------
    DesignError
        CY310 where what its precision hangs on is not known yet; CY305, CY314, CY315 where arms cannot be made alike by weights.
    """
    if spec.estimator == "complier_effect":
        return _of_receipt(panel, spec.options, received)
    if spec.estimator == "logistic":
        return _of_shares(panel, share)
    make = METHODS.get(spec.estimator)
    return None if make is None else make(panel, spec.options)


def method_said(spec: EstimateSpec, *, received: float | None, share: float | None) -> Method | None:
    """The same without a panel, from what was said alone.

    Raises
    ------
    DesignError
        CY310 where the estimator's precision hangs on more than that.
    """
    if spec.estimator == "complier_effect" and received is not None:
        return _with_receipt(received, "as you said")
    if spec.estimator == "logistic":
        return _with_share(0.5 if share is None else share, UNKNOWN_SHARE if share is None else "as you said")
    if spec.estimator == "complier_effect" or spec.estimator in METHODS:
        fix = "Say how many more receive it: --received 0.6." if spec.estimator == "complier_effect" else ""
        what = f"what {name(spec.estimator)} can detect hangs on files that cannot be read yet"
        raise DesignError(what, code="CY310", fix=fix)
    return None


def _of_receipt(panel: Panel, options: dict[str, Any], received: float | None) -> Method:
    if received is not None:
        return _with_receipt(received, "as you said")
    return _with_receipt(_difference_in_receipt(panel, options), "as it is recorded so far")


def _with_receipt(difference: float, told: str) -> Method:
    said = f"Among the change arm {chance(difference)} more receive it than among the comparison, {told}; the effect is divided by that."
    return Method(formula="complier", times=1 / difference, said=(said,))


def _difference_in_receipt(panel: Panel, options: dict[str, Any]) -> float:
    amount = _column(panel, str(options.get("received")))
    enough = [amount[_in(panel, arm) & np.isfinite(amount)] >= options["at_least"] for arm in _arms(panel)]
    if min(len(one) for one in enough) == 0 or enough[0].mean() <= enough[1].mean():
        raise DesignError(
            "how many more of the change arm receive the change is not known yet",
            code="CY310",
            fix="Say it: --received 0.6.",
        )
    return float(enough[0].mean() - enough[1].mean())


def _of_shares(panel: Panel, share: float | None) -> Method:
    before = _baseline(panel)
    how = "as you said"
    if share is None and len(before) and set(np.unique(before)) == {0.0, 1.0}:
        share, how = float(before.mean()), "as before"
    if share is None:
        share, how = 0.5, UNKNOWN_SHARE
    return replace(_with_share(share, how), better=_better(panel), change_share=_change_share(panel))


def _with_share(share: float, how: str) -> Method:
    said = f"Of the comparison {chance(share)} are taken to have the outcome, {how}."
    return Method(formula="logistic", share=share, unit="share of students", said=(said,))


def _of_answers(panel: Panel, _: dict[str, Any]) -> Method:
    values, counts = np.unique(_baseline(panel), return_counts=True)
    if not 2 <= len(values) <= MOST_ANSWERS:
        what = "has no earlier answers" if len(values) < 2 else f"has {len(values)} different values before"
        raise DesignError(f"{panel.measure} {what}, so how the answers will spread is not known", code="CY310")
    return Method(
        formula="ordinal",
        answers=tuple(counts / counts.sum()),
        better=_better(panel),
        change_share=_change_share(panel),
        unit="in the log odds ratio",
        said=("The answers of the comparison are taken to spread as all did before (Whitehead 1993).",),
    )


def _of_dose(panel: Panel, options: dict[str, Any]) -> Method:
    within = options.get("within", "clusters")
    if panel.cluster_name and within != "clusters":
        raise DesignError("no formula is known for a dose that is compared across clusters", code="CY310")
    dose, per = _column(panel, str(options.get("dose"))), float(options.get("per", 1.0))
    own = _in(panel, panel.change) & np.isfinite(dose)
    groups = panel.table["cluster"].to_numpy() if panel.cluster_name else np.zeros(len(dose))
    spread = _spread_within(dose[own], groups[own])
    if spread is None:
        raise DesignError(
            f"how much {name(str(options.get('dose')))} differs between students is not known yet", code="CY310"
        )
    said = f"{name(str(options['dose'])).capitalize()} so far has a standard deviation of {number(spread)} among those compared."
    unit = f"{panel.outcome_unit} for each {number(per)} more {name(str(options['dose']))}".strip()
    return Method(formula="dose", times=per / spread, only_arm=panel.change, unit=unit, said=(said,))


def _of_odds(panel: Panel, _: dict[str, Any]) -> Method:
    sample = _before(panel)
    columns, names = covariates_of(sample)
    score = propensity((sample.arm == 1).astype(float), columns, names, weights=sample.weights)
    return _of_weights(panel, np.exp(score.logit[sample.arm == 0]))


def _of_balancing(panel: Panel, _: dict[str, Any]) -> Method:
    sample = _before(panel)
    columns, _names = covariates_of(sample)
    other = columns[sample.arm == 0]
    return _of_weights(panel, entropy_weights(other, columns[sample.arm == 1].mean(axis=0), base=np.ones(len(other))))


def _of_matches(panel: Panel, options: dict[str, Any]) -> Method:
    """As many of the comparison as are wanted for each; weights within sets are equal."""
    change, comparison = (int(_in(panel, arm).sum()) for arm in _arms(panel))
    effective = min(int(options.get("ratio", 1)) * change / comparison, 1.0)
    said = f"Matching keeps {number(effective * comparison)} of {comparison:,} in the comparison, if all find their matches."
    return Method(formula="weighted", times=for_weights(effective, _change_share(panel)), said=(said,))


def _of_weights(panel: Panel, weights: Floats) -> Method:
    effective = effective_number(weights) / len(weights)
    said = (
        f"Weighted to be like the change arm, {len(weights):,} in the comparison tell as much as {number(effective * len(weights))} of "
        "equal weight; what the baseline foretells is not counted on."
    )
    return Method(formula="weighted", times=for_weights(effective, _change_share(panel)), said=(said,))


METHODS: dict[str, Callable[[Panel, dict[str, Any]], Method]] = {
    "ordinal": _of_answers,
    "dose_response": _of_dose,
    "propensity_weighted": _of_odds,
    "entropy_balanced": _of_balancing,
    "nearest_neighbour": _of_matches,
}


def _before(panel: Panel) -> Sample:
    """The two arms with their baseline in the place of the outcome, which is not known yet."""
    baseline = numbers(panel.table, "baseline")
    known = bool(np.isfinite(baseline).any())
    earlier = replace(panel, table=panel.table.assign(outcome=baseline if known else 0.0))
    sample = take_sample(earlier, baseline=known, covariates=True)
    return part_of(sample, sample.arm <= 1)


def _baseline(panel: Panel) -> Floats:
    compared = panel.table["arm"].isin(_arms(panel)).to_numpy()
    before = numbers(panel.table, "baseline")
    return before[compared & np.isfinite(before)]


def _column(panel: Panel, column: str) -> Floats:
    if column not in panel.table:
        raise DesignError(f"the panel has no column {column}", code="CY310")
    return numbers(panel.table, column)


def _spread_within(dose: Floats, groups: Any) -> float | None:
    """The standard deviation of the dose around the mean of each group; None where it does not differ."""
    if len(dose) < 2:
        return None
    _, place = np.unique(groups.astype(str), return_inverse=True)
    centred = dose - (np.bincount(place, weights=dose) / np.bincount(place))[place]
    spread = float(np.sqrt((centred**2).mean()))
    return spread if spread > 1e-9 * max(1.0, float(np.abs(dose).max())) else None


def _arms(panel: Panel) -> tuple[str, ...]:
    return (panel.change, *([panel.comparison] if panel.comparison else []))


def _in(panel: Panel, arm: str) -> Any:
    return (panel.table["arm"] == arm).to_numpy()


def _change_share(panel: Panel) -> float:
    return float(_in(panel, panel.change).sum() / max(panel.table["arm"].isin(_arms(panel)).sum(), 1))


def _better(panel: Panel) -> int:
    return 1 if panel.higher_is == "better" else -1
