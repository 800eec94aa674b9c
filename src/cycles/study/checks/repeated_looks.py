"""How often was an estimate printed before the decision date, and would the result stand if each look had been a chance to stop?

Lan & DeMets (1983), doi:10.1093/biomet/70.3.659; Armitage, McPherson & Rowe (1969), doi:10.2307/2343787.
"""

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.plan.rule import Looks
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.inference.alpha_spending import false_alarm, spending_bounds
from cycles.study.inference.background import Background

NEAREST = 0.01
"""Looks closer together than this share of the cycle count as one."""


@CHECKS.register("repeated_looks", designs=ANY_DESIGN, uses_background=True)
def repeated_looks(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    """Count the earlier looks, and hold the result to the bound of O'Brien and Fleming's spending function.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : the days of earlier looks, and when the cycle started and decides

    Returns
    -------
    Finding
        pass without earlier looks, when every look was on a day agreed beforehand, or when looking has not changed whether the effect
        can be told from none; concern when it can by one look's measure and not by the bound; cannot_say when nobody counted, or the
        looks cannot be placed in the cycle. `table` has `look` (number), `information` (share of the cycle's days), `bound` (on the
        effect over its standard error) and `n`.

    Notes
    -----
    The information at a look is taken as the share of the days from the start to the decision. The rule decides on one sealed day only,
    which is what protects it: this check is about a reader who would have stopped at any look.
    """
    if background.looks is None:
        text = "Nobody counted how often an estimate was looked at before the decision date."
        return Finding(name="repeated_looks", answer="cannot_say", text=text)
    if not background.looks:
        text = "No estimate was printed on an earlier state of the data before the decision date."
        return Finding(name="repeated_looks", answer="pass", text=text)
    if background.agreed is not None and _as_agreed(background.looks, background.agreed):
        return _kept_to(background.looks, background.agreed, estimate)
    fractions = _fractions(background.looks, background.started_on, background.decide_on)
    if fractions is None:
        text = (
            f"{_times(len(background.looks))} before the decision date, on days that cannot be placed within the cycle."
        )
        return Finding(name="repeated_looks", answer="cannot_say", text=text)
    alpha = 1 - estimate.level
    bounds, single = spending_bounds(fractions, alpha), float(ndtri(1 - alpha / 2))
    chance = false_alarm(fractions, [single] * len(fractions))
    text = (
        f"{_times(len(background.looks))} before the decision date. Whoever had stopped at any of them would find an effect by chance "
        f"alone in {chance:.0%} of such cycles, not {alpha:.0%}. The rule decides on the sealed day only."
    )
    table = pd.DataFrame(
        {"look": range(1, len(bounds) + 1), "information": fractions, "bound": bounds, "n": estimate.n}
    )
    if estimate.p is None:
        return Finding(name="repeated_looks", answer="pass", text=text, table=table)
    size = _standard_errors(estimate.p)
    if single <= size < bounds[-1]:
        text += f" With a bound that allows for the looks ({bounds[-1]:.2f} standard errors), this effect is not told from none."
        return Finding(name="repeated_looks", answer="concern", text=text, table=table)
    text += f" A bound that allows for the looks ({bounds[-1]:.2f} standard errors) says the same as one look does."
    return Finding(name="repeated_looks", answer="pass", text=text, table=table)


def _as_agreed(looks: tuple[date, ...], agreed: Looks) -> bool:
    return set(looks) <= set(agreed.on) or (agreed.method == "always_valid" and not agreed.on)


def _kept_to(looks: tuple[date, ...], agreed: Looks, estimate: Estimate) -> Finding:
    """Every look was agreed beforehand: the rule itself allows for them."""
    chance = f"Without any effect, the chance that any look crosses its bound is at most {agreed.level:.0%}."
    if agreed.method == "always_valid":
        text = f"{_times(len(looks))} before the decision date, as agreed beforehand; the bound holds however often one looks. {chance}"
        return Finding(name="repeated_looks", answer="pass", text=text)
    bounds = spending_bounds(agreed.fractions, agreed.level)
    text = f"{_times(len(looks))} before the decision date, on days agreed beforehand; the rule holds each to its own bound. {chance}"
    table = pd.DataFrame(
        {"look": range(1, len(bounds) + 1), "information": agreed.fractions, "bound": bounds, "n": estimate.n}
    )
    return Finding(name="repeated_looks", answer="pass", text=text, table=table)


def _fractions(looks: tuple[date, ...], start: date | None, end: date | None) -> list[float] | None:
    """Shares of the cycle's days at the looks and at the decision; None when no look lies between its start and its end."""
    if start is None or end is None or end <= start:
        return None
    found: list[float] = []
    for look in sorted(looks):
        share = (look - start).days / (end - start).days
        if NEAREST <= share <= 1 - NEAREST and (not found or share - found[-1] >= NEAREST):
            found.append(share)
    return [*found, 1.0] if found else None


def _standard_errors(p: float) -> float:
    """The normal deviate that a two-sided p-value stands for."""
    return float(-ndtri(np.clip(p, 1e-300, 1.0) / 2))


def _times(n: int) -> str:
    return "An estimate was looked at once" if n == 1 else f"Estimates were looked at {n} times"
