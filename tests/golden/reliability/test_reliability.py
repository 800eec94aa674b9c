"""Cronbach's alpha and its interval equal base R."""

from pathlib import Path

import pandas as pd
import pytest
from pingouin import cronbach_alpha

from cycles.study.scoring import reliability

HERE = Path(__file__).parent


@pytest.fixture
def ours():
    return reliability(pd.read_csv(HERE / "answers.csv"), instrument="school_belonging", scale="belonging")


@pytest.mark.parametrize("field", ["alpha", "low", "high"])
def test_matches_base_r(ours, field):
    assert getattr(ours, field) == pytest.approx(pd.read_csv(HERE / "expected.csv").loc[0, field], rel=1e-9)


def test_our_interval_is_the_librarys_before_rounding(ours):
    answers = pd.read_csv(HERE / "answers.csv").filter(like="BEL_").assign(BEL_04=lambda rows: 6 - rows["BEL_04"])
    _, interval = cronbach_alpha(data=answers, ci=0.95)
    assert interval == pytest.approx([ours.low, ours.high], abs=6e-4)
