"""The makers of test data keep what they promise."""

import numpy as np
import pandas as pd
import pytest

from cycles.plan.cycle_file import read_cycle_file
from cycles.plan.instruments import read_instrument
from cycles.runs.example import year
from factories import make_district, make_panel, make_responses


def test_a_panel_is_the_same_for_the_same_seed():
    pd.testing.assert_frame_equal(make_panel(seed=3).table, make_panel(seed=3).table)
    assert not make_panel(seed=3).table["outcome"].equals(make_panel(seed=4).table["outcome"])


def test_a_panel_has_the_columns_of_its_record_and_whole_clusters_in_an_arm():
    table = make_panel(8, 5, n_blocks=2).table
    assert list(table.columns) == ["unit", "cluster", "block", "arm", "baseline", "outcome"]
    assert table["unit"].is_unique
    assert (table.groupby("cluster")["arm"].nunique() == 1).all()
    assert (table.groupby(["block", "arm"])["cluster"].nunique() == 2).all()


def test_a_panel_without_blocks_names_none():
    panel = make_panel()
    assert panel.block_name is None
    assert panel.table["block"].isna().all()


def test_the_planted_effect_correlation_and_clustering_come_out():
    table = make_panel(400, 25, 0.5, 0.2, seed=1, pre_post=0.7).table
    means = table.groupby("arm")["outcome"].mean()
    assert means["check_ins"] - means["not_yet"] == pytest.approx(0.5, abs=0.15)
    apart = table[table["arm"] == "not_yet"]
    assert apart["outcome"].var() == pytest.approx(1, abs=0.1)
    assert apart["baseline"].corr(apart["outcome"]) == pytest.approx(0.7, abs=0.05)
    between = apart.groupby("cluster")["outcome"].mean().var() - 0.8 / 25
    assert between == pytest.approx(0.2, abs=0.06)


def test_the_missing_share_is_exact_and_may_follow_the_baseline():
    table = make_panel(20, 50, missing_share=0.2, missing_follows_baseline=1.5).table
    missing = table["outcome"].isna()
    assert missing.sum() == 200
    assert table["baseline"].notna().all()
    assert table.loc[missing, "baseline"].mean() < table.loc[~missing, "baseline"].mean() - 0.3


def test_responses_are_text_with_declared_codes_and_a_reversed_item_runs_the_other_way():
    table = make_responses(300, missing_share=0.1)
    asked = read_instrument("school_belonging")
    assert set(table[list(asked.items)].to_numpy().ravel()) == {*asked.responses, ""}
    codes = table[["BEL_01", "BEL_02", "BEL_04"]].apply(pd.to_numeric).corr()
    assert codes.loc["BEL_01", "BEL_02"] > 0.3 > -0.3 > codes.loc["BEL_01", "BEL_04"]
    assert not table.duplicated(["respondent_id", "wave"]).any()


def test_the_example_cycle_file_names_the_waves_arms_and_days_of_the_example_district(tmp_path):
    district = make_district(tmp_path, 80)
    cycle = read_cycle_file(district.cycle_file)
    assert np.datetime64(cycle.started_on) == year.STARTED_ON
    assert {cycle.design.baseline_wave, cycle.design.outcome_wave} == set(year.WAVES)
    assert np.datetime64(cycle.decide.on) == year.WAVES[cycle.design.outcome_wave][-1]
    assert cycle.prediction.size == district.truth.effect
    arms = pd.read_csv(tmp_path / cycle.sources["arms"].path)
    assert set(arms["arm"]) == {cycle.design.contrast.change, cycle.design.contrast.comparison}
    assert all((tmp_path / source.path).is_file() for source in cycle.sources.values())
