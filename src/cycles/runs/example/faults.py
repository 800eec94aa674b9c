"""The handful of rows of the survey that are broken, each in a way that real exports are."""

from cycles.runs.example.qualtrics_export import COLUMNS, COMMENT, Row
from cycles.runs.example.survey import ANSWERED, ITEMS
from cycles.runs.example.year import BASELINE, FOLLOW_UP

UNDECLARED = "7"
_AT = {name: COLUMNS.index(name) for name in COLUMNS}


def break_answers(rows: list[Row]) -> tuple[list[Row], dict[str, int]]:
    """Break an answer in each of three ways, at places that depend on the number of answers only.

    Returns
    -------
    rows : the rows, one more than before
        At baseline one has a comment whose comma was not quoted, and one student answers twice with different answers; at
        follow-up one has a code that is not an option.
    counts : how many rows of each kind
    """
    answered = {wave: _answered_in(wave, rows) for wave in (BASELINE, FOLLOW_UP)}
    ragged, twice = (answered[BASELINE][len(answered[BASELINE]) * part // 4] for part in (1, 2))
    odd = answered[FOLLOW_UP][len(answered[FOLLOW_UP]) // 2]
    broken = list(rows)
    broken[ragged] = _ragged(rows[ragged])
    broken[odd] = _changed(rows[odd], {ITEMS[2]: UNDECLARED})
    broken.insert(twice + 1, _conflicting(rows[twice]))
    return broken, {"n_ragged": 1, "n_conflicting": 2, "n_undeclared": 1}


def _answered_in(wave: str, rows: list[Row]) -> list[int]:
    return [at for at, row in enumerate(rows) if row[_AT["wave"]] == wave and row[_AT["Status"]] == ANSWERED]


def _changed(row: Row, values: dict[str, str]) -> Row:
    changed = list(row)
    for name, value in values.items():
        changed[_AT[name]] = value
    return changed


def _ragged(row: Row) -> Row:
    at = _AT[COMMENT]
    return [*row[:at], "lunch is short", " and loud", *row[at + 1 :]]


def _conflicting(row: Row) -> Row:
    other = "1" if row[_AT[ITEMS[0]]] == "5" else "5"
    return _changed(row, {"ResponseId": "R_0000000secondTry", ITEMS[0]: other, ITEMS[1]: other})
