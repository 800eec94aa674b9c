"""A file that comes late: the cycle is run again as a revision, and the report of before can still be made."""

import json
import shutil

import pytest

from notebooks.conftest import Shell

CYCLE = "check-ins-2026-fall"


@pytest.fixture(scope="module")
def late(district, cycle_run, tmp_path_factory):
    """A copy of the district after its first run, in which attendance is delivered again with a row more in it."""
    root = tmp_path_factory.mktemp("late") / "district"
    shutil.copytree(district.root, root)
    with (root / "data" / "attendance.csv").open("a") as file:
        file.write("unknown,S1,2026-10-05,present\n")
    shell = Shell(root)
    [known] = [one for one in json.loads(shell.cycles("receipts", "--json").stdout)["cycles"] if one["cycle"] == CYCLE]
    return shell, shell.run(CYCLE), len(known["revisions"])


def test_a_late_file_makes_another_revision_that_says_why(late):
    shell, results, n_before = late
    number, because = n_before + 1, results["revision"]["because"]
    assert results["revision"]["number"] == number
    assert "attendance was delivered again (version 2)" in because
    assert f"revision {number}: {because}" in (shell.folder(results) / "report.html").read_text()
    assert f"Revision {number}: {because}." in shell.cycles("receipts").stdout


def test_the_first_revision_is_made_again_byte_by_byte_from_what_was_kept(late, district, cycle_run):
    shell, _, _ = late
    again = shell.cycles("run", f"params/{CYCLE}.yml", "--revision", "1")
    assert "The same files as before (revision 1)." in again.stderr
    folder = max((shell.root / "runs" / CYCLE).glob("2*"))
    for name in ("results.json", "report.html"):
        assert (folder / name).read_bytes() == (district.folder(cycle_run) / name).read_bytes(), name


def test_a_revision_that_never_was_is_refused_and_leaves_no_folder(late):
    shell, _, _ = late
    before = sorted((shell.root / "runs" / CYCLE).iterdir())
    refused = shell.cycles("run", f"params/{CYCLE}.yml", "--revision", "9", status=3)
    assert "[CY505]" in refused.stderr
    assert sorted((shell.root / "runs" / CYCLE).iterdir()) == before
