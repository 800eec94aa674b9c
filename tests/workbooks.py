"""Workbooks written by hand, cell by cell, so that a test says exactly what stands in the file."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0000000"/></numFmts>'
    '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>'
)
STATES = ("visible", "hidden")
PADDED, DATE, MOMENT = 1, 2, 3
"""Styles: seven digits with leading zeros, a date, a date with a time."""


class Raw(str):
    """The XML of a whole cell, with `{at}` for its address."""


def number(value: float, style: int = 0) -> Raw:
    """A number in one of the styles."""
    return Raw(f'<c r="{{at}}" s="{style}"><v>{value!r}</v></c>')


ERROR = Raw('<c r="{at}" t="e"><f>VLOOKUP(A1,A1,1)</f><v>#N/A</v></c>')
UNCALCULATED = Raw('<c r="{at}"><f>SUM(A1:A9)</f></c>')

Rows = Sequence[Sequence[object]]


def write_xlsx(
    path: Path,
    sheets: dict[str, Rows] | Rows,
    *,
    hidden: Sequence[str] = (),
    merged: Sequence[str] = (),
    date1904: bool = False,
    prolog: str = "",
    more: dict[str, bytes] | None = None,
) -> Path:
    """A workbook of text, numbers, truth values and cells of :class:`Raw` XML; None leaves a cell out."""
    named = sheets if isinstance(sheets, dict) else {"Sheet1": sheets}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _parts(named, hidden, merged, date1904, prolog).items():
            package.writestr(name, content)
        for name, data in (more or {}).items():
            package.writestr(name, data)
    return path


def _parts(
    sheets: dict[str, Rows], hidden: Sequence[str], merged: Sequence[str], date1904: bool, prolog: str
) -> dict[str, str]:
    entries = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}" state="{STATES[name in hidden]}"/>'
        for n, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    return {
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="{int(date1904)}"/>'
        f"<sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{relations}<Relationship Id="s" '
        f'Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{n}.xml": prolog + _sheet(rows, merged) for n, rows in enumerate(sheets.values(), 1)},
    }


def _sheet(rows: Rows, merged: Sequence[str]) -> str:
    lines = "".join(f'<row r="{n}">{_cells(row, n)}</row>' for n, row in enumerate(rows, 1))
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData>' + (
        f"<mergeCells>{ranges}</mergeCells></worksheet>" if merged else "</worksheet>"
    )


def _cells(row: Sequence[object], line: int) -> str:
    return "".join(_cell(value, f"{chr(65 + place)}{line}") for place, value in enumerate(row) if value is not None)


def _cell(value: object, at: str) -> str:
    if isinstance(value, Raw):
        return value.replace("{at}", at)
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{at}"><v>{value!r}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
