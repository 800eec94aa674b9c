"""Records of an XML document: the same element again and again below the root, its attributes and children as columns."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from cycles.core.errors import ContractError

MAX_BYTES = 64 * 1024**2
MAX_COLUMNS = 2000
MAX_DEPTH = 50

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_ALLOWED = frozenset({9, 10, 13})
_WEB_PAGE = re.compile(rb"\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html)\b", re.IGNORECASE)


@dataclass
class Records:
    """The rows of a document, its columns in the order they were met, and how many forbidden characters were taken out."""

    rows: list[dict[str, str]] = field(default_factory=list)
    header: dict[str, None] = field(default_factory=dict)
    removed: int = 0


def read_records(data: bytes, *, record: str | None, where: str) -> Records:
    """The records of a document.

    Parameters
    ----------
    data : the bytes of the document
    record : the name of the element that is a row; when None, the element below the root, or below the one element there, that repeats
    where : the file's name, for messages

    Raises
    ------
    ContractError
        CY201 empty, damaged or cut off; CY202 a web page, not XML, no record, or several kinds of them; CY204 a child twice in a
        record; CY207 a document type, entities, or too large.

    Examples
    --------
    >>> read_records(b"<days><day><id>007</id><pct>NS</pct></day></days>", record=None, where="x.xml").rows
    [{'id': '007', 'pct': 'NS'}]
    """
    _refuse_something_else(data, where)
    plain, removed = _without_forbidden(data)
    records = Records(removed=removed)
    for element in _record_elements(plain, record, where):
        row = _row(element, where)
        records.header.update(dict.fromkeys(row))
        records.rows.append(row)
        if len(records.header) > MAX_COLUMNS:
            raise ContractError(f"the records have more than {MAX_COLUMNS} columns", code="CY207", where=where)
    if not records.rows:
        named = f" '{record}'" if record else ""
        raise ContractError(f"the document holds no record{named}", code="CY202", where=where)
    return records


def _refuse_something_else(data: bytes, where: str) -> None:
    if not data.strip():
        raise ContractError("the file is empty", code="CY201", where=where, fix="Export it again: it holds nothing.")
    if len(data) > MAX_BYTES:
        raise ContractError("the document is larger than 64 MB", code="CY207", where=where)
    if _WEB_PAGE.match(data[:2000].removeprefix(b"\xef\xbb\xbf")):
        raise ContractError("the file is a web page, not data", code="CY202", where=where)
    if b"<" not in data[:200].replace(b"\0", b""):
        raise ContractError("the file is not an XML document", code="CY202", where=where)


def _without_forbidden(data: bytes) -> tuple[bytes, int]:
    """Control characters out, plain ones and numbered ones; a document of two-byte characters is left as it is."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        return data, 0
    plain, removed = _FORBIDDEN.subn(b"", data)
    numbered = [match[0] for match in _REFERENCE.finditer(plain) if _is_forbidden(match)]
    for reference in set(numbered):
        plain = plain.replace(reference, b"")
    return plain, removed + len(numbered)


def _is_forbidden(reference: re.Match[bytes]) -> bool:
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    return number < 32 and number not in _ALLOWED


def _record_elements(data: bytes, record: str | None, where: str) -> Iterator[Element]:
    from defusedxml import DefusedXmlException

    try:
        level = None if record else _level_of_records(data)
        yield from _elements(data, record, level, where)
    except DefusedXmlException:
        raise ContractError("the document declares a document type or entities", code="CY207", where=where) from None
    except (ParseError, LookupError, ValueError):
        raise ContractError(
            "the document is damaged or cut off", code="CY201", where=where, fix="Fetch it again."
        ) from None


def _level_of_records(data: bytes) -> int:
    """How deep below the root the rows stand: one, or two when a single element wraps one kind that repeats."""
    counts: dict[int, Counter[str]] = {1: Counter(), 2: Counter()}
    for level, element in _ends(data):
        if level in counts:
            counts[level][_name(element.tag)] += 1
        element.clear()
    wrapped = counts[1].total() == 1 and len(counts[2]) == 1 and counts[2].total() > 1
    return 2 if wrapped else 1


def _elements(data: bytes, record: str | None, wanted: int | None, where: str) -> Iterator[Element]:
    """The elements of a name, or of a level; each is emptied once it was handed over."""
    kinds = set[str]()
    for level, element in _ends(data):
        name = _name(element.tag)
        is_record = name == record or level == wanted
        if is_record:
            kinds.add(name)
            if len(kinds) > 1:
                raise ContractError(
                    f"several elements stand below the root: {', '.join(sorted(kinds))}",
                    code="CY202",
                    where=where,
                    fix="Say which is a row: `reading: {record: ...}` in the mapping.",
                )
            yield element
        if is_record or level <= 1:
            element.clear()


def _ends(data: bytes) -> Iterator[tuple[int, Element]]:
    """Each element as it ends, and how deep below the root it stands."""
    from defusedxml.ElementTree import iterparse

    level = -1
    for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            level += 1
            if level > MAX_DEPTH:
                raise ValueError
        else:
            yield level, element
            level -= 1


def _row(element: Element, where: str) -> dict[str, str]:
    row = {_name(key): value for key, value in element.attrib.items()}
    for child in element:
        name = _name(child.tag)
        if name in row:
            raise ContractError(f"a record holds '{name}' twice", code="CY204", where=where)
        row[name] = "".join(child.itertext()).strip()
    if not len(element) and (element.text or "").strip():
        row[_name(element.tag)] = (element.text or "").strip()
    return row


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
