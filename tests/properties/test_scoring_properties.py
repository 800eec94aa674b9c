"""Whatever the answers: order, relabelling and splitting never change a score."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from cycles.study.scoring import item_distribution, score

ITEMS = [f"BEL_0{i}" for i in range(1, 7)]
CODES = st.sampled_from(["1", "2", "3", "4", "5", "99", ""])
ANSWERS = st.lists(st.lists(CODES, min_size=6, max_size=6), min_size=1, max_size=12)


def table(answers):
    rows = pd.DataFrame(answers, columns=ITEMS, dtype="str")
    return rows.assign(respondent_id=[f"s{i:02d}" for i in range(len(rows))], wave="w")


def scores(rows):
    return score(rows, instrument="school_belonging").set_index("respondent_id")["score"].sort_index()


@settings(max_examples=20, deadline=None)
@given(ANSWERS)
def test_the_order_of_rows_and_columns_does_not_matter(answers):
    rows = table(answers)
    pd.testing.assert_series_equal(scores(rows), scores(rows.iloc[::-1, ::-1].reset_index(drop=True)))


@settings(max_examples=20, deadline=None)
@given(ANSWERS, st.integers(0, 12))
def test_scoring_in_two_parts_is_scoring_at_once(answers, cut):
    rows = table(answers)
    parts = [part for part in (rows[:cut], rows[cut:]) if len(part)]
    pd.testing.assert_series_equal(scores(rows), pd.concat([scores(part) for part in parts]).sort_index())


@settings(max_examples=20, deadline=None)
@given(ANSWERS)
def test_scores_lie_on_the_scale_and_only_with_four_answers(answers):
    found = scores(table(answers))
    enough = [sum(code not in ("", "99") for code in row) >= 4 for row in answers]
    assert found.notna().tolist() == enough
    assert found.dropna().between(1, 5).all()


@settings(max_examples=20, deadline=None)
@given(ANSWERS)
def test_turning_every_answer_round_turns_the_score_round(answers):
    turned = [[code if code in ("", "99") else str(6 - int(code)) for code in row] for row in answers]
    np.testing.assert_allclose(scores(table(turned)), 6 - scores(table(answers)), equal_nan=True)


@settings(max_examples=20, deadline=None)
@given(ANSWERS)
def test_distributions_count_every_answer_once(answers):
    found = (
        item_distribution(table(answers), instrument="school_belonging", scale="belonging").groupby("item")["n"].sum()
    )
    for place, item in enumerate(ITEMS):
        assert found[item] == sum(row[place] not in ("", "99") for row in answers)
