"""What a source says beside its file is part of what was delivered."""

from types import SimpleNamespace

from cycles.core.run_folder import RunFolder
from cycles.do.collection import collect
from cycles.plan.cycle_file import Source

MAPPING = "table: arms\ncolumns: {unit_id: id, arm: arm}\nconstants: {unit_kind: classroom, assigned_by: chance}\n"


def test_a_constant_put_right_makes_a_new_version_of_the_same_file(workspace):
    (workspace.root / "arms.csv").write_text("id,arm\n007,change\n008,not_yet\n")
    (workspace.root / "params" / "mappings" / "m.yml").write_text(MAPPING)

    def started(day: str) -> tuple[str, int]:
        folder = RunFolder(workspace.root / "runs" / "c" / "1", workspace=workspace, cycle_name="c").use()
        folder.start_afresh()
        constants = {"started_on": day}
        source = Source(name="arms", adapter="csv", path="arms.csv", mapping="m", contract="arms", constants=constants)
        run = SimpleNamespace(
            sources={"arms": source},
            workspace=workspace,
            folder=folder,
            cycle=SimpleNamespace(cycle="c"),
            revision=None,
        )
        table = collect(run).by_source["arms"]
        [told] = folder.records("revision")
        return f"{table['started_on'].iloc[0]:%Y-%m-%d}", told["inputs"]["arms"]["version"]

    assert started("2025-10-05") == ("2025-10-05", 1)
    assert started("2026-10-05") == ("2026-10-05", 2)
    assert started("2026-10-05") == ("2026-10-05", 2)
