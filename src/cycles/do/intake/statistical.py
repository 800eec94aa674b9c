"""Files of statistical programs through pyreadstat: codes as text, with what the file says of them kept beside.

Read in pieces, only the variables asked for, so that a wide file of many rows stays within memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, ParameterError
from cycles.core.tables import LINE
from cycles.do.intake.as_text import number_text
from cycles.do.intake.chunks import TextChunks
from cycles.do.intake.counted_time import CountedTime
from cycles.do.intake.fingerprint import fingerprint
from cycles.do.intake.labelled import checked_labels
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable, text_frame
from cycles.do.intake.reading import Reading

CELLS = 1_000_000
"""Read in one piece."""

Reader = Callable[..., tuple[Any, Any]]
Labels = dict[str, dict[Any, str]]


@dataclass(frozen=True)
class Program:
    """A kind of file: how it is read and counts time, whether it hides which missing value was meant or takes an encoding."""

    reader: Reader
    time: CountedTime
    options: dict[str, Any] = field(default_factory=dict)
    hides_missing: bool = False
    takes_encoding: bool = True


def read_statistical(
    path: Path,
    data: bytes,
    program: Program,
    *,
    columns: Iterable[str] | None,
    reading: Reading,
    labels: Labels | None = None,
) -> RawTable:
    """Read a file of a statistical program.

    Parameters
    ----------
    path, data : the file and its bytes
    program : what kind of file it is
    columns : the variables to keep; all of them when None
    reading : `encoding`, where the file does not say it or says it wrongly
    labels : value labels kept in another file, by the variable's format; those of the file itself when None

    Returns
    -------
    RawTable
        Codes as text; `_line` is the number of the case plus one. A system-missing value is the empty string, a declared missing code
        stays, a tagged one is `.a`. `facts` hold `labels` (column -> code -> label), `missing_declared` (column -> codes, and ranges
        as two codes, an open end empty) and `item_text` (column -> variable label).

    Raises
    ------
    ContractError
        CY201 damaged, or not in the encoding it says; CY219 fewer cases than the file says.
    ParameterError
        CY105 when an encoding is declared for a kind of file that has only one.
    """
    if reading.encoding and not program.takes_encoding:
        raise ParameterError(
            "a file of this kind is always read as UTF-8",
            code="CY105",
            where=f"{path.name}, reading.encoding",
            fix="Take `encoding` out of the mapping, or have the file saved as .sav.",
        )
    read = _Reading(path, program, reading.encoding)
    meta = read.metadata()
    wanted = None if columns is None else set(columns)
    kept = [name for name in meta.column_names if wanted is None or name in wanted]
    own = _text_labels(meta, labels)
    extra = _made_from(meta.column_names, kept, own)
    table, lost, tagged = _table(read, meta, [*kept, *extra])
    missing = _missing(meta, tagged)
    checked = checked_labels(
        table,
        {name: own[name] for name in kept if name in own},
        {name: _missing_codes(missing[name], table[name]) for name in kept if name in own and name in missing},
    )
    warnings = [*_of_time(meta, program.time, kept, lost), *checked.warnings]
    if program.hides_missing and (table[kept] == "").any(axis=None):
        warnings.append(
            "CY226: in a file of this kind a declared or lettered missing value cannot be told from an empty one"
        )
    raw = RawTable(
        table=table[[*kept, LINE]],
        header=tuple(meta.column_names),
        sha256=fingerprint(data),
        rows_raw=len(table),
        facts={
            "encoding": meta.file_encoding if program.takes_encoding else "utf-8",
            "columns": len(meta.column_names),
            "labels": checked.labels,
            "missing_declared": {name: missing[name] for name in kept if name in missing},
            "item_text": {
                name: meta.column_names_to_labels[name] for name in kept if meta.column_names_to_labels.get(name)
            },
            "warnings": warnings,
        },
    )
    return as_promised(raw, path, reading)


# -- reading -----------------------------------------------------------------------------------------------------------


def require_kind(known: bool, data: bytes, *, called: str, where: str) -> None:
    """Refuse an empty file (CY201), and one whose first bytes are not those of its kind (CY202)."""
    if not data.strip():
        raise ContractError("the file is empty", code="CY201", where=where, fix="Export it again: it holds nothing.")
    if not known:
        raise ContractError(f"the file is not {called}", code="CY202", where=where)


@dataclass(frozen=True)
class _Reading:
    path: Path
    program: Program
    encoding: str | None

    def metadata(self) -> Any:
        return self._read(metadataonly=True)[1]

    def pieces(self, names: list[str], per_piece: int) -> Iterator[tuple[dict[str, Sequence[Any]], Any]]:
        offset = 0
        while True:
            values, meta = self._read(usecols=names, row_limit=per_piece, row_offset=offset)
            n = len(values[names[0]])
            if n:
                yield values, meta
            if n < per_piece:
                return
            offset += n

    def _read(self, **how: Any) -> tuple[Any, Any]:
        options = self.program.options | ({"encoding": self.encoding} if self.encoding else {})
        with unreadable(self.path.name):
            return self.program.reader(
                self.path, output_format="dict", disable_datetime_conversion=True, **options, **how
            )


@contextmanager
def unreadable(where: str) -> Iterator[None]:
    """Whatever the library raises becomes an error in the reader's words: CY201, or CY219 where cases are missing."""
    from pyreadstat import PyreadstatError, ReadstatError

    try:
        yield
    except (ReadstatError, PyreadstatError, UnicodeDecodeError, ValueError, OverflowError, MemoryError) as problem:
        raise _error(problem, where) from None


