"""Before the start: how often the rule would give each call, were the true effect nothing, half, all or twice what is worth having."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cycles.act.decisions.looking import bound_of
from cycles.act.decisions.probability import flat_probability_above, half_width, probability_above
from cycles.act.decisions.thresholds import clears_bar, crosses, is_harm, is_well_measured, may_be_harm, not_worth_it
from cycles.core.phrases import chance
from cycles.core.vocabulary import Record
from cycles.plan.rule import Decide

MULTIPLES = (0.0, 0.5, 1.0, 2.0)
TENTHS = tuple(place / 10 for place in range(1, 11))
"""The shares of information at which a rule that allows any day is simulated."""

CALLS = ("adopt", "adapt", "abandon", "keep testing", "stop: harm")


@dataclass(frozen=True, kw_only=True, repr=False)
class OperatingCharacteristics(Record):
    """How often each call would be made.

    `table` has one row per true effect: `multiple` (of worth_having), `true_effect` (effect size), then one share per call.
    """

    table: pd.DataFrame
    se: float
    df: float | None
    n_draws: int
    seed: int

    @property
    def text(self) -> str:
        """The two errors that matter most, in a sentence."""
        rows = {row["multiple"]: row for row in self.table.to_dict("records")}
        return (
            f"If the change does nothing, this rule adopts it with a chance of {chance(rows[0.0]['adopt'])}. If the effect is "
            f"twice what is worth having, it adopts with {chance(rows[2.0]['adopt'])} and abandons with "
            f"{chance(rows[2.0]['abandon'])}; if it is just worth having, it abandons with {chance(rows[1.0]['abandon'])}."
        )


def operating_characteristics(
    *, se: float, df: float | None, worth_having: float, rule: Decide, n_draws: int = 2000, seed: int = 2026
) -> OperatingCharacteristics:
    """Simulate the rule's own steps on cycles of the planned size.

    Parameters
    ----------
    se : standard error expected, in effect sizes; :func:`cycles.detectable` gives it
    df : degrees of freedom expected; None is the normal limit
    worth_having : smallest effect that matters, in effect sizes (worth_having over the expected SD)
    rule : `decide` of the cycle file
    n_draws : cycles simulated for each true effect
    seed : of the simulation; the same draws are used for every true effect

    Returns
    -------
    OperatingCharacteristics

    Notes
    -----
    Estimates vary normally around the truth, their standard errors as they would with `df` degrees of freedom. The change
    is taken to be done as intended and every balancing measure to stay clear of its limit: the shares describe the
    outcome alone. Where the rule looks early, a call at a look counts, and the information is taken to grow as the file says (in tenths
    where any day is allowed).

    Examples
    --------
    >>> from datetime import date
    >>> told = operating_characteristics(se=0.05, df=30, worth_having=0.15, rule=Decide(on=date(2027, 1, 25)))
    >>> bool(told.table.set_index("multiple").loc[2.0, "adopt"] > 0.8)
    True
    """
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(n_draws)
    spread = np.ones(n_draws) if df is None or not np.isfinite(df) else np.sqrt(rng.chisquare(df, n_draws) / df)
    truths = np.array(MULTIPLES) * worth_having
    if rule.looks is None:
        calls = simulated_calls(truths[:, None] + se * noise, se * spread, df=df, worth_having=worth_having, rule=rule)
    else:
        calls = _calls_with_looks(truths, se, spread, rng, df=df, worth_having=worth_having, rule=rule)
    table = pd.DataFrame({"multiple": MULTIPLES, "true_effect": truths})
    for call in CALLS:
        table[call] = (calls == call).mean(axis=1)
    return OperatingCharacteristics(table=table, se=se, df=df, n_draws=n_draws, seed=seed)


def _calls_with_looks(
    truths: np.ndarray,
    se: float,
    spread: np.ndarray,
    rng: np.random.Generator,
    *,
    df: float | None,
    worth_having: float,
    rule: Decide,
) -> np.ndarray:
    """The call of each simulated cycle, at the first look that gives one or else at the decision; estimates grow as a random walk."""
    assert rule.looks is not None
    shares = np.array(rule.looks.fractions if rule.looks.on else TENTHS)
    steps = rng.standard_normal((len(shares), len(spread))) * np.sqrt(np.diff(shares, prepend=0.0))[:, None]
    calls = np.full((len(truths), len(spread)), "", dtype=object)
    for place, (share, walked) in enumerate(zip(shares, steps.cumsum(axis=0), strict=True)):
        own = se / np.sqrt(share)
        bound = bound_of(rule.looks, place, se=own * spread, sd=rule.prior.sd)
        effects = truths[:, None] + se * walked / share
        told = simulated_calls(effects, own * spread, df=df, worth_having=worth_having, rule=rule, bound=bound)
        wrong_way = crosses(-effects / (own * spread), bound, df=df)
        settled = (told == "adopt") | ((told == "stop: harm") & wrong_way) | (share == 1)
        calls = np.where((calls == "") & settled, told, calls)
    return calls


def simulated_calls(
    effects: np.ndarray,
    se: np.ndarray,
    *,
    df: float | None,
    worth_having: float,
    rule: Decide,
    bound: Any = None,
) -> np.ndarray:
    """The call for each estimate, in the hoped-for direction: steps 2 and 4 to 7, by the comparisons that `decide` uses.

    Parameters
    ----------
    effects, se : effect sizes and their standard errors, broadcast together
    df, worth_having, rule : as for :func:`operating_characteristics`
    bound : where the rule looks early, the standard errors that an effect must lie above none to be adopted

    Returns
    -------
    array of calls, of the shape of `effects`
    """
    prior = {"mean": rule.prior.mean, "sd": rule.prior.sd}
    worth = probability_above(effects, worth_having, se=se, df=df, **prior)
    harm = probability_above(-effects, worth_having, se=se, df=df, mean=-rule.prior.mean, sd=rule.prior.sd)
    flat = flat_probability_above(effects, worth_having, se=se, df=df)
    narrow = np.broadcast_to(is_well_measured(half_width(se, df=df), worth_having), effects.shape)
    sure = np.True_ if bound is None else crosses(effects / se, bound, df=df)
    steps = [
        (is_harm(harm), "stop: harm"),
        (clears_bar(worth, rule.adopt) & ~may_be_harm(harm) & sure, "adopt"),
        (not_worth_it(worth, flat, rule.abandon), "abandon"),
        (narrow, "adapt"),
    ]
    return np.select([met for met, _ in steps], [call for _, call in steps], default="keep testing")
