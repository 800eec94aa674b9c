"""`cycles run PATH...`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.runs.preflight import Plan
    from cycles.runs.ran import Ran


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--seed", type=click.IntRange(min=0), help="For everything random (default: CYCLES_SEED, cycles.toml, 2026)."
)
@click.option(
    "--revision", type=click.IntRange(min=1), help="Make an earlier revision again, from the deliveries that were kept."
)
@click.option("--dry-run", is_flag=True, help="Say what would run, on which files, and stop.")
@click.option("--fresh", is_flag=True, help="Run also what has not changed since it ran.")
@click.option("--timeout", type=click.FloatRange(min=1), metavar="SECONDS", help="End a notebook that takes longer.")
@click.option(
    "--memory-limit", type=click.IntRange(min=64), metavar="MIB", help="End a notebook that needs more memory."
)
@click.option(
    "--plain-kernel", is_flag=True, help="Never fork kernels (also CYCLES_KERNEL or `kernel` in cycles.toml)."
)
@click.option("--only", multiple=True, metavar="GLOB", help="Of several: cycles, school ids or school names that fit.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Of several: how many at once (default: CYCLES_JOBS, cycles.toml, one for each core).",
)
@click.option("--executor", type=click.Choice(["local", "dask"]), default="local", help="Where several are run.")
@click.option("--scheduler", metavar="ADDRESS", help="Of the Dask cluster, such as tcp://10.0.0.1:8786.")
@click.option("--keep-going/--stop-at-first", default=True, help="Whether several go on past one that fails.")
@click.option(
    "--due", is_flag=True, help="Run only what is due by the schedules in the files; safe to call at any time."
)
@click.option("--now", metavar="ISO", help="With --due: the moment to judge by, such as 2026-11-23T06:00:00-05:00.")
@click.option("--json", "as_json", is_flag=True, help="Print results.json, with the run, on stdout.")
def command(
    paths: tuple[Path, ...],
    seed: int | None,
    revision: int | None,
    dry_run: bool,
    as_json: bool,
    fresh: bool,
    timeout: float | None,
    memory_limit: int | None,
    plain_kernel: bool,
    due: bool,
    now: str | None,
    **fleet: Any,
) -> int:
    """Run the cycle that a file describes: plan, do, study, act; print its decision and where the report is.

    Several files, a folder of them, or a file with `for_each` make a fleet: it goes on past a failure, and ends with 0 when every cycle is
    done, 1 when one is not, 130 when it was stopped. Of a fleet, --json prints how each run ended.
    """
    from cycles.runs.fleet.planning import is_fleet

    asked = {
        "fresh": fresh,
        "timeout": timeout,
        "memory_limit": memory_limit,
        "kernel": _kernel(paths[0], plain_kernel),
    }
    options = {name: value for name, value in asked.items() if value}
    if due:
        if revision is not None:
            raise click.UsageError("--revision makes one cycle again: it is never due")
        return _fleet(paths, seed, options, dry_run=dry_run, as_json=as_json, due=now or True, **fleet)
    if now is not None:
        raise click.UsageError("--now is for --due")
    if is_fleet(paths) or fleet["only"] or fleet["executor"] != "local":
        if revision is not None:
            raise click.UsageError("--revision makes one cycle again: name its file")
        return _fleet(paths, seed, options, dry_run=dry_run, as_json=as_json, **fleet)
    if dry_run:
        _dry(_ready(paths[0]), as_json=as_json)
    else:
        _run(paths[0], seed, {**options, "revision": revision}, as_json=as_json)
    return 0


def _fleet(
    paths: tuple[Path, ...],
    flag: int | None,
    options: dict[str, Any],
    *,
    dry_run: bool,
    as_json: bool,
    only: tuple[str, ...],
    due: str | bool = False,
    **where: Any,
) -> int:
    from cycles.core.workspace import find_workspace
    from cycles.runs.commandline import _due, _fleet
    from cycles.runs.fleet.running import Settings
    from cycles.runs.settings import setting

    workspace = find_workspace(paths[0].resolve())
    seed = setting("seed", workspace, flag=flag).value
    where["jobs"] = setting("jobs", workspace, flag=where["jobs"]).value or None
    settings = Settings(seed=seed, options=options, **where)
    if due:
        return _due.run(
            paths, settings, now=due if isinstance(due, str) else None, only=only, dry_run=dry_run, as_json=as_json
        )
    return _fleet.run(paths, settings, only=only, dry_run=dry_run, as_json=as_json)


def _kernel(path: Path, plain: bool) -> str | None:
    """The kind of kernel that was asked for; nothing where cycles chooses."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.settings import setting

    workspace = find_workspace(path.resolve()) if path.exists() else None
    value = setting("kernel", workspace, flag="plain" if plain else None).value
    return None if value == "auto" else value


