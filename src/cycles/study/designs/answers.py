"""What students said: how the answers to an outcome's questions were spread."""

from typing import TYPE_CHECKING

import pandas as pd

from cycles.plan.cycle_file import Cycle
from cycles.study.designs.measuring import responses_of
from cycles.study.scoring import item_distribution, reliability

if TYPE_CHECKING:
    from cycles.do.collection import Tables


def answers(cycle: Cycle, tables: "Tables") -> dict[str, pd.DataFrame]:
    """The answers of the outcome wave to the questions of each outcome scale.

    Returns
    -------
    dict, measure -> DataFrame as :func:`cycles.item_distribution` gives it
        Measures whose items are not closed questions are left out.
    """
    found = {}
    for name, spec in cycle.measures.outcome.items():
        if spec.instrument and _closed(spec.instrument, str(spec.scale_name), tables):
            found[name] = item_distribution(
                responses_of(spec, tables),
                instrument=tables.instrument(spec.instrument),
                scale=str(spec.scale_name),
                wave=cycle.design.outcome_wave,
            )
    return found


def reliabilities(cycle: Cycle, tables: "Tables") -> dict[str, object]:
    """How consistently each outcome scale measures (Cronbach's alpha with interval, outcome wave), or why it cannot be said.

    Returns
    -------
    dict, measure -> record of :func:`cycles.reliability`
    """
    return {
        name: reliability(
            responses_of(spec, tables),
            instrument=tables.instrument(spec.instrument),
            scale=str(spec.scale_name),
            wave=cycle.design.outcome_wave,
        )
        for name, spec in cycle.measures.outcome.items()
        if spec.instrument
    }


def _closed(key: str, scale: str, tables: "Tables") -> bool:
    instrument = tables.instrument(key)
    return all(instrument.codes(item) for item in instrument.scales[scale].items)
