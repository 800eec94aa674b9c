"""A district in one row: what the rows of its schools come to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cycles.runs.status import CycleStatus, Standing

TOLD_FIRST: tuple["Standing", ...] = ("running", "late", "due")
"""What one school is enough for."""


def summed_up(rows: Sequence["CycleStatus"]) -> list["CycleStatus"]:
    """The same rows, where those of districts tell how many of their schools are in each state, and what these decided."""
    schools = defaultdict(list)
    for row in rows:
        if row.district is not None:
            schools[row.district].append(row)
    return [row if row.schools is None else _sum(row, schools[row.cycle]) for row in rows]


def _sum(district: "CycleStatus", schools: Sequence["CycleStatus"]) -> "CycleStatus":
    if not schools:
        return district
    standings = Counter(one.standing for one in schools)
    first = next((one for one in TOLD_FIRST if one in standings), None)
    alike = schools[0].standing if len(standings) == 1 else "under way"
    stages = {one.stage for one in schools}
    return replace(
        district,
        schools=len(schools),
        state=_counted(one.state for one in schools),
        decision=_counted(one.decision for one in schools if one.decision) or None,
        stage=stages.pop() if len(stages) == 1 else district.stage,
        standing=first or alike,
        why=f"{standings[first]:,} of {len(schools):,} schools" if first in ("late", "due") else "",
        run_due_at=min((one.run_due_at for one in schools if one.run_due_at), default=None),
    )


def _counted(words: Iterable[str]) -> str:
    """The most frequent first.

    >>> _counted(["done", "failed", "done"])
    '2 done, 1 failed'
    """
    counts = sorted(Counter(words).items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{n:,} {word}" for word, n in counts)
