"""How strong would a difference that nobody measured have to be to explain the effect away?

VanderWeele & Ding (2017), doi:10.7326/M16-2607; Cinelli & Hazlett (2020), doi:10.1111/rssb.12348.
"""

from dataclasses import dataclass

import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.phrases import name as words
from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import CHECKS
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import arm_model
from cycles.study.inference.estimability import uses_baseline
from cycles.study.inference.sample import take_sample
from cycles.study.inference.sensitivity import (
    Benchmark,
    LinearRoute,
    e_value,
    largest_bias,
    linear_route,
    risk_ratio,
    robustness_value,
)


@dataclass(frozen=True)
class _Strength:
    """What the effect, and the end of its interval nearest to none, could stand; `reach` is half the interval."""

    value: float
    reach: float
    route: LinearRoute | None

    @property
    def nearest(self) -> float:
        return abs(self.value) - self.reach

    def shares(self) -> tuple[float, float] | None:
        if self.route is None or self.route.scale <= 0:
            return None
        return (
            robustness_value(abs(self.value) / self.route.scale),
            robustness_value(self.nearest / self.route.scale),
        )

    def worst(self) -> tuple[Benchmark, float | None] | None:
        """The measured term whose like would move the effect most, and by how much (None: by anything)."""
        if self.route is None or not self.route.benchmarks:
            return None
        moved = [(one, largest_bias(self.route, one)) for one in self.route.benchmarks]
        return max(moved, key=lambda pair: float("inf") if pair[1] is None else pair[1])


@CHECKS.register("hidden_confounding", designs=("cluster_comparison", "student_comparison"))
def hidden_confounding(estimate: Estimate, panel: Panel) -> Finding:
    """E-value of the standardised effect, and its robustness value held against the strongest measured term.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        pass when a hidden difference as strong as the strongest measured term leaves the interval on one side of none; concern when
        it does not; cannot_say when the interval holds no effect already, when nothing was measured to hold it against, or without an
        estimate. `table` has `statistic, effect, limit, n`: of the effect, and of the end of its interval nearest to none.

    Notes
    -----
    For assignment that was not random; a randomised design has no such difference to fear. The robustness value of the interval uses the
    estimate's own standard error, which knows the clusters, and takes it as unchanged by the hidden difference. Of weighted or matched
    units only the E-value is told.
    """
    if estimate.low is None or estimate.high is None or estimate.value is None or estimate.effect_size is None:
        text = "There is no effect with an interval to hold against a hidden difference."
        return Finding(name="hidden_confounding", answer="cannot_say", text=text, code=estimate.code)
    strength = _Strength(estimate.value, (estimate.high - estimate.low) / 2, _route(estimate, panel))
    answer, verdict = _judged(strength, panel)
    return Finding(
        name="hidden_confounding",
        answer=answer,
        text=f"{_told(estimate, strength)} {verdict}",
        table=_table(estimate, strength),
    )


def _judged(strength: _Strength, panel: Panel) -> tuple[Answer, str]:
    if strength.nearest <= 0:
        return "cannot_say", "The interval includes no effect already: a hidden difference may as well hide one."
    worst = strength.worst()
    if worst is None:
        return "cannot_say", "Nothing that was measured tells how strong such a difference is likely to be."
    term, bias = words(worst[0].term), worst[1]
    if bias is None or bias >= strength.nearest:
        return "concern", f"One as strong as {_the(term)} would be enough for the interval to include no effect."
    left = abs(strength.value) - bias
    return "pass", f"One as strong as {_the(term)} would leave {left:.3g} {panel.outcome_unit}, still told from none."


def _told(estimate: Estimate, strength: _Strength) -> str:
    effect, limit = _e_values(estimate)
    told = (
        f"To explain the effect away, a hidden difference would have to be tied to both arm and outcome by a risk ratio of {effect:.2f} "
        f"(E-value; {limit:.2f} for the end of the interval nearest to none)"
    )
    shares = strength.shares()
    if shares is not None:
        told += f", or explain {shares[0]:.1%} of what is left of both (robustness value; {shares[1]:.1%})"
    return f"{told}."


def _e_values(estimate: Estimate) -> tuple[float, float]:
    """Of the effect, and of the end of the interval nearest to none: 1 when the interval includes none."""
    assert estimate.effect_size is not None
    low, high = estimate.effect_size_low, estimate.effect_size_high
    effect = e_value(risk_ratio(estimate.effect_size))
    if low is None or high is None or low <= 0 <= high:
        return effect, 1.0
    return effect, e_value(risk_ratio(low if low > 0 else high))


def _route(estimate: Estimate, panel: Panel) -> LinearRoute | None:
    """The linear model of the same terms; None where the estimate weights or chooses units, or the model cannot be fitted."""
    facts = ESTIMATORS.facts(estimate.estimator)
    if estimate.balance is not None or panel.weight_name or facts.get("selects_units"):
        return None
    baseline = uses_baseline(facts, panel)
    try:
        sample = take_sample(panel, baseline=baseline, covariates=facts["uses_covariates"])
        response = sample.outcome
        if facts.get("subtracts") and sample.baseline is not None:
            response = sample.outcome - sample.baseline
        model = arm_model(sample, response=response, baseline=bool(facts["adjusts"]) and not facts.get("subtracts"))
        return linear_route(model, len(sample.arms))
    except DesignError:
        return None


def _table(estimate: Estimate, strength: _Strength) -> pd.DataFrame:
    rows = [{"statistic": "E-value", "effect": _e_values(estimate)[0], "limit": _e_values(estimate)[1]}]
    shares = strength.shares()
    if shares is not None:
        rows.append({"statistic": "robustness value", "effect": shares[0], "limit": shares[1]})
    return pd.DataFrame(rows).assign(n=estimate.n)


def _the(term: str) -> str:
    return "the baseline" if term == "baseline" else term
