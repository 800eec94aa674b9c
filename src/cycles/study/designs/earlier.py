"""What was measured before the baseline: whether the arms were moving alike already is seen there."""

from typing import TYPE_CHECKING

import pandas as pd

from cycles.core.periods import period_key
from cycles.plan.cycle_file import Cycle, MeasureSpec
from cycles.study.designs.measuring import responses_of
from cycles.study.scoring import score

if TYPE_CHECKING:
    from cycles.do.collection import Tables


def earlier_waves(cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> dict[str, pd.Series] | None:
    """A scale's scores in each wave before the baseline, oldest first.

    Parameters
    ----------
    cycle : says which wave is the baseline
    spec : the measure
    tables : the validated tables

    Returns
    -------
    dict, wave -> Series of scores by student; or None
        None for an indicator, whose baseline is all the days before, and without a baseline wave.
    """
    if not spec.instrument or cycle.design.baseline_wave is None:
        return None
    scores = score(responses_of(spec, tables), instrument=tables.instrument(spec.instrument), scale=spec.scale_name)
    baseline = period_key(cycle.design.baseline_wave)
    waves = [wave for wave in sorted(scores["wave"].dropna().unique(), key=period_key) if period_key(wave) < baseline]
    by_wave = {str(wave): scores[scores["wave"] == wave] for wave in waves}
    return {
        wave: rows.drop_duplicates("respondent_id").set_index("respondent_id")["score"].astype(float)
        for wave, rows in by_wave.items()
    }
