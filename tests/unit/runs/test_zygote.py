"""A forked kernel is what a plain one is, only sooner: the same outputs, nothing of its parent's, and no end that goes unnoticed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import nbformat
import pytest

import light_parent
from cycles.core.errors import CyclesError
from cycles.core.workspace import scaffold_root
from cycles.runs import doctor, kernels
from cycles.runs.zygote import keeper, parent, preload, provisioner
from toy_notebooks import lives, notebook, plainly, shown, wait_for

CYCLE_FILE = "check-ins-2026-fall.yml"
pytestmark = pytest.mark.skipif(bool(keeper.impossible()), reason="kernels are forked on Linux only")


def patched_path() -> str:
    """PYTHONPATH with this folder's helpers on it."""
    known = os.environ.get("PYTHONPATH", str(keeper.PACKAGE.parent))
    return os.pathsep.join([str(Path(light_parent.__file__).parent), known])


@pytest.fixture(scope="module")
def forking():
    """One parent for the tests of this module, as a worker of many notebooks keeps one."""
    code_as_it_is = keeper.fingerprint()
    with pytest.MonkeyPatch.context() as patch, kernels.zygote() as kept:
        patch.setattr(keeper, "fingerprint", lambda: code_as_it_is)
        yield kept


@pytest.fixture
def light(forking, monkeypatch):
    """As `forking`, with parents that have imported no more than a kernel, for what does not depend on that."""
    monkeypatch.setattr(keeper, "PARENT", light_parent.__name__)
    monkeypatch.setenv("PYTHONPATH", patched_path())
    return forking


def texts(folder: Path, *cells: str, **how) -> list[str]:
    """What each cell printed in a notebook run so."""
    output = folder / "run" / "out.ipynb"
    kernels.execute(notebook(folder, *cells), output, parameters={}, cwd=folder, **how)
    return ["".join(one.get("text", "") for one in cell.outputs) for cell in code(output)[-len(cells) :]]


