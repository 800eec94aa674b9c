"""SAS: .sas7bdat, with the value labels of a catalogue beside it, and transport files (.xpt)."""

from collections.abc import Iterable
from pathlib import Path

from cycles.core.errors import ContractError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.beside import beside
from cycles.do.intake.counted_time import SAS
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.statistical import Labels, Program, read_statistical, require_kind, unreadable

MAGIC = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
TRANSPORT = b"HEADER RECORD*******"
CARD = 80
"""Bytes of a record of a transport file; a whole file is a multiple of it."""


@ADAPTERS.register("sas", table=None)
def sas(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read a SAS file.

    Parameters
    ----------
    path : a `.sas7bdat` or a transport file
    columns : the variables to keep; all of them when None
    reading : `beside`, the catalogue (`.sas7bcat`) that holds the value labels; `encoding`, where the file says a wrong one

    Returns
    -------
    RawTable
        Codes as text, special missing values as `.A` to `.Z` and `._`; see
        :func:`cycles.do.intake.statistical.read_statistical`.

    Raises
    ------
    ParameterError
        CY104 no such file or catalogue.
    ContractError
        CY201 damaged, CY202 another format, CY219 cut off.

    Notes
    -----
    Value labels that the data contradict are not used, and a warning says so (CY218). A transport file does not tell which special
    missing value was meant: they arrive as empty, which a warning says too (CY226).
    """
    path = Path(path)
    data = file_bytes(path)
    transport = data.startswith(TRANSPORT)
    require_kind(transport or data.startswith(MAGIC), data, called="a SAS file", where=path.name)
    if transport and len(data) % CARD:
        raise ContractError("the transport file ends within a record", code="CY219", where=path.name)
    catalogue = beside(path, reading)
    return read_statistical(
        path,
        data,
        _transport() if transport else _table(),
        columns=columns,
        reading=reading,
        labels=_labels(catalogue, reading) if catalogue else None,
    )


def _table() -> Program:
    from pyreadstat import read_sas7bdat

    return Program(read_sas7bdat, SAS, {"user_missing": True})


def _transport() -> Program:
    from pyreadstat import read_xport

    return Program(read_xport, SAS, hides_missing=True)


def _labels(catalogue: Path, reading: Reading) -> Labels:
    from pyreadstat import read_sas7bcat

    require_kind(True, file_bytes(catalogue), called="a SAS catalogue", where=catalogue.name)
    with unreadable(catalogue.name):
        _, meta = read_sas7bcat(
            catalogue, output_format="dict", **({"encoding": reading.encoding} if reading.encoding else {})
        )
    return meta.value_labels
