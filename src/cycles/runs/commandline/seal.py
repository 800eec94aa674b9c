"""`cycles seal FILE`."""

from pathlib import Path

import click

from cycles.runs.commandline import _words


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(file: Path, as_json: bool) -> None:
    """Fix the prediction and the decision rule of FILE in the ledger, before the data. The first seal of a cycle stays."""
    from cycles.core.errors import ParameterError
    from cycles.runs.fleet.planning import is_fleet
    from cycles.runs.opening import seal_cycle_file
    from cycles.runs.outlook import outlook

    if not file.is_file():
        raise ParameterError(f"no file {file.name}", code="CY104", where=str(file))
    if is_fleet([file]):
        _each(file, as_json=as_json)
        return
    seal = seal_cycle_file(file)
    if as_json:
        _words.give(
            {
                "schema": "cycles.seal/1",
                "cycle": seal.cycle,
                "sealed_at": seal.sealed_at,
                "sha256": seal.sha256,
                "state": seal.state,
                "outlook": outlook(file),
            }
        )
        return
    when = (
        "before the outcomes were there" if seal.state == "sealed_before_data" else "after outcomes were already there"
    )
    _words.say(f"{seal.cycle}: sealed at {seal.sealed_at}, {when} (seal {seal.sha256[:12]}).")
    for sentence in outlook(file):
        _words.say(sentence)


def _each(file: Path, *, as_json: bool) -> None:
    """A file with `for_each` is sealed for each of its schools."""
    from cycles.runs.fleet.units import jobs_of
    from cycles.runs.opening import seal_cycle_file

    jobs, _ = jobs_of(file)
    seals = [seal_cycle_file(job.cycle_file) for job in jobs]
    if as_json:
        facts = [{name: getattr(seal, name) for name in ("cycle", "sealed_at", "sha256", "state")} for seal in seals]
        _words.give({"schema": "cycles.seals/1", "seals": facts})
        return
    early = sum(seal.state == "sealed_before_data" for seal in seals)
    _words.say(
        f"{len(seals):,} schools: {early:,} sealed before the outcomes were there, {len(seals) - early:,} after."
    )
