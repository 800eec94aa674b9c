"""What stands in a workbook's package: unsafe parts refused before anything is read, and what the reading library cannot tell.

The library gives an error, a formula that was never calculated and an empty cell alike, and a number without the zeros it is shown with.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from cycles.core.errors import ContractError
from cycles.do.intake.bundle import refuse_expanding

MAX_BYTES = 512 * 1024**2
"""Of all parts together, unpacked."""
MAX_CELLS = 9_000_000
"""Of one sheet, empty ones inside its used area included."""

BOOKS = frozenset({"workbook.xml", "workbook.bin", "content.xml"})
"""What the part is called that makes a package a workbook."""

_PIECE = 4 * 1024**2
_PROLOG = 64 * 1024
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_USED = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']\$?([A-Za-z]{1,3})\$?(\d{1,7})[\"'][^>]*(?<!/)>(?!</)")
_PLACE = re.compile(rb"\br\s*=\s*[\"']\$?([A-Za-z]{1,3})\$?(\d{1,7})[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d+)[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, KeyError, ValueError)


@dataclass
class CellFaults:
    """Where a sheet's cells are not what they seem: column (from 0) -> rows (from 1)."""

    errors: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    uncalculated: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    unpadded: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def check_package(data: bytes, *, where: str) -> None:
    """Refuse a package that is damaged, is no workbook, expands too much, or declares entities.

    Raises
    ------
    ContractError
        CY201 damaged; CY202 a zip archive without a workbook; CY207 a document type, too many bytes, or an unsafe archive.
    """
    with package_of(data, where=where) as package:
        refuse_expanding(package.infolist(), where)
        if sum(entry.file_size for entry in package.infolist()) > MAX_BYTES:
            raise ContractError("the workbook would unpack to more than 512 MB", code="CY207", where=where)
        names = {posixpath.basename(_plain(entry)) for entry in package.infolist()}
        if not names & BOOKS:
            raise ContractError("the file is a zip archive, not a workbook", code="CY202", where=where)
        for entry in package.infolist():
            if entry.filename.lower().endswith((".xml", ".rels")):
                _refuse_document_type(read_part(package, entry, where=where, most=_PROLOG), where)


def faults_of(data: bytes, sheet: str, *, where: str) -> CellFaults:
    """Look through the cells of one sheet of an `.xlsx`; other packages show no faults.

    Raises
    ------
    ContractError
        CY207 when the sheet's used area holds more than :data:`MAX_CELLS` cells.
    """
    faults = CellFaults()
    with package_of(data, where=where) as package:
        part = _sheet_part(package, sheet, where)
        if part is None:
            return faults
        padded = _padded_styles(package, where)
        area = _Area()
        for piece in _pieces(package, part, where):
            area.extend(piece)
            _refuse_vast(area, where)
            if b"<f" in piece or b":f" in piece or padded or _ERROR.search(piece):
                _look(piece, padded, faults)
    return faults


def date_system(data: bytes, *, where: str) -> int:
    """The date system that an `.xlsx` declares: 1900 or 1904."""
    with package_of(data, where=where) as package:
        book = _xml(package, _book_part(package, where), where)
        flags = [one.get("date1904") for one in _named(book, "workbookPr")]
    return 1904 if set(flags) & {"1", "true"} else 1900


# -- the package -------------------------------------------------------------------------------------------------------


def package_of(data: bytes, *, where: str) -> zipfile.ZipFile:
    """A package's parts by name; CY201 when it is no whole zip archive."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE:
        raise damaged(where) from None


def damaged(where: str) -> ContractError:
    """The error that says so."""
    return ContractError("the workbook is damaged", code="CY201", where=where, fix="Open it, save it again, export it.")


def read_part(package: zipfile.ZipFile, entry: zipfile.ZipInfo, *, where: str, most: int = MAX_BYTES) -> bytes:
    """The bytes of a part, `most` at most; CY201 when they are damaged."""
    try:
        with package.open(entry) as stream:
            return stream.read(most)
    except _DAMAGE:
        raise damaged(where) from None


def _refuse_document_type(prolog: bytes, where: str) -> None:
    if prolog.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in prolog[:4]:
        prolog = prolog.replace(b"\0", b"")
    if _DOCTYPE.search(prolog):
        raise ContractError("a part of the workbook declares a document type or entities", code="CY207", where=where)


def _xml(package: zipfile.ZipFile, part: zipfile.ZipInfo | None, where: str) -> Any:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if part is None:
        return None
    try:
        return fromstring(read_part(package, part, where=where), forbid_dtd=True)
    except ParseError:
        raise damaged(where) from None
    except DefusedXmlException:
        raise ContractError("a part of the workbook declares entities", code="CY207", where=where) from None


def _named(root: Any, name: str) -> list[Any]:
    """Elements by name, whatever their namespace: strict and transitional workbooks differ in it."""
    return [] if root is None else [one for one in root.iter() if one.tag.rpartition("}")[2] == name]


def part_of(package: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """A part by its path, whatever its capital letters."""
    wanted = posixpath.normpath(name).lstrip("/").lower()
    return next((entry for entry in package.infolist() if _plain(entry) == wanted), None)


def _plain(entry: zipfile.ZipInfo) -> str:
    """A part's name as others would write it: some exporters use backslashes and capital letters."""
    return entry.orig_filename.replace("\\", "/").lstrip("/").lower()


