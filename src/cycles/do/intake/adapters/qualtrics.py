"""Qualtrics CSV exports: three header rows with `{"ImportId": …}`, or the two of the legacy format.

Previews, tests and spam are left out under a name. What identifies a person is never carried along unless a mapping asks for it.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from cycles.core.errors import ContractError, some
from cycles.core.tables import LINE
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.identifying import identifies, only_carried
from cycles.do.intake.item_text import plain
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading

IDENTIFYING = frozenset(
    {
        "IPAddress",
        "RecipientLastName",
        "RecipientFirstName",
        "RecipientEmail",
        "LocationLatitude",
        "LocationLongitude",
        "LocationAccuracy",
        "Name",
        "EmailAddress",
    }
)
NOT_ANSWERS = (
    ("Status", "preview", frozenset({"1", "survey preview", "17", "offline survey preview", "umfragevorschau"})),
    ("Status", "test", frozenset({"2", "survey test"})),
    ("Status", "spam", frozenset({"8", "spam", "possible spam", "9", "survey preview spam", "12", "imported spam"})),
    ("DistributionChannel", "preview", frozenset({"preview"})),
    ("DistributionChannel", "test", frozenset({"test"})),
)
"""Rows that nobody answered in earnest: (column, name of the rule, values in small letters)."""
IN_EARNEST = frozenset(
    {"0", "4", "16", "ip address", "ip-adresse", "adresse ip", "imported", "offline survey", "offline"}
)
"""The other values of `Status` that are known."""
UNFINISHED = frozenset({"0", "false", "falsch", "falso", "faux", "onwaar"})

_LEGACY = {
    "ResponseID": "ResponseId",
    "ExternalDataReference": "ExternalReference",
    "StartDate": "StartDate",
    "EndDate": "EndDate",
    "Status": "Status",
    "Finished": "Finished",
    "IPAddress": "IPAddress",
    "Name": "Name",
    "EmailAddress": "EmailAddress",
    "ResponseSet": "ResponseSet",
}


@ADAPTERS.register("qualtrics", table="responses")
def qualtrics(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    r"""Read a Qualtrics CSV export.

    Parameters
    ----------
    path : the export, current (three header rows) or legacy (two)
    columns : the columns that a mapping reads, by the names of the first header row; legacy `V1 …` columns go by the current names
    reading : what the mapping declares about the file

    Returns
    -------
    RawTable
        One row per response. Previews, tests and spam are excluded by name; columns that identify a person, embedded data that look
        so among them, are dropped unless in `columns`. `facts`: `item_text` (the second header row without markup), `dropped`,
        `unfinished` (responses that were not finished; they stay), `header_rows`.

    Raises
    ------
    ContractError
        CY202 when the header rows are not those of Qualtrics, and everything that delimited text may raise.

    Notes
    -----
    Labels of `Status` that are not known (they follow the language of the account) are counted in a warning; their rows stay.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "pulse.csv"
    >>> _ = file.write_text('Status,Q1\n"Antworttyp","<b>How</b> are you?"\n"{""ImportId"":""status""}","{""ImportId"":""QID1""}"\n0,4\n')
    >>> read = qualtrics(file)
    >>> read.table["Q1"].tolist(), read.facts["item_text"]["Q1"]
    (['4'], 'How are you?')
    """
    path = Path(path)
    raw = read_delimited(file_bytes(path), where=path.name, reading=reading.model_copy(update={"rows": None}))
    below = _below_the_headers(raw, path.name)
    answers = below.answers.rename(columns=below.legacy)
    earnest, excluded = _in_earnest(answers)
    facts = {"header_rows": below.n_headers + 1, "item_text": below.item_text, "unfinished": _unfinished(earnest)}
    read = dataclasses.replace(
        raw,
        table=earnest.reset_index(drop=True),
        header=tuple(below.legacy.get(name, name) for name in raw.header),
        rows_raw=raw.rows_raw - below.n_headers,
        excluded={**raw.excluded, **excluded},
        facts={**raw.facts, **facts, "warnings": [*raw.facts["warnings"], *_unknown_status(answers)]},
    )
    return as_promised(only_carried(read, columns, identifying=_identifies), path, reading)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Below:
    """The answers, current names of legacy columns, how many header rows stood below the first, and the questions by name."""

    answers: pd.DataFrame
    n_headers: int
    item_text: dict[str, str]
    legacy: dict[str, str]


def _below_the_headers(raw: RawTable, where: str) -> _Below:
    head = raw.table.head(4).drop(columns=LINE)
    marked = [row for row, cells in enumerate(head.to_numpy()) if any(_is_import_id(cell) for cell in cells)]
    if marked:
        n_headers = marked[0] + 1
        return _Below(
            answers=raw.table.iloc[n_headers:],
            n_headers=n_headers,
            item_text=_item_text(head.head(marked[0])),
            legacy={},
        )
    titles = {str(name): str(title) for name, title in head.iloc[0].items()} if len(head) else {}
    if titles.get("V1") in ("ResponseID", "ResponseId"):
        legacy = {name: _LEGACY[title] for name, title in titles.items() if name[0] == "V" and title in _LEGACY}
        item_text = _item_text(head.head(1).rename(columns=legacy))
        return _Below(answers=raw.table.iloc[1:], n_headers=1, item_text=item_text, legacy=legacy)
    raise ContractError(
        "the header rows are not those of a Qualtrics export (no row of ImportIds)",
        code="CY202",
        where=where,
        fix="Export the responses from Qualtrics as CSV, or use the adapter csv.",
    )


def _is_import_id(cell: object) -> bool:
    return str(cell).replace(" ", "").startswith('{"ImportId"')


def _item_text(titles: pd.DataFrame) -> dict[str, str]:
    """The row of questions, which is the last one above the row of ImportIds."""
    return {str(name): plain(str(text)) for name, text in titles.iloc[-1].items()} if len(titles) else {}


def _in_earnest(answers: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    counts: dict[str, int] = {}
    for column, rule, values in NOT_ANSWERS:
        if column in answers.columns:
            out = _small(answers[column]).isin(values)
            counts[rule] = counts.get(rule, 0) + int(out.sum())
            answers = answers[~out]
    return answers, {rule: n for rule, n in counts.items() if n}


def _unfinished(answers: pd.DataFrame) -> int | None:
    return int(_small(answers["Finished"]).isin(UNFINISHED).sum()) if "Finished" in answers.columns else None


def _unknown_status(answers: pd.DataFrame) -> list[str]:
    if "Status" not in answers.columns:
        return []
    known = IN_EARNEST.union({""}, *(values for column, _, values in NOT_ANSWERS if column == "Status"))
    unknown = answers.loc[~_small(answers["Status"]).isin(known), LINE]
    n = len(unknown)
    return (
        [f"CY226: the Status of {n:,} responses is not known; they stay, previews or not: lines {some(unknown)}"]
        if n
        else []
    )


def _small(texts: pd.Series) -> pd.Series:
    return texts.str.strip().str.lower()


def _identifies(name: str) -> bool:
    return name in IDENTIFYING or identifies(name)
