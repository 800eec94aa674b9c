"""The files around the code agree with one another and with the disk."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
CONDA_NAMES = {"python-tzdata": "tzdata", "python-duckdb": "duckdb"}


def plain(requirement: str) -> str:
    """The normalised name of a requirement."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9_.-]+", requirement).group(0)).lower()


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def declared(project: dict) -> dict[str, str]:
    """Name and bound of every requirement of the project and its groups."""
    groups = project["dependency-groups"].values()
    every = [*project["project"]["dependencies"], *(one for group in groups for one in group)]
    return {plain(one): re.sub(r"^[A-Za-z0-9_.-]+(\[\w+\])?", "", one) for one in every}


def in_environment() -> dict[str, str]:
    """Name and bound of every line of environment.yml, conda's or pip's."""
    lines = re.findall(r"^ +- ([a-z][^\s:#]*)$", (ROOT / "environment.yml").read_text(), flags=re.MULTILINE)
    found = {
        line: re.sub(r"^[A-Za-z0-9_.-]+", "", line)
        for line in lines
        if line not in ("conda-forge", "nodefaults", "pip")
    }
    return {CONDA_NAMES.get(plain(line), plain(line)): bound for line, bound in found.items()}


def test_conda_asks_for_the_same_as_the_project(project):
    environment = in_environment()
    assert environment.pop("python") == project["project"]["requires-python"]
    assert environment == declared(project)


def test_the_lock_file_holds_every_requirement_with_hashes(project):
    lock = (ROOT / "requirements.lock").read_text()
    locked = {plain(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, flags=re.MULTILINE)}
    assert set(declared(project)) <= locked
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)


def tracked() -> list[Path]:
    """Every file of the project that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_address_of_a_registry_or_a_download_is_in_the_tree():
    hosts = (
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js",
        "registry" + ".",
        "conda" + ".anaconda",
        "cdn" + ".",
        "--index" + "-url",
        "--find" + "-links",
    )
    allowed = {"CONTRIBUTING.md"}  # names the option that keeps the address out
    found = []
    for path in tracked():
        text = path.read_text("utf-8", errors="ignore")
        found += [
            f"{path.relative_to(ROOT)}: {host}"
            for host in hosts
            if re.search(rf"(?<![A-Za-z.]){re.escape(host)}", text)
        ]
    assert [one for one in found if one.split(":")[0] not in allowed] == []
    assert not (ROOT / "uv.lock").exists()


def test_the_tree_in_the_readme_matches_the_disk():
    tree = re.search(r"```text\n(.*?)```", README, flags=re.DOTALL).group(1)
    named = [re.match(r"( *)(\S+)", line).groups() for line in tree.splitlines()]
    top = {name.rstrip("/") for indent, name in named if not indent}
    rooms = {name.rstrip("/") for indent, name in named if indent}
    packages = {path.parent.name for path in (ROOT / "src" / "cycles").glob("*/__init__.py")}
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if len(path.relative_to(ROOT).parts) > 1}
    assert rooms == packages
    assert {name.split("/")[0] for name in top} == {one for one in folders if not one.startswith(".")}


def console_lines() -> list[tuple[str, bool]]:
    """Every command of the README's console blocks, and whether its block is marked to be run."""
    blocks = re.findall(r"(<!-- tested: run -->\n)?```console\n(.*?)```", README, flags=re.DOTALL)
    return [(line[2:], bool(mark)) for mark, block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("line", [line for line, run in console_lines() if run])
def test_the_commands_of_the_readme_run(line):
    words = shlex.split(line)
    assert words[0] == "cycles"
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", [line for line, run in console_lines() if not run])
def test_the_other_commands_of_the_readme_exist(line):
    from cycles.runs.commandline import group

    words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
    if words[0] == "make":
        assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text()
    elif words[0] == "cycles":
        command = group.get_command(None, words[1])
        command.make_context(words[1], words[2:])
    elif words[0] == "papermill":
        assert (ROOT / words[1]).is_file()
    else:
        assert words[0] == "cd"


CALLERS = dict(
    re.findall(r"^\| (Airflow|Prefect|GitHub Actions|Kubernetes|JupyterLab) \| (.*) \|$", README, flags=re.MULTILINE)
)


@pytest.mark.parametrize("caller", ["Airflow", "Prefect", "GitHub Actions", "Kubernetes"])
def test_what_calls_cycles_on_a_schedule_calls_what_exists(caller):
    from cycles.runs.commandline import group

    [words] = re.findall(r"cycles (run [a-z]+(?: --[a-z-]+)*)", CALLERS[caller])
    name, *rest = words.split()
    group.get_command(None, name).make_context(name, rest)


def test_the_pieces_of_code_for_other_schedulers_are_whole():
    from ruamel.yaml import YAML

    ast.parse(re.search(r"`(with DAG.*?)`", CALLERS["Airflow"]).group(1))
    workflow = YAML(typ="safe").load(re.search(r"`(\{on: .*?)`", CALLERS["GitHub Actions"]).group(1))
    [step] = workflow["jobs"]["cycles"]["steps"]
    assert step["run"].startswith("cycles ")
    for block in re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL):
        ast.parse(block)


def test_the_manager_that_the_readme_gives_to_jupyterlab_exists():
    module = pytest.importorskip("cycles.runs.jupyter", exc_type=ImportError)
    named = module.ExecutionManager
    assert f"execution_manager_class={named.__module__}.{named.__name__}`" in CALLERS["JupyterLab"]


def test_the_table_of_commands_is_whole():
    from cycles.runs.commandline import COMMANDS

    assert re.findall(r"^\| `cycles ([a-z]+)", README, flags=re.MULTILINE) == list(COMMANDS)


HABITS = ("setup", "run", "test", "test-all", "lint", "types", "fmt", "reference", "bench", "torture", "docs")


@pytest.mark.parametrize("target", HABITS)
def test_make_has_a_target_for_each_habit(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


def test_setup_says_plainly_what_is_missing(tmp_path):
    for name in ("sh", "echo"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    done = subprocess.run(
        ["/bin/sh", str(ROOT / ".ci/setup.sh"), str(tmp_path / "venv")],
        env={"PATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "cycles needs Python 3.11 or newer, and none was found." in done.stderr
    assert not (tmp_path / "venv").exists()
