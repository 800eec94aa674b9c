"""PDSA cycles form a chain: what the cycle before this one found and decided."""

from dataclasses import dataclass
from typing import Any

from cycles.core.phrases import difference
from cycles.core.vocabulary import Record
from cycles.plan.cycle_file import Cycle
from cycles.plan.run import Run


@dataclass(frozen=True, kw_only=True, repr=False)
class LastCycle(Record):
    """The cycle that this one follows. `call` and `value` are None when it left no result in this workspace."""

    cycle: str
    call: str | None
    measure: str | None
    value: float | None
    unit: str
    text: str


def last_cycle(run: Run) -> LastCycle:
    """What the cycle named in `previous` found and decided.

    Parameters
    ----------
    run : an open run of a cycle

    Returns
    -------
    LastCycle
        It says so when the file names no previous cycle, or when that one has no finished run in this workspace.

    Notes
    -----
    The two effects are told side by side; the difference between them is not tested, and students may be in both.
    """
    assert isinstance(run.cycle, Cycle)
    name = run.cycle.previous
    if name is None:
        return _untold("", "This cycle is the first of its chain.")
    results = next((one["results"] for one in run.folder.ledger.runs(name) if one["state"] == "done"), None)
    if results is None:
        return _untold(
            name,
            f"The cycle before this one, {name}, has no finished run in this workspace, so nothing can be told of it.",
        )
    return _told(name, results)


def _told(name: str, results: dict[str, Any]) -> LastCycle:
    decision, title = results["decision"], results.get("cycle", {}).get("title", name)
    found = next((one for one in results["estimates"] if one["id"] == decision.get("measure")), None)
    value = found["value"] if found else None
    effect = f" Its estimate was {_moved(value, found['unit'])}." if found and value is not None else ""
    return LastCycle(
        cycle=name,
        call=decision.get("call"),
        measure=decision.get("measure"),
        value=value,
        unit=found["unit"] if found else "",
        text=f"The cycle before this one, “{title}”, ended with: {decision.get('call', 'no decision')}.{effect}",
    )


def _moved(value: float, unit: str) -> str:
    return f"a {'rise' if value >= 0 else 'fall'} of {difference(value, unit)}"


def _untold(name: str, text: str) -> LastCycle:
    return LastCycle(cycle=name, call=None, measure=None, value=None, unit="", text=text)
