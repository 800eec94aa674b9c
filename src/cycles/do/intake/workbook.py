"""Workbooks through python-calamine: opened within limits, one sheet chosen by name, its cells as they are.

Damage never gets out as a library's own error, nor as the panic of one written in Rust.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cycles.core.errors import ContractError, ParameterError
from cycles.do.intake.open_document import faults_by_table
from cycles.do.intake.workbook_package import CellFaults, check_package, date_system, faults_of

DAYS_BETWEEN = 1462
"""From 1900, as counted by Excel, to 1904."""

Kind = Literal["xls", "xlsx", "xlsb", "ods"]


@dataclass(frozen=True)
class Workbook:
    """An open workbook and the bytes it came from."""

    book: Any
    data: bytes
    kind: Kind
    where: str
    faults: dict[str, CellFaults]


@dataclass(frozen=True)
class Sheet:
    """One sheet: its cells, and where they are not what they seem."""

    name: str
    cells: Any
    faults: CellFaults

    @property
    def first_column(self) -> int:
        """The first column in use, from 0; rows begin there."""
        return self.cells.start[1] if self.cells.start else 0

    @property
    def merged(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Merged cells, first and last (row, column) from 0, counted as in `rows_of`; none where the format does not tell."""
        left = self.first_column
        ranges = self.cells.merged_cell_ranges or []
        return [
            ((top, first - left), (bottom, last - left)) for (top, first), (bottom, last) in ranges if first >= left
        ]


def open_workbook(path: Path, data: bytes) -> Workbook:
    """A workbook from its bytes; `path` is where they stand.

    Raises
    ------
    ContractError
        CY201 empty, damaged or protected by a password; CY202 not a workbook; CY207 an unsafe package.
    """
    where = path.name
    kind = kind_of(data, where=where)
    if data.startswith(b"PK"):
        check_package(data, where=where)
    faults = faults_by_table(data, where=where) if kind == "ods" else {}
    return Workbook(_opened(path, data), data, kind, where, faults)


def kind_of(data: bytes, *, where: str) -> Kind:
    """The kind of a workbook by its content, whatever its name says.

    Raises
    ------
    ContractError
        CY201 when the file is empty, CY202 when it is no workbook.

    Examples
    --------
    >>> kind_of(bytes.fromhex("d0cf11e0a1b11ae1"), where="x.xls")
    'xls'
    """
    if not data.strip():
        raise ContractError("the file is empty", code="CY201", where=where, fix="Export it again: it holds nothing.")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if not data.startswith(b"PK"):
        web = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        named = "a web page or XML under a workbook's name" if web else "not a workbook"
        raise ContractError(f"the file is {named}", code="CY202", where=where, fix="Save it as .xlsx, or export CSV.")
    if b"xl/workbook.bin" in data:
        return "xlsb"
    return "ods" if b"content.xml" in data else "xlsx"


def sheet_of(workbook: Workbook, wanted: str | None) -> Sheet:
    """The sheet of a name (capital letters may differ if that leaves one), or the only visible one that holds anything.

    Raises
    ------
    ContractError
        CY227 no such sheet, or several and none named; CY201 when none holds anything; CY207 too many cells.
    """
    names = workbook.book.sheet_names
    if wanted is not None:
        return _load(workbook, _by_name(names, wanted, workbook.where))
    full = [sheet for sheet in (_load(workbook, name) for name in _visible(workbook.book)) if sheet.cells.height]
    if len(full) > 1:
        raise _which(f"{len(full)} sheets hold data and none is named", [one.name for one in full], workbook.where)
    if full:
        return full[0]
    if len(names) > len(_visible(workbook.book)):
        raise _which("no visible sheet holds anything, and none is named", names, workbook.where)
    raise ContractError("no sheet of the workbook holds anything", code="CY201", where=workbook.where)


def rows_of(sheet: Sheet, *, where: str) -> Iterator[list[Any]]:
    """Every row from the first one of the sheet on; cells begin at the first column in use."""
    with guarded(where):
        yield from sheet.cells.iter_rows()


def shift_of(workbook: Workbook, declared: int | None) -> int:
    """Days to add to every date, because the workbook was declared to count from another year than it says itself.

    Raises
    ------
    ParameterError
        CY105 when a date system is declared for anything but an `.xlsx`: elsewhere it cannot be known what the workbook says.
    """
    if declared is None:
        return 0
    if workbook.kind != "xlsx":
        raise ParameterError("a date system can be declared for .xlsx only", code="CY105", where=workbook.where)
    return (declared - date_system(workbook.data, where=workbook.where)) // 4 * DAYS_BETWEEN


@contextmanager
def guarded(where: str) -> Iterator[None]:
    """Whatever the library raises becomes an error in the reader's words."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError:
        raise ContractError(
            "the workbook is protected by a password", code="CY201", where=where, fix="Save it without a password."
        ) from None
    except (CalamineError, OSError, ValueError, OverflowError) as problem:
        raise _failed(str(problem), where) from None
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":  # not an Exception, and not to be imported
            raise
        raise ContractError("the workbook is damaged", code="CY201", where=where) from None


def _opened(path: Path, data: bytes) -> Any:
    """From bytes the library says only that it failed; asked again by the path, it says why."""
    from python_calamine import CalamineError, CalamineWorkbook

    with guarded(path.name):
        try:
            return CalamineWorkbook.from_filelike(io.BytesIO(data))
        except CalamineError:
            return CalamineWorkbook.from_path(path)


def _failed(said: str, where: str) -> ContractError:
    if "limit exceeded" in said:
        return ContractError("a sheet of the workbook has too many cells", code="CY207", where=where)
    protected = " or protected by a password" if "Cannot detect" in said else ""
    what = f"the workbook is damaged{protected}"
    return ContractError(what, code="CY201", where=where, fix="Open it, save it again, export it.")


def _by_name(names: list[str], wanted: str, where: str) -> str:
    alike = [name for name in names if name.strip().lower() == wanted.strip().lower()]
    if wanted in names or len(alike) == 1:
        return wanted if wanted in names else alike[0]
    raise _which(f"the workbook has no sheet '{wanted}'", names, where)


def _load(workbook: Workbook, name: str) -> Sheet:
    where = f"{workbook.where}, sheet {name}"
    known = workbook.faults.get(name, CellFaults())
    faults = faults_of(workbook.data, name, where=where) if workbook.kind == "xlsx" else known
    with guarded(where):
        return Sheet(name, workbook.book.get_sheet_by_name(name), faults)


def _visible(book: Any) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def _which(what: str, names: list[str], where: str) -> ContractError:
    return ContractError(
        what, code="CY227", where=where, fix=f"Name one under `reading: {{sheet: ...}}`. Sheets: {', '.join(names)}."
    )
