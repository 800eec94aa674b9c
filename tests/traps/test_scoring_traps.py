"""Ways other projects were seen to mislead with survey scores and shares; here they cannot."""

import pandas as pd
import pytest

from cycles.core.errors import ContractError
from cycles.plan.instruments import Instrument
from cycles.study.scoring import item_distribution, score

ITEMS = [f"BEL_0{i}" for i in range(1, 7)]


def pulse(codes, wave="2026-fall"):
    """One student a row, the same code for every item but the reversed one, which mirrors it."""
    rows = pd.DataFrame(dict.fromkeys(ITEMS, codes))
    mirrored = [None if code is None else 6 - code for code in codes]
    return rows.assign(BEL_04=mirrored, respondent_id=[f"s{i}" for i in range(len(codes))], wave=wave)


def test_answers_are_never_carried_forward_to_a_wave_that_was_not_answered():
    """Trap 3: carried-forward answers turned a true change of -.59 into -.33 and shrank its standard error."""
    both = pd.concat([pulse([4, 4, 4]), pulse([None, 3, 3], wave="2027-winter")], ignore_index=True)
    scores = score(both, instrument="school_belonging").pivot(index="respondent_id", columns="wave", values="score")
    assert pd.isna(scores.loc["s0", "2027-winter"])
    assert scores["2027-winter"].count() == 2


def test_a_share_of_zero_stays_zero():
    """Trap 4: a 0% redrawn as 1/n for display."""
    table = item_distribution(pulse([5] * 20), instrument="school_belonging", scale="belonging")
    nobody = table[(table["item"] == "BEL_01") & (table["code"] == "1")]
    assert (nobody["n"].item(), nobody["share"].item()) == (0, 0.0)


def test_a_school_wide_improvement_moves_the_mean_by_itself():
    """Trap 5: percentile-ranked scores, whose mean is 50 before and after everyone gains a point."""
    before, after = (score(pulse(codes), instrument="school_belonging")["score"] for codes in ([2, 3, 4], [3, 4, 5]))
    assert (after - before).tolist() == pytest.approx([1.0, 1.0, 1.0])


def test_a_score_does_not_depend_on_who_else_answered():
    alone, together = (
        score(pulse(codes), instrument="school_belonging")["score"].iloc[0] for codes in ([3], [3, 5, 5, 1])
    )
    assert alone == together


def zero_to_five():
    return Instrument.parse(
        {
            "key": "five_items",
            "version": "1",
            "title": "Five items coded 0 to 5",
            "citation": "None",
            "licence": {"name": "CC0-1.0", "wording": "shipped"},
            "responses": {str(code): f"option {code}" for code in range(6)},
            "items": {f"W{i}": {"text": f"W{i}"} for i in range(1, 6)},
            "scales": {
                "wellbeing": {
                    "items": [f"W{i}" for i in range(1, 6)],
                    "rule": "sum",
                    "min_answered": 5,
                    "higher_is": "better",
                }
            },
        },
        where="test",
    )


def test_an_export_coded_one_to_six_is_not_scored_as_zero_to_five():
    """Trap 9: one coding scored by the other's formula."""
    export = pd.DataFrame({f"W{i}": [1, 3, 6] for i in range(1, 6)}).assign(respondent_id=["a", "b", "c"], wave="w")
    with pytest.raises(ContractError) as refused:
        score(export, instrument=zero_to_five())
    assert refused.value.code == "CY213"
    assert "6" in refused.value.where


def test_the_declared_coding_is_scored_as_declared():
    export = pd.DataFrame({f"W{i}": [0, 5] for i in range(1, 6)}).assign(respondent_id=["a", "b"], wave="w")
    assert score(export, instrument=zero_to_five())["score"].tolist() == [0.0, 25.0]
