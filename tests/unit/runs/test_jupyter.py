"""Jobs of JupyterLab's scheduler: its own classes and database, with our manager; what is typed into its form is never code."""

import json
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("jupyter_scheduler", reason="jupyter-scheduler is missing (pip install 'cycles[jupyter]')")

from jupyter_scheduler.models import DescribeJob, JobFeature
from jupyter_scheduler.orm import Job, create_session, create_tables

from cycles.core.errors import ProblemsError
from cycles.runs import kernels
from cycles.runs.jupyter import ExecutionManager, read_parameters
from cycles.runs.scaffold import IGNORED

NAME = "check-ins-2026-fall"


@pytest.fixture
def job(toy, tmp_path):
    """A job in a database of the scheduler, with its notebook staged as the scheduler does it; returns the job as it ended."""

    def make(parameters, *cells, name="pdsa_cycle", forms=("ipynb", "html")):
        toy(*cells)
        staged = tmp_path / "staged"
        staged.mkdir()
        source = tmp_path / "notebooks" / f"{name}.ipynb"
        if not source.exists():
            node = nbformat.v4.new_notebook(
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
            )
            first = nbformat.v4.new_code_cell('school: str = "x"\nn: int = 1', metadata={"tags": ["parameters"]})
            node.cells = [first, nbformat.v4.new_code_cell("print(school, n)")]
            nbformat.write(node, source)
        (staged / source.name).write_bytes(source.read_bytes())
        address = f"sqlite:///{tmp_path / 'scheduler.sqlite'}"
        create_tables(address)
        with create_session(address)() as session:
            row = Job(
                runtime_environment_name="here",
                input_filename=source.name,
                name=name,
                parameters=parameters,
                output_formats=list(forms),
            )
            session.add(row)
            session.commit()
            number = row.job_id
        paths = {"input": str(staged / source.name), **{form: str(staged / f"out.{form}") for form in forms}}
        assert ExecutionManager.validate(ExecutionManager, paths["input"])
        ExecutionManager(job_id=number, root_dir=str(tmp_path), db_url=address, staging_paths=paths).process()
        with create_session(address)() as session:
            return DescribeJob.from_orm(session.query(Job).filter(Job.job_id == number).one())

    return make


@pytest.fixture
def played(monkeypatch):
    """Notebooks are played by a few lines."""

    def execute(notebook, output, *, parameters, cwd, **_options):
        output.parent.mkdir(exist_ok=True)
        node = nbformat.read(notebook, as_version=4)
        node.cells.append(nbformat.v4.new_markdown_cell(f"ran with {parameters}"))
        nbformat.write(node, output)
        if "output_dir" in parameters:
            (Path(parameters["output_dir"]) / "results.json").write_text(json.dumps({"decision": {"call": "adapt"}}))
            (Path(parameters["output_dir"]) / "report.html").write_text("<p>the report</p>")

    monkeypatch.setattr(kernels, "execute", execute)


# -- what is typed -------------------------------------------------------------------------------------------------------

DECLARED = {"school": "str", "n": "int", "share": "float", "all": "bool"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("school", "S0007", "S0007"), ("school", "00417", "00417"), ("school", "no", "no"), ("school", "'S0007'", "S0007"),
        ("school", 'x"; import os', 'x"; import os'), ("n", "7", 7), ("n", "007", 7), ("share", "1e-2", 0.01), ("all", "true", True),
    ],
)  # fmt: skip
def test_what_is_typed_is_a_value_of_the_declared_type(name, text, value):
    found = read_parameters(DECLARED, {name: text}, where="x.ipynb")[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("school", "__import__('os').system('id')", "CY105"), ("n", "__import__('os').system('id')", "CY105"), ("n", "7.0", "CY105"),
        ("n", "٧", "CY105"), ("share", "nan", "CY105"), ("all", "no", "CY105"), ("scool", "x", "CY101"),
        ("x=1\n__import__('os')\ny", "1", "CY101"),
    ],
)  # fmt: skip
def test_what_is_no_value_of_it_is_refused(name, text, code):
    with pytest.raises(ProblemsError) as refused:
        read_parameters(DECLARED, {name: text}, where="x.ipynb")
    assert [one.code for one in refused.value.problems] == [code]
    assert "import" not in str(refused.value)


def test_all_problems_are_told_together():
    with pytest.raises(ProblemsError) as refused:
        read_parameters(DECLARED, {"n": "x", "share": "y", "z": "1"}, where="x.ipynb")
    assert len(refused.value.problems) == 3


# -- a job ---------------------------------------------------------------------------------------------------------------


