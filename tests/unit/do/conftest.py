"""A workspace, and deliveries made in a line."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.intake import read
from cycles.do.intake.raw import broken_rows
from cycles.plan.cycle_file import Source


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "cycles.toml").write_text("")
    (tmp_path / "params" / "mappings").mkdir(parents=True)
    (tmp_path / "data_contracts").mkdir()
    return Workspace(tmp_path)


@pytest.fixture
def deliver(workspace):
    """Write a file (and a mapping) and read it."""

    def make(content: str | bytes, *, mapping: str | None = None, adapter: str = "csv", **source) -> Delivery:
        data = content if isinstance(content, bytes) else content.encode()
        (workspace.root / "file.csv").write_bytes(data)
        if mapping is not None:
            (workspace.root / "params" / "mappings" / "m.yml").write_text(mapping)
            source["mapping"] = "m"
        return read(
            Source(name=source.pop("name", "file"), adapter=adapter, path="file.csv", **source), workspace=workspace
        )

    return make


@pytest.fixture
def delivery_of():
    """A delivery from columns of text."""

    def make(columns: dict[str, list[str]], *, contract: str | None = None, broken: tuple[int, ...] = ()) -> Delivery:
        table = pd.DataFrame({name: pd.array(values, dtype="str") for name, values in columns.items()})
        table["_line"] = range(2, len(table) + 2)
        return Delivery(
            name="file",
            table=table,
            canonical="students",
            contract=contract,
            path="data/file.csv",
            sha256="0" * 64,
            rows_raw=len(table) + len(broken),
            excluded=pd.DataFrame(columns=["rule", "n", "of"]),
            broken=broken_rows(list(broken)),
        )

    return make
