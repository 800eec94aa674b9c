"""Jobs of JupyterLab's scheduler, run by cycles: `jupyter lab --Scheduler.execution_manager_class=cycles.runs.jupyter.ExecutionManager`.

The scheduler's own manager pastes what is typed into its form as code into the notebook: `S0007` fails there, and `__import__(...)` runs.
Here a name must be declared in the notebook's `parameters` cell, and what is typed is read as a value of the type declared beside it,
never as code. A notebook with a `cycle_file` is run as `cycles run` does, with the ledger, the cycle's lock and the report.
What a job leaves is copied by the scheduler into the folder `jobs`, and only the owner may open the copies.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_scheduler.executors import ExecutionManager as Base
from jupyter_scheduler.models import JobFeature
from jupyter_scheduler.utils import create_output_directory

from cycles.core.errors import CyclesError, ParameterError, ProblemsError, nearest
from cycles.core.files import make_private
from cycles.core.workspace import find_workspace

_READ = {"int": re.compile(r"[+-]?\d{1,18}"), "float": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")}
_EXPECTED = {"int": "a whole number, such as 2026", "float": "a number, such as 0.95", "bool": "true or false"}
_TRUTHS = {"true": True, "false": False}
_POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">"""
_QUOTES = ("'", '"')
COPIES = "jobs"
"""Where the scheduler puts what it copies, below the folder that Jupyter serves, unless it was told of another place."""


class ExecutionManager(Base):
    """Runs one job of jupyter-scheduler: typed parameters, our runner, the executed notebook as its output."""

    def execute(self) -> None:
        """Run the notebook of the job.

        Raises
        ------
        CyclesError
            CY101 for a name that the notebook does not declare, CY105 for what is no value of its type; what the run itself raises. The
            scheduler shows the sentence; nothing has run then but what the error tells of.
        """
        notebook = Path(self.staging_paths["input"])
        declared = _declared(notebook)
        values = read_parameters(declared, self.model.parameters or {}, where=notebook.name)
        if "cycle_file" in declared:
            self._give(*self._run_cycle(notebook, values))
        else:
            executed = self._run_notebook(notebook, values)
            self._give(executed, _page(executed))

    def on_failure(self, e: Exception) -> None:
        """The scheduler's list shows what was found and what to do; no traceback, which could hold a value."""
        from jupyter_scheduler.models import Status
        from jupyter_scheduler.orm import Job

        told = str(e) if isinstance(e, CyclesError) else f"failed ({type(e).__name__})"
        with self.db_session() as session:
            changes = {"status": Status.FAILED, "status_message": told[:1024]}
            session.query(Job).filter(Job.job_id == self.job_id).update(changes)
            session.commit()

    def supported_features(self) -> dict[JobFeature, bool]:  # type: ignore[override]  # called on the class, with the class
        """What a form may ask for."""
        can = {
            JobFeature.job_name,
            JobFeature.output_formats,
            JobFeature.stop_job,
            JobFeature.delete_job,
            JobFeature.parameters,
        }
        return {feature: feature in can for feature in JobFeature}

    def validate(self, input_path: str) -> bool:  # type: ignore[override]  # the scheduler calls it on the class, with the class
        """Whether the notebook can be read."""
        try:
            _declared(Path(input_path))
        except CyclesError:
            return False
        return True

    def _run_cycle(self, notebook: Path, values: dict[str, Any]) -> tuple[Path, str]:
        """The executed notebook, which is restricted, and the report."""
        from cycles.plan.cycle_file import read_cycle_file
        from cycles.runs.running import run_cycle
        from cycles.runs.settings import setting

        if "cycle_file" not in values:
            raise ParameterError(
                "no parameter `cycle_file`",
                code="CY105",
                where=notebook.name,
                fix="Add cycle_file to the form: a parameter file, such as params/check-ins-2026-fall.yml.",
            )
        if "output_dir" in values:
            raise ParameterError(
                "output_dir is chosen by cycles",
                code="CY105",
                where=notebook.name,
                fix="Leave it out: each run has a new folder.",
            )
        cycle_file = self._inside(values["cycle_file"], where=notebook.name)
        kind = read_cycle_file(cycle_file).kind
        if notebook.stem != kind:
            raise ParameterError(
                f"{cycle_file.name} is for the notebook {kind}",
                code="CY105",
                where=notebook.name,
                fix=f"Schedule {kind}.ipynb.",
            )
        seed = setting("seed", find_workspace(cycle_file.parent), flag=values.get("seed")).value
        ran = run_cycle(cycle_file, seed=seed)
        return ran.folder / f"{kind}.ipynb", ran.report.read_text("utf-8")

    def _run_notebook(self, notebook: Path, values: dict[str, Any]) -> Path:
        """A notebook of somebody's own: in a kernel of its own, beside the copy that the scheduler made."""
        from cycles.runs import kernels

        output = notebook.parent / "executed" / notebook.name
        kernels.execute(notebook, output, parameters=values, cwd=notebook.parent)
        return output

    def _inside(self, named: str, *, where: str) -> Path:
        """A parameter file below the folder that Jupyter serves."""
        root = Path(self.root_dir).expanduser().resolve()
        path = (root / named).resolve()
        if not path.is_relative_to(root):
            raise ParameterError(
                "cycle_file is not below the folder that Jupyter serves",
                code="CY105",
                where=where,
                fix="Name a file of this workspace, and start JupyterLab in it.",
            )
        return path

    def _give(self, executed: Path, page: str) -> None:
        """Put the outputs where the scheduler looks for them. It copies them on, readable by all: into a folder made private before."""
        copies = create_output_directory(Path(self.staging_paths["input"]).name, self.job_id)
        make_private(Path(self.root_dir).expanduser() / COPIES / copies)
        for form in self.model.output_formats or ():
            place = Path(self.staging_paths[form])
            if form == "ipynb":
                shutil.copyfile(executed, place)
            elif form == "html":
                place.write_text(page, "utf-8")
            else:
                raise ParameterError(f"no output of the form {form}", code="CY105", fix="Choose Notebook or HTML.")
            place.chmod(0o600)


