"""What a source is: told by its address, its first bytes, the names inside an archive, or the shape of its first rows."""

import csv
import gzip
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cycles.core.errors import ContractError, ParameterError
from cycles.core.workspace import is_address
from cycles.do.intake.adapters.google_forms import TIMESTAMPS
from cycles.do.intake.adapters.limesurvey import FIRST, SUBMITTED
from cycles.do.intake.adapters.surveymonkey import RESPONDENT

HEAD = 64 * 1024
"""Bytes looked at."""
_SAS = b"\0" * 12 + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c")
_IMPORT_ID = re.compile(r"\{\s*[\"']{1,2}ImportId[\"']{1,2}\s*:")


@dataclass(frozen=True)
class Recognised:
    """The adapter that reads a source, and what told."""

    adapter: str
    because: str


@dataclass(frozen=True)
class _Look:
    """What can be seen of a file without reading it."""

    name: str
    head: bytes
    members: frozenset[str]
    rows: list[list[str]]

    @property
    def header(self) -> list[str]:
        return [cell.strip() for cell in self.rows[0]] if self.rows else []

    @property
    def first(self) -> str:
        return self.header[0].casefold() if self.header else ""


def recognise(source: str | Path) -> Recognised:
    r"""Which adapter reads a source.

    Parameters
    ----------
    source : a file, a folder, or the address of a database or an interface

    Raises
    ------
    ParameterError
        CY104 no such file.
    ContractError
        CY202 when nothing that can be read is recognised.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "pulse.csv"
    >>> _ = file.write_text("Timestamp,I feel at home here\n10/5/2026 8:00:00,4\n")
    >>> recognise(file)
    Recognised(adapter='google_forms', because='its first column is the time stamp of a form')
    """
    if is_address(str(source)):
        web = str(source).startswith("http")
        return (
            Recognised("edfi", "it is a web address") if web else Recognised("sql", "it is the address of a database")
        )
    path = Path(source)
    if not path.exists():
        raise ParameterError(f"no file {path.name}", code="CY104", where=str(path))
    look = _look(path)
    for adapter, because, fits in _RECOGNISERS:
        if fits(look):
            return Recognised(adapter, because)
    raise ContractError("the file is of no kind that can be read", code="CY202", where=path.name)


# -- looking -------------------------------------------------------------------------------------------------------------


def _look(path: Path) -> _Look:
    if path.is_dir():
        names = frozenset(one.name.lower() for one in path.iterdir() if one.is_file())
        return _Look(path.name.lower(), b"", names, [])
    with path.open("rb") as stream:
        head = _unpacked(stream.read(HEAD))
    members = _members(path) if head.startswith(b"PK") else frozenset()
    return _Look(path.name.lower(), head, members, [] if members else _rows(head))


def _unpacked(head: bytes) -> bytes:
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except (zlib.error, gzip.BadGzipFile):
        return head


def _members(path: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(name.lower() for name in archive.namelist()[:2000])
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return frozenset()


def _rows(head: bytes) -> list[list[str]]:
    """The first rows of a text table, by the delimiter that its first line holds most; the last of them may be cut."""
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", errors="replace")
    lines = text.splitlines()
    if not lines:
        return []
    delimiter = max(",;\t|", key=lines[0].count)
    try:
        return [row for _, row in zip(range(6), csv.reader(lines, delimiter=delimiter), strict=False) if row]
    except csv.Error:
        return []


# -- telling -------------------------------------------------------------------------------------------------------------


def _begins(*marks: bytes) -> Callable[[_Look], bool]:
    return lambda look: look.head.startswith(marks)


def _holds(*names: str) -> Callable[[_Look], bool]:
    def fits(look: _Look) -> bool:
        plain = {name.rsplit("/", 1)[-1] for name in look.members}
        return all(name in look.members or name in plain for name in names)

    return fits


def _is_stata(look: _Look) -> bool:
    old = len(look.head) > 3 and look.head[0] in range(102, 116) and look.head[1] in (1, 2) and look.head[2] == 1
    return old or look.head.startswith(b"<stata_dta>")


def _is_xml(look: _Look) -> bool:
    begin = look.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    return begin.startswith(b"<") and not begin.startswith((b"<!doctype html", b"<html"))


def _is_qualtrics(look: _Look) -> bool:
    import_ids = any(_IMPORT_ID.match(row[0].lstrip()) for row in look.rows[1:5])
    legacy = look.first == "v1" and len(look.rows) > 1 and look.rows[1][0].casefold() == "responseid"
    return import_ids or legacy


def _is_surveymonkey(look: _Look) -> bool:
    below = look.rows[1] if len(look.rows) > 1 else []
    return look.first.replace(" ", "") in RESPONDENT and bool(below) and below[0].strip() == ""


def _is_limesurvey(look: _Look) -> bool:
    names = {name.casefold() for name in look.header}
    by_name = re.match(r"survey_\d+_r_data_file", look.name) is not None
    return by_name or (look.first in FIRST and not SUBMITTED.isdisjoint(names))


def _is_redcap(look: _Look) -> bool:
    names = {name.casefold() for name in look.header}
    own = {"redcap_event_name", "redcap_repeat_instrument", "redcap_survey_identifier"}
    return not own.isdisjoint(names) or ("record_id" in names and any(name.endswith("_complete") for name in names))


def _is_text(look: _Look) -> bool:
    binary = b"\0" in look.head and look.head[:2] not in (b"\xff\xfe", b"\xfe\xff")
    return bool(look.rows) and not binary and not look.head.lstrip().startswith((b"PK", b"%PDF", b"<", b"{", b"[{"))


_RECOGNISERS: tuple[tuple[str, str, Callable[[_Look], bool]], ...] = (
    ("sql", "it begins as a SQLite database", _begins(b"SQLite format 3\0")),
    ("sql", "it begins as a DuckDB database", lambda look: look.head[8:12] == b"DUCK"),
    ("parquet", "it begins as a Parquet file", _begins(b"PAR1")),
    ("spss", "it begins as an SPSS file", _begins(b"$FL2", b"$FL3")),
    ("spss", "it begins as an SPSS portable file", lambda look: b"ASCII SPSS PORT FILE" in look.head[:400]),
    ("sas", "it begins as a SAS file", _begins(_SAS, b"HEADER RECORD*******LIB")),
    ("stata", "it begins as a Stata file", _is_stata),
    ("oneroster", "it holds the files of a OneRoster bundle", _holds("users.csv", "enrollments.csv")),
    ("excel", "it is built as a workbook", _holds("xl/workbook.xml")),
    ("excel", "it is built as a binary workbook", _holds("xl/workbook.bin")),
    ("excel", "it is built as an OpenDocument file", _holds("content.xml", "meta-inf/manifest.xml")),
    ("excel", "it begins as an old workbook", _begins(b"\xd0\xcf\x11\xe0")),
    ("attendance_xml", "it is XML", _is_xml),
    ("qualtrics", "its header rows are those of Qualtrics", _is_qualtrics),
    ("surveymonkey", "its two header rows are those of SurveyMonkey", _is_surveymonkey),
    (
        "google_forms",
        "its first column is the time stamp of a form",
        lambda look: look.header[:1] != [] and look.header[0] in TIMESTAMPS,
    ),
    ("redcap", "its columns are those of a REDCap project", _is_redcap),
    ("limesurvey", "its first columns are those of LimeSurvey", _is_limesurvey),
    ("csv", "it is a text table", _is_text),
)
"""The first that fits: adapter, what told, how it is told."""
