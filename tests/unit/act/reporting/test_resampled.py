"""How a second inference is told: a table under the figure, a line among the evidence, a record; and nothing where numbers are withheld."""

import json
from dataclasses import replace

import pytest
from tests.panels import small_frame, small_panel

from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.effects_of import estimate_record, without_numbers
from cycles.act.reporting.making import Request
from cycles.act.reporting.methods import _modules
from cycles.act.reporting.protecting import policy_named
from cycles.act.reporting.resampled_of import resampled_from, resampled_in_words
from cycles.core.vocabulary import Estimate
from cycles.study.estimators import estimate

REQUEST = Request(policy=policy_named(None), alt="The effect.", title="A finding")
BOTH = ("randomisation", "wild_bootstrap")


def resampled(n_clusters: int = 10, **options: object) -> Estimate:
    panel = small_panel(small_frame(n_clusters=n_clusters), outcome_unit="points", **options)
    return estimate(panel, estimator="ancova", seed=7)


def test_the_table_stands_below_the_figure_and_says_how_each_was_made():
    figure, table = blocks_of(resampled(), REQUEST)
    assert (figure["kind"], table["kind"], table["section"]) == ("figure", "table", "effect")
    assert table["title"] == "The same question by resampling"
    assert [row[1] for row in table["rows"]] == ["Randomisation inference", "Wild bootstrap"]
    assert [row[-1] for row in table["rows"]] == ["all 252", "2,001, seed 7"]
    assert "sharp null of a constant effect" in table["note"]
    assert "Webb weights" in table["note"]


def test_shares_are_told_in_percentage_points():
    panel = small_panel(small_frame(n_clusters=10), outcome_unit="share of days")
    found = estimate(panel, estimator="ancova")
    table = blocks_of(found, REQUEST)[1]
    assert table["caption"] == "Low and high in percentage points."
    assert float(table["rows"][0][3].replace("−", "-")) == pytest.approx(100 * found.resampled[0].low, abs=1)
    assert "percentage points" in resampled_in_words(found)


def test_three_clusters_an_arm_show_only_what_could_have_been():
    found = resampled(6)
    table = blocks_of(found, REQUEST)[1]
    assert table["rows"][0][2:] == ["–", "–", "–", "0.100", "all 20"]
    assert resampled_in_words(found) == (
        "Randomisation inference: with so few clusters the smallest p there could be is 0.100"
    )


def test_an_interval_without_ends_is_told_as_none():
    found = resampled(8, block="school")
    assert blocks_of(found, REQUEST)[1]["rows"][0][3:5] == ["–", "–"]
    assert "no 95% interval with two ends" in resampled_in_words(found)


def test_without_a_second_inference_there_is_no_table():
    assert len(blocks_of(resampled(12), REQUEST)) == 1


def test_the_record_is_strict_json_and_reads_back():
    record = json.loads(json.dumps(estimate_record(resampled(), smallest=10), allow_nan=False))
    assert [one["kind"] for one in record["resampled"]] == list(BOTH)
    assert resampled_from(record["resampled"]) == resampled().resampled
    assert resampled_from(None) == ()


def test_a_withheld_estimate_tells_none_of_it():
    assert estimate_record(without_numbers(resampled()), smallest=10)["resampled"] == []
    assert len(blocks_of(resampled(), replace(REQUEST, policy=replace(REQUEST.policy, smallest_group=1000)))) == 1


def test_a_methods_section_names_the_sources_of_what_was_used():
    assert {"cycles.study.inference.randomisation", "cycles.study.inference.wild_bootstrap"} <= set(
        _modules(resampled(), [], None)
    )
    assert "cycles.study.inference.randomisation" not in _modules(resampled(6), [], None)
    jackknifed = estimate(small_panel(), estimator="ancova", variance="CR3")
    assert "cycles.study.inference.jackknife" in _modules(jackknifed, [], None)