def code(path: Path) -> list:
    """The code cells of a notebook."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_a_kernel_within_a_zygote_is_its_child_and_one_outside_is_not(tmp_path, forking):
    assert texts(tmp_path, "import os; print(os.getppid())") == [f"{forking.zygote().pid}\n"]
    assert texts(tmp_path, "import os; print(os.getppid())", kernel="plain") == [f"{os.getpid()}\n"]


OUTPUTS = (
    "print('said'); import sys; print('complained', file=sys.stderr)",
    "import pandas as pd; wide = pd.DataFrame({f'a_long_name_{i}': range(70) for i in range(25)}); wide",
    "print(wide)\npd.get_option('display.max_columns'), pd.get_option('display.width')",
    "import matplotlib.pyplot as plt; plt.plot([1, 3, 2]); plt.title('drawn')",
    "figure, axes = plt.subplots(figsize=(2, 1)); axes.bar([1], [2]); plt.show()",
    "from matplotlib.figure import Figure; drawn = Figure(figsize=(1, 1)); drawn.subplots(); drawn",
    "import warnings; warnings.warn('one'); warnings.warn('old', DeprecationWarning); warnings.warn('soon', FutureWarning)",
    "import numpy as np; np.array([1.0]) / 0, np.mean([])",
    "from IPython.display import HTML, display; display(HTML('<b>bold</b>')); get_ipython().__class__",
    "import os, logging, signal, locale; print(sys.argv[0].split('/')[-1], __name__, sys.path[-1], os.getcwd())",
    "print(sorted(name for name in os.environ if name not in ('JPY_SESSION_NAME',)), signal.getsignal(signal.SIGINT))",
    "print(logging.getLogger().handlers, locale.getlocale(), sys.stdin.closed, os.getpgid(0) == os.getpid())",
    "print(plt.get_backend(), sorted(plt.rcParams.items()))",
    "import tqdm.auto; print(tqdm.auto.tqdm.__mro__)",
    "import great_expectations as gx; warnings.warn('captured'); print(gx.__spec__.name, warnings.showwarning.__module__)",
    "from great_expectations.core import ExpectationSuite; ExpectationSuite",
    "own = str(get_ipython().kernel._kernel_modules); print([one in own for one in ('pandas', 'cycles', 'debugpy', 'traitlets')])",
    "print(os.environ.get('PYDEVD_USE_FRAME_EVAL'), os.environ.get('MALLOC_TRIM_THRESHOLD_'))",
    "!echo from the shell",
    "%matplotlib inline\nplt.hist([1, 1, 2]);",
    "1 / 0",
)


def test_outputs_are_those_of_a_plain_kernel(tmp_path, forking):
    said = {}
    for kernel in ("plain", "forked"):
        with pytest.raises(CyclesError):  # the last cell fails, and how it fails is shown too
            texts(tmp_path, *OUTPUTS, kernel=kernel)
        said[kernel] = [
            [plainly(one) for one in cell.outputs] for cell in code(tmp_path / "run" / "out.ipynb")[-len(OUTPUTS) :]
        ]
    for forked, plain, source in zip(said["forked"], said["plain"], OUTPUTS, strict=True):
        assert forked == plain, source
    images = [one for cell in said["plain"] for one in cell if "image/png" in str(one)]
    assert len(images) >= 3


def test_nothing_passes_from_one_notebook_to_the_next(tmp_path, forking):
    meddle = """
        import os, random, warnings, builtins, pandas as pd, numpy as np, matplotlib as mpl, cycles, json
        pd.set_option("display.max_rows", 3); np.set_printoptions(precision=1); mpl.rcParams["lines.linewidth"] = 9
        os.environ["LEFT"] = "behind"; os.chdir("/"); warnings.simplefilter("error"); builtins.left = 1; json.left = 1
        os.umask(0o777); random.seed(1)
    """
    look = """
        import os, warnings, builtins, pandas as pd, numpy as np, matplotlib as mpl, json
        print(pd.get_option("display.max_rows"), np.get_printoptions()["precision"], mpl.rcParams["lines.linewidth"])
        print(os.environ.get("LEFT"), os.getcwd(), hasattr(builtins, "left"), hasattr(json, "left"), os.umask(0o022))
        warnings.warn("shown, not raised")
    """
    before = texts(tmp_path, look)
    texts(tmp_path, meddle)
    assert texts(tmp_path, look)[0].splitlines()[:2] == before[0].splitlines()[:2]


def test_two_forks_do_not_draw_the_same_numbers(tmp_path, forking):
    draw = """
        import random, uuid, secrets, tempfile, numpy as np, scipy.stats
        for one in (random.random(), np.random.random(), np.random.default_rng().random(), scipy.stats.norm.rvs(),
                    uuid.uuid4(), uuid.uuid1(), secrets.token_hex(4), next(tempfile._get_candidate_names())):
            print(one)
    """
    first, second = (texts(tmp_path, draw)[0].split() for _ in range(2))
    assert len(first) == 8
    assert not set(first) & set(second)


@pytest.mark.parametrize("death", ["os._exit(3)", "os.kill(os.getpid(), 9)", "os.kill(os.getpid(), 11)"])
def test_a_forked_kernel_that_dies_is_a_failure_within_seconds_and_the_next_notebook_runs(tmp_path, forking, death):
    kept, begun = forking.zygote(), time.monotonic()
    with pytest.raises(CyclesError) as failed:
        texts(tmp_path, f"import os; {death}")
    assert failed.value.code == "CY501"
    assert time.monotonic() - begun < 30
    assert texts(tmp_path, "print('next')") == ["next\n"]
    assert forking.zygote() is kept or kept is None


def test_how_a_kernel_ended_is_told(forking, tmp_path):
    texts(tmp_path, "1")  # the parent is there now
    zygote = forking.zygote()
    request = {
        "arguments": ["--no-such-option-of-a-kernel=1", "-f", "/nowhere/at/all"],
        "environment": dict(os.environ),
    }
    with (tmp_path / "log").open("wb") as log:
        process = zygote.fork({**request, "cwd": str(tmp_path)}, stdout=log.fileno(), stderr=log.fileno())
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0)
        process.terminate()
        assert process.wait(20) == -signal.SIGTERM
        lost = zygote.fork({**request, "cwd": "/no/such/folder"}, stdout=log.fileno(), stderr=log.fileno())
        assert lost.wait(20) == 1
    assert "/no/such/folder" in (tmp_path / "log").read_text()


def test_what_a_notebook_leaves_running_ends_with_it(tmp_path, forking):
    began = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"
    (pid,) = texts(tmp_path, began)
    assert wait_for(lambda: not lives(int(pid)), 10)


RUNNER = """
    from pathlib import Path
    from cycles.runs import kernels
    from cycles.runs.zygote import keeper
    keeper.PARENT = "light_parent"
    with kernels.zygote() as kept:
        kernels.execute(Path({path!r}), Path({output!r}), parameters={{}}, cwd=Path({cwd!r}))
