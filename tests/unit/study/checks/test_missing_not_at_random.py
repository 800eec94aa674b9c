"""How much worse the missing would have to have done."""

import numpy as np
import pytest
from tests.panels import small_frame, small_panel

from cycles.study.checks import run_checks
from cycles.study.estimators import estimate
from cycles.study.inference.background import Background


def finding(frame, **parts):
    panel = small_panel(frame)
    found = run_checks(estimate(panel, estimator="ancova"), panel, background=Background(**parts))
    return {one.name: one for one in found}["missing_not_at_random"]


def lost(share: float, *, effect: float):
    frame = small_frame(n_clusters=24, size=16, effect=effect)
    gone = (np.random.default_rng(9).random(len(frame)) < share) & (frame["group"] == "change")
    return frame.assign(after=frame["after"].mask(gone))


def test_the_tipping_point_brings_the_interval_to_no_effect():
    frame = lost(0.3, effect=1.0)
    found, result = finding(frame), estimate(small_panel(frame), estimator="ancova")
    share = frame.loc[frame.group == "change", "after"].isna().mean()
    tipping = result.low / (share * result.sd)
    assert f"by {tipping:.2f} standard deviations" in found.text
    assert found.answer == ("pass" if tipping > 0.5 else "concern")
    moved = found.table.set_index("worse_by_sd")
    assert moved.loc[1.0, "value"] == pytest.approx(result.value - share * result.sd)
    assert moved.loc[0.0, "low"] == result.low


def test_an_effect_that_missing_outcomes_could_tip_is_a_concern():
    assert finding(lost(0.5, effect=0.45)).answer == "concern"


def test_hoping_for_a_decrease_an_increase_has_nothing_to_tip():
    assert finding(lost(0.3, effect=1.0), direction="decrease").answer == "cannot_say"


def test_where_hardly_anybody_is_missing_no_number_is_told():
    found = finding(lost(0.0, effect=1.0))
    assert (found.answer, found.table) == ("pass", None)


def test_without_an_interval_there_is_nothing_to_tip():
    frame = small_frame(n_clusters=6, size=40)
    gone = (np.arange(len(frame)) % 3 == 0) & (frame["group"] == "change")
    found = finding(frame.assign(after=frame["after"].mask(gone)))
    assert (found.answer, found.code) == ("cannot_say", "CY307")
