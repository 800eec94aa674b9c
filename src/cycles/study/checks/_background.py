"""Gathering what stands around a cycle's estimate, for the checks that need it."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cycles.core.vocabulary import Estimate
from cycles.plan.cycle_file import Cycle, MeasureSpec
from cycles.plan.design import SERIES_KINDS
from cycles.study.designs.earlier import earlier_waves
from cycles.study.designs.measuring import before_and_after, responses_of
from cycles.study.inference.background import Background, Everyone
from cycles.study.scoring import reliability

if TYPE_CHECKING:
    from cycles.do.collection import Tables
    from cycles.plan.run import Run

ENOUGH = 10
"""Units from which the level of everybody is told."""


def background(
    run: "Run",
    tables: "Tables",
    *,
    outcomes: Mapping[str, Estimate] | None = None,
    subgroups: Mapping[str, Estimate] | None = None,
    alternatives: Mapping[str, Estimate] | None = None,
    placebos: Mapping[str, Estimate] | None = None,
) -> Background:
    """What the checks need to know besides the estimate of the predicted measure and its panel.

    Parameters
    ----------
    run : the run; its cycle, its seal and its ledger
    tables : the validated tables, as :func:`cycles.collect` returns them
    outcomes : every estimate that was looked at, by measure, the headline among them or not
    subgroups : the estimates by subgroup
    alternatives : the same question answered by other methods
    placebos : estimates on measures that the change cannot have moved

    Returns
    -------
    Background
        None wherever nobody said or nothing is known.

    Notes
    -----
    A look is an earlier state of the data on which a run of this cycle printed an estimate before the decision date: running again on
    the same files is no further look, and the same files always give the same looks.
    """
    cycle = run.cycle
    assert isinstance(cycle, Cycle)
    spec = cycle.measures.all[cycle.prediction.measure]
    return Background(
        spec=cycle.estimate,
        worth_having=cycle.prediction.worth_having,
        direction=cycle.prediction.direction,
        sealed_before_data=run.seal_state == "sealed_before_data",
        outcomes=outcomes,
        subgroups=subgroups,
        alternatives=alternatives,
        placebos=dict(placebos or {}),
        looks=_looks(run),
        agreed=cycle.decide.looks if run.seal_state == "sealed_before_data" else None,
        started_on=cycle.started_on,
        decide_on=cycle.decide.on,
        everyone=_everyone(cycle, spec, tables),
        reliability=_reliability(cycle, spec, tables),
        earlier=earlier_waves(cycle, spec, tables),
    )


def _looks(run: "Run") -> tuple[date, ...]:
    """The days of earlier revisions whose runs ended in "monitoring"."""
    numbers = [one["number"] for one in run.folder.records("revision")]
    name, ledger = run.cycle.cycle, run.folder.ledger
    monitored = {
        (one["results"].get("revision") or {}).get("number")
        for one in ledger.runs(name)
        if one["results"] and (one["results"].get("decision") or {}).get("call") == "monitoring"
    }
    earlier = [
        one
        for one in ledger.deliveries.revisions(name)
        if one.number in monitored and one.number < max(numbers, default=0)
    ]
    return tuple(sorted({date.fromisoformat(one.opened_at[:10]) for one in earlier}))


def _everyone(cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> Everyone | None:
    if cycle.design.kind in SERIES_KINDS:
        return None
    before = before_and_after(cycle, spec, tables)["baseline"].to_numpy(dtype=float)
    before = before[np.isfinite(before)]
    if len(before) < ENOUGH:
        return None
    return Everyone(mean=float(before.mean()), sd=float(before.std(ddof=1)), n=len(before))


def _reliability(cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> float | None:
    """Cronbach's alpha of the baseline; None for an indicator."""
    if not spec.instrument or cycle.design.baseline_wave is None:
        return None
    instrument = tables.instrument(spec.instrument)
    answers = responses_of(spec, tables)
    wave = cycle.design.baseline_wave
    return reliability(answers, instrument=instrument, scale=str(spec.scale_name), wave=wave).alpha
