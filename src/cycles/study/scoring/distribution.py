"""What was answered: how many chose each option of each item of a scale."""

import numpy as np
import pandas as pd

from cycles.plan.instruments import Instrument
from cycles.study.scoring.codes import as_instrument, chosen_scales, code_number, coded

COLUMNS = ["item", "text", "code", "label", "n", "share"]


def item_distribution(
    responses: pd.DataFrame, *, instrument: str | Instrument, scale: str, wave: str | None = None
) -> pd.DataFrame:
    """Count the answers to each item of a scale, as they were given (nothing is reversed).

    Parameters
    ----------
    responses : DataFrame, one row per respondent and wave
        As for :func:`cycles.score`.
    instrument, scale : the instrument (key or itself) and the scale's name
    wave : one wave; None takes every row

    Returns
    -------
    DataFrame, one row per item and declared code, in the instrument's order
        `item, text` (the item's wording, its label where wording is not shipped, or its id), `code, label, n, share` (of those who
        answered the item, 0-1; missing where nobody did). An option nobody chose has n 0 and share 0, unaltered.

    Raises
    ------
    ContractError
        CY211, CY213 as for :func:`cycles.score`.
    ParameterError
        CY102 for an unknown instrument or scale.

    Notes
    -----
    Numeric items (with a range instead of options) are left out. Small counts are suppressed where the table is shown, not here.

    Examples
    --------
    >>> rows = pd.DataFrame({"respondent_id": ["a", "b"], "wave": "w", "Q103": [1, 2]})
    >>> item_distribution(rows, instrument="yrbs_connectedness", scale="connected").n.tolist()
    [1, 1, 0, 0, 0]
    """
    instrument = as_instrument(instrument)
    items = [item for item in chosen_scales(instrument, scale)[scale].items if instrument.codes(item)]
    rows = responses if wave is None else responses[responses["wave"] == wave]
    codes = coded(rows, instrument=instrument, items=items)
    return pd.DataFrame([row for item in items for row in _counted(item, codes[item], instrument)], columns=COLUMNS)


def _counted(item: str, values: np.ndarray, instrument: Instrument) -> list[tuple]:
    answered = int((~np.isnan(values)).sum())
    text = instrument.items[item].text or instrument.items[item].label or item
    rows = []
    for code, label in instrument.codes(item).items():
        n = int((values == code_number(code, instrument)).sum())
        rows.append((item, text, code, label, n, n / answered if answered else np.nan))
    return rows
