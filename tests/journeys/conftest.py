"""Real files from outside, read and held as a run would do it, with the mappings and contracts that come with cycles."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cycles.core.vocabulary import ContractReport, Delivery
from cycles.core.workspace import Workspace, scaffold_root
from cycles.do.contracts import hold
from cycles.do.intake import read
from cycles.plan.cycle_file import Source


@dataclass(frozen=True)
class Arrived:
    """A source that was read and held."""

    delivery: Delivery
    report: ContractReport


@pytest.fixture(scope="session")
def arrive(shared) -> Callable[..., Arrived]:
    """Read a file of the outside data, through its mapping, and hold it to its contract."""

    def made(path: str, *, second_engine: bool = False, **source) -> Arrived:
        file: Path = shared(f"data/{path}")
        workspace = Workspace(scaffold_root())
        name = source.pop("name", "source")
        delivery = read(Source(name=name, path=str(file), **source), workspace=workspace)
        report = hold(delivery, workspace=workspace, second_engine=second_engine)
        return Arrived(delivery, report)

    return made


def rows_are_accounted_for(delivery: Delivery) -> bool:
    """Raw rows = mapped + excluded + broken; rows of the table = mapped rows times what they were melted into, less the empty ones."""
    by_kind = delivery.excluded.groupby("of")["n"].sum()
    raw, melted = int(by_kind.get("rows", 0)), int(by_kind.drop("rows", errors="ignore").sum())
    mapped = delivery.facts["rows_mapped"]
    every_raw_row = delivery.rows_raw == mapped + raw + len(delivery.broken)
    return every_raw_row and len(delivery.table) == mapped * delivery.facts["waves"] - melted
