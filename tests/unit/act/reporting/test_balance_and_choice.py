"""How weighting is told: differences before and after, never the means; and which design the data warrant."""

import json
from dataclasses import replace

import pandas as pd
from tests.panels import small_frame, small_panel

from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.effects_of import estimate_record, without_numbers
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named
from cycles.core.vocabulary import DesignChoice, Estimate
from cycles.study.estimators import estimate

REQUEST = Request(policy=policy_named(None), alt="The effect.")


def weighted(**options: object) -> Estimate:
    panel = small_panel(small_frame(n_clusters=24), covariates=("age", "lunch"))
    return estimate(panel, estimator="propensity_weighted", options=options)


def test_a_weighted_effect_has_its_balance_beside_it():
    effect, balance = blocks_of(weighted(), REQUEST)
    assert effect["kind"] == "figure"
    assert balance["section"] == "evidence"
    assert [row[0] for row in balance["rows"]] == ["Propensity", "Baseline", "Age", "Lunch: paid"]
    assert balance["columns"] == ["Measured before the change", "Difference before", "Difference after"]
    assert "odds" in balance["text"]


def test_several_methods_side_by_side_have_no_balance_of_their_own():
    both = {"one": weighted(), "other": replace(weighted(), id="other")}
    assert len(blocks_of(both, REQUEST)) == 1


def test_the_record_holds_differences_but_no_means():
    record = estimate_record(weighted(), smallest=10)
    json.dumps(record, allow_nan=False)
    assert set(record["balance"][0]) == {"covariate", "smd_before", "smd_after"}
    assert record["facts"]["effective_n"] > 10


def test_counts_of_few_people_and_what_tells_them_are_left_out_of_the_record():
    few = replace(weighted(), facts={"effective_n": 80.0, "n_unmatched": 3, "matched_share": 0.97, "n_trimmed": 0})
    assert estimate_record(few, smallest=10)["facts"] == {
        "effective_n": 80.0,
        "n_unmatched": None,
        "matched_share": None,
        "n_trimmed": 0,
    }
    outside = replace(weighted(), facts={"overlap_share": 0.98}, n_by_arm={"comparison": 96, "change": 96})
    assert estimate_record(outside, smallest=10)["facts"] == {"overlap_share": None}


def test_a_withheld_estimate_tells_neither():
    record = estimate_record(without_numbers(weighted()), smallest=10)
    assert (record["balance"], record["facts"], record["withheld"]) == ([], {}, True)


def test_an_estimate_without_weights_has_none():
    found = estimate(small_panel(), estimator="ancova")
    assert len(blocks_of(found, REQUEST)) == 1
    assert estimate_record(found, smallest=10)["balance"] == []


def test_the_choice_of_a_design_is_shown_from_the_strongest_down():
    table = pd.DataFrame(
        [
            ("randomised", "a randomised trial", False, "ancova", "a lot that decides which classrooms begin"),
            (
                "adjusted_comparison",
                "a comparison adjusted for the baseline",
                True,
                "ancova",
                "both arms were measured before",
            ),
        ],
        columns=["design", "title", "warranted", "estimator", "because"],
    )
    choice = DesignChoice(
        measure="m", strongest="adjusted_comparison", planned="ancova", table=table, text="The strongest …"
    )
    (block,) = blocks_of(choice, REQUEST)
    assert block["rows"] == [
        ["A randomised trial", "Not as it is", "Needs: a lot that decides which classrooms begin."],
        ["A comparison adjusted for the baseline", "Yes", "Both arms were measured before."],
    ]
