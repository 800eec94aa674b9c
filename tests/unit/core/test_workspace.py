"""The workspace: its own files first, then those that come with cycles, data also in CYCLES_DATA."""

import pytest

from cycles.core.errors import ParameterError
from cycles.core.workspace import Workspace, find_workspace


def test_the_nearest_folder_with_the_marker_is_the_workspace(tmp_path):
    (tmp_path / "cycles.toml").touch()
    (tmp_path / "params" / "deep").mkdir(parents=True)
    assert find_workspace(tmp_path / "params" / "deep").root == tmp_path.resolve()


def test_outside_a_workspace_the_way_in_is_said(tmp_path):
    with pytest.raises(ParameterError) as missing:
        find_workspace(tmp_path)
    assert missing.value.code == "CY107"
    assert "cycles init" in missing.value.fix


def test_data_are_found_in_the_workspace_before_cycles_data(tmp_path, monkeypatch):
    for name in ("work", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "both.csv").touch()
    (tmp_path / "outside" / "only.csv").touch()
    monkeypatch.setenv("CYCLES_DATA", str(tmp_path / "outside"))
    workspace = Workspace(tmp_path / "work")
    assert workspace.resolve("both.csv").parent.name == "work"
    assert workspace.resolve("only.csv").parent.name == "outside"
    with pytest.raises(ParameterError) as missing:
        workspace.resolve("none.csv")
    assert missing.value.code == "CY104"


def test_a_workspace_may_replace_what_comes_with_cycles(tmp_path):
    workspace = Workspace(tmp_path)
    shipped = workspace.notebook("pdsa_cycle")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "pdsa_cycle.ipynb").write_text("{}")
    assert workspace.notebook("pdsa_cycle") != shipped


@pytest.mark.parametrize("name", ["../params/x", "/etc/passwd", "nothing"])
def test_names_cannot_leave_their_folder(tmp_path, name):
    with pytest.raises(ParameterError) as refused:
        Workspace(tmp_path).mapping(name)
    assert refused.value.code == "CY102"
    with pytest.raises(ParameterError) as kind:
        Workspace(tmp_path).notebook(name)
    assert kind.value.code == "CY110"
