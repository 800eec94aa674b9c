"""A year of cycles side by side: reach, effects, decisions. Nothing is pooled here."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cycles.core.errors import RunError
from cycles.core.vocabulary import Record
from cycles.plan.cycle_file import AnnualImpact
from cycles.plan.run import Run

COLUMNS = [
    "cycle",
    "title",
    "measure",
    "n",
    "effect",
    "low",
    "high",
    "effect_size",
    "effect_size_low",
    "effect_size_high",
    "unit",
    "state",
]
DECIDED = ["cycle", "title", "decision", "because", "sealed", "predicted", "result", "n"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Year(Record):
    """The cycles of a year; none, when a report tells only of the figures around them.

    `effects` has one row per cycle and outcome measure: `cycle, title, measure, n` (students compared), `effect, low, high` (in `unit`),
    `effect_size, effect_size_low, effect_size_high` (Hedges' g), `unit, state`. `decisions` has one row per cycle:
    `cycle, title, decision, because, sealed, predicted, result, n`.
    """

    title: str
    effects: pd.DataFrame
    decisions: pd.DataFrame
    same_students: bool
    runs: tuple[dict[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """What the year was, in sentences filled from its numbers."""
        if self.decisions.empty:
            return "No cycle is named, so no change is judged here: published figures show what happened, not why."
        calls = self.decisions["decision"].value_counts()
        decided = ", ".join(f"{count} {call}" for call, count in sorted(calls.items()))
        sealed = int((self.decisions["sealed"] == "sealed_before_data").sum())
        shared = (
            " The cycles follow the same students, so their effects are shown side by side and never pooled as if independent."
            if self.same_students
            else ""
        )
        return f"{len(self.decisions)} cycles: {decided}. {sealed} were sealed before their data.{shared}"

    @property
    def table(self) -> pd.DataFrame:
        """The effects."""
        return self.effects


def side_by_side(run: Run) -> Year:
    """The latest finished run of each cycle that an annual report names.

    Parameters
    ----------
    run : an open run of a file of kind `annual_impact`

    Returns
    -------
    Year

    Raises
    ------
    RunError
        CY505 naming every cycle that has no finished run.
    """
    assert isinstance(run.cycle, AnnualImpact)
    latest = {name: _latest(run, name) for name in run.cycle.cycles}
    missing = [name for name, found in latest.items() if found is None]
    if missing:
        raise RunError(
            f"no finished run of {', '.join(missing)}",
            code="CY505",
            where=str(run.cycle_file),
            fix="Run each with `cycles run` first.",
        )
    found = {name: one for name, one in latest.items() if one is not None}
    effects = pd.DataFrame(
        [row for name, one in found.items() for row in _effects(name, one["results"])], columns=COLUMNS
    )
    decisions = pd.DataFrame([_decision(name, one["results"]) for name, one in found.items()], columns=DECIDED)
    return Year(
        title=run.cycle.title,
        effects=effects,
        decisions=decisions,
        same_students=run.cycle.same_students,
        runs=tuple({"cycle": name, "run_id": one["run_id"]} for name, one in found.items()),
    )


def _latest(run: Run, cycle: str) -> dict[str, Any] | None:
    return next((one for one in run.folder.ledger.runs(cycle) if one["state"] == "done" and one["results"]), None)


def _effects(cycle: str, results: dict[str, Any]) -> list[dict[str, Any]]:
    outcomes = results.get("cycle", {}).get("outcomes")
    chosen = [one for one in results["estimates"] if outcomes is None or one["id"] in outcomes]
    title = results.get("cycle", {}).get("title", cycle)
    return [{**one, "cycle": cycle, "title": title, "measure": one["id"], "effect": one["value"]} for one in chosen]


def _decision(cycle: str, results: dict[str, Any]) -> dict[str, Any]:
    decision, prediction = results["decision"], results["prediction"]
    return {
        "cycle": cycle,
        "title": results.get("cycle", {}).get("title", cycle),
        "decision": decision["call"],
        "because": decision["because"],
        "sealed": decision["sealed"],
        "predicted": prediction.get("predicted"),
        "result": prediction.get("result"),
        "n": results["estimates"][0]["n"] if results["estimates"] else 0,
    }
