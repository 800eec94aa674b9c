"""Reliability: whether a scale's items hang together, with an interval, or why that cannot be said.

Cronbach (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16. doi:10.1007/BF02310555
Feldt, Woodruff and Salih (1987). Statistical inference for coefficient alpha. Applied Psychological Measurement 11.
doi:10.1177/014662168701100107
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.phrases import name as words
from cycles.core.vocabulary import Record
from cycles.plan.instruments import Instrument, Scale
from cycles.study.scoring.codes import as_instrument, chosen_scales, coded
from cycles.study.scoring.scales import item_values

MIN_RESPONDENTS = 10
"""Fewer complete answers than this give an interval too wide to read, so a reason is given instead."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Reliability(Record):
    """Cronbach's alpha of a scale with its interval; `reason` says why there is none."""

    instrument: str
    scale: str
    wave: str | None
    alpha: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    n: int = 0
    n_items: int = 0
    reason: str = ""

    @property
    def text(self) -> str:
        """Alpha in a sentence."""
        if self.alpha is None:
            return f"{words(self.scale)}: reliability cannot be computed. {self.reason}"
        when = f" in wave {self.wave}" if self.wave else ""
        return (
            f"{words(self.scale)}{when}: Cronbach's alpha {self.alpha:.2f} ({self.level:.0%} interval {self.low:.2f} to {self.high:.2f}; "
            f"{self.n:,} complete answers to {self.n_items} items)."
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row with every number."""
        return pd.DataFrame([{field: getattr(self, field) for field in self.__dataclass_fields__}])


def reliability(
    responses: pd.DataFrame, *, instrument: str | Instrument, scale: str, level: float = 0.95, wave: str | None = None
) -> Reliability:
    r"""Cronbach's alpha of a scale, over the respondents who answered every item.

    .. math:: \alpha = \frac{k}{k-1}\left(1 - \frac{\sum_i s_i^2}{s_{total}^2}\right)

    Parameters
    ----------
    responses : DataFrame, one row per respondent and wave
        As for :func:`cycles.score`; items are reversed as the scale declares.
    instrument, scale : the instrument (key or itself) and the scale's name
    level : coverage of the interval (Feldt's, through the F distribution)
    wave : one wave; None takes every row, which is meant for tables that hold a single wave

    Returns
    -------
    Reliability
        `alpha, low, high` are None, with a `reason`, for one item, items that do not vary, or fewer than 10 complete answers.

    Raises
    ------
    ContractError
        CY211, CY213 as for :func:`cycles.score`.
    ParameterError
        CY102 for an unknown instrument or scale.

    Notes
    -----
    Listwise: a respondent with any item missing is left out. Alpha is not a measure of one-dimensionality, and says
    little about scales of very few items.

    Examples
    --------
    >>> rows = pd.DataFrame({"respondent_id": ["a", "b"], "wave": "w", "Q103": [1, 5]})
    >>> reliability(rows, instrument="yrbs_connectedness", scale="connected").reason
    'The scale has one item.'
    """
    instrument = as_instrument(instrument)
    chosen = chosen_scales(instrument, scale)[scale]
    rows = responses if wave is None else responses[responses["wave"] == wave]
    values = item_values(coded(rows, instrument=instrument, items=chosen.items), scale=chosen, instrument=instrument)
    complete = values[~np.isnan(values).any(axis=1)]
    facts: dict[str, Any] = {
        "instrument": instrument.key,
        "scale": scale,
        "wave": wave,
        "n": len(complete),
        "n_items": len(chosen.items),
    }
    reason = _why_not(complete, chosen)
    if reason:
        return Reliability(**facts, level=level, reason=reason)
    alpha, low, high = _alpha(complete, level)
    return Reliability(**facts, level=level, alpha=alpha, low=low, high=high)


def _why_not(complete: np.ndarray, scale: Scale) -> str:
    if len(scale.items) == 1:
        return "The scale has one item."
    if len(complete) < MIN_RESPONDENTS:
        return f"Fewer than {MIN_RESPONDENTS} respondents answered every item."
    constant = [item for item, values in zip(scale.items, complete.T, strict=True) if np.ptp(values) == 0]
    if constant:
        return f"Everyone gave the same answer to {', '.join(constant)}."
    return "The total of the items does not vary." if np.ptp(complete.sum(axis=1)) == 0 else ""


def _alpha(complete: np.ndarray, level: float) -> tuple[float, float, float]:
    from pingouin import cronbach_alpha

    # its interval is rounded to three digits; ours is not
    alpha, _ = cronbach_alpha(data=pd.DataFrame(complete), ci=level)
    return float(alpha), *_unrounded_interval(float(alpha), level, *complete.shape)


def _unrounded_interval(alpha: float, level: float, n: int, k: int) -> tuple[float, float]:
    from scipy.stats import f

    tail = (1 - level) / 2
    df1, df2 = n - 1, (n - 1) * (k - 1)
    return 1 - (1 - alpha) * float(f.isf(tail, df1, df2)), 1 - (1 - alpha) * float(f.isf(1 - tail, df1, df2))