def _error(problem: BaseException, where: str) -> ContractError:
    said = str(problem)
    if isinstance(problem, UnicodeDecodeError) or "encoding" in said or "character set" in said:
        return ContractError(
            "text of the file is not in the encoding that it says, or it says none",
            code="CY201",
            where=where,
            fix="Say it in the mapping: `reading: {encoding: windows-1252}`, or export the file as UTF-8.",
        )
    if "expected number of rows" in said:
        return ContractError("the file has other cases than it says", code="CY219", where=where)
    return ContractError("the file is damaged or cut off", code="CY201", where=where, fix="Export it again.")


def _table(read: _Reading, meta: Any, names: list[str]) -> tuple[pd.DataFrame, dict[str, int], dict[str, set[str]]]:
    """The variables as text, how many moments of each are out of any calendar, and the tags met in each."""
    if not meta.column_names:
        raise ContractError("the file has no variables", code="CY201", where=read.path.name)
    chunks = TextChunks(names)
    lost, tagged, n = dict.fromkeys(names, 0), {name: set[str]() for name in names}, 0
    asked = names or meta.column_names[:1]
    for values, piece in read.pieces(asked, max(1000, CELLS // len(asked))):
        texts = []
        for name in names:
            text, out, tags = _texts(values[name], piece, name, read.program.time)
            texts.append(text)
            lost[name] += out
            tagged[name] |= tags
        chunks.add(texts)
        n += len(values[asked[0]])
    if meta.number_rows is not None and 0 <= meta.number_rows != n:
        raise ContractError(
            f"{n:,} cases were read; the file says {meta.number_rows:,}", code="CY219", where=read.path.name
        )
    return text_frame(chunks.columns(), range(2, n + 2)), lost, tagged


def _texts(values: Sequence[Any], meta: Any, name: str, time: CountedTime) -> tuple[list[str], int, set[str]]:
    """A piece of a variable as text, its moments out of any calendar, and its tags."""
    kind, form = meta.readstat_variable_types[name], meta.original_variable_types.get(name) or ""
    listed = list(values)
    if kind.startswith("string"):
        return [value if isinstance(value, str) else "" for value in listed], 0, set()
    tags = {place: f".{value}" for place, value in enumerate(listed) if isinstance(value, str)}
    numbers = np.array([np.nan if isinstance(value, str) else value for value in listed], dtype="float64")
    lost = 0
    if time.kind_of(form):
        texts, lost = time.texts(numbers, form)
    else:
        texts = [_single(value) if kind == "float" else number_text(value) for value in numbers.tolist()]
    for place, tag in tags.items():
        texts[place] = tag
    return texts, lost, set(tags.values())


def _single(value: float) -> str:
    """A number of single precision in the digits that it was written with: 0.1, not 0.10000000149011612."""
    return number_text(float(str(np.float32(value))))


# -- what the file says of its codes -----------------------------------------------------------------------------------


def _text_labels(meta: Any, others: Labels | None) -> dict[str, dict[str, str]]:
    """Labels by variable and code; those of another file are found by the name of the variable's format."""
    own = meta.variable_value_labels
    if others is not None:
        forms = {name: form for name, form in meta.variable_to_label.items() if form in others}
        own = {name: others[form] for name, form in forms.items()}
    return {
        name: {_code(code, meta.readstat_variable_types[name]): label.strip() for code, label in labels.items()}
        for name, labels in own.items()
    }


def _code(code: Any, kind: str) -> str:
    if isinstance(code, str):
        return code.rstrip() if kind.startswith("string") else f".{code}"
    return number_text(float(code))


def _missing(meta: Any, tagged: dict[str, set[str]]) -> dict[str, list[Any]]:
    declared: dict[str, list[Any]] = {}
    for name, ranges in meta.missing_ranges.items():
        ends = [(_end(one["lo"]), _end(one["hi"])) for one in ranges]
        declared[name] = [low if low == high else [low, high] for low, high in ends]
    for name, tags in tagged.items():
        if tags:
            declared[name] = [*declared.get(name, []), *sorted(tags)]
    return declared


def _end(value: Any) -> str:
    """One end of a range; the lowest and the highest number of all stand for no end."""
    if isinstance(value, str):
        return value.rstrip()
    return number_text(float(value)) if abs(value) < 1e300 else ""


def _missing_codes(declared: list[Any], values: pd.Series) -> set[str]:
    """The codes declared missing, and those of the values that lie in a range declared so."""
    spans = [one for one in declared if isinstance(one, list)]
    ranges = [(float(low or "-inf"), float(high or "inf")) for low, high in spans]
    codes = values.unique().tolist() if ranges else []
    numbers = pd.to_numeric(pd.Series(codes, dtype="str"), errors="coerce").tolist()
    inside = {code for code, number in zip(codes, numbers) if any(low <= number <= high for low, high in ranges)}
    return {one for one in declared if isinstance(one, str)} | inside


def _made_from(names: list[str], kept: list[str], labelled: Iterable[str]) -> list[str]:
    """Columns such as `level_high` beside the labelled `level` are read too: they tell whether its labels are right."""
    stems = tuple(f"{name}_" for name in labelled if name in kept)
    return [name for name in names if name not in kept and name.startswith(stems)]


def _of_time(meta: Any, time: CountedTime, kept: list[str], lost: dict[str, int]) -> Iterator[str]:
    for name in kept:
        form = meta.original_variable_types.get(name) or ""
        if time.kind_of(form) == "counted":
            yield f"CY226: column '{name}': weeks, months or quarters counted from 1960 ({form}) stay numbers"
        if lost.get(name):
            yield f"CY226: column '{name}': {lost[name]} dates lie outside any calendar and stay numbers"
