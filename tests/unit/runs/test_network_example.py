"""The network of schools in the example: what was planted is found, and the last year is not known before it is published."""

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.runs.example.network import JOINED, LAST_PUBLISHED_ON, YEARS, planted_gain, write_network


@pytest.fixture
def written(tmp_path):
    write_network(tmp_path, seed=2026, until=LAST_PUBLISHED_ON)
    return tmp_path


def panel_of(folder):
    figures = pd.read_csv(folder / "network-figures.csv")
    members = pd.read_csv(folder / "network-members.csv").set_index("unit_id")
    rows = figures[figures.measure == "on_track_share"]
    joined = rows.site_id.map(members.started_on)
    began = joined.str[:4].map({year[:4]: year for year in YEARS})
    return cy.as_series(
        rows.assign(began=began.where(began.notna(), None)),
        measure="on_track_share",
        value="value",
        time="period",
        series="site_id",
        started="began",
        n="n",
        change="network",
        design="staggered_starts",
        every="year",
    )


@pytest.mark.parametrize("method", ["callaway_santanna", "imputation"])
def test_the_planted_gain_is_found_where_two_way_fixed_effects_see_less(written, method):
    options = {"method": method, "comparison": "not_yet_started"}
    found = cy.estimate(panel_of(written), estimator="staggered_starts", options=options)
    assert found.low < planted_gain() < found.high
    assert found.low > 0
    assert found.facts["two_way_fixed_effects"] < found.value - 0.01
    assert sum(found.facts["series_by_group"].values()) == 26
    assert len(found.facts["series_by_group"]) == len(JOINED) + 1


def test_the_same_seed_writes_the_same_bytes_and_the_last_year_comes_out_late(written, tmp_path):
    before = tmp_path / "before"
    before.mkdir()
    write_network(before, seed=2026, until=LAST_PUBLISHED_ON - np.timedelta64(1, "D"))
    early, late = (pd.read_csv(one / "network-figures.csv") for one in (before, written))
    assert set(late.period) - set(early.period) == {YEARS[-1]}
    pd.testing.assert_frame_equal(late[late.period.isin(early.period)].reset_index(drop=True), early)
    assert (before / "network-members.csv").read_bytes() == (written / "network-members.csv").read_bytes()
