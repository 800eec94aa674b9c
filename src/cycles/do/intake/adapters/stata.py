"""Stata: .dta of every version that pyreadstat knows."""

import re
from collections.abc import Iterable
from pathlib import Path

from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.counted_time import STATA
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.statistical import Program, read_statistical, require_kind

OLD = re.compile(rb"[\x68-\x73][\x01\x02]\x01", re.DOTALL)
"""How the files of old versions begin: version, order of bytes, kind of file. Newer ones begin with a tag."""


@ADAPTERS.register("stata", table=None)
def stata(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read a Stata file.

    Parameters
    ----------
    path : a `.dta`
    columns : the variables to keep; all of them when None
    reading : `encoding`, for files of old versions, which do not say theirs

    Returns
    -------
    RawTable
        Codes as text, extended missing values as `.a` to `.z`; see :func:`cycles.do.intake.statistical.read_statistical`.

    Raises
    ------
    ParameterError
        CY104 no such file.
    ContractError
        CY201 damaged, CY202 another format, CY219 fewer cases than the file says.

    Notes
    -----
    Value labels that the data contradict are not used, and a warning says so (CY218). Months, quarters and weeks counted from 1960
    stay numbers (CY226).
    """
    from pyreadstat import read_dta

    path = Path(path)
    data = file_bytes(path)
    known = data.startswith(b"<stata_dta>") or OLD.match(data) is not None
    require_kind(known, data, called="a Stata file", where=path.name)
    program = Program(read_dta, STATA, {"user_missing": True})
    return read_statistical(path, data, program, columns=columns, reading=reading)
