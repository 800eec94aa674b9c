"""Delimited text: comma, semicolon, tab or bar; plain or gzip; UTF-8, UTF-16 with a mark, or Windows cp1252."""

from collections.abc import Iterable
from pathlib import Path

from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading


@ADAPTERS.register("csv", table=None)
def csv(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read a delimited text file.

    Parameters
    ----------
    path : a `.csv`, `.tsv`, `.txt`, or any of them compressed with gzip
    columns : the columns to keep, by name; every column when None

    Returns
    -------
    RawTable
        Text, one row per row of the file; missing = empty string.

    Raises
    ------
    ParameterError
        CY104 no such file.
    ContractError
        CY201, CY202, CY203, CY204, CY207: see :func:`cycles.do.intake.delimited.read_delimited`.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "arms.csv"
    >>> _ = file.write_text("unit_id;arm\\n007;not_yet\\n")
    >>> csv(file).table["unit_id"].tolist()
    ['007']
    """
    return read_delimited(file_bytes(Path(path)), where=Path(path).name, columns=columns)
