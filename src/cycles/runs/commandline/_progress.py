"""Progress of a notebook: a bar on a terminal, one line per section otherwise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cycles.runs.commandline import _words

Step = Callable[[int, int, str], None]


@contextmanager
def showing(title: str) -> Iterator[Step]:
    """A function to be told `(cells done, cells in all, heading)`."""
    if not _words.is_terminal():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"{title}: starting", total=None)

        def step(done: int, total: int, heading: str) -> None:
            progress.update(task, completed=done, total=total, description=f"{title}: {heading or 'starting'}")

        yield step


def _lines() -> Step:
    """Say each heading once, when its first cell begins."""
    said: list[str] = []

    def step(done: int, total: int, heading: str) -> None:
        if heading and heading not in said:
            said.append(heading)
            _words.say(f"  {heading} (cell {done + 1} of {total})")

    return step