def read_parameters(declared: Mapping[str, str], typed: Mapping[str, str], *, where: str) -> dict[str, Any]:
    """What was typed into a form, as values of the types that the notebook declares.

    Parameters
    ----------
    declared : name -> type (`str`, `int`, `float` or `bool`)
    typed : name -> text; a text may stand in quotes, which are left out
    where : names the notebook

    Raises
    ------
    ProblemsError
        CY101 and CY105, all of them together.

    Examples
    --------
    >>> read_parameters({"school": "str", "seed": "int"}, {"school": "S0007", "seed": "7"}, where="x.ipynb")
    {'school': 'S0007', 'seed': 7}
    """
    values: dict[str, Any] = {}
    problems: list[CyclesError] = []
    for name, text in typed.items():
        try:
            values[name] = _value(name, str(text), declared, where)
        except ParameterError as problem:
            problems.append(problem)
    if problems:
        raise ProblemsError(problems)
    return values


def _value(name: str, text: str, declared: Mapping[str, str], where: str) -> Any:
    if name not in declared:
        shown = name if name.isidentifier() else "(not a name)"
        raise ParameterError(f"unknown parameter '{shown}'", code="CY101", where=where, fix=nearest(shown, declared))
    kind, bare = declared[name], text.strip()
    if kind == "str":
        return _text(name, text, where)
    if kind == "bool" and bare.lower() in _TRUTHS:
        return _TRUTHS[bare.lower()]
    if kind in _READ and _READ[kind].fullmatch(bare) and bare.isascii():
        return int(bare) if kind == "int" else float(bare)
    fix = f"Type {_EXPECTED.get(kind, 'nothing: such a value cannot come from a form')}."
    raise ParameterError(f"parameter '{name}' is not of type {kind}", code="CY105", where=where, fix=fix)


def _text(name: str, text: str, where: str) -> str:
    """As it was typed, without quotes around it; what looks like a call, to be run as the scheduler's own manager does, is refused."""
    bare = text.strip()
    if len(bare) >= 2 and bare[0] in _QUOTES and bare[0] == bare[-1]:
        return bare[1:-1]
    if "__" in bare and "(" in bare:
        raise ParameterError(
            f"parameter '{name}' looks like code",
            code="CY105",
            where=where,
            fix="Write the text itself; in quotes, it is taken as it is.",
        )
    return text


def _declared(notebook: Path) -> dict[str, str]:
    import nbformat

    from cycles.runs.kernels import typed_parameters

    try:
        node = nbformat.read(notebook, as_version=4)
        return typed_parameters(node)
    except (OSError, ValueError, SyntaxError, AttributeError, nbformat.ValidationError):
        raise ParameterError("not a notebook that can be read", code="CY105", where=notebook.name) from None


def _page(executed: Path) -> str:
    """The executed notebook as a page on which nothing is live."""
    from nbconvert import HTMLExporter

    body, _ = HTMLExporter(sanitize_html=True, template_name="basic").from_filename(str(executed))
    head = f'<head><meta charset="utf-8">{_POLICY}<title>Notebook</title></head>'
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n<body>{body}</body>\n</html>\n'