def _ready(file: Path) -> "Plan":
    from cycles.runs import preflight

    return preflight.ready(file)


def _run(file: Path, flag: int | None, options: dict[str, Any], *, as_json: bool) -> None:
    from cycles.core.workspace import find_workspace
    from cycles.runs.commandline._progress import showing
    from cycles.runs.running import run_cycle
    from cycles.runs.settings import setting

    seed = setting("seed", find_workspace(file.resolve().parent) if file.is_file() else None, flag=flag).value
    _words.say(f"Running {file}")
    with showing(file.stem) as progress:
        ran = run_cycle(file, seed=seed, progress=progress, **options)
    if as_json:
        _words.give({**ran.results, "run": _run_facts(ran)})
    if ran.because:
        _words.say(f"  Computed again: {ran.because} changed.")
    for receipt in ran.receipts:
        _words.say(f"  {receipt}")
    for one in ran.set_aside:
        code = f" [{one['code']}]" if one["code"] else ""
        lines = f", line{'' if one['lines'].isdigit() else 's'} {one['lines']}" if one["lines"] else ""
        kept = " (a warning; the rows stay in use)" if one["severity"] == "warning" else ""
        _words.say(f"  {one['source']}: {one['found']}{code}{lines}{kept}")
    _words.say()
    _words.say(_words.bold(ran.sentence))
    _say_what_could_not_be_estimated(ran.results)
    _words.say(f"report: {_near(ran.report)}")


def _run_facts(ran: "Ran") -> dict[str, Any]:
    return {
        "id": ran.run_id,
        "cycle": ran.cycle,
        "folder": str(ran.folder),
        "report": str(ran.report),
        "cached": ran.cached,
        "set_aside": list(ran.set_aside),
    }


def _say_what_could_not_be_estimated(results: dict[str, Any]) -> None:
    """An effect that cannot be estimated is an answer; why, and what to do, belong to it. Each code is explained once."""
    from cycles.core.catalogue import CATALOGUE

    told: set[str] = set()
    for one in results.get("estimates", []):
        code = one.get("code")
        if code in CATALOGUE and code not in told:
            told.add(code)
            _words.say(
                f"[{code}] {one['id']}: {one.get('reason') or CATALOGUE[code].title}\n  fix:   {CATALOGUE[code].fix}"
            )


def _near(path: Path) -> str:
    """The path from here, where it lies below here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _dry(plan: "Plan", *, as_json: bool) -> None:
    sources = getattr(plan.cycle, "sources", {})
    inputs = [
        {"source": name, "path": one.path, "sha256": _fingerprint(plan.workspace.locate(one.path))}
        for name, one in sources.items()
    ]
    output = plan.workspace.runs / plan.cycle.cycle
    if as_json:
        _words.give(
            {"schema": "cycles.dry-run/1", "notebook": str(plan.notebook), "inputs": inputs, "outputs": str(output)}
        )
        return
    _words.say(f"notebook: {_near(plan.notebook)}")
    for one in inputs:
        known = f"sha256 {one['sha256'][:12]}" if one["sha256"] else "read when the cycle runs"
        _words.say(f"input:    {one['source']}, {one['path']}, {known}")
    _words.say(f"outputs:  a new folder in {_near(output)}")


def _fingerprint(place: Path | str) -> str | None:
    """That of a file; what an address holds is known only when it is read."""
    from cycles.core.files import sha256

    return sha256(place) if isinstance(place, Path) else None