"""


@pytest.mark.parametrize("victim", ["runner", "zygote"])
def test_no_forked_kernel_outlives_its_runner_or_its_parent(tmp_path, victim):
    stay = "import os, time, subprocess\nchild = subprocess.Popen(['sleep', '600']).pid\n"
    tell = "open('pids', 'w').write(f'{os.getpid()} {os.getppid()} {child}.')\ntime.sleep(600)"
    path = notebook(tmp_path, stay + tell)
    script = textwrap.dedent(RUNNER).format(
        path=str(path), output=str(tmp_path / "run" / "out.ipynb"), cwd=str(tmp_path)
    )
    runner = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": patched_path()}
    )
    told = tmp_path / "pids"
    kernel, zygote, child = (
        int(one)
        for one in wait_for(lambda: told.is_file() and told.read_text().endswith(".") and told.read_text(), 120)[
            :-1
        ].split()
    )
    assert zygote != runner.pid
    os.kill({"runner": runner.pid, "zygote": zygote}[victim], signal.SIGKILL)
    assert wait_for(lambda: not lives(kernel) and not lives(zygote) and not lives(child), 10)
    assert runner.wait(30) != 0


@pytest.mark.parametrize("kernel", ["forked", "plain"])
def test_time_is_held_to_also_when_interrupts_are_ignored(tmp_path, forking, kernel):
    stubborn = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)"
    texts(tmp_path, "1", kernel=kernel)
    begun = time.monotonic()
    with pytest.raises(CyclesError) as ended:
        texts(tmp_path, stubborn, kernel=kernel, timeout=3)
    assert (ended.value.code, ended.value.exit_status) == ("CY510", 3)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("kernel", ["forked", "plain"])
def test_memory_is_held_to_with_what_the_notebook_started(tmp_path, forking, kernel):
    greedy = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; b = bytearray(900 << 20); time.sleep(60)'])"
    with pytest.raises(CyclesError) as ended:
        texts(tmp_path, greedy, kernel=kernel, memory_limit=800)
    assert ended.value.code == "CY511"
    assert texts(tmp_path, "print('fits')", kernel=kernel, memory_limit=800) == ["fits\n"]


def test_each_notebook_has_its_own_folder_and_variables(tmp_path, forking, monkeypatch):
    seen = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv("CYCLES_DATA", name)
        seen += texts(
            tmp_path / name, "import os; print(os.environ['CYCLES_DATA'], os.path.basename(os.getcwd()), os.getppid())"
        )
    assert [one.split()[:2] for one in seen] == [["a", "a"], ["b", "b"]]
    assert len({one.split()[2] for one in seen}) == 1


def test_threads_are_seen_by_name():
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    before = len(preload.other_threads())
    thread.start()
    try:
        assert len(preload.other_threads()) == before + 1
    finally:
        over.set()
        thread.join()


def test_where_forking_is_impossible_kernels_are_plain_and_it_is_said_once(tmp_path, forking, monkeypatch, caplog):
    monkeypatch.setattr(keeper, "impossible", lambda: "that is possible on Linux only")
    monkeypatch.setattr(provisioner, "_announced", set())
    for _ in range(2):
        assert texts(tmp_path, "import os; print(os.getppid())") == [f"{os.getpid()}\n"]
    assert caplog.text.count("Linux only") == 1
    with pytest.raises(CyclesError) as refused:
        texts(tmp_path, "1", kernel="forked")
    assert refused.value.code == "CY512"


def test_a_fork_of_the_runner_does_not_end_the_parent_of_the_kernels(tmp_path, forking):
    texts(tmp_path, "1")
    pid = forking.zygote().pid
    child = os.fork()
    if not child:
        os._exit(0 if keeper.KEEPER.zygote() is None and not keeper.KEEPER.is_wanted else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert texts(tmp_path, "import os; print(os.getppid())") == [f"{pid}\n"]


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (["python", "-X", "frozen_modules=off", "-m", "ipykernel_launcher", "-f", "c.json"], True),
        (["python", "-m", "xeus", "-f", "c.json"], False),
    ],
)
def test_only_ipykernel_is_forked(command, allowed):
    if allowed:
        assert keeper._split(command) == (
            ("python", "-X", "frozen_modules=off"),
            ["-f", "c.json"],
        )
    else:
        with pytest.raises(keeper.CannotFork):
            keeper._split(command)


def test_papermill_finds_the_engine(tmp_path, forking):
    import papermill

    path = notebook(tmp_path, "import os; print(os.getppid())")
    papermill.execute_notebook(path, tmp_path / "out.ipynb", engine_name="cycles-forked", progress_bar=False)
    assert code(tmp_path / "out.ipynb")[1].outputs[0].text == f"{forking.zygote().pid}\n"
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivision"):
        papermill.execute_notebook(
            notebook(tmp_path, "1 / 0"), tmp_path / "out.ipynb", engine_name="cycles-forked", progress_bar=False
        )
    assert "ZeroDivisionError" in (tmp_path / "out.ipynb").read_text()


def test_the_doctor_says_whether_kernels_can_be_forked(forking, monkeypatch):
    assert doctor._forked_kernels().state == "ok"
    monkeypatch.setattr(keeper, "impossible", lambda: "that is possible on Linux only")
    found = doctor._forked_kernels()
    assert (found.state, found.seen) == ("warn", "not here: that is possible on Linux only")


def test_the_protocol_of_the_parent_is_that_of_the_keeper():
    assert parent.__name__ == keeper.PARENT


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example district as `cycles init` makes it, with the shipped notebook's cycle."""
    from cycles.runs.example import write_example
    from cycles.runs.scaffold import scaffold

    root = tmp_path_factory.mktemp("district")
    scaffold(root, example=False)
    shipped = scaffold_root() / "params" / CYCLE_FILE
    (root / "params" / CYCLE_FILE).write_bytes(shipped.read_bytes())
    write_example(root)
    return root


