"""The network of schools in the example: what was planted is found."""

import pandas as pd
import pytest

import cycles as cy
from cycles.runs.example.network import JOINED, YEARS, planted_gain, write_network


@pytest.fixture
def written(tmp_path):
    write_network(tmp_path, seed=2026)
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


def test_the_same_seed_writes_the_same_bytes(written, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    write_network(again, seed=2026)
    for name in ("network-figures.csv", "network-members.csv"):
        assert (again / name).read_bytes() == (written / name).read_bytes()
