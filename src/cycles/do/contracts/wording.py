"""What a rule found, in the words of whoever keeps the data. Counts, columns and lines; never a value."""

from typing import Any

from cycles.core.errors import some
from cycles.do.contracts.rules import Allowed, Condition, Rule

_WRITTEN = {
    "integer": "in the form of a whole number",
    "number": "in the form of a number (with a decimal point)",
    "date": "in the form of a date (YYYY-MM-DD)",
    "boolean": "true or false",
}


def finding(rule: Rule, n: int, kind: str = "") -> str:
    """One sentence about a rule that failed, or that a few rows broke.

    Parameters
    ----------
    rule : the rule
    n : how many rows (row rules), missing values or cells broke it
    kind : the column's type, for cells that could not be cast

    Examples
    --------
    >>> finding(Rule(kind="between", columns=("minutes",), minimum=1, maximum=240), 2)
    '2 values of minutes are outside 1 to 240'
    >>> share = Condition(column="measure", op="==", values=("attendance_share",))
    >>> finding(Rule(kind="between", columns=("value",), maximum=1, when=(share,)), 1)
    '1 value of value is above 1, where measure is attendance_share'
    """
    return f"{_sentence(rule, n, kind)}{_where(rule.when)}{_accepted(rule)}"


def _sentence(rule: Rule, n: int, kind: str) -> str:
    column = " and ".join(rule.columns)
    one = n == 1
    values, rows = (f"1 value of {column} is", "1 row") if one else (f"{n:,} values of {column} are", f"{n:,} rows")
    match rule.kind:
        case "column_exists":
            return f"the column {column} is missing"
        case "castable":
            return f"{values} not {_WRITTEN.get(kind, kind)}"
        case "required":
            return f"{rows} {'has' if one else 'have'} no {column}"
        case "unique":
            return f"{rows} {'shares its' if one else 'share their'} {column} with another row that says something else"
        case "between":
            return f"{values} {_range(rule)}"
        case "multiple_of":
            return f"{values} not a multiple of {_plain(rule.minimum)}"
        case "in_set":
            return f"{values} not among those declared"
        case "matches":
            return f"{values} not written as the contract says"
        case "length":
            return f"{values} too short or too long"
        case "reference":
            return f"{rows} {'names' if one else 'name'} a {column} that the {rule.to} table does not have"
        case "sql" if rule.of_rows:
            return f"{rows} {'was' if one else 'were'} found by the query {_called(rule)}"
        case "sql":
            return f"the number that the query {_called(rule)} gives is not {_bounds(rule.allowed)}"
        case "row_count":
            return f"the number of rows is not {_bounds(rule.allowed)}"
        case "missing_values":
            return f"{values} missing"
        case "cells_share":
            answers = f"1 answer to {column}" if one else f"{n:,} answers to {column}"
            return f"{answers} had to be set aside, more than {_percent(rule.maximum)} of those given"
        case "readable":
            return f"{rows} could not be read, with too many or too few fields"
        case "repeated_row":
            return f"{rows} {'repeats' if one else 'repeat'} an earlier row word for word"
        case "quarantined_share":
            return f"{rows} had to be set aside, more than {_percent(rule.maximum)} of the rows"


CODES = {
    "column_exists": "CY211",
    "row_count": "CY215",
    "unique": "CY216",
    "readable": "CY203",
    "missing_values": "CY212",
    "quarantined_share": "CY212",
    "cells_share": "CY213",
    "reference": "CY223",
    "sql": "CY212",
}


def code_of(rule: Rule, *, item: bool) -> str:
    """The code of a rule that failed, if it has its own: CY213 for undeclared answers to an item, and those of :data:`CODES`."""
    if rule.kind == "in_set" and item:
        return "CY213"
    return CODES.get(rule.kind, "")


def place(path: str, rule: Rule, lines: list[int]) -> str:
    """File, column and lines."""
    columns = f", column {' and '.join(rule.columns)}" if rule.columns else ""
    return f"{path}{columns}, lines {some(lines)}" if lines else f"{path}{columns}"


def _called(rule: Rule) -> str:
    return f"'{rule.name}'" if rule.name else f"about {' and '.join(rule.columns) or 'the table'}"


def _range(rule: Rule) -> str:
    """What a value is when it is not within the bounds."""
    if rule.minimum is None:
        return f"{'not below' if rule.exclusive_maximum else 'above'} {_plain(rule.maximum)}"
    if rule.maximum is None:
        return f"{'not above' if rule.exclusive_minimum else 'below'} {_plain(rule.minimum)}"
    if rule.exclusive_minimum or rule.exclusive_maximum:
        low = f"{'above' if rule.exclusive_minimum else 'at least'} {_plain(rule.minimum)}"
        return f"not {low} and {'below' if rule.exclusive_maximum else 'at most'} {_plain(rule.maximum)}"
    return f"outside {_plain(rule.minimum)} to {_plain(rule.maximum)}"


def _where(when: tuple[Condition, ...]) -> str:
    return f", where {' and '.join(_condition(one) for one in when)}" if when else ""


def _condition(one: Condition) -> str:
    values = [_plain(value) for value in one.values]
    listed = values[0] if len(values) == 1 else f"one of {', '.join(values)}" if values else ""
    words = {
        "==": "is",
        "!=": "is not",
        "in": "is",
        "not in": "is not",
        ">=": "is at least",
        "<=": "is at most",
        ">": "is above",
        "<": "is below",
        "present": "is there",
        "missing": "is missing",
    }
    return f"{one.column} {words[one.op]} {listed}".rstrip()


def _accepted(rule: Rule) -> str:
    """How many breaks are accepted; rules that are about a number have said it."""
    if rule.allowed is None or rule.kind in ("row_count", "sql"):
        return ""
    return f"; accepted: {_bounds(rule.allowed)}{' of the rows' if rule.allowed.unit == 'share' else ''}"


def _bounds(allowed: Allowed | None) -> str:
    """Which numbers are accepted, in words."""
    assert allowed is not None
    written = _percent if allowed.unit == "share" else _plain
    low, high = (None if bound is None else written(bound) for bound in (allowed.low, allowed.high))
    if low is None:
        said = f"{'less than' if allowed.high_open else 'at most'} {high}"
    elif high is None:
        said = f"{'more than' if allowed.low_open else 'at least'} {low}"
    else:
        said = low if low == high else f"between {low} and {high}"
    return f"other than {said}" if allowed.outside else said


def _plain(bound: Any) -> str:
    if hasattr(bound, "strftime"):
        return str(bound.strftime("%Y-%m-%d"))
    return f"{bound:,.10g}" if isinstance(bound, float) else str(bound)


def _percent(share: float) -> str:
    return f"{100 * (share or 0):.4g}%"
