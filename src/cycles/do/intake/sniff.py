"""From bytes to text: what the first bytes give away, and which encoding.

Nothing is guessed in silence: whatever was assumed is said in `warnings`, whatever cannot be text is refused.
"""

import gzip
import io
import re
import zlib
from dataclasses import dataclass

from cycles.core.errors import ContractError, ParameterError
from cycles.do.intake.dialect import dialect_of
from cycles.do.intake.reading import AS_IT_IS, Reading

MAX_BYTES = 2 * 1024**3
MAX_RATIO = 100
SMALL = 16 * 1024**2
"""Below this size a high compression ratio is harmless."""
MAX_LINE = 5 * 1024**2
"""A line of more characters is no row of a table."""

_SOMETHING_ELSE = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
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


def decode(data: bytes, *, where: str, reading: Reading = AS_IT_IS) -> Text:
    """Bytes as text: as declared, or else UTF-8, UTF-16 by its mark or its zero bytes, or Windows cp1252. The last two are said.

    Raises
    ------
    ParameterError
        CY105 for a declared encoding that does not exist.
    ContractError
        CY201 for an empty file, NUL characters, an endless line or undecodable bytes; CY202 when the first bytes are those of
        something else.

    Examples
    --------
    >>> decode("naïve".encode("cp1252"), where="x.csv").encoding
    'cp1252'
    """
    _refuse_something_else(data, where)
    encoding, said = _encoding(data, reading)
    content = _decoded(data, encoding, where)
    if not content.strip():
        raise _empty(where)
    if "\0" in content and reading.escape != "\0":
        raise ContractError("the file holds NUL characters", code="CY201", where=where)
    _refuse_endless_line(content, where)
    twice = len(_TWICE_ENCODED.findall(content))
    warnings = [said] if said else []
    if twice:
        warnings.append(f"CY230: {twice} characters look encoded twice (as in 'JosÃ©'); export the file again as UTF-8")
    return Text(content, encoding.removesuffix("-sig"), tuple(warnings))


def delimiter_of(content: str, *, where: str = "the file") -> str:
    r"""What separates the fields of a text; a comma when nothing does.

    >>> delimiter_of("id;mark\n7;3,5\n8;4,0\n")
    ';'
    """
    return dialect_of(content, AS_IT_IS, where=where)[0].delimiter


def _refuse_something_else(data: bytes, where: str) -> None:
    if not data.strip():
        raise _empty(where)
    for magic, kind in _SOMETHING_ELSE:
        if data.startswith(magic):
            raise ContractError(f"the file is {kind}, not a text table", code="CY202", where=where)
    if _WEB_PAGE.match(data[:1024].removeprefix(b"\xef\xbb\xbf")):
        raise ContractError("the file is a web page, not a text table", code="CY202", where=where)


def _empty(where: str) -> ContractError:
    return ContractError("the file is empty", code="CY201", where=where, fix="Export it again: it holds nothing.")


def _encoding(data: bytes, reading: Reading) -> tuple[str, str]:
    """The encoding, and what is to be said about it."""
    if reading.encoding:
        return reading.encoding, ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", ""
    unmarked = _unmarked_utf_16(data[:4096])
    if unmarked:
        return unmarked, f"CY220: no encoding is marked: read as {unmarked}, as its zero bytes show"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", "CY220: not UTF-8: read as Windows cp1252; check accented letters"
    return "utf-8-sig", ""


def _unmarked_utf_16(head: bytes) -> str:
    """Latin text in UTF-16 has a zero in nearly every second byte, and nowhere else."""
    even, odd = head[::2], head[1::2]
    if odd.count(0) > 0.4 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and not odd.count(0):
        return "utf-16-be"
    return ""


def _decoded(data: bytes, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError:
        raise ContractError(f"the file cannot be decoded as {encoding}", code="CY201", where=where) from None
    except (LookupError, ValueError):
        raise ParameterError(
            f"there is no text encoding '{encoding}'",
            code="CY105",
            where="reading.encoding",
            fix="Write one such as utf-8, cp1252, utf-16 or mac-roman.",
        ) from None


def _refuse_endless_line(content: str, where: str) -> None:
    start = 0
    while len(content) - start > MAX_LINE:
        ends = [content.rfind(end, start, start + MAX_LINE) for end in "\n\r"]
        if max(ends) < 0:
            raise ContractError(f"a line has more than {MAX_LINE:,} characters", code="CY201", where=where)
        start = max(ends) + 1
