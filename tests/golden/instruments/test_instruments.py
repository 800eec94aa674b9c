"""Every instrument with a file beside this one scores as it was scored by hand.

A file has `respondent_id, wave`, the items as answered, one column per scale with the score worked out by hand (empty: none), and `how`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cycles.plan.instruments import read_instrument
from cycles.study.scoring import score

FILES = sorted(Path(__file__).parent.glob("*.csv"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scores_match_those_worked_out_by_hand(path):
    by_hand = pd.read_csv(path, dtype="str", keep_default_na=False)
    instrument = read_instrument(path.stem)
    for scale in [name for name in instrument.scales if name in by_hand]:
        ours = score(by_hand, instrument=instrument, scale=scale)["score"].to_numpy()
        expected = pd.to_numeric(by_hand[scale].replace("", np.nan)).to_numpy()
        np.testing.assert_allclose(ours, expected, rtol=1e-12, equal_nan=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_hand_scored_files_cover_an_answered_and_an_unanswered_case(path):
    by_hand = pd.read_csv(path, dtype="str", keep_default_na=False)
    scales = [name for name in read_instrument(path.stem).scales if name in by_hand]
    assert scales
    assert all({True, False} == set(by_hand[scale] == "") for scale in scales)
