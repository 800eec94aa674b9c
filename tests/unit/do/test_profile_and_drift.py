"""Profiles hold counts only; drift is told where it is more than chance and more than little, and nowhere else."""

import numpy as np
import pandas as pd
import pytest

from cycles.do.contracts.drift import drift, drift_of_columns, drift_of_waves, jensen_shannon
from cycles.do.contracts.profile import profile, straight_lining
from cycles.do.contracts.rules import Column, Contract, Rule
from cycles.plan.instruments import Instrument

ITEMS = ("A1", "A2", "A3", "A4")
CONTRACT = Contract(
    name="survey.four",
    version="1.0.0",
    columns=(
        Column(name="respondent_id", type="string"),
        Column(name="wave", type="string"),
        *(Column(name=item, type="integer", item=True) for item in ITEMS),
        Column(name="minutes", type="number"),
    ),
    rules=tuple(Rule(kind="in_set", columns=(item,), values=(1, 2, 3, 4, 5)) for item in ITEMS),
)
FOUR = Instrument.model_validate(
    {
        "key": "four",
        "version": "1.0.0",
        "title": "Four items",
        "citation": "none",
        "licence": {"name": "none", "wording": "keys_only"},
        "responses": {str(code): str(code) for code in range(1, 6)},
        "items": {item: {} for item in ITEMS},
        "scales": {
            "all": {"items": list(ITEMS), "reversed": ["A2"], "min_answered": 3, "higher_is": "better"},
            "short": {"items": list(ITEMS[:3]), "min_answered": 2, "higher_is": "better"},
        },
    }
)


def answers(n=400, *, wave="2026-fall", mean=3.0, straight=0, seed=1) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    codes = np.clip(np.rint(draw.normal(mean, 1, (n, 4))), 1, 5)
    codes[:straight] = 3
    rows = pd.DataFrame(codes, columns=list(ITEMS)).astype("Int64")
    day = pd.Timestamp("2026-09-15") if wave == "2026-fall" else pd.Timestamp("2027-01-15")
    return rows.assign(
        respondent_id=[f"s{k}" for k in range(n)],
        respondent_role="student",
        wave=wave,
        answered_on=day,
        minutes=draw.normal(10, 2, n),
    )


def roster(n) -> frozenset[str]:
    return frozenset(f"s{k}" for k in range(n))


def counted(rows, **options):
    return profile(rows, CONTRACT, instrument=FOUR, **options)


def kinds(found):
    return [(one.kind, one.where) for one in found]


def test_a_profile_names_only_declared_codes_and_never_a_value_of_an_open_column():
    told = counted(answers().assign(respondent_id="Maria Lopez"))
    assert "Lopez" not in str(told)
    assert set(told["columns"]["A1"]["distribution"]) == {"1", "2", "3", "4", "5"}
    assert set(told["columns"]["respondent_id"]) == {"n", "missing_share", "reasons"}


def test_fewer_than_ten_numbers_are_not_summarised():
    assert "mean" not in counted(answers(9))["columns"]["minutes"]
    assert set(counted(answers(10))["columns"]["minutes"]) >= {"mean", "sd", "quantiles"}


def test_missing_values_are_counted_with_their_reasons():
    rows = answers(8)
    rows.loc[:1, "A1"] = pd.NA
    told = counted(rows, missing_codes={"A1": {"skipped": 2}})["columns"]["A1"]
    assert (told["missing_share"], told["reasons"]) == (0.25, {"skipped": 2})


def test_respondents_are_counted_by_wave_and_role_in_the_order_of_answering():
    rows = pd.concat([answers(5, wave="2027-winter"), answers(7)])
    waves = counted(rows, roster=roster(10))["waves"]
    assert list(waves) == ["2026-fall", "2027-winter"]
    assert waves["2026-fall"]["respondents"] == {"student": 7}
    assert waves["2027-winter"]["participation"] == {"n": 5, "of": 10, "share": 0.5}


def test_an_answer_of_somebody_who_is_not_on_the_roster_does_not_count_as_participation():
    [wave] = counted(answers(30), roster=roster(20))["waves"].values()
    assert wave["participation"] == {"n": 20, "of": 20, "share": 1.0}


