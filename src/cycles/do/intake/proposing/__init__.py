"""Proposing: a file that nobody has described yet is looked at, and a mapping, a contract and a codebook are drafted for a person to edit.

Nothing is decided: each guess is marked as one, and no draft holds a value that fewer than ten rows share.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.tables import LINE
from cycles.core.workspace import Workspace
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.address import address_of
from cycles.do.intake.proposing.columns import Column, look_at
from cycles.do.intake.proposing.matching import InstrumentMatch, TableMatch, instruments_like, tables_like
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.recognise import Recognised, recognise

__all__ = ["Proposal", "propose"]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a file seems to be. `instruments` and `tables` are candidates, the best first; `dropped` names what identifies people."""

    source: str
    recognised: Recognised
    reading: dict[str, Any]
    n_rows: int
    excluded: dict[str, int]
    n_broken: int
    columns: tuple[Column, ...]
    dropped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    instruments: tuple[InstrumentMatch, ...] = ()
    tables: tuple[TableMatch, ...] = ()
    own_table: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The proposal as plain data; counts, names and what at least ten rows share."""
        return {
            "schema": "cycles.sniff/1",
            "source": self.source,
            "adapter": self.recognised.adapter,
            "because": self.recognised.because,
            "reading": self.reading,
            "rows": self.n_rows,
            "excluded": self.excluded,
            "broken": self.n_broken,
            "dropped": list(self.dropped),
            "warnings": list(self.warnings),
            "instruments": [
                {
                    "key": one.key,
                    "score": round(one.score, 3),
                    "coverage": round(one.coverage, 3),
                    "codes_agree": round(one.codes_agree, 3),
                    "items": {
                        item: {"column": column, "similarity": alike} for item, (column, alike) in one.items.items()
                    },
                }
                for one in self.instruments
            ],
            "tables": [
                {"table": one.table, "coverage": round(one.coverage, 3), "columns": one.columns} for one in self.tables
            ],
            "columns": [_as_dict(column) for column in self.columns],
        }


def propose(source: str | Path, *, reading: Reading = AS_IT_IS, workspace: Workspace | None = None) -> Proposal:
    """Look at a file, a folder or an address, and say what it seems to be.

    Parameters
    ----------
    source : where it is
    reading : what is already known about it, such as the sheet
    workspace : whose own instruments are known too

    Raises
    ------
    CyclesError
        CY104 no such file; CY202 of no kind that can be read; whatever its adapter says.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "days.csv"
    >>> _ = file.write_text("student_id,date,status\\n" + "007,2026-10-05,present\\n" * 10)
    >>> found = propose(file)
    >>> found.recognised.adapter, found.tables[0].table, [column.kind for column in found.columns]
    ('csv', 'attendance_days', ['id', 'date', 'category'])
    """
    recognised = recognise(source)
    raw = ADAPTERS.get(recognised.adapter)(source, reading=reading)
    asked, labels, missing = (raw.facts.get(fact) or {} for fact in ("item_text", "labels", "missing_declared"))
    columns = tuple(
        look_at(
            raw.table[name],
            question=str(asked.get(name, "")),
            labels=tuple(labels.get(name, {}).values()),
            missing=tuple(code for code in missing.get(name, ()) if isinstance(code, str)),
        )
        for name in raw.table.columns
        if name != LINE
    )
    return Proposal(
        source=address_of(source).shown,
        recognised=recognised,
        reading=_declared(reading, raw.facts),
        n_rows=len(raw.table),
        excluded=raw.excluded,
        n_broken=len(raw.broken),
        columns=columns,
        dropped=tuple(raw.facts.get("dropped", ())),
        warnings=tuple(str(one) for one in raw.facts.get("warnings", ())),
        instruments=tuple(instruments_like(columns, workspace.instruments if workspace else None)),
        tables=tuple(tables_like(columns)),
        own_table=ADAPTERS.facts(recognised.adapter).get("table"),
    )


def _declared(reading: Reading, facts: dict[str, Any]) -> dict[str, Any]:
    """What was declared, and what of the rest the file does not say of itself with certainty."""
    declared = reading.model_dump(exclude_defaults=True)
    encoding = str(facts.get("encoding", "utf-8")).lower()
    return declared if encoding.startswith(("utf-8", "utf-16", "utf8")) else {"encoding": encoding} | declared


def _as_dict(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "question": column.question,
        "kind": column.kind,
        "type": column.type,
        "formats": list(column.formats),
        "present": column.n_present,
        "missing": column.n_missing,
        "distinct": column.n_distinct,
        "categories": list(column.categories),
        "labels": list(column.labels),
        "maybe_missing": list(column.maybe_missing),
        "why": column.why,
        "code": "CY228" if column.ambiguous else None,
    }
