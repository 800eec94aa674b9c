"""From bytes to text: what the first bytes give away, which encoding, which delimiter.

Nothing is guessed in silence: whatever was assumed is said in `warnings`, whatever cannot be text is refused.
"""

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass

from cycles.core.errors import ContractError

DELIMITERS = (",", ";", "\t", "|")
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 100
SMALL = 16 * 1024**2
"""Below this size a high compression ratio is harmless."""

_SOMETHING_ELSE = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"version https://git-lfs.github.com/spec", "a pointer to large storage"),
    (b"/annex/objects/", "a pointer to large storage"),
)
_WEB_PAGE = re.compile(rb"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_TWICE_ENCODED = re.compile("\u00c3[\u0080-\u00bf\u0192\u201a-\u2122]|\u00e2\u20ac[\u0153\u2122\u02dc\u201c]")


@dataclass(frozen=True)
class Text:
    """Decoded text, and what had to be assumed."""

    content: str
    encoding: str
    warnings: tuple[str, ...] = ()


def unpack(data: bytes, *, where: str) -> bytes:
    """Gzip unpacked within limits; anything else as it is.

    Raises
    ------
    ContractError
        CY201 when the archive is damaged or cut off, CY207 when it expands too much.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    limit = min(MAX_BYTES, max(SMALL, MAX_RATIO * len(data)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        raise ContractError(
            "the compressed file is damaged or cut off", code="CY201", where=where, fix="Fetch it again."
        ) from None
    if len(content) > limit:
        raise ContractError(f"the compressed file expands more than {MAX_RATIO} times", code="CY207", where=where)
    return content


def decode(data: bytes, *, where: str) -> Text:
    """Bytes as text: UTF-8 (with or without a byte-order mark), UTF-16 by its mark, or Windows cp1252, which is then said.

    Raises
    ------
    ContractError
        CY201 for an empty file, NUL bytes or undecodable bytes; CY202 when the first bytes are those of something else.

    Examples
    --------
    >>> decode("naïve".encode("cp1252"), where="x.csv").encoding
    'cp1252'
    """
    _refuse_something_else(data, where)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _checked(data, "utf-16", where)
    if b"\0" in data:
        raise ContractError("the file holds NUL bytes", code="CY201", where=where)
    try:
        return _checked(data, "utf-8-sig", where)
    except UnicodeDecodeError:
        said = "not UTF-8: read as Windows cp1252; check accented letters"
        return _checked(data, "cp1252", where, said)


def _refuse_something_else(data: bytes, where: str) -> None:
    if not data.strip():
        raise ContractError("the file is empty", code="CY201", where=where, fix="Export it again: it holds nothing.")
    for magic, kind in _SOMETHING_ELSE:
        if data.startswith(magic):
            raise ContractError(f"the file is {kind}, not a text table", code="CY202", where=where)
    if _WEB_PAGE.match(data[:1024].removeprefix(b"\xef\xbb\xbf")):
        raise ContractError("the file is a web page, not a text table", code="CY202", where=where)


def _checked(data: bytes, encoding: str, where: str, *warnings: str) -> Text:
    try:
        content = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "utf-8-sig":
            raise
        raise ContractError(f"the file cannot be decoded as {encoding}", code="CY201", where=where) from None
    if "\0" in content:
        raise ContractError("the file holds NUL characters", code="CY201", where=where)
    twice = len(_TWICE_ENCODED.findall(content))
    if twice:
        warnings = (*warnings, f"{twice} characters look encoded twice (as in 'JosÃ©'); export the file again as UTF-8")
    return Text(content, encoding.removesuffix("-sig"), warnings)


def delimiter_of(content: str) -> str:
    r"""The delimiter that gives the first rows the header's number of fields; a comma when none does.

    >>> delimiter_of("id;mark\n7;3,5\n8;4,0\n")
    ';'
    """
    head = content[:200_000]
    scores = {delimiter: _fit(head, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] > 1 else ","


def _fit(head: str, delimiter: str) -> tuple[float, int]:
    widths = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if row:
                widths.append(len(row))
            if len(widths) == 50:
                break
    except csv.Error:
        pass
    if not widths or widths[0] < 2:
        return (0.0, 1)
    return (sum(width == widths[0] for width in widths) / len(widths), widths[0])
