"""Holding one file to one contract, outside any cycle: nothing is written unless asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cycles.core.errors import ParameterError
from cycles.core.files import atomic_write, make_private
from cycles.core.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    import pandas as pd

    from cycles.core.vocabulary import ContractReport, Delivery

Engine = Literal["memory", "disk"]
LARGE_TEXT, LARGE_CELLS = 64 * 1024**2, 10_000_000
"""From so many bytes of text, or values of Parquet, a file is judged on disk: in memory it takes more than half a gigabyte."""
_ADAPTERS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".gz": "csv", ".xlsx": "excel", ".xls": "excel",
             ".sav": "spss", ".dta": "stata", ".sas7bdat": "sas", ".xpt": "sas", ".zip": "oneroster"}  # fmt: skip
_ON_DISK = (".parquet", ".csv", ".tsv")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A file, the contract it is held to, and how it is read; the adapter is known by the file's ending unless named."""

    file: Path
    contract: str
    mapping: str | None = None
    adapter: str | None = None
    engine: Engine | None = None
    quarantine: Path | None = None

    @property
    def fits_disk(self) -> bool:
        """Whether the engine on disk reads such a file: Parquet or delimited text, columns named as the contract does."""
        return self.mapping is None and self.adapter in (None, "csv", "parquet") and self.file.suffix in _ON_DISK


def engine_named(name: str | None) -> Engine | None:
    """An engine by name; None for the one that fits."""
    return "disk" if name == "disk" else "memory" if name == "memory" else None


def hold_one(request: Request) -> "ContractReport":
    """The verdict on one file.

    Parameters
    ----------
    request : what is held to what

    Returns
    -------
    ContractReport
        `facts["engine"]` says which engine judged. With `quarantine`, the rows set aside are written into that folder, readable by their
        owner only.

    Raises
    ------
    CyclesError
        CY102 and CY104 for names and files that are not there, CY105 for an engine that cannot read such a file, CY2xx for a file that
        cannot be read at all; never for rows that break the contract.
    """
    if not request.file.is_file():
        raise ParameterError(f"no file {request.file.name}", code="CY104", where=str(request.file))
    if request.engine == "disk":
        return _on_disk(request)
    if request.engine is None and request.fits_disk and _is_large(request.file):
        try:
            return _on_disk(request)
        except ParameterError as refused:  # text that is not plain: only the reader in memory can tell what it means
            if refused.code != "CY105":
                raise
    return _in_memory(request)


def page_of(report: "ContractReport") -> str:
    """The contract report of one file as an HTML page."""
    from cycles.act.reporting.contract_report import contract_page
    from cycles.do.contracts import as_record

    title = f"{report.source}, held to the contract {report.contract}"
    return contract_page([as_record(report)], title=title, eyebrow="Contract report")


def as_data(report: "ContractReport") -> dict[str, Any]:
    """The verdict as plain data: counts, codes and lines; undeclared codes stay out."""
    from cycles.do.contracts import as_record

    record = as_record(report)
    facts = {name: told for name, told in report.facts.items() if name != "undeclared_codes"}
    return {"schema": "cycles.contract/1", **record, "facts": facts}


def _is_large(file: Path) -> bool:
    """Parquet is counted by its values, as it says itself: it may be small and hold a great many."""
    if file.suffix != ".parquet":
        return file.stat().st_size >= LARGE_TEXT
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        told = pq.read_metadata(file)
    except (pa.ArrowException, OSError):
        return False
    return bool(told.num_rows * told.num_columns >= LARGE_CELLS)


# -- the two engines -----------------------------------------------------------------------------------------------------


def _in_memory(request: Request) -> "ContractReport":
    from dataclasses import replace

    from cycles.do.contracts import hold

    workspace = _workspace()
    report = hold(_delivery(request, workspace), contract=request.contract, workspace=workspace)
    if request.quarantine is not None:
        write_private(request.quarantine, f"{report.source}.parquet", report.quarantined)
        if report.cells is not None and len(report.cells):
            write_private(request.quarantine, f"{report.source}.cells.parquet", report.cells)
    return replace(report, facts={**report.facts, "engine": "memory"})


def _on_disk(request: Request) -> "ContractReport":
    if not request.fits_disk:
        raise ParameterError(
            "the engine on disk reads Parquet and delimited text without a mapping",
            code="CY105",
            where=request.file.name,
            fix="Use --engine memory.",
        )
    from cycles.do.contracts.large import hold_file
    from cycles.do.contracts.verdict import find_contract

    contract = find_contract(request.contract, _workspace())
    return hold_file(request.file, contract, quarantine=request.quarantine)


def _workspace() -> Workspace:
    """The one around the current folder; where there is none, the contracts that come with cycles can still be used."""
    try:
        return find_workspace()
    except ParameterError:
        return Workspace(Path.cwd())


def _delivery(request: Request, workspace: Workspace) -> "Delivery":
    from cycles.do.intake import read
    from cycles.plan.cycle_file import Source

    name, adapter = request.file.name.partition(".")[0], request.adapter or _adapter(request.file)
    if request.mapping is None:
        return _as_it_is(request, name, adapter)
    path = str(request.file.resolve())
    source = Source(name=name, adapter=adapter, path=path, contract=request.contract, mapping=request.mapping)
    return read(source, workspace=workspace)


def _adapter(file: Path) -> str:
    if file.suffix.lower() not in _ADAPTERS:
        raise ParameterError(
            f"it cannot be seen from its name how {file.name} is to be read",
            code="CY105",
            where=str(file),
            fix="Name the adapter: --adapter csv. `cycles list adapters` has them all.",
        )
    return _ADAPTERS[file.suffix.lower()]


def _as_it_is(request: Request, name: str, adapter: str) -> "Delivery":
    """A file whose columns are already called as in the contract, which need not be one of a canonical table."""
    import pandas as pd

    from cycles.core.vocabulary import Delivery
    from cycles.do.intake import ADAPTERS

    raw = ADAPTERS.get(adapter)(request.file)
    return Delivery(
        name=name,
        table=raw.table,
        canonical=request.contract,
        contract=request.contract,
        path=str(request.file),
        sha256=raw.sha256,
        rows_raw=raw.rows_raw,
        excluded=pd.DataFrame([(rule, n, "rows") for rule, n in raw.excluded.items()], columns=["rule", "n", "of"]),
        broken=raw.broken,
        facts={**raw.facts, "adapter": adapter},
    )


def write_private(folder: Path, name: str, table: "pd.DataFrame") -> Path:
    """A table as Parquet that only its owner may read; a folder that is not there is made, for its owner only.

    Raises
    ------
    WriteError
        CY504.
    """
    import io

    if not folder.is_dir():
        make_private(folder)
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    atomic_write(folder / name, buffer.getvalue())
    return folder / name
