"""How much do the weights of a survey decide: how many students are left of the sample, and would it say something else without them?

Kish (1965), section 11.7; Bollen, Biemer, Karr, Tueller & Berzofsky (2016), doi:10.1146/annurev-statistics-011516-012958.
"""

import pandas as pd

from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING

ENOUGH_LEFT = 0.25
"""Share of the sample, in units of equal weight, below which few units carry the estimate."""

HEAVY = 0.05
"""Share of all weight on one unit from which that unit carries the estimate."""

APART = 0.10
"""Difference, in standard deviations, from which the weighted and the unweighted estimate do not say the same."""


@CHECKS.register("survey_weights", designs=COMPARING, with_weights=True)
def survey_weights(estimate: Estimate, panel: Panel) -> Finding:
    """Effective number of units, the heaviest one, and the estimate without weights.

    Parameters
    ----------
    estimate, panel : the estimate, which used the weights of the panel, and its panel

    Returns
    -------
    Finding
        concern when less than a quarter of the sample is left, one unit carries a twentieth of the weight, or leaving the weights out moves
        the estimate by a tenth of a standard deviation; pass otherwise. `table` has `estimate, value, low, high`.
    """
    facts, n = estimate.facts, estimate.n
    left, heaviest = facts["weighted_as_many"], facts["largest_share"]
    table = pd.DataFrame(
        {
            "estimate": ["weighted", "unweighted"],
            "value": [estimate.value, facts["unweighted"]],
            "low": [estimate.low, facts["unweighted_low"]],
            "high": [estimate.high, facts["unweighted_high"]],
            "n": [n, n],
        }
    )
    moved = _moved(estimate)
    told = (
        f"The {n:,} {panel.unit_name}s tell as much as {left:.0f} of equal weight; the heaviest carries {heaviest:.1%} of the weight. "
        f"Without weights the estimate is {facts['unweighted']:+.3g} {estimate.unit} instead of {estimate.value:+.3g}."
    )
    told += " Who was weighted up differs in the effect, or the model leaves something out." if moved else ""
    alright = left >= ENOUGH_LEFT * n and heaviest <= HEAVY and not moved
    return Finding(name="survey_weights", answer="pass" if alright else "concern", text=told, table=table)


def _moved(estimate: Estimate) -> bool:
    assert estimate.value is not None
    return bool(estimate.sd) and abs(estimate.value - estimate.facts["unweighted"]) >= APART * (estimate.sd or 0.0)
