"""Effects that must be zero, judged: seen although they cannot be, shown to be small, or not measured well enough to say.

Hartman, E., & Hidalgo, F. D. (2018). An equivalence approach to balance and placebo tests. American Journal of Political Science,
62(4), 1000-1013. doi:10.1111/ajps.12387
"""

from collections.abc import Mapping

import pandas as pd

from cycles.core.vocabulary import Answer, Estimate

NEGLIGIBLE_SD = 0.25
"""Standard deviations below which an effect counts as small where nobody said what is worth having."""

COLUMNS = ["effect", "value", "low", "high", "p", "n"]


def negligible(estimate: Estimate, worth_having: float | None) -> float | None:
    """What is too small to matter, in the estimate's unit."""
    if worth_having is not None:
        return worth_having
    return None if estimate.sd is None else NEGLIGIBLE_SD * estimate.sd


def judge(
    effects: Mapping[str, Estimate], *, small: Mapping[str, float | None], level: float
) -> tuple[Answer, list[str]]:
    """Judge effects that the change cannot have had.

    Parameters
    ----------
    effects : name -> estimate
    small : name -> what is too small to matter, in that estimate's unit
    level : coverage; one of k effects is seen at (1 - level) / k (Bonferroni)

    Returns
    -------
    tuple
        concern when one is seen; pass when every interval lies within what is too small to matter; otherwise cannot_say: too
        imprecise to rule it out. And the names that decided.
    """
    alpha = (1 - level) / max(len(effects), 1)
    seen = [name for name, one in effects.items() if one.p is not None and one.p < alpha]
    if seen:
        return "concern", seen
    unsure = [name for name, one in effects.items() if not _is_within(one, small[name])]
    return ("cannot_say", unsure) if unsure else ("pass", list(effects))


def table_of(effects: Mapping[str, Estimate]) -> pd.DataFrame:
    """One row per effect."""
    rows = [(name, one.value, one.low, one.high, one.p, one.n) for name, one in effects.items()]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _is_within(estimate: Estimate, small: float | None) -> bool:
    if estimate.low is None or estimate.high is None or small is None:
        return False
    return -small <= estimate.low and estimate.high <= small
