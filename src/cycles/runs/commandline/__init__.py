"""The `cycles` command. Each command is a module of this folder, imported when it is called; words go to stderr, data to stdout."""

import difflib
import importlib
import sys
from typing import Any

import click

from cycles.runs.commandline import _words

COMMANDS = {
    "init": "Make a workspace; with --example, one that runs.",
    "check": "Everything short of running: all problems of a file, its names and its data.",
    "intake": "Look at a file: what it is, and a draft mapping, contract and codebook for it.",
    "contract": "Hold a file to a contract, or say what changed between two contracts.",
    "power": "What a cycle can detect with the students it has, and how many it would need.",
    "seal": "Fix a cycle's prediction and decision rule before the data.",
    "run": "Run one cycle and print its decision.",
    "schedule": "When cycles are due; have cron or systemd look (list, next, install, uninstall).",
    "status": "The cycles of this workspace: due, running, late, decided.",
    "board": "Write one page of all cycles, to be opened in any browser.",
    "receipts": "What was delivered: versions, rows, and the revisions that came of it.",
    "report": "Write a run's report again and print its path.",
    "prune": "Remove what no run needs any more; with --keep, run folders that others came after.",
    "list": "The names that files may use: estimators, indicators, instruments ...",
    "explain": "What a code such as CY212 means, and what to do.",
    "doctor": "Check this machine and workspace; one line and one fix each.",
    "config": "The settings in force and where each comes from.",
}
_MODULES = {"list": "names"}


class Lazy(click.Group):
    """A group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{_MODULES.get(cmd_name, cmd_name)}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line per command, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the nearest known one."""
        name = args[0]
        if self.get_command(ctx, name) is None:
            close = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"there is no command '{name}'.{hint} Known: {', '.join(COMMANDS)}.", ctx)
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        click.echo(f"cycles {version('cycles')}")
        ctx.exit(0)


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="A cycle is one file in params/. Start with: cycles init DIR --example",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="The version, and stop."
)
def group() -> None:
    """Did the change we tried help, for whom, and what do we do next?"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit status.

    Parameters
    ----------
    arguments : words of the command line; those of the process by default
    """
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(_status(words))


def _status(words: list[str]) -> int:
    """The exit status of one command: 0, or the number of what went wrong. Nothing but our own words is printed."""
    from cycles.core.errors import CyclesError

    _words.forgive_encodings()
    as_json = "--json" in words
    try:
        return int(group.main(args=words, prog_name="cycles", standalone_mode=False) or 0)
    except click.ClickException as wrong:
        _words.say(wrong.format_message() if not isinstance(wrong, click.UsageError) else _usage(wrong))
        return 2
    except CyclesError as problem:
        return _words.failed(problem, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        return _words.failed(_words.interrupted(), as_json=as_json)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # the last net: whatever it is, no traceback and no value reaches the screen
        return _words.failed(_words.unforeseen(error), as_json=as_json)


def _usage(wrong: click.UsageError) -> str:
    where = wrong.ctx.command_path if wrong.ctx else "cycles"
    return f"{wrong.format_message()}\n  help:  {where} --help"


def run_one(words: list[str]) -> int:
    """One command, for tests: its exit status instead of leaving the process."""
    return _status(words)


__all__: list[Any] = ["COMMANDS", "group", "main", "run_one"]
