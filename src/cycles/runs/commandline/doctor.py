"""`cycles doctor`."""

import click

from cycles.runs.commandline import _words


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(as_json: bool) -> int:
    """Check this machine and workspace: one line per check, and one fix where something is wrong. Changes nothing."""
    from cycles.runs.doctor import examine

    found = []
    for finding in examine():
        found.append(finding)
        if not as_json:
            fix = f"\n      fix: {finding.fix}" if finding.fix else ""
            _words.give(f"{finding.state:<4}  {finding.check}: {finding.seen}{fix}")
    if as_json:
        _words.give({"schema": "cycles.doctor/1", "checks": [one.to_dict() for one in found]})
    return 1 if any(one.state == "fail" for one in found) else 0
