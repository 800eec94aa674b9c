"""Which texts stand for no value, and why: exact codes and patterns, with a reason from a closed list."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cycles.core.errors import ContractError, nearest
from cycles.core.vocabulary import MISSING_REASONS
from cycles.do.contracts.rules import Column, Contract


def missing_codes(written: Any, *, where: str) -> tuple[dict[str, str], dict[str, str]]:
    """Codes and patterns as a contract's `missingCodes` has them.

    Parameters
    ----------
    written : a mapping of code to reason, or a list of `{code: ..., reason: ...}` and `{pattern: ..., reason: ...}`
    where : for messages

    Returns
    -------
    (dict, dict)
        Code -> reason; RE2 pattern that the whole text matches -> reason.

    Raises
    ------
    ContractError
        CY210 for another form, a reason that is not on the list (the nearest is named), or a pattern that RE2 cannot run.

    Examples
    --------
    >>> missing_codes([{"code": "s", "reason": "suppressed"}, {"pattern": "<[0-9]+", "reason": "suppressed"}], where="t")
    ({'s': 'suppressed'}, {'<[0-9]+': 'suppressed'})
    """
    if isinstance(written, Mapping):
        written = [{"code": code, "reason": reason} for code, reason in written.items()]
    if not isinstance(written, list) or not all(_is_entry(one) for one in written):
        raise ContractError(
            "missingCodes is a mapping of code to reason, or a list of {code or pattern, reason}",
            code="CY210",
            where=where,
        )
    codes = {str(one["code"]): _reason(one["reason"], where) for one in written if "code" in one}
    patterns = {
        linear(str(one["pattern"]), where=where): _reason(one["reason"], where) for one in written if "pattern" in one
    }
    return codes, patterns


def undeclared_missing(declared: Mapping[str, Any], contract: Contract) -> list[str]:
    """Codes that the file itself marks as missing and that the contract does not: one warning for each column.

    Parameters
    ----------
    declared : column -> codes, as a statistics program or a data dictionary has them
    contract : its columns

    Examples
    --------
    >>> contract = Contract(name="t", version="1", columns=(Column(name="Q1", type="integer", missing={"-9": "skipped"}),), rules=())
    >>> undeclared_missing({"Q1": ["-9.0", "98", "Z", ["100", "999"]]}, contract)
    ['CY231: the file marks codes of Q1 as missing that the contract does not: 98, Z, 100 to 999']
    """
    columns = {column.name: column for column in contract.columns}
    told = {
        name: [_written(code) for code in codes if not _is_missing(_written(code), columns[name])]
        for name, codes in declared.items()
        if name in columns
    }
    return [
        f"CY231: the file marks codes of {name} as missing that the contract does not: {_listed(codes)}"
        for name, codes in told.items()
        if codes
    ]


def _written(code: str | Sequence[str]) -> str:
    """A code, or the two ends of a range of codes."""
    return code if isinstance(code, str) else " to ".join(code)


def _listed(codes: list[str], *, shown: int = 8) -> str:
    more = f" and {len(codes) - shown} more" if len(codes) > shown else ""
    return f"{', '.join(codes[:shown])}{more}"


def _is_missing(code: str, column: Column) -> bool:
    text = pd.Series([code.strip()], dtype="str")
    exact = code.strip() in column.missing or any(_same_number(code, known) for known in column.missing)
    return exact or any(bool(whole_match(text, pattern).iloc[0]) for pattern in column.missing_patterns)


def _same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def linear(pattern: str, *, where: str) -> str:
    """A pattern that RE2 can run, whose time is linear; what it does not know (look-ahead, back-references) is refused.

    Raises
    ------
    ContractError
        CY210.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        raise ContractError(
            "a pattern that RE2 cannot run",
            code="CY210",
            where=where,
            fix="Write it without look-ahead and back-references.",
        ) from None
    return pattern


def whole_match(texts: pd.Series, pattern: str) -> "pd.Series":
    """Which texts a pattern matches from end to end.

    >>> whole_match(pd.Series(["<15", "15"]), "<[0-9]+").tolist()
    [True, False]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(pa.array(texts, type=pa.large_string()), pattern=rf"\A(?:{pattern})\z")
    return pd.Series(found.to_numpy(zero_copy_only=False), index=texts.index)


def _is_entry(one: Any) -> bool:
    return isinstance(one, Mapping) and set(one) in ({"code", "reason"}, {"pattern", "reason"})


def _reason(reason: Any, where: str) -> str:
    if reason not in MISSING_REASONS:
        raise ContractError(
            f"'{reason}' is no reason for a missing value",
            code="CY210",
            where=where,
            fix=nearest(str(reason), MISSING_REASONS),
        )
    return str(reason)
