"""Workbooks: .xlsx, .xlsm, .xlsb, .xls and .ods, recognised by their content."""

from collections.abc import Iterable
from pathlib import Path

from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.fingerprint import file_bytes, fingerprint
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable, text_frame
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.sheet_table import read_sheet
from cycles.do.intake.side_by_side import side_by_side
from cycles.do.intake.workbook import Sheet, Workbook, open_workbook, sheet_of, shift_of


@ADAPTERS.register("excel", table=None)
def excel(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path : the workbook; what it is, its content tells
    columns : the columns to keep, by name; every column that has a name when None
    reading : `sheet`, where several hold data; `sheets_beside`, where the table goes on in others; `header_line` and `header_lines`,
        where the header cannot be seen; `names`, for a sheet without one; `date_system` (1900 or 1904), where an .xlsx says the wrong one

    Returns
    -------
    RawTable
        Every cell as text, missing = empty string; `_line` is the row of the sheet. Whole numbers have no decimal point, dates and
        moments are in ISO form, truth values are `TRUE` and `FALSE`, and ``="007"`` is the text `007`. Empty rows are excluded as
        `empty_row`; notes below the table, as `note_row`: rows with a single cell, after an empty row or of four words or more.

    Raises
    ------
    ParameterError
        CY104 no such file; CY105 a date system for something else than an .xlsx.
    ContractError
        CY201 damaged, empty or protected by a password; CY202 not a workbook; CY203 sheets that do not continue one another;
        CY204 a column named twice; CY207 unsafe or too large; CY209 no header, or two; CY227 no such sheet, or several; CY229 a
        column that holds nothing but errors.

    Notes
    -----
    A warning tells of errors and formulas without a value (CY229), and of numbers that are shown with leading zeros or have more than
    15 digits (CY226). Where the format hides them (.xls, .xlsb), the warning says that it does.
    """
    path = Path(path)
    wanted = None if columns is None else tuple(columns)
    workbook = open_workbook(path, file_bytes(path))
    sheets = [sheet_of(workbook, name) for name in (reading.sheet, *reading.sheets_beside)]
    tables = [_table(workbook, sheet, columns=wanted, reading=reading) for sheet in sheets]
    return as_promised(side_by_side(tables, where=path.name), path, reading)


def _table(workbook: Workbook, sheet: Sheet, *, columns: Iterable[str] | None, reading: Reading) -> RawTable:
    read = read_sheet(
        sheet,
        reading=reading,
        columns=columns,
        shift=shift_of(workbook, reading.date_system),
        hidden_errors=workbook.kind in ("xls", "xlsb"),
        where=f"{workbook.where}, sheet {sheet.name}",
    )
    return RawTable(
        table=text_frame(read.columns, read.lines),
        header=tuple(name for name in read.header.names if name),
        sha256=fingerprint(workbook.data),
        rows_raw=len(read.lines) + sum(read.excluded.values()),
        excluded=read.excluded,
        facts={
            "kind": workbook.kind,
            "sheet": sheet.name,
            "header_line": read.header.line,
            "columns": len([name for name in read.header.names if name]),
            "warnings": read.warnings,
        },
    )
