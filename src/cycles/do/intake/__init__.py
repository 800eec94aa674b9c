"""Intake: a source's file becomes a canonical text table. Fingerprint, sniff, read everything as text, map.

Nothing is interpreted here: ids keep their zeros, `NA` stays a name, and casting belongs to the contracts.
"""

from pathlib import Path

import pandas as pd

from cycles.core import run_folder
from cycles.core.errors import ParameterError
from cycles.core.tables import CANONICAL_TABLES
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace, find_workspace
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.mapping import Mapping, checked, read_mapping
from cycles.do.intake.part import read_part
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS
from cycles.do.intake.reshape import Mapped, reshape
from cycles.plan.cycle_file import Source

__all__ = ["ADAPTERS", "Mapping", "RawTable", "read", "read_mapping"]


def read(source: Source, *, workspace: Workspace | None = None) -> Delivery:
    """Read a source as text, through its mapping.

    Parameters
    ----------
    source : one entry of a cycle file's `sources`
    workspace : where its file and mapping are; that of the open run, or else of the current folder

    Returns
    -------
    Delivery
        `table` is all text (missing = empty string) with `_line`. Raw rows = `facts["rows_mapped"]` + the excluded rows whose
        `of` is `rows` + broken rows; with a melt, `table` has `rows_mapped` times `facts["waves"]` rows, less the excluded ones
        whose `of` is `wave rows` (or `measure rows`, as the melt's key is called).

    Raises
    ------
    ParameterError
        CY104 no such file, CY102 unknown adapter or mapping, CY105 when it cannot be known which table the source is.
    ContractError
        CY201 to CY208: the file cannot be read, or does not fit its mapping; CY234 for a school's part that is gone.
    """
    workspace = workspace or workspace_in_use()
    if source.part is not None:
        return read_part(source.name, pack=source.pack, part=source.part, workspace=workspace)
    adapter = ADAPTERS.get(source.adapter)
    mapping = _mapping(source, workspace)
    canonical = _canonical(source, mapping)
    raw = adapter(
        workspace.locate(source.path),
        columns=mapping.source_columns if mapping else None,
        reading=mapping.reading if mapping else AS_IT_IS,
    )
    mapped = (
        reshape(raw, mapping, where=source.path) if mapping else Mapped(table=raw.table, rows_mapped=len(raw.table))
    )
    return _delivery(source, canonical, raw, mapped, mapping)


def workspace_in_use() -> Workspace:
    """The workspace of the open run, or of the current folder."""
    run = run_folder.current()
    return run.workspace if run else find_workspace(Path.cwd())


def _mapping(source: Source, workspace: Workspace) -> Mapping | None:
    """The mapping of a source, with the constants that the source itself gives."""
    if source.mapping is None:
        if source.constants:
            raise ParameterError(
                "constants are columns of a mapping, and the source names none",
                code="CY105",
                where=f"sources.{source.name}.constants",
                fix="Name a mapping.",
            )
        return None
    path = workspace.mapping(source.mapping)
    mapping = read_mapping(path)
    constants = {**mapping.constants, **source.constants}
    return checked(mapping.model_copy(update={"constants": constants}), where=f"{path}, sources.{source.name}")


def _canonical(source: Source, mapping: Mapping | None) -> str:
    """Which table a source is: by its mapping, its instrument, its contract, its adapter, or its own name."""
    if mapping:
        return mapping.table
    if source.instrument or (source.contract or "").startswith("survey."):
        return "responses"
    named = [source.contract, ADAPTERS.facts(source.adapter).get("table"), source.name]
    found = next((name for name in named if name in CANONICAL_TABLES), None)
    if found is None:
        raise ParameterError(
            f"it cannot be known which table the source '{source.name}' is",
            code="CY105",
            where=f"sources.{source.name}",
            fix=f"Name its contract or a mapping. Tables: {', '.join(sorted(CANONICAL_TABLES))}.",
        )
    return found


def _delivery(source: Source, canonical: str, raw: RawTable, mapped: Mapped, mapping: Mapping | None) -> Delivery:
    warnings = [*raw.facts.get("warnings", []), *mapped.warnings]
    facts = {**raw.facts, "adapter": source.adapter, "mapping": source.mapping, "rows_mapped": mapped.rows_mapped}
    facts["header"] = list(raw.header)
    melt = mapping.melt if mapping else None
    return Delivery(
        name=source.name,
        table=mapped.table,
        canonical=canonical,
        contract=source.contract or _usual_contract(source, canonical),
        path=source.path,
        sha256=raw.sha256,
        rows_raw=raw.rows_raw,
        excluded=_excluded({**raw.excluded, **mapped.excluded}, mapped.no_answer, melt.into if melt else ""),
        broken=raw.broken,
        instrument=source.instrument,
        facts={**facts, "constants": source.constants, "warnings": warnings, "waves": len(melt.parts) if melt else 1},
    )


def _usual_contract(source: Source, canonical: str) -> str | None:
    if canonical == "responses":
        return f"survey.{source.instrument}" if source.instrument else None
    return canonical


def _excluded(rows: dict[str, int], no_answer: int, into: str) -> pd.DataFrame:
    entries = [(rule, n, "rows") for rule, n in rows.items()]
    entries += [(f"no_answer_in_{into}", no_answer, f"{into} rows")] if no_answer else []
    return pd.DataFrame(entries, columns=["rule", "n", "of"])
