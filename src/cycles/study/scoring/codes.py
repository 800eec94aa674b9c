"""Answers as codes: every answer is a declared code, a declared missing code, or an error; nothing is guessed."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, ParameterError, nearest
from cycles.plan.instruments import Instrument, Scale, read_instrument


def as_instrument(instrument: str | Instrument) -> Instrument:
    """The instrument itself, read from the workspace in use or the library when only its key is given.

    Raises
    ------
    ParameterError
        CY102 when there is none of that key.
    """
    if isinstance(instrument, Instrument):
        return instrument
    return read_instrument(instrument, folder=_workspace_folder())


def chosen_scales(instrument: Instrument, scale: str | None) -> dict[str, Scale]:
    """One scale by its name, or all of them.

    Raises
    ------
    ParameterError
        CY102 when the instrument has no such scale.
    """
    if scale is None:
        return dict(instrument.scales)
    if scale not in instrument.scales:
        raise ParameterError(
            f"unknown scale '{scale}' of {instrument.key}", code="CY102", fix=nearest(scale, instrument.scales)
        )
    return {scale: instrument.scales[scale]}


def coded(responses: pd.DataFrame, *, instrument: Instrument, items: Iterable[str]) -> dict[str, np.ndarray]:
    """The code of each answer, as a number; missing where there is no answer.

    Parameters
    ----------
    responses : DataFrame, one row per respondent and wave
        One column per item: codes as numbers or numeric text. Empty, missing and the instrument's missing codes are no answer.
    items : the items wanted

    Returns
    -------
    dict, item -> float array of the rows' length

    Raises
    ------
    ContractError
        CY211 for items without a column; CY213 for codes that the instrument does not declare, all items together.
    """
    items = list(dict.fromkeys(items))
    _require_columns(responses, items, instrument)
    values, undeclared = {}, {}
    for item in items:
        values[item], undeclared[item] = _item_codes(responses[item], item, instrument)
    _require_declared(undeclared, instrument)
    return values


def code_number(code: str, instrument: Instrument) -> float:
    """A declared code as the number that enters the score.

    Raises
    ------
    ParameterError
        CY105 for a code that is not a number.
    """
    try:
        return float(code)
    except ValueError:
        raise ParameterError(
            f"code '{code}' is not a number, so it cannot be scored",
            code="CY105",
            where=f"instrument {instrument.key}, responses",
            fix="Give each answer a number and use `recode` in the mapping to turn labels into it.",
        ) from None


def _item_codes(column: pd.Series, item: str, instrument: Instrument) -> tuple[np.ndarray, list[str]]:
    """Each distinct answer is looked up once, then spread over the rows."""
    places, distinct = pd.factorize(column)
    lookup = [_one_code(answer, item, instrument) for answer in distinct]
    table = np.array([np.nan if value is None else value for value, _ in lookup] + [np.nan])
    return table[places], [name for _, name in lookup if name]


def _one_code(answer: object, item: str, instrument: Instrument) -> tuple[float | None, str]:
    """The number of an answer, or None with the name of the code that is not declared."""
    text = canonical(answer)
    if text == "" or text in _names(tuple(instrument.missing)):
        return None, ""
    declared = instrument.codes(item)
    if declared:
        known = _names(tuple(declared))
        return (code_number(known[text], instrument), "") if text in known else (None, _safe_name(text))
    low, high = instrument.items[item].range or (-np.inf, np.inf)
    value = _number(text)
    return (value, "") if value is not None and low <= value <= high else (None, "a value outside its range")


def _safe_name(text: str) -> str:
    """A code as a message may show it: a number, never text that somebody wrote."""
    return text if _number(text) is not None and len(text) <= 8 else "text that is not a code"


def canonical(answer: object) -> str:
    """An answer's code as text: `4`, `4.0` and ` 4 ` are the same code.

    >>> [canonical(a) for a in (4, 4.0, " 4 ", "4.0", "NA", 2.5)]
    ['4', '4', '4', '4', 'NA', '2.5']
    """
    text = str(answer).strip()
    value = _number(text)
    return text if value is None else str(int(value)) if value == int(value) else repr(value)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


@lru_cache(maxsize=256)
def _names(codes: tuple[str, ...]) -> dict[str, str]:
    return {canonical(code): code for code in codes}


def _require_columns(responses: pd.DataFrame, items: list[str], instrument: Instrument) -> None:
    missing = [name for name in ("respondent_id", "wave", *items) if name not in responses]
    if missing:
        raise ContractError(
            f"the responses have no column {', '.join(missing)}", code="CY211", where=f"instrument {instrument.key}"
        )


def _require_declared(undeclared: dict[str, list[str]], instrument: Instrument) -> None:
    found = {item: sorted(set(names)) for item, names in undeclared.items() if names}
    if not found:
        return
    told = "; ".join(f"{item}: {', '.join(names[:10])}" for item, names in found.items())
    count = sum(len(names) for names in found.values())
    raise ContractError(
        f"{count} {'code is' if count == 1 else 'codes are'} not declared by {instrument.key}",
        code="CY213",
        where=told,
        fix="If a code means there is no answer, declare it under `missing` in the instrument; otherwise correct the mapping.",
    )


def _workspace_folder() -> Path | None:
    from cycles.core import run_folder

    current = run_folder.current()
    workspace = getattr(current, "workspace", None)
    return workspace.instruments if workspace is not None else None