def _targets(package: zipfile.ZipFile, name: str, where: str) -> dict[str, Any]:
    return {one.get("Id"): one for one in _named(_xml(package, part_of(package, name), where), "Relationship")}


def _book_part(package: zipfile.ZipFile, where: str) -> zipfile.ZipInfo | None:
    roots = _targets(package, "_rels/.rels", where).values()
    books = [one.get("Target") for one in roots if one.get("Type", "").endswith("/officeDocument")]
    part = part_of(package, books[0] if books else "xl/workbook.xml")
    return part if part and _plain(part).endswith(".xml") else None


def _sheet_part(package: zipfile.ZipFile, sheet: str, where: str) -> zipfile.ZipInfo | None:
    book = _book_part(package, where)
    if book is None:
        return None
    folder, file = posixpath.split(_plain(book))
    targets = _targets(package, f"{folder}/_rels/{file}.rels", where)
    for one in _named(_xml(package, book, where), "sheet"):
        ident = next((value for key, value in one.attrib.items() if key.endswith("}id")), None)
        if one.get("name") == sheet and ident in targets:
            target = targets[ident].get("Target", "")
            return part_of(package, target if target.startswith("/") else f"{folder}/{target}")
    return None


def _padded_styles(package: zipfile.ZipFile, where: str) -> dict[bytes, int]:
    """Cell styles that show a whole number with leading zeros (`00000`), and how many digits they show."""
    styles = _xml(package, part_of(package, "xl/styles.xml"), where)
    formats = {one.get("numFmtId"): one.get("formatCode", "") for one in _named(styles, "numFmt")}
    widths = {ident: len(code) for ident, code in formats.items() if re.fullmatch("0{2,}", code)}
    cells = [one for group in _named(styles, "cellXfs") for one in group]
    return {
        str(n).encode(): widths[one.get("numFmtId")] for n, one in enumerate(cells) if one.get("numFmtId") in widths
    }


# -- the cells ---------------------------------------------------------------------------------------------------------


@dataclass
class _Area:
    first: int = 0
    last: int = 0
    columns: set[bytes] = field(default_factory=set)

    def extend(self, piece: bytes) -> None:
        places = _USED.findall(piece)
        self.columns.update(letters for letters, _ in places)
        rows = [int(row) for _, row in places]
        if rows:
            self.first = min(self.first or rows[0], min(rows))
            self.last = max(self.last, max(rows))


def _refuse_vast(area: _Area, where: str) -> None:
    numbers = [_column(letters) for letters in area.columns]
    cells = (area.last - area.first + 1) * (max(numbers) - min(numbers) + 1) if numbers else 0
    if cells > MAX_CELLS:
        raise ContractError(
            f"the used area of the sheet holds more than {MAX_CELLS:,} cells",
            code="CY207",
            where=where,
            fix="Delete stray cells far from the table, or export it as CSV.",
        )


def _pieces(package: zipfile.ZipFile, part: zipfile.ZipInfo, where: str) -> Iterator[bytes]:
    """The sheet's text in pieces that end with a row, so that no cell is cut in two."""
    rest = b""
    try:
        with package.open(part) as stream:
            while fresh := stream.read(_PIECE):
                rest += fresh
                cut = rest.rfind(b"row>") + 4
                if cut > 3:
                    yield rest[:cut]
                    rest = rest[cut:]
    except _DAMAGE:
        raise damaged(where) from None
    yield rest


def _look(piece: bytes, padded: dict[bytes, int], faults: CellFaults) -> None:
    """Nothing is looked for after the last cell that ends, so that a cell without an end costs no more than one with it."""
    ends = [match.end() for match in _CELL_END.finditer(piece)]
    for attributes, content in _CELL.findall(piece[: ends[-1]] if ends else b""):
        place = _PLACE.search(attributes)
        if not content or place is None:
            continue
        column, row = _column(place[1]), int(place[2])
        value = _VALUE.search(content)
        if _ERROR.search(attributes):
            faults.errors[column].append(row)
        elif value is None and _FORMULA.search(content):
            faults.uncalculated[column].append(row)
        elif value and padded and _is_unpadded(value[1], _STYLE.search(attributes), padded):
            faults.unpadded[column].append(row)


def _is_unpadded(value: bytes, style: re.Match[bytes] | None, padded: dict[bytes, int]) -> bool:
    return style is not None and value.isdigit() and len(value) < padded.get(style[1], 0)


def _column(letters: bytes) -> int:
    """A column's letters as its number from 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1
