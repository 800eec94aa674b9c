"""The case before the rule: everything the seven steps look at, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from cycles.act.decisions.looking import Look, look_on
from cycles.act.decisions.probability import Odds, half_width, odds_of_worth, standardised
from cycles.core.phrases import name as words
from cycles.core.vocabulary import ASSOCIATIONS, IN_A_UNIT_OF_THEIR_OWN, Estimate, Finding, SealState
from cycles.plan.cycle_file import Prediction
from cycles.plan.rule import Decide, Prior

DESCRIBED_ONLY = ("CY307", "CY221", "CY322")
"""Two or three clusters in an arm, a series break, or few periods on a side of the change: it is described, never decided on."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """The estimate and its findings, the sealed rule and prediction, and what else was measured."""

    estimate: Estimate
    findings: Sequence[Finding]
    rule: Decide
    prediction: Prediction
    balancing: Mapping[str, Estimate]
    fidelity: Mapping[str, float | None]
    day: date | None
    seal_state: SealState
    deviations: tuple[str, ...]

    @property
    def measure(self) -> str:
        """The outcome's name in words."""
        return words(self.prediction.measure)

    @property
    def is_due(self) -> bool:
        """Whether the sealed decision date has come."""
        return self.day is not None and self.day >= self.rule.on

    @property
    def blocking(self) -> Finding | None:
        """The first finding that forbids a decision."""
        return next((finding for finding in self.findings if finding.blocking), None)

    @cached_property
    def odds(self) -> Odds | None:
        """The probabilities about the outcome; None where a decision may not rest on the estimate."""
        if (
            self.estimate.estimator in (*ASSOCIATIONS, *IN_A_UNIT_OF_THEIR_OWN)
            or self.estimate.state == "not_estimable"
            or self.estimate.code in DESCRIBED_ONLY
            or self.blocking
        ):
            return None
        hoped = self.prediction
        return odds_of_worth(
            self.estimate, worth_having=hoped.worth_having, direction=hoped.direction, prior=self.rule.prior
        )

    @cached_property
    def look(self) -> Look | None:
        """The look that was agreed for this day and sealed before the data, where the estimate can carry one; None otherwise.

        On and after the decision date it is the last one. Whoever changed the rule since sealing has agreed on nothing.
        """
        changed = any(one.startswith("decide") for one in self.deviations)
        if self.day is None or self.odds is None or changed or self.seal_state != "sealed_before_data":
            return None
        return look_on(self.day, self.rule, se=standardised(self.estimate)[1] or 0.0)

    def crossed(self, *, hoped: bool = True) -> bool:
        """Whether the effect crosses the bound of the look in the hoped-for direction, or in the other."""
        effect, se = standardised(self.estimate)
        if self.look is None or effect is None or se is None:
            return False
        sign = 1.0 if (self.prediction.direction == "increase") == hoped else -1.0
        return self.look.crossed(sign * effect, se, self.estimate.df)

    @property
    def settled_odds(self) -> Odds:
        """The same once the first step has let the case through, as every later step needs them."""
        assert self.odds is not None
        return self.odds

    @cached_property
    def worse(self) -> dict[str, float]:
        """For each balancing measure with a sealed limit that was measured: P(worse by that limit).

        The prior is centred on no change with the sealed SD: hopes for the outcome say nothing about side effects.
        """
        found = {}
        for name, limit in self.rule.balancing.items():
            odds = self._odds_of_worse(name, limit.worse_by)
            if odds is not None:
                found[name] = odds.worth_having
        return found

    def _odds_of_worse(self, name: str, limit: float) -> Odds | None:
        estimate = self.balancing.get(name)
        if (
            estimate is None
            or estimate.estimator in (*ASSOCIATIONS, *IN_A_UNIT_OF_THEIR_OWN)
            or estimate.code in DESCRIBED_ONLY
        ):
            return None
        worse: Literal["increase", "decrease"] = "decrease" if estimate.higher_is == "better" else "increase"
        prior = Prior(mean=0.0, sd=self.rule.prior.sd)
        return odds_of_worth(estimate, worth_having=limit, direction=worse, prior=prior)

    @property
    def unmeasured_balancing(self) -> list[str]:
        """Balancing measures with a sealed limit that could not be held to it."""
        return [name for name in self.rule.balancing if name not in self.worse]

    @property
    def unlimited_balancing(self) -> list[str]:
        """Balancing measures that were measured though no limit was sealed for them."""
        return [name for name in self.balancing if name not in self.rule.balancing]

    @property
    def below_floor(self) -> list[str]:
        """Process measures that fell short of their sealed floor."""
        measured = {name: value for name in self.rule.fidelity if (value := self.fidelity.get(name)) is not None}
        return [name for name, value in measured.items() if value < self.rule.fidelity[name].at_least]

    @property
    def unmeasured_fidelity(self) -> list[str]:
        """Process measures with a sealed floor that nobody measured."""
        return [name for name in self.rule.fidelity if self.fidelity.get(name) is None]

    @property
    def half_width(self) -> float:
        """Half the width of the 80% interval, in the measure's unit."""
        return float(half_width(self.estimate.se or 0.0, df=self.estimate.df))
