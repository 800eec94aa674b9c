"""Qualtrics CSV exports: three header rows with `{"ImportId": …}`, or the two of the legacy format.

Previews, tests and spam are left out under a name. What identifies a person is never carried along unless a mapping asks for it.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from cycles.core.errors import ContractError
from cycles.core.tables import LINE
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.fingerprint import file_bytes
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
    ("Status", "preview", frozenset({"1", "Survey Preview", "17", "Offline Survey Preview"})),
    ("Status", "test", frozenset({"2", "Survey Test"})),
    ("Status", "spam", frozenset({"8", "Spam", "9", "Survey Preview Spam", "12", "Imported Spam"})),
    ("DistributionChannel", "preview", frozenset({"preview"})),
    ("DistributionChannel", "test", frozenset({"test"})),
)
"""Rows that nobody answered in earnest: (column, name of the rule, values)."""

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
    """Read a Qualtrics CSV export.

    Parameters
    ----------
    path : the export, current (three header rows) or legacy (two)
    columns : the columns that a mapping reads, by the names of the first header row; legacy `V1 …` columns go by the current names

    Returns
    -------
    RawTable
        One row per response. Previews, tests and spam are excluded by name; identifying columns are dropped unless in `columns`.

    Raises
    ------
    ContractError
        CY202 when the header rows are not those of Qualtrics, and everything that delimited text may raise.
    """
    raw = read_delimited(file_bytes(Path(path)), where=Path(path).name)
    answers, legacy, n_headers = _below_the_headers(raw, Path(path).name)
    answers = answers.rename(columns=legacy)
    kept, excluded = _in_earnest(answers)
    wanted = set(columns) if columns is not None else None
    names = [name for name in kept.columns if name != LINE and _carried(name, wanted)]
    dropped = sorted(IDENTIFYING & set(kept.columns) - set(names))
    return RawTable(
        table=kept[[*names, LINE]].reset_index(drop=True),
        header=tuple(legacy.get(name, name) for name in raw.header),
        sha256=raw.sha256,
        rows_raw=raw.rows_raw - n_headers,
        excluded={**raw.excluded, **excluded},
        broken=raw.broken,
        facts={**raw.facts, "header_rows": n_headers + 1, "dropped": dropped},
    )


def _below_the_headers(raw: RawTable, where: str) -> tuple[pd.DataFrame, dict[str, str], int]:
    """The answers, current names of legacy columns, and how many header rows stood below the first."""
    head = raw.table.head(4)
    first = head.iloc[:, 0] if head.shape[1] > 1 else pd.Series(dtype="str")
    marked = [row for row, text in enumerate(first) if str(text).replace(" ", "").startswith('{"ImportId"')]
    if marked:
        return raw.table.iloc[marked[0] + 1 :], {}, marked[0] + 1
    if len(first) and first.iloc[0] in ("ResponseID", "ResponseId") and raw.header[0] == "V1":
        titles = {str(name): str(title) for name, title in head.iloc[0].items()}
        legacy = {name: _LEGACY[title] for name, title in titles.items() if name[0] == "V" and title in _LEGACY}
        return raw.table.iloc[1:], legacy, 1
    raise ContractError(
        "the header rows are not those of a Qualtrics export (no row of ImportIds)",
        code="CY202",
        where=where,
        fix="Export the responses from Qualtrics as CSV, or use the adapter csv.",
    )


def _in_earnest(answers: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    counts: dict[str, int] = {}
    for column, rule, values in NOT_ANSWERS:
        if column in answers.columns:
            out = answers[column].str.strip().isin(values)
            counts[rule] = counts.get(rule, 0) + int(out.sum())
            answers = answers[~out]
    return answers, {rule: n for rule, n in counts.items() if n}


def _carried(name: str, wanted: set[str] | None) -> bool:
    return name not in IDENTIFYING if wanted is None else name in wanted
