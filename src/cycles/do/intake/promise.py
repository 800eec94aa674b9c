"""What a sender promised of a file, held against what was read of it."""

from pathlib import Path

from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import Reading
from cycles.do.intake.whole import promised_rows, require_rows


def as_promised(read: RawTable, path: Path, reading: Reading) -> RawTable:
    """The same table, if it has the rows that the mapping or a manifest beside the file promises.

    Raises
    ------
    ContractError
        CY219 when it has not.
    """
    require_rows(read.rows_raw, reading.rows, where=path.name)
    require_rows(read.rows_raw, promised_rows(path), where=path.name)
    return read
