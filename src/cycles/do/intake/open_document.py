"""The tables of an OpenDocument workbook, looked through before they are read: how far they reach, and which cells hold errors."""

import zipfile
from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from cycles.core.errors import ContractError
from cycles.do.intake.workbook_package import MAX_CELLS, CellFaults, damaged, package_of, part_of, read_part

MANY = 10_000_000
"""A repetition beyond this is taken for this; no sheet is so long."""


def faults_by_table(data: bytes, *, where: str) -> dict[str, CellFaults]:
    """Errors and formulas without a value, by the name of the table.

    Raises
    ------
    ContractError
        CY207 when a table reaches over more than :data:`MAX_CELLS` cells, CY201 when the document is damaged.
    """
    from defusedxml import DefusedXmlException

    with package_of(data, where=where) as package:
        part = part_of(package, "content.xml")
        if part is None:
            raise damaged(where)
        _refuse_protected(package, where)
        try:
            with package.open(part) as stream:
                return _tables(stream, where)
        except DefusedXmlException:
            raise ContractError("the workbook declares entities", code="CY207", where=where) from None
        except (ParseError, zipfile.BadZipFile, EOFError, OSError):
            raise damaged(where) from None


def _refuse_protected(package: zipfile.ZipFile, where: str) -> None:
    manifest = part_of(package, "META-INF/manifest.xml")
    if manifest is not None and b"encryption-data" in read_part(package, manifest, where=where):
        raise ContractError(
            "the workbook is protected by a password", code="CY201", where=where, fix="Save it without a password."
        )


def _tables(stream: IO[bytes], where: str) -> dict[str, CellFaults]:
    found: dict[str, CellFaults] = {}
    name, row, last, width = "", 0, 0, 0
    for event, element in _elements(stream):
        kind = _local(element.tag)
        if event == "start" and kind == "table":
            name, row, last, width = _attribute(element, "name"), 0, 0, 0
            found[name] = CellFaults()
        elif event == "end" and kind == "table-row":
            used = _look(element, row + 1, found.setdefault(name, CellFaults()))
            row += _times(element, "number-rows-repeated")
            last, width = (row, max(width, used)) if used else (last, width)
            if last * width > MAX_CELLS:
                raise ContractError(
                    f"a table reaches over more than {MAX_CELLS:,} cells",
                    code="CY207",
                    where=f"{where}, sheet {name}",
                    fix="Delete stray cells far from the table, or export it as CSV.",
                )
            element.clear()
    return found


def _elements(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    from defusedxml.ElementTree import iterparse

    yield from iterparse(stream, events=("start", "end"), forbid_dtd=True)


def _look(row: Element, line: int, faults: CellFaults) -> int:
    """How many columns of a row are in use; what is wrong with its cells is noted."""
    column, used = 0, 0
    for cell in row:
        times = _times(cell, "number-columns-repeated")
        kinds = {value for key, value in cell.attrib.items() if _local(key) == "value-type"}
        if "error" in kinds:
            faults.errors[column].append(line)
        elif not kinds and _attribute(cell, "formula"):
            faults.uncalculated[column].append(line)
        column += times
        used = column if kinds or len(cell) else used
    return used


def _times(element: Element, name: str) -> int:
    text = _attribute(element, name)
    return min(int(text), MANY) if text.isdigit() else 1


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