@pytest.mark.slow
def test_the_shipped_notebook_shows_the_same_in_both_kernels(example, forking):
    seen, results = {}, {}
    for kernel in ("plain", "forked"):
        folder = example / "runs" / "check-ins-2026-fall" / f"in-a-{kernel}-kernel"
        parameters = {"cycle_file": f"params/{CYCLE_FILE}", "output_dir": str(folder)}
        source = scaffold_root() / "notebooks" / "pdsa_cycle.ipynb"
        kernels.execute(source, folder / "out.ipynb", parameters=parameters, cwd=example, kernel=kernel)
        seen[kernel] = shown(folder / "out.ipynb", folder)
        results[kernel] = (folder / "results.json").read_bytes()
    assert len(seen["plain"]) > 15
    assert sum("block-figure" in one for one in seen["plain"]) >= 4
    for forked, plain in zip(seen["forked"], seen["plain"], strict=True):
        assert forked == plain
    assert results["forked"] == results["plain"]


@pytest.mark.slow
def test_little_is_left_to_import_when_the_shipped_notebook_begins(example, forking, tmp_path):
    count = "import sys, pathlib; began = set(sys.modules)"
    source = nbformat.read(scaffold_root() / "notebooks" / "pdsa_cycle.ipynb", as_version=4)
    tell = "pathlib.Path('left.txt').write_text(' '.join(sorted(set(sys.modules) - began)))"
    for place, text in ((1, count), (len(source.cells) + 1, tell)):
        source.cells.insert(place, nbformat.v4.new_code_cell(text))
    nbformat.write(source, tmp_path / "counting.ipynb")
    parameters = {"cycle_file": f"params/{CYCLE_FILE}", "output_dir": str(tmp_path / "run")}
    kernels.execute(tmp_path / "counting.ipynb", tmp_path / "run" / "out.ipynb", parameters=parameters, cwd=example)
    left = [one for one in (example / "left.txt").read_text().split() if one.split(".")[0] != "great_expectations"]
    assert len(left) < 60, left


def test_another_environment_or_other_code_takes_another_parent(tmp_path, light, monkeypatch):
    ask = "import os; print(os.getppid(), os.environ.get('LANGUAGE_OF_TEST'))"
    first = texts(tmp_path, ask)[0].split()
    monkeypatch.setenv("LANGUAGE_OF_TEST", "es")
    second = texts(tmp_path, ask)[0].split()
    assert second[1] == "es"
    assert first[0] != second[0]
    assert wait_for(lambda: not lives(int(first[0])), 10)
    real = keeper.fingerprint()
    monkeypatch.setattr(keeper, "fingerprint", lambda: (*real, ("changed.py", 1, 1)))
    assert texts(tmp_path, ask)[0].split()[0] != second[0]


@pytest.mark.parametrize(
    ("habit", "reason"),
    [
        (
            "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
            "other threads",
        ),
        ("print('Welcome!')", "speaks when it is imported"),
    ],
)
def test_a_parent_that_cannot_be_forked_safely_is_not_and_it_is_said(
    tmp_path, light, monkeypatch, caplog, habit, reason
):
    (tmp_path / "usercustomize.py").write_text("")
    (tmp_path / "sitecustomize.py").write_text(habit)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), patched_path()]))
    monkeypatch.setattr(provisioner, "_announced", set())
    ran = texts(tmp_path, "import os; print(os.getppid())")[0]
    assert ran.split()[-1] == str(os.getpid())
    assert reason in caplog.text
    assert "plain kernels" in caplog.text
