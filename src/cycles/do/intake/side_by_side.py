"""Sheets that continue one another to the right: one table, if every row stands on the same line of each."""

from collections.abc import Sequence

from cycles.core.errors import ContractError
from cycles.core.tables import LINE
from cycles.do.intake.raw import RawTable


def side_by_side(sheets: Sequence[RawTable], *, where: str) -> RawTable:
    """The sheets as one table, row beside row.

    Parameters
    ----------
    sheets : what was read of each, the leading one first
    where : the file's name, for messages

    Returns
    -------
    RawTable
        The first sheet with the columns of the others. Nothing but the line ties the rows together, and a warning says so; a column
        that several sheets have must hold the same texts in each.

    Raises
    ------
    ContractError
        CY203 when the sheets have rows on different lines; CY204 when they have a column of one name with different texts.

    Examples
    --------
    >>> from cycles.do.intake.raw import text_frame
    >>> parts = [RawTable(table=text_frame({name: ["x"]}, [5]), header=(name,), sha256="", rows_raw=1) for name in ("DBN", "Trust")]
    >>> side_by_side(parts, where="x.xlsx").header
    ('DBN', 'Trust')
    """
    first, *others = sheets
    if not others:
        return first
    table = first.table
    for other in others:
        _refuse_other_lines(first, other, where)
        _refuse_other_texts(first, other, where)
        table = table.assign(**{str(name): other.table[name] for name in other.table.columns if name not in table})
    header = tuple(dict.fromkeys(name for sheet in sheets for name in sheet.header))
    said = f"CY226: {len(sheets)} sheets were read side by side, as the mapping says; only the line ties their rows together"
    warnings = [warning for sheet in sheets for warning in sheet.facts.get("warnings", [])]
    return RawTable(
        table=table[[*(name for name in table.columns if name != LINE), LINE]],
        header=header,
        sha256=first.sha256,
        rows_raw=first.rows_raw,
        excluded=first.excluded,
        broken=first.broken,
        facts={**first.facts, "columns": len(header), "warnings": [*dict.fromkeys(warnings), said]},
    )


def _refuse_other_lines(first: RawTable, other: RawTable, where: str) -> None:
    if first.table[LINE].tolist() != other.table[LINE].tolist():
        raise ContractError(
            f"the sheets do not have their rows on the same lines ({len(first.table):,} and {len(other.table):,} rows)",
            code="CY203",
            where=where,
            fix="Do not read them side by side: ask for one sheet with every column.",
        )


def _refuse_other_texts(first: RawTable, other: RawTable, where: str) -> None:
    both = [name for name in other.table.columns if name != LINE and name in first.table]
    unlike = [name for name in both if first.table[name].tolist() != other.table[name].tolist()]
    if unlike:
        raise ContractError(
            f"{len(unlike)} columns stand in both sheets, with different texts: {', '.join(unlike)}",
            code="CY204",
            where=where,
        )
