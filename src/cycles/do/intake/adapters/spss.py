"""SPSS: .sav, .zsav and .por."""

from collections.abc import Iterable
from pathlib import Path

from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.counted_time import SPSS
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.statistical import Program, read_statistical, require_kind


@ADAPTERS.register("spss", table=None)
def spss(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read an SPSS file.

    Parameters
    ----------
    path : a `.sav`, `.zsav` or `.por`; which one, its content tells
    columns : the variables to keep; all of them when None
    reading : `encoding`, where the file says a wrong one

    Returns
    -------
    RawTable
        Codes as text, declared missing codes among them; see :func:`cycles.do.intake.statistical.read_statistical`.

    Raises
    ------
    ParameterError
        CY104 no such file.
    ContractError
        CY201 damaged, CY202 another format, CY219 fewer cases than the file says.

    Notes
    -----
    Value labels that the data contradict are not used, and a warning says so (CY218). A portable file does not give its declared
    missing codes: they arrive as empty, which a warning says too (CY226).
    """
    path = Path(path)
    data = file_bytes(path)
    portable = b"SPSSPORT" in data[:1000].replace(b"\r", b"").replace(b"\n", b"")
    require_kind(portable or data.startswith((b"$FL2", b"$FL3")), data, called="an SPSS file", where=path.name)
    return read_statistical(path, data, _portable() if portable else _system(), columns=columns, reading=reading)


def _system() -> Program:
    from pyreadstat import read_sav

    return Program(read_sav, SPSS, {"user_missing": True})


def _portable() -> Program:
    from pyreadstat import read_por

    return Program(read_por, SPSS, hides_missing=True, takes_encoding=False)
