"""Scores, distributions and reliability: what is refused, what is left missing, and how answers are read."""

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.plan.instruments import Instrument, read_instrument
from cycles.study.scoring import item_distribution, reliability, score

ITEMS = [f"BEL_0{i}" for i in range(1, 7)]


def answers(n=1, **changed):
    rows = pd.DataFrame({item: ["4"] * n for item in ITEMS})
    rows.insert(0, "respondent_id", [f"s{i}" for i in range(n)])
    rows.insert(1, "wave", "2026-fall")
    return rows.assign(**changed)


def instrument(**scale):
    content = {
        "key": "small",
        "version": "1",
        "title": "Small",
        "citation": "None",
        "licence": {"name": "CC0-1.0", "wording": "shipped"},
        "items": {
            "hours": {"text": "Hours", "range": ["0", "24"]},
            "kind": {"text": "Kind", "responses": {"A": "one", "B": "two"}},
        },
        "scales": {"all": {"items": ["hours"], "min_answered": "1", "higher_is": "better", **scale}},
    }
    return Instrument.parse(content, where="test")


@pytest.mark.parametrize("four", ["4", " 4 ", "4.0", 4, 4.0])
def test_a_code_is_the_same_however_it_is_written(four):
    rows = answers(1, BEL_01=[four])
    assert score(rows, instrument="school_belonging")["score"].item() == pytest.approx((5 * 4 + 2) / 6)


@pytest.mark.parametrize("nothing", [None, np.nan, "", pd.NA, "99", 99, "-9"])
def test_nothing_and_declared_missing_codes_are_no_answer(nothing):
    rows = answers(2, BEL_01=pd.Series([nothing, "4"], dtype=object))
    assert score(rows, instrument="school_belonging")["n_answered"].tolist() == [5, 6]


def test_undeclared_codes_are_all_named_at_once_and_no_row_is():
    rows = answers(3, BEL_01=["6", "4", "4"], BEL_02=["4", "0", "7"])
    with pytest.raises(ContractError) as refused:
        score(rows, instrument="school_belonging")
    assert refused.value.code == "CY213"
    assert refused.value.where == "BEL_01: 6; BEL_02: 0, 7"


def test_text_that_somebody_wrote_is_never_in_the_message():
    with pytest.raises(ContractError) as refused:
        score(answers(1, BEL_01=["Maria hit me"]), instrument="school_belonging")
    assert "Maria" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_missing_columns_are_all_named_at_once():
    with pytest.raises(ContractError) as refused:
        score(answers().drop(columns=["wave", "BEL_02", "BEL_05"]), instrument="school_belonging")
    assert refused.value.code == "CY211"
    assert "wave, BEL_02, BEL_05" in refused.value.what


def test_an_unknown_scale_is_refused_with_the_nearest():
    with pytest.raises(ParameterError) as refused:
        score(answers(), instrument="school_belonging", scale="belongin")
    assert refused.value.code == "CY102"
    assert "Did you mean 'belonging'?" in refused.value.fix


def test_all_scales_are_scored_when_none_is_named():
    two = read_instrument("school_belonging")
    half = two.scales["belonging"].model_copy(update={"items": ("BEL_01", "BEL_02"), "reversed": (), "min_answered": 1})
    two = two.model_copy(update={"scales": {**two.scales, "half": half}})
    scores = score(answers(2), instrument=two)
    assert scores["scale"].tolist() == ["belonging", "belonging", "half", "half"]
    assert scores["n_items"].tolist() == [6, 6, 2, 2]


def test_numeric_items_are_held_to_their_range_and_values_are_not_told():
    rows = pd.DataFrame({"respondent_id": ["a", "b"], "wave": "w", "hours": ["7.5", "31"]})
    assert score(rows[:1], instrument=instrument())["score"].item() == 7.5
    with pytest.raises(ContractError) as refused:
        score(rows, instrument=instrument())
    assert "31" not in str(refused.value)
    assert "outside its range" in str(refused.value)


