"""Writing the board of a workspace: what `cycles status` knows, as one page to be opened in any browser."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cycles.core.errors import ParameterError, WriteError
from cycles.core.files import atomic_write
from cycles.core.phrases import day
from cycles.core.workspace import Workspace
from cycles.runs.status import CycleStatus, status

PAGE = "index.html"


def write_board(folder: Path, workspace: Workspace, *, now: datetime | None = None) -> Path:
    """Write the board into a folder; returns the page's path.

    Parameters
    ----------
    folder : made when missing; an earlier board in it is replaced
    workspace : whose cycles are shown
    now : what is due and late is judged by it

    Raises
    ------
    ParameterError
        CY105 when a page of somebody else stands there.
    WriteError
        CY504 when it cannot be written.
    """
    from cycles.act.reporting.board import board_page

    at = now or datetime.now(UTC)
    page = folder / PAGE
    _require_ours(page)
    found = [one for one in status(workspace, now=at) if one.schools is None]
    text = board_page(
        [entry_of(one) for one in found],
        title="All cycles",
        lede=_lede(found),
        footer=[
            f"As of {day(at.date())}, {at:%H:%M} UTC.",
            "Calls, reasons and dates as the reports of the cycles say them.",
        ],
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise WriteError(f"could not make the folder: {problem.strerror}", code="CY504", where=str(folder)) from None
    atomic_write(page, text.encode("utf-8", "replace"))
    return page


def entry_of(one: CycleStatus) -> dict[str, Any]:
    """What the board says of one cycle.

    >>> entry_of(CycleStatus(cycle="c", title="Check-ins", decision="adapt", because="too small.", standing="decided"))["rows"][1]
    ('Decision', 'Adapt: too small.')
    """
    from cycles.runs.schedule.times import said

    decision = f"{(one.decision or '').capitalize()}: {one.because or ''}" if one.decision else ""
    decided_on = day(date.fromisoformat(one.due)) if one.due else ""
    rows = [
        ("Now", f"{one.standing.capitalize()}{f': {one.why}' if one.why else ''}"),
        ("Decision", decision),
        (
            "Latest run",
            f"{one.state}{f', {one.finished_at}' if one.finished_at else ''}{f' [{one.code}]' if one.code else ''}",
        ),
        ("Plan", one.sealed.replace("_", " ") if one.due else ""),
        ("Decision set for", decided_on),
        ("Next run", said(one.next_at, one.timezone) if one.next_at and one.timezone else ""),
        ("Cycle", one.cycle),
    ]
    return {
        "title": one.title or one.cycle,
        "school": one.school or "",
        "stage": one.stage or "",
        "standing": one.standing,
        "decision": one.decision or "",
        "rows": [("School", one.school), *rows] if one.school else rows,
    }


def _lede(found: Sequence[CycleStatus]) -> str:
    n, schools = len(found), len({one.school for one in found if one.school})
    if not n:
        return "No cycles yet."
    return f"{n:,} cycle{'' if n == 1 else 's'}{f' in {schools:,} schools' if schools > 1 else ''}."


def _require_ours(page: Path) -> None:
    from cycles.act.reporting.board import GENERATOR

    if page.exists() and f'content="{GENERATOR}"' not in page.read_text("utf-8", "replace"):
        raise ParameterError(
            "there is a page that is not a board",
            code="CY105",
            where=str(page),
            fix="Name another folder for the board.",
        )
