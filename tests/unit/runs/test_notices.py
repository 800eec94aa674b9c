"""The notice of a run: what was decided, where the report is, what to do, for its owner alone."""

import stat
from pathlib import Path

import pytest

from cycles.core.errors import ContractError, CyclesError, ProblemsError, WriteError
from cycles.runs import kernels, notices
from cycles.runs.running import run_cycle


@pytest.fixture
def played(toy, monkeypatch):
    """A run in which the notebook is played by a few lines."""

    def make(
        text='{"decision": {"call": "adapt", "because": "too small", "next_step": "Change one thing."}}', problem=None
    ):
        def execute(notebook, output, *, parameters, cwd, **_options):
            if problem is not None:
                raise problem
            folder = Path(parameters["output_dir"])
            (folder / "results.json").write_text(text)
            (folder / "report.html").write_text("<p></p>")

        monkeypatch.setattr(kernels, "execute", execute)
        return toy()

    return make


def latest():
    return Path(".cycles/notices/check-ins-2026-fall.txt")


def test_a_run_that_is_done_says_what_was_decided_and_where_the_report_is(played):
    ran = run_cycle(played(), seed=1)
    text = latest().read_text()
    assert text.startswith("Two-minute check-ins at the start of advisory\n\nWhat was decided: Adapt. Too small.\n")
    assert f"The report:       runs/check-ins-2026-fall/{ran.run_id}/report.html" in text
    assert "What to do:       Change one thing." in text
    assert (ran.folder / "notice.txt").read_text() == text


def test_only_its_owner_may_read_it(played):
    ran = run_cycle(played(), seed=1)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (latest(), ran.folder / "notice.txt")] == [0o600, 0o600]
    assert stat.S_IMODE(latest().parent.stat().st_mode) == 0o700


def test_a_run_that_is_not_done_says_why_and_what_to_do(played):
    problem = ContractError("14 rows have no date", code="CY212", fix="Give them one.")
    several = ProblemsError([problem] * 5)
    with pytest.raises(CyclesError):
        run_cycle(played(problem=several), seed=1)
    text = latest().read_text()
    assert text.count("[CY212] 14 rows have no date.") == 3
    assert "2 more: `cycles check` lists them all." in text
    assert "`cycles run params/check-ins-2026-fall.yml`" in text


def test_an_answer_from_the_ledger_leaves_no_new_notice(played):
    file = played()
    run_cycle(file, seed=1)
    before = latest().stat().st_mtime_ns
    assert run_cycle(file, seed=1).cached
    assert latest().stat().st_mtime_ns == before


def test_a_notice_that_cannot_be_written_does_not_fail_the_run(played, monkeypatch):
    def full(*_given):
        raise WriteError("no room", code="CY504")

    monkeypatch.setattr(notices, "atomic_write", full)
    assert run_cycle(played(), seed=1).sentence == "Adapt: too small"


def test_words_of_others_stay_on_their_line(played):
    assert notices.of_results("A\nWhat to do: nothing", {}, Path("r")).splitlines()[0] == "A What to do: nothing"
