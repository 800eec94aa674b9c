"""What a fleet is to run: the files that were named, and for a folder each parameter file in it, as one list of jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from cycles.core.errors import CyclesError, ParameterError, ProblemsError
from cycles.plan.cascade import DEFAULTS
from cycles.runs.fleet.units import Job, jobs_of

if TYPE_CHECKING:
    from cycles.do.partition import Split


@dataclass(frozen=True, kw_only=True)
class FleetPlan:
    """The jobs, the files that cannot be run and why, and how the sources of districts were split (file name -> splits)."""

    jobs: tuple[Job, ...]
    refused: dict[Path, CyclesError]
    splits: "dict[str, tuple[Split, ...]]"


def is_fleet(paths: Sequence[Path]) -> bool:
    """Whether this is more than one run: several files, a folder, or a file with `for_each`."""
    from cycles.core import strict_yaml

    if len(paths) != 1 or paths[0].is_dir():
        return True
    try:
        content = strict_yaml.load(paths[0])
    except CyclesError:  # whoever runs the one file tells what is wrong with it
        return False
    return isinstance(content, dict) and "for_each" in content


def plan_fleet(paths: Sequence[Path], *, only: Sequence[str] = ()) -> FleetPlan:
    """Expand files and folders to jobs. A file that cannot be used does not keep the others from running.

    Parameters
    ----------
    paths : parameter files, or folders of them (their own files, not those of folders in them)
    only : patterns such as `*--s1*`; a job whose cycle, school id or school name fits one of them is kept. All without any.

    Raises
    ------
    ParameterError
        CY104 when a folder holds no parameter file, or no job fits `only`.
    """
    jobs: dict[str, Job] = {}
    refused: dict[Path, CyclesError] = {}
    splits: dict[str, tuple[Split, ...]] = {}
    for path in files_of(paths):
        try:
            found, split = jobs_of(path)
        except CyclesError as problem:
            refused[path] = problem
            continue
        twice = [job for job in found if job.cycle in jobs]
        if twice:
            refused[path] = ProblemsError([_twice(job, jobs[job.cycle]) for job in twice])
            continue
        jobs.update({job.cycle: job for job in found})
        splits |= {path.name: split} if split else {}
    kept = tuple(job for job in jobs.values() if not only or fits(job, only))
    if not kept and not refused:
        raise ParameterError(
            "no cycle fits --only", code="CY104", where=", ".join(only), fix="`--dry-run` lists them all."
        )
    return FleetPlan(jobs=kept, refused=refused, splits=splits)


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The parameter files that were named, or that are in a folder that was, each once. Raises CY104."""
    files: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            files[path.resolve()] = None
            continue
        found = sorted(one for one in path.glob("*.yml") if one.name != DEFAULTS)
        if not found:
            raise ParameterError(f"no parameter file in {path}", code="CY104", where=str(path))
        files.update(dict.fromkeys(one.resolve() for one in found))
    return list(files)


def _twice(job: Job, first: Job) -> CyclesError:
    return ParameterError(
        f"{first.origin.name} and {job.origin.name} are both the cycle {job.cycle}",
        code="CY105",
        where=str(job.origin),
        fix="Give one of them another name (`cycle`).",
    )


def fits(job: Job, only: Sequence[str]) -> bool:
    """Whether a job's cycle, school id or school name fits one of the patterns."""
    return any(fnmatchcase(one, pattern) for pattern in only for one in (job.cycle, job.unit, job.name) if one)
