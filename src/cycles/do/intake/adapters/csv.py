"""Delimited text of any sane dialect, plain or gzip, in any encoding that is declared or that the file itself shows."""

from collections.abc import Iterable
from pathlib import Path

from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.whole import promised_rows, require_rows


@ADAPTERS.register("csv", table=None)
def csv(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read a delimited text file.

    Parameters
    ----------
    path : a `.csv`, `.tsv`, `.txt`, or any of them compressed with gzip
    columns : the columns to keep, by name; every column when None
    reading : what the mapping declares about the file

    Returns
    -------
    RawTable
        Text, one row per row of the file; missing = empty string.

    Raises
    ------
    ParameterError
        CY104 no such file.
    ContractError
        See :func:`cycles.do.intake.delimited.read_delimited`; CY219 also when a manifest beside the file promises something else.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "arms.csv"
    >>> _ = file.write_text("unit_id;arm\\n007;not_yet\\n")
    >>> csv(file).table["unit_id"].tolist()
    ['007']
    """
    path = Path(path)
    raw = read_delimited(file_bytes(path), where=path.name, columns=columns, reading=reading)
    require_rows(raw.rows_raw, promised_rows(path), where=path.name)
    return raw
