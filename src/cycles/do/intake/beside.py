"""The second file of a delivery: a data dictionary, a syntax file, value labels."""

from pathlib import Path

from cycles.core.errors import ParameterError
from cycles.do.intake.reading import Reading


def beside(path: Path, reading: Reading) -> Path | None:
    """The file that a mapping names under `reading.beside`, or None when it names none.

    Parameters
    ----------
    path : the data file; a relative name is sought in its folder
    reading : the `reading` part of the mapping

    Raises
    ------
    ParameterError
        CY104 when there is no such file.

    Examples
    --------
    >>> beside(Path("data/pulse.csv"), Reading()) is None
    True
    """
    if reading.beside is None:
        return None
    found = path.parent / reading.beside
    if not found.is_file():
        raise ParameterError(
            f"no file {found.name} beside {path.name}",
            code="CY104",
            where=f"reading.beside: {reading.beside}",
            fix="Put the file into the folder of the data file, or correct its name in the mapping.",
        )
    return found
