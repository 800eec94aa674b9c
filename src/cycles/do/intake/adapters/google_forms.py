"""Google Forms CSV exports: the header row is the question texts, the first column the time stamp."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from cycles.core.errors import ContractError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.identifying import only_carried
from cycles.do.intake.item_text import alike, as_wanted
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading

_TIMESTAMPS = """Timestamp | Marca temporal | Marca de tiempo | Horodateur | Zeitstempel | Carimbo de data/hora | Data/hora
 | Informazioni cronologiche | Tijdstempel | Sygnatura czasowa | Tidstämpel | Tidsstempel | Tidsmerke | Aikaleima | Zaman damgası
 | Časová značka | Marca de temps | Marcaj de timp | Időbélyeg | Dấu thời gian | Отметка времени | Позначка часу | タイムスタンプ
 | 时间戳记 | 時間戳記 | 타임스탬프 | طابع زمني | חותמת זמן"""
TIMESTAMPS = frozenset(name.strip() for name in _TIMESTAMPS.split("|"))
"""What the first column is called, by the language of the form's owner."""


@ADAPTERS.register("google_forms", table="responses")
def google_forms(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    r"""Read the responses of a Google Form, exported as CSV.

    Parameters
    ----------
    path : the export; columns are called by their question texts, a row of a grid by ``Question [Row]``
    columns : the question texts that a mapping reads; other quotes, spaces or punctuation at the end do not matter
    reading : what the mapping declares about the file

    Returns
    -------
    RawTable
        One row per response. A question with several answers keeps them as one text, as the export joins them. Columns that identify a
        person (e-mail address, user name, questions for a name) are dropped unless in `columns`; `facts["dropped"]` names them.

    Raises
    ------
    ContractError
        CY202 when the first column is no time stamp, CY204 when two questions have the same text, and what delimited text may raise.

    Notes
    -----
    A question of the mapping that is merely similar to one of the file is never taken for it: the mapping is refused (CY205), naming
    the similar one.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "form.csv"
    >>> _ = file.write_text('Timestamp,Email Address,I am glad to be here.\n"9/21/2026 8:05:11",a@example.org,Agree\n')
    >>> google_forms(file).table.to_dict("records")
    [{'Timestamp': '9/21/2026 8:05:11', 'I am glad to be here.': 'Agree', '_line': 2}]
    """
    path = Path(path)
    raw = read_delimited(file_bytes(path), where=path.name, reading=reading)
    _require_time_stamp(raw.header, path.name)
    wanted = None if columns is None else list(columns)
    names = as_wanted([name for name in raw.header if name], wanted, where=path.name)
    renamed = dataclasses.replace(
        raw, table=raw.table.rename(columns=names), header=tuple(names.get(name, name) for name in raw.header)
    )
    return as_promised(only_carried(renamed, wanted), path, reading)


def _require_time_stamp(header: tuple[str, ...], where: str) -> None:
    if alike(header[0]) not in TIMESTAMPS:
        raise ContractError(
            "the first column is not the time stamp of a Google Form",
            code="CY202",
            where=where,
            fix="Export the responses from Google Forms or its sheet as CSV, or use the adapter csv.",
        )
