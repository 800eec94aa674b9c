"""How much worse would those without an outcome have to have done for the effect to vanish: the tipping point of a delta adjustment.

White, I. R., Carpenter, J., & Horton, N. J. (2018). A mean score method for sensitivity analysis to departures from the missing at random
assumption in randomised trials. Statistica Sinica, 28(4), 1985-2003. doi:10.5705/ss.202016.0308
"""

import pandas as pd

from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.inference.background import Background, favourable

DELTAS = (0.0, 0.1, 0.25, 0.5, 1.0)
"""How much worse those without an outcome did than others like them, in standard deviations."""

PLAUSIBLE = 0.5
"""A tipping point within this many standard deviations is a concern."""

FEW = 10
"""Below this many without an outcome in the change arm nothing is worked out: a mean cannot move far, and they could be recognised."""


@CHECKS.register("missing_not_at_random", designs=COMPARING, uses_background=True)
def missing_not_at_random(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    r"""Move the outcomes that are missing in the change arm until the interval includes no effect.

    .. math:: \hat\beta(\delta) = \hat\beta - \pi_1 \delta\, S_p

    with :math:`\pi_1` the share of the change arm without an outcome; those of the comparison are taken to be like the others.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : the direction hoped for

    Returns
    -------
    Finding
        pass when hardly anybody's outcome is missing or half a standard deviation would not be enough; concern when it would; cannot_say
        without an interval, or where it includes no effect already. `table` has `worse_by_sd, value, low, high, n` (without an outcome).

    Notes
    -----
    Whatever was done about missing values took them to be like those of others with the same baseline and covariates; this asks what
    would be if they were not. The width of the interval is kept.
    """
    rows = panel.table[panel.table["arm"] == panel.change]
    missing = int(rows["outcome"].isna().sum())
    if missing < FEW:
        text = "Hardly anybody in the change arm lacks an outcome, so how they would have done matters little."
        return Finding(name="missing_not_at_random", answer="pass", text=text)
    if estimate.low is None or estimate.high is None or estimate.value is None or not estimate.sd:
        text = "There is no effect with an interval that missing outcomes could tip."
        return Finding(name="missing_not_at_random", answer="cannot_say", text=text, code=estimate.code)
    share, sign = missing / len(rows), favourable(estimate, background)
    moves = [-sign * share * delta * estimate.sd for delta in DELTAS]
    table = pd.DataFrame(
        {
            "worse_by_sd": DELTAS,
            **{name: [getattr(estimate, name) + move for move in moves] for name in ("value", "low", "high")},
            "n": missing,
        }
    )
    nearest = estimate.low if sign > 0 else -estimate.high
    if nearest <= 0:
        text = (
            "The interval includes no effect already, or lies on the other side: missing outcomes have nothing to tip."
        )
        return Finding(name="missing_not_at_random", answer="cannot_say", text=text, table=table)
    tipping = nearest / (share * estimate.sd)
    text = (
        f"{share:.0%} of the change arm have no outcome. Had they done worse than others like them by {tipping:.2f} standard deviations, "
        "the interval would include no effect (those of the comparison like the others)."
    )
    answer: Answer = "concern" if tipping <= PLAUSIBLE else "pass"
    return Finding(name="missing_not_at_random", answer=answer, text=text, table=table)
