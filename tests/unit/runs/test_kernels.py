"""Notebooks run in a kernel of their own; what went wrong is read from what happened."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cycles.core.errors import CyclesError, ParameterError, ProblemsError
from cycles.runs import kernels
from toy_notebooks import lives, notebook, wait_for


def run(folder: Path, *cells: str, parameters: dict | None = None, progress=None) -> Path:
    """Execute a toy notebook; the path of the executed copy."""
    output = folder / "run" / "out.ipynb"
    kernels.execute(notebook(folder, *cells), output, parameters=parameters or {}, cwd=folder, progress=progress)
    return output


def test_values_reach_the_notebook_as_they_are_and_the_copy_is_private(tmp_path):
    output = run(
        tmp_path,
        "assert (cycle_file, seed) == ('a\"b; 00417.yml', 7)\nopen('seen.txt', 'w').write(cycle_file)",
        parameters={"cycle_file": 'a"b; 00417.yml', "seed": 7},
    )
    assert (tmp_path / "seen.txt").read_text() == 'a"b; 00417.yml'
    assert output.stat().st_mode & 0o777 == 0o600
    assert output.parent.stat().st_mode & 0o777 == 0o700
    assert list(output.parent.glob(".*")) == []


def test_what_a_cell_says_is_kept_in_one_piece_for_each_stream(tmp_path):
    says = "print('one', flush=True); print('aside', file=sys.stderr, flush=True); print('two', flush=True)"
    cell = json.loads(run(tmp_path, f"import sys; {says}").read_text())["cells"][-1]
    assert [(one["name"], "".join(one["text"])) for one in cell["outputs"]] == [
        ("stdout", "one\ntwo\n"),
        ("stderr", "aside\n"),
    ]


def test_progress_names_the_section_of_each_cell(tmp_path):
    seen = []
    run(tmp_path, "1 + 1", progress=lambda done, total, heading: seen.append((done, total, heading)))
    assert seen[-1] == (3, 4, "Study")
    assert seen[0][2] == ""


def test_a_parameter_that_the_notebook_lacks_is_refused_with_the_nearest_name(tmp_path):
    with pytest.raises(ProblemsError) as refused:
        run(tmp_path, "1", parameters={"cycle_fle": "x", "seed": "7", "x=1;import os": 1})
    codes = [problem.code for problem in refused.value.problems]
    assert codes == ["CY101", "CY105", "CY101"]
    assert "Did you mean 'cycle_file'?" in refused.value.problems[0].fix
    assert not (tmp_path / "run").exists()


def test_a_failing_cell_without_a_report_is_named_by_number_and_shows_no_value(tmp_path):
    with pytest.raises(CyclesError) as failed:
        run(tmp_path, "1", "raise ValueError('Maria Lopez 417')", "open('later.txt', 'w')")
    assert failed.value.code == "CY501"
    assert failed.value.exit_status == 3
    assert "cell 5" in failed.value.what
    assert "Lopez" not in str(failed.value)
    assert not (tmp_path / "later.txt").exists()


def test_what_the_kernel_reported_is_what_is_raised(tmp_path):
    report = {
        "code": "CY212",
        "what": "12 rows broke the rule",
        "where": "source survey",
        "fix": "Correct them.",
        "exit": 1,
    }
    content = json.dumps({**report, "problems": [report, {**report, "code": "CY215"}]})
    with pytest.raises(ProblemsError) as failed:
        run(tmp_path, f"open('run/failure.json', 'w').write({content!r})\nraise SystemError")
    assert [(problem.code, problem.exit_status) for problem in failed.value.problems] == [("CY212", 1), ("CY215", 1)]
    assert failed.value.exit_status == 1


@pytest.mark.parametrize("death", ["os._exit(3)", "os.kill(os.getpid(), 9)", "os.kill(os.getpid(), 11)"])
def test_a_kernel_that_dies_is_a_failure_within_seconds(tmp_path, death):
    begun = time.monotonic()
    with pytest.raises(CyclesError) as failed:
        run(tmp_path, f"import os; {death}")
    assert failed.value.code == "CY501"
    assert time.monotonic() - begun < 30


def test_ctrl_c_says_nothing_of_the_tasks_that_it_cut_off(tmp_path, capfd, caplog):
    def stop(done, total, _heading):
        if done == total - 1:
            threading.Timer(0.3, os.kill, args=(os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "import time; time.sleep(60)", progress=stop)
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_a_kernel_that_dies_before_its_first_cell_has_died_and_no_cell_failed(tmp_path, monkeypatch):
    folder = tmp_path / "libraries"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import os, sys\nif 'ipykernel_launcher' in sys.orig_argv: os._exit(9)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(kernels.KernelDied):
        run(tmp_path, "1")


def test_what_a_kernel_prints_by_itself_goes_to_a_private_log(tmp_path, capfd):
    run(tmp_path, "import os; os.write(2, b'id 417 leaked')")
    said = capfd.readouterr()
    assert "417" not in said.out + said.err
    log = tmp_path / "run" / "kernel.log"
    assert "id 417 leaked" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_no_kernel_outlives_its_runner(tmp_path, sign):
    path = notebook(tmp_path, "import os, time; open('pid.txt', 'w').write(str(os.getpid())); time.sleep(60)")
    script = (
        "from pathlib import Path\nfrom cycles.runs import kernels\n"
        f"kernels.execute(Path({str(path)!r}), Path({str(tmp_path / 'run' / 'out.ipynb')!r}), parameters={{}}, cwd=Path({str(tmp_path)!r}))"
    )
    runner = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    pid = int(wait_for(lambda: (tmp_path / "pid.txt").is_file() and (tmp_path / "pid.txt").read_text(), 60))
    runner.send_signal(sign)
    runner.wait(20)
    assert runner.returncode != 0
    assert wait_for(lambda: not lives(pid), 10)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not end a child with its parent")
def test_the_system_itself_ends_a_kernel_with_its_runner(tmp_path):
    ask = "import ctypes; told = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(told))  # PR_GET_PDEATHSIG"
    run(tmp_path, ask, "assert told.value == 9")


def test_a_value_of_another_type_is_refused(tmp_path):
    with pytest.raises(ProblemsError) as refused:
        run(tmp_path, "1", parameters={"seed": True})
    assert isinstance(refused.value.problems[0], ParameterError)
