"""What a rule found, in the words of whoever keeps the data. Counts, columns and lines; never a value."""

from typing import Any

from cycles.core.errors import some
from cycles.do.contracts.rules import Allowed, Rule

_WRITTEN = {
    "integer": "in the form of a whole number",
    "number": "in the form of a number (with a decimal point)",
    "date": "in the form of a date (YYYY-MM-DD)",
    "boolean": "true or false",
}


def finding(rule: Rule, n: int, kind: str = "") -> str:
    """One sentence about a rule that failed.

    Parameters
    ----------
    rule : the rule
    n : how many rows (row rules) or missing values broke it
    kind : the column's type, for cells that could not be cast

    Examples
    --------
    >>> finding(Rule(kind="between", columns=("minutes",), minimum=1, maximum=240), 2)
    '2 values of minutes are outside 1 to 240'
    """
    column = " and ".join(rule.columns)
    one = n == 1
    values, rows = (f"1 value of {column} is", "1 row") if one else (f"{n:,} values of {column} are", f"{n:,} rows")
    sentences: dict[str, str] = {
        "column_exists": f"the column {column} is missing",
        "castable": f"{values} not {_WRITTEN.get(kind, kind)}",
        "required": f"{rows} {'has' if one else 'have'} no {column}",
        "unique": f"{rows} {'shares its' if one else 'share their'} {column} with another row that says something else",
        "between": f"{values} {_range(rule)}",
        "in_set": f"{values} not among those declared",
        "matches": f"{values} not written as the contract says",
        "length": f"{values} too short or too long",
        "row_count": f"the number of rows is not {_bounds(rule.allowed)}",
        "missing_values": f"{values} missing{_accepted(rule)}",
        "readable": f"{rows} could not be read, with too many or too few fields",
        "repeated_row": f"{rows} {'repeats' if one else 'repeat'} an earlier row word for word",
        "quarantined_share": f"{rows} had to be set aside, more than {_percent(rule.maximum)} of the rows",
    }
    return sentences[rule.kind]


CODES = {
    "column_exists": "CY211",
    "row_count": "CY215",
    "unique": "CY216",
    "readable": "CY203",
    "missing_values": "CY212",
    "quarantined_share": "CY212",
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


def _range(rule: Rule) -> str:
    if rule.minimum is None:
        return f"above {_plain(rule.maximum)}"
    if rule.maximum is None:
        return f"below {_plain(rule.minimum)}"
    return f"outside {_plain(rule.minimum)} to {_plain(rule.maximum)}"


def _accepted(rule: Rule) -> str:
    return f"; accepted: {_bounds(rule.allowed)} of the rows" if rule.allowed else ""


def _bounds(allowed: Allowed | None) -> str:
    """Which numbers are accepted, in words."""
    if allowed is None:
        return ""
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