def test_a_job_runs_its_cycle_as_the_command_line_does(job, played, tmp_path):
    done = job({"cycle_file": f"params/{NAME}.yml", "seed": "7"})
    assert (done.status, done.status_message) == ("COMPLETED", None)
    assert (tmp_path / "staged/out.html").read_text() == "<p>the report</p>"
    [run] = (tmp_path / "runs" / NAME).glob("*/notice.txt")
    assert "'seed': 7" in (tmp_path / "staged/out.ipynb").read_text()
    assert run.is_file()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"cycle_file": "__import__('os').system('touch evil')"}, "looks like code"),
        ({"cycle_file": f"params/{NAME}.yml", "seed": "__import__('os').system('touch evil')"}, "not of type int"),
        ({"cycle_file": f"params/{NAME}.yml", "seed": "seven"}, "Type a whole number"),
        ({"cycle_file": "../../etc/passwd"}, "not below the folder"),
        ({"cycle_file": "../fall.yml"}, "start JupyterLab in it"),
        ({"cycle_file": f"params/{NAME}.yml", "output_dir": "elsewhere"}, "chosen by cycles"),
        ({"sead": "1"}, "Did you mean 'seed'?"),
        ({}, "no parameter `cycle_file`"),
        ({}, "Add cycle_file to the form"),
    ],
)
def test_a_job_with_other_parameters_fails_in_words_and_runs_nothing(job, played, tmp_path, parameters, said):
    done = job(parameters)
    assert done.status == "FAILED"
    assert said in done.status_message
    assert "Traceback" not in done.status_message
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "jobs").exists()
    assert not list(tmp_path.rglob("evil"))


def test_what_the_scheduler_copies_is_for_its_owner_only(job, played, tmp_path):
    from jupyter_scheduler.scheduler import BaseScheduler

    done = job({"cycle_file": f"params/{NAME}.yml"})
    scheduler = BaseScheduler.__new__(BaseScheduler)
    scheduler.root_dir = str(tmp_path)
    folder = Path(scheduler.get_local_output_path(done))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "jobs/" in IGNORED.split()


def test_the_notebook_must_be_that_of_the_file(job, played):
    done = job({"cycle_file": f"params/{NAME}.yml"}, name="evaluation")
    assert done.status == "FAILED"


def test_what_was_not_foreseen_shows_no_value(job, monkeypatch):
    def broken(*_given, **_named):
        raise ValueError("Maria Lopez")

    monkeypatch.setattr(kernels, "execute", broken)
    done = job({"cycle_file": f"params/{NAME}.yml"})
    assert (done.status, done.status_message) == ("FAILED", "failed (ValueError)")


@pytest.mark.slow
def test_a_notebook_of_ones_own_runs_with_typed_parameters_in_a_real_kernel(job, tmp_path):
    done = job({"school": "S0007", "n": "2"}, name="own")
    assert done.status == "COMPLETED", done.status_message
    node = nbformat.read(tmp_path / "staged/out.ipynb", as_version=4)
    assert node.cells[-1].outputs[0].text == "S0007 2\n"
    page = (tmp_path / "staged/out.html").read_text()
    assert "S0007 2" in page
    assert "<script" not in page
    assert "https://" not in page


@pytest.mark.slow
def test_the_scheduler_itself_makes_a_job_in_a_process_of_its_own(toy, tmp_path):
    import time

    from jupyter_scheduler.environments import StaticEnvironmentManager
    from jupyter_scheduler.models import CreateJob
    from jupyter_scheduler.scheduler import Scheduler

    toy()
    address = f"sqlite:///{tmp_path / 'scheduler.sqlite'}"
    create_tables(address)
    scheduler = Scheduler(
        root_dir=str(tmp_path), environments_manager=StaticEnvironmentManager(), db_url=address, task_runner_class=None,
        execution_manager_class=ExecutionManager, staging_path=str(tmp_path / "staging"),
    )  # fmt: skip
    asked = CreateJob(
        input_uri="notebooks/pdsa_cycle.ipynb", runtime_environment_name="here", name="fall", output_formats=["html"],
        parameters={"cycle_file": f"params/{NAME}.yml"},
    )  # fmt: skip
    number = scheduler.create_job(asked)
    until = time.monotonic() + 120
    while (found := scheduler.get_job(number, job_files=False)).status in (
        "STOPPED",
        "IN_PROGRESS",
        "CREATED",
    ) and time.monotonic() < until:
        time.sleep(0.2)
    assert (found.status, found.status_message) == ("COMPLETED", None)
    assert len(list((tmp_path / "runs" / NAME).glob("*/report.html"))) == 1


def test_forms_offer_what_is_done():
    features = ExecutionManager.supported_features(ExecutionManager)
    assert features[JobFeature.parameters]
    assert not features[JobFeature.email_notifications]
    assert not ExecutionManager.validate(ExecutionManager, "nowhere.ipynb")
