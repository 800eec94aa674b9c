"""The answers that no data can give: read as they are written, never assumed."""

import pytest

from cycles.core.errors import ProblemsError
from cycles.plan.standards import Standards


def test_nothing_is_answered_by_default():
    assert set(Standards().model_dump(exclude={"seer"}).values()) == {None}
    assert set(Standards().seer.model_dump().values()) == {None}


def test_yes_and_no_may_be_written_in_any_way_a_team_would():
    answers = Standards.parse(
        {"joiners": "true", "measured_alike": "yes", "negative_evidence_elsewhere": "No"}, where="x.yml"
    )
    assert (answers.joiners, answers.measured_alike) == ("yes", "yes")
    assert answers.negative_evidence_elsewhere == "no"


def test_numbers_are_numbers():
    answers = Standards.parse({"sites": "2", "reliability": {"kind": "test_retest", "value": "0.71"}}, where="x.yml")
    assert (answers.sites, answers.reliability.value) == (2, 0.71)


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        ({"confound": "none"}, "CY101", "confound"),
        ({"joiners": "perhaps"}, "CY105", "joiners"),
        ({"sites": "0"}, "CY105", "sites"),
        ({"confounds": " "}, "CY105", "confounds"),
        ({"reliability": {"kind": "alpha", "value": "0.7"}}, "CY105", "reliability.kind"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_place(content, code, place):
    with pytest.raises(ProblemsError) as refused:
        Standards.parse(content, where="x.yml")
    assert refused.value.problems[0].code == code
    assert refused.value.problems[0].where.endswith(place)