def test_straight_lining_is_counted_for_scales_of_four_items_reversed_ones_as_they_were_answered():
    [wave] = counted(answers(100, straight=100))["waves"].values()
    assert wave["straight_lining"] == {"all": {"n": 100, "share": 1.0}}


def test_who_left_an_item_out_does_not_count_as_straight():
    assert straight_lining(pd.DataFrame({"a": [3, 3], "b": [None, 3]})) == {"n": 1, "share": 1.0}
    assert straight_lining(pd.DataFrame({"a": [None], "b": [1]})) == {"n": 0, "share": None}


def test_two_samples_of_the_same_students_differ_by_more_than_the_limit_once_in_a_thousand():
    draw = np.random.default_rng(5)
    shares = [0.1, 0.2, 0.4, 0.2, 0.1]
    over = 0
    for _ in range(1000):
        first, second = draw.multinomial(150, shares), draw.multinomial(60, shares)
        distance, limit = jensen_shannon(dict(enumerate(first)), dict(enumerate(second)))
        over += distance > limit
    assert (
        over <= 6
    )  # the 99.8 % point of a binomial with 1,000 tries of 1 in 1,000, and small samples are a little worse


def test_deliveries_alike_show_no_drift():
    assert drift(counted(answers()), counted(answers(seed=2))) == ()


def test_answers_that_moved_by_half_a_deviation_are_told_between_deliveries_and_not_between_waves():
    before, after = counted(answers()), counted(answers(mean=3.4, seed=2))
    assert ("distribution", "A1") in kinds(drift(before, after))
    both = counted(pd.concat([answers(), answers(mean=3.4, wave="2027-winter", seed=2)]))
    assert drift_of_waves(both) == ()


def test_answers_turned_round_are_told_between_waves():
    turned = answers(mean=2.0, seed=2)
    turned["A1"] = 6 - turned["A1"]
    both = pd.concat([answers(mean=2.0), turned.assign(wave="2027-winter", answered_on=pd.Timestamp("2027-01-15"))])
    [found] = drift_of_waves(counted(both))
    assert (found.where, found.to_dict()["code"]) == ("A1", "CY222")
    assert found.text.startswith("2027-winter A1: answers are spread otherwise than in the wave 2026-fall (distance 0.")


def test_missing_values_straight_lining_and_participation_drift_too():
    gone = answers(seed=2, straight=80)
    gone.loc[:99, "A2"] = pd.NA
    found = drift(counted(answers(), roster=roster(420)), counted(gone.iloc[:300], roster=roster(420)))
    assert {("missing", "A2"), ("participation", "")} <= set(kinds(found))
    straight = drift(counted(answers()), counted(answers(seed=2, straight=80)))
    assert ("straight_lining", "all") in kinds(straight)
    assert any("gave the same answer to every item, against" in one.text for one in straight)


def test_half_of_the_rows_gone_is_told():
    found = drift(counted(answers(400)), counted(answers(150, seed=2)))
    assert ("rows", "") in kinds(found)


@pytest.mark.parametrize("n", [1, 3])
def test_few_answers_are_no_reason_to_tell_of_drift(n):
    assert kinds(drift(counted(answers()), counted(answers(n, seed=4)))) == [("rows", "")]


@pytest.mark.parametrize(
    ("header", "types", "kind"),
    [
        (("id", "Q1", "Q2", "Q3"), {}, "new"),
        (("id", "Q1"), {}, "missing"),
        (("id", "Q1", "Q2_revised"), {}, "renamed"),
        (("id", "Q2", "Q1"), {}, "reordered"),
        (("id", "Q1", "Q2"), {"Q1": "number"}, "type"),
    ],
)
def test_what_happened_to_the_columns_is_named(header, types, kind):
    found = drift_of_columns((("id", "Q1", "Q2"), {"Q1": "integer"}), (header, types))
    assert [one.kind for one in found] == [kind]


def test_many_new_columns_are_summed_up():
    [found] = drift_of_columns(((), {}), ([f"Q{n}" for n in range(8)], {}))
    assert found.text == "Q0, Q1, Q2, Q3, Q4 and 3 more are new in the file"
