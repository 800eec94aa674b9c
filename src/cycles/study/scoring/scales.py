"""Scale scores: the mean or sum of (reversed) codes, or the share of answers in named codes. Criterion-based: a score
depends on the respondent's own answers and on nothing else, so a whole school can improve."""

import numpy as np
import pandas as pd

from cycles.plan.instruments import Instrument, Scale
from cycles.study.scoring.codes import as_instrument, chosen_scales, code_number, coded

COLUMNS = ["respondent_id", "wave", "scale", "score", "n_answered", "n_items"]


def score(responses: pd.DataFrame, *, instrument: str | Instrument, scale: str | None = None) -> pd.DataFrame:
    """Score one scale of an instrument, or all of them.

    Parameters
    ----------
    responses : DataFrame, one row per respondent and wave
        `respondent_id, wave` and one column per item: codes as numbers or numeric text.
    instrument : key of an instrument, or the instrument itself
    scale : name of a scale; None scores every scale

    Returns
    -------
    DataFrame, one row per respondent, wave and scale, in the order of the rows
        `respondent_id, wave, scale, score` (in the scale's unit; missing where fewer than `min_answered` items were
        answered), `n_answered, n_items`.

    Raises
    ------
    ContractError
        CY211 for missing columns; CY213 for codes the instrument does not declare.
    ParameterError
        CY102 for an unknown instrument or scale.

    Notes
    -----
    A missing answer is never filled in: not from another wave, not from other items. A mean is over the items answered;
    a sum needs every item. `share_in` counts raw codes, so reversal never touches it. Not for scales whose publisher
    requires a conversion table or item-response scoring.

    Examples
    --------
    >>> answers = {f"BEL_0{i}": ["4"] for i in (1, 2, 3, 5, 6)}
    >>> one = pd.DataFrame({"respondent_id": ["a"], "wave": ["2026-fall"], **answers, "BEL_04": ["2"]})
    >>> score(one, instrument="school_belonging").score.item()
    4.0
    """
    instrument = as_instrument(instrument)
    scales = chosen_scales(instrument, scale)
    codes = coded(responses, instrument=instrument, items=[item for one in scales.values() for item in one.items])
    parts = [_scored(responses, name, one, codes, instrument) for name, one in scales.items()]
    return pd.concat(parts, ignore_index=True)


def item_values(codes: dict[str, np.ndarray], *, scale: Scale, instrument: Instrument) -> np.ndarray:
    """The scale's items as they enter its score, reversed where declared: array of rows x items, missing where unanswered."""
    return np.column_stack(
        [
            reverse_from(item, scale, instrument) - codes[item] if item in scale.reversed else codes[item]
            for item in scale.items
        ]
    )


def reverse_from(item: str, scale: Scale, instrument: Instrument) -> float:
    """What a reversed item's code is subtracted from: declared, or its lowest plus its highest code."""
    if scale.reverse_from is not None:
        return scale.reverse_from
    ends = instrument.items[item].range or [code_number(code, instrument) for code in instrument.codes(item)]
    return min(ends) + max(ends)


def _scored(
    responses: pd.DataFrame, name: str, scale: Scale, codes: dict[str, np.ndarray], instrument: Instrument
) -> pd.DataFrame:
    values = _rule_values(codes, scale, instrument)
    answered = ~np.isnan(values)
    n_answered = answered.sum(axis=1)
    total = np.where(answered, values, 0.0).sum(axis=1)
    divisor = np.ones(len(values)) if scale.rule == "sum" else np.maximum(n_answered, 1)
    scores = np.where(n_answered >= scale.min_answered, total / divisor, np.nan)
    table = {
        "respondent_id": responses["respondent_id"].to_numpy(),
        "wave": responses["wave"].to_numpy(),
        "scale": name,
        "score": scores,
        "n_answered": n_answered,
        "n_items": len(scale.items),
    }
    return pd.DataFrame(table, columns=COLUMNS)


def _rule_values(codes: dict[str, np.ndarray], scale: Scale, instrument: Instrument) -> np.ndarray:
    if scale.rule != "share_in":
        return item_values(codes, scale=scale, instrument=instrument)
    counted = [code_number(code, instrument) for code in scale.codes]
    raw = np.column_stack([codes[item] for item in scale.items])
    return np.where(np.isnan(raw), np.nan, np.isin(raw, counted).astype(float))