def test_a_numeric_item_is_reversed_within_its_range():
    rows = pd.DataFrame({"respondent_id": ["a"], "wave": "w", "hours": [6]})
    assert score(rows, instrument=instrument(reversed=["hours"]))["score"].item() == 18.0


def test_codes_that_are_not_numbers_cannot_be_averaged():
    rows = pd.DataFrame({"respondent_id": ["a"], "wave": "w", "kind": ["A"]})
    with pytest.raises(ParameterError) as refused:
        score(rows, instrument=instrument(items=["kind"]))
    assert refused.value.code == "CY105"


def test_a_workspaces_own_instrument_is_found_in_its_run(monkeypatch, tmp_path):
    from types import SimpleNamespace

    from cycles.core import run_folder

    shipped = (read_instrument.__globals__["LIBRARY"] / "school_belonging.yml").read_text()
    (tmp_path / "ours.yml").write_text(shipped.replace("key: school_belonging", "key: ours"))
    folder = SimpleNamespace(workspace=SimpleNamespace(instruments=tmp_path))
    monkeypatch.setattr(run_folder, "current", lambda: folder)
    assert score(answers(), instrument="ours")["n_answered"].item() == 6


def test_the_responses_are_not_changed():
    rows = answers(3)
    before = rows.copy(deep=True)
    score(rows, instrument="school_belonging")
    pd.testing.assert_frame_equal(rows, before)


def test_every_declared_option_is_counted_also_those_nobody_chose():
    rows = answers(4, BEL_01=["5", "5", "4", None])
    table = item_distribution(rows, instrument="school_belonging", scale="belonging", wave="2026-fall")
    first = table[table["item"] == "BEL_01"]
    assert first["code"].tolist() == ["1", "2", "3", "4", "5"]
    assert first["n"].tolist() == [0, 0, 0, 1, 2]
    assert first["share"].tolist() == pytest.approx([0, 0, 0, 1 / 3, 2 / 3])
    assert first["text"].iloc[0] == "I feel that I belong at this school."


def test_an_item_nobody_answered_has_no_shares_rather_than_zeros():
    table = item_distribution(answers(2, BEL_01=[None, None]), instrument="school_belonging", scale="belonging")
    assert table.loc[table["item"] == "BEL_01", "share"].isna().all()


def test_distributions_leave_numeric_items_out():
    rows = pd.DataFrame({"respondent_id": ["a"], "wave": "w", "hours": [6]})
    assert item_distribution(rows, instrument=instrument(), scale="all").empty


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "Everyone gave the same answer to BEL_01"),
        ({"BEL_01": [None] * 30}, "Fewer than 10 respondents"),
    ],
)
def test_reliability_gives_a_reason_instead_of_a_number(changed, reason):
    found = reliability(answers(30, **changed), instrument="school_belonging", scale="belonging")
    assert (found.alpha, found.low, found.high) == (None, None, None)
    assert found.reason.startswith(reason)
    assert "cannot be computed" in found.text


def test_reliability_of_items_that_cancel_out_is_not_computed():
    up = [str(1 + i % 5) for i in range(30)]
    down = [str(5 - i % 5) for i in range(30)]
    rows = answers(30, BEL_01=up, BEL_02=down, BEL_03=up, BEL_04=up, BEL_05=up, BEL_06=down)
    found = reliability(rows, instrument="school_belonging", scale="belonging")
    assert found.reason == "The total of the items does not vary."


def test_reliability_says_its_numbers_and_its_wave():
    rng = np.random.default_rng(5)
    trait = rng.normal(size=60)
    noisy = {item: np.clip(np.rint(3 + trait + rng.normal(size=60)), 1, 5).astype(int) for item in ITEMS}
    rows = answers(60, **noisy).assign(BEL_04=lambda table: 6 - table["BEL_04"])
    found = reliability(rows, instrument="school_belonging", scale="belonging", wave="2026-fall")
    assert 0 < found.low < found.alpha < found.high < 1
    assert "in wave 2026-fall" in found.text
    assert "60 complete answers to 6 items" in found.text
    assert found.table["n"].item() == 60
