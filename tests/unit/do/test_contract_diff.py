"""The difference of two contracts: what breaks a series, what breaks a delivery, what only explains; and the gate on the version."""

import pytest

from cycles.core.errors import ContractError
from cycles.core.workspace import scaffold_root
from cycles.do.contracts.diff import diff
from cycles.do.contracts.rules import Allowed, Condition, Rule
from cycles.do.contracts.tightness import direction
from cycles.do.contracts.versions import least_version
from cycles.plan.instruments import LIBRARY

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: t
name: t
version: 1.4.2
status: active
description: {purpose: Minutes of support.}
schema:
  - name: t
    properties:
      - {name: id, logicalType: string, required: true, description: Who.}
      - {name: "on", logicalType: date, required: true}
      - {name: minutes, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 90}, customProperties: [{property: missingCodes, value: {"-9": refused}}]}
      - {name: kind, logicalType: string, quality: [{metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0}]}
      - {name: note, logicalType: string, customProperties: [{property: optional, value: true}]}
    quality:
      - {metric: rowCount, mustBeGreaterOrEqualTo: 1}
      - {metric: duplicateValues, arguments: {properties: [id, "on"]}, mustBe: 0}
    customProperties: [{property: maxQuarantinedShare, value: 0.05}]
"""  # noqa: E501
INSTRUMENT = """
key: mood
version: 1.0.0
title: Mood
citation: ours
licence: {name: CC0-1.0, wording: shipped}
responses: {1: never, 2: sometimes, 3: always}
missing: {9: refused}
items:
  M1: {text: I look forward to school.}
  M2: {text: I dread Mondays.}
  M3: {text: I laugh here.}
scales:
  mood: {items: [M1, M2, M3], reversed: [M2], min_answered: 2, higher_is: better}
"""


@pytest.fixture
def difference(tmp_path):
    """The difference that one or more replacements make."""

    def made(text, *replacements):
        old, new = tmp_path / "old.yml", tmp_path / "new.yml"
        old.write_text(text)
        for before, after in replacements:
            assert before in text
            text = text.replace(before, after)
        new.write_text(text)
        return diff(old, new)

    return made


def told(found) -> list[tuple[str, str, str, bool]]:
    return [(one.kind, one.element, one.level, one.series_break) for one in found.changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("description: Who.", "description: Whose.", ("description", "id", "patch", False)),
        ("Minutes of support", "Time of support", ("description", "t", "patch", False)),
        ("{name: note,", "{name: remark,", ("column_renamed", "note", "major", False)),
        ("maximum: 90", "maximum: 240", ("rule_looser", "between:minutes", "minor", False)),
        ("maximum: 90", "maximum: 60", ("rule_tighter", "between:minutes", "major", False)),
        ("[a, b]", "[a, b, c]", ("rule_looser", "in_set:kind", "minor", False)),
        ("[a, b]", "[a]", ("rule_tighter", "in_set:kind", "major", False)),
        ("[a, b]", "[a, c]", ("rule_changed", "in_set:kind", "major", False)),
        ("logicalType: date, required: true", "logicalType: date", ("rule_removed", "required:on", "minor", False)),
        ('"on", logicalType: date', '"on", logicalType: string', ("type", "on", "major", False)),
        ("value: 0.05", "value: 0.02", ("tolerance", "t", "major", False)),
        ("value: 0.05", "value: 0.1", ("tolerance", "t", "minor", False)),
        ('{"-9": refused}', '{"-9": skipped}', ("missing_code", "minutes", "major", False)),
        ('{"-9": refused}', '{"-9": refused, "-8": skipped}', ("missing_code", "minutes", "minor", False)),
        ('{"-9": refused}', '{"-9": refused, "90": skipped}', ("missing_code", "minutes", "major", True)),
        ('[id, "on"]', "[id]", ("key", "id", "major", False)),
        ("  - name: t\n", "  - name: u\n", ("name", "u", "major", False)),
    ],
)
def test_each_change_of_a_contract_has_its_level(difference, before, after, expected):
    assert expected in told(difference(CONTRACT, (before, after)))


NOTE = "      - {name: note, logicalType: string, customProperties: [{property: optional, value: true}]}\n"


def test_a_new_column_is_minor_when_a_file_may_lack_it_and_major_when_not(difference):
    optional = difference(CONTRACT, (NOTE, NOTE + NOTE.replace("note", "place").replace("string", "number")))
    assert told(optional) == [("column_added", "place", "minor", False)]
    required = difference(CONTRACT, (NOTE, NOTE + "      - {name: place, logicalType: number}\n"))
    assert told(required) == [("column_added", "place", "major", False)]


def test_a_lost_column_is_major(difference):
    assert told(difference(CONTRACT, (NOTE, ""))) == [("column_removed", "note", "major", False)]


def test_nothing_is_called_renamed_where_two_columns_could_be_meant(difference):
    found = difference(CONTRACT, (NOTE, NOTE.replace("note", "one") + NOTE.replace("note", "two")))
    assert sorted(one.kind for one in found.changes) == ["column_added", "column_added", "column_removed"]


def test_a_new_warning_is_minor_because_no_file_fails_for_it(difference):
    floor = "      - {metric: rowCount, mustBeGreaterOrEqualTo: 1}\n"
    ceiling = "      - {metric: rowCount, mustBeLessOrEqualTo: 9, severity: warning}\n"
    without = CONTRACT.replace(floor, "")
    key = "      - {metric: duplicateValues"
    assert [one.level for one in difference(without, (key, ceiling + key)).changes] == ["minor"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("I laugh here.", "I often laugh here.", ("wording", "M3", "major", True)),
        ("2: sometimes", "2: rarely", ("anchors", "M1", "major", True)),
        ("1: never, 2: sometimes, 3: always", "3: never, 2: sometimes, 1: always", ("recoded", "M1", "major", True)),
        ("3: always}", "3: always, 4: every day}", ("valid_values", "M1", "major", True)),
        ("reversed: [M2], ", "", ("reversal", "M2", "major", True)),
        ("items: [M1, M2, M3]", "items: [M1, M2]", ("scale", "mood", "major", True)),
        ("min_answered: 2", "min_answered: 3", ("scoring", "mood", "major", True)),
        ("missing: {9: refused}", "missing: {9: skipped}", ("missing_code", "M1", "major", False)),
        ("title: Mood", "title: Moods", ("description", "survey.mood", "patch", False)),
    ],
)  # fmt: skip
def test_each_change_of_an_instrument_that_changes_the_measure_breaks_the_series(difference, before, after, expected):
    assert expected in told(difference(INSTRUMENT, (before, after)))


def test_spacing_of_a_question_is_no_change_of_wording(difference):
    assert [one.kind for one in difference(INSTRUMENT, ("I laugh here.", "I  laugh here.")).changes] == ["description"]


def test_an_item_that_joins_a_scale_breaks_its_series(difference):
    found = difference(
        INSTRUMENT, ("items: [M1, M2, M3]", "items: [M1, M2, M3, M4]"), ("  M3:", "  M4: {text: New.}\n  M3:")
    )
    assert ("scale", "mood", "major", True) in told(found)
    assert "with M4" in next(one.what for one in found.changes if one.kind == "scale")


def test_a_new_scale_of_known_items_breaks_no_series(difference):
    calm = "  calm: {items: [M2], min_answered: 1, higher_is: better}\n"
    assert ("scale", "calm", "patch", False) in told(difference(INSTRUMENT, ("scales:\n", f"scales:\n{calm}")))


@pytest.mark.parametrize(
    ("change", "version", "passes"),
    [
        (("maximum: 90", "maximum: 60"), "1.5.0", False),
        (("maximum: 90", "maximum: 60"), "2.0.0", True),
        (("maximum: 90", "maximum: 240"), "1.4.3", False),
        (("maximum: 90", "maximum: 240"), "1.5.0", True),
        (("maximum: 90", "maximum: 240"), "2.0.0", True),
        (("description: Who.", "description: Whose."), "1.4.2", False),
        (("description: Who.", "description: Whose."), "1.4.3", True),
        (("status: active", "status: active"), "1.4.2", True),
        (("status: active", "status: active"), "1.4.1", False),
    ],
)
def test_the_version_must_be_raised_as_far_as_the_gravest_change_says(difference, change, version, passes):
    found = difference(CONTRACT, change, ("version: 1.4.2", f"version: {version}"))
    assert (found.problem is None) is passes
    if found.problem is not None:
        assert (found.problem.code, found.problem.exit_status) == ("CY224", 1)
        assert found.least in found.problem.fix


def test_breaks_of_the_series_are_told_to_whoever_draws_it(difference):
    found = difference(INSTRUMENT, ("I laugh here.", "I smile here."))
    breaks = found.series_breaks(at="2027-winter")
    assert [(one.measure, one.at, one.origin) for one in breaks] == [("M3", "2027-winter", "contract")]


def test_a_version_that_is_no_number_is_refused(difference):
    with pytest.raises(ContractError) as caught:
        difference(CONTRACT.replace("1.4.2", "spring"), ("Who.", "Whose."))
    assert caught.value.code == "CY210"


def test_a_difference_is_told_as_text_and_as_a_table(difference):
    found = difference(INSTRUMENT, ("I laugh here.", "I smile here."), ("title: Mood", "title: Moods"))
    assert found.text == "survey.mood 1.0.0 -> 1.0.0: 1 change (1 major); 1 of them breaks the series."
    assert found.table["kind"].tolist() == ["wording"]
    assert found.to_dict()["passes"] is False


CONTRACTS = sorted((scaffold_root() / "data_contracts").glob("*.odcs.yaml"))


@pytest.mark.parametrize("path", [*CONTRACTS, *sorted(LIBRARY.glob("*.yml"))], ids=lambda path: path.name)
def test_nothing_differs_from_itself(path):
    assert diff(path, path).changes == ()


LOW = Rule(kind="between", columns=("x",), minimum=1, maximum=5)


@pytest.mark.parametrize(
    ("old", "new", "way"),
    [
        ({}, {"minimum": None}, "looser"),
        ({}, {"minimum": 0, "maximum": 4}, "other"),
        ({}, {"exclusive_maximum": True}, "tighter"),
        ({}, {"severity": "warning"}, "looser"),
        ({}, {"scope": "cell"}, "looser"),
        ({}, {"when": (Condition(column="y", op="present"),)}, "looser"),
        ({}, {"allowed": Allowed(high=0)}, "tighter"),
        ({"allowed": Allowed(high=0.1, unit="share")}, {"allowed": Allowed(high=0.2, unit="share")}, "looser"),
        ({"allowed": Allowed(high=0.1, unit="share")}, {"allowed": Allowed(high=3)}, "other"),
        ({"pattern": "a"}, {"pattern": "b"}, "other"),
    ],
)
def test_a_rule_asks_more_or_less_or_something_else(old, new, way):
    from dataclasses import replace

    assert (
        direction(replace(LOW, **old), replace(LOW, **old, **new) if not set(old) & set(new) else replace(LOW, **new))
        == way
    )


def test_the_step_of_a_multiple_is_neither_more_nor_less():
    halves, fifths = (Rule(kind="multiple_of", columns=("x",), minimum=step) for step in (0.5, 0.2))
    assert direction(halves, fifths) == "other"


def test_a_version_of_two_numbers_is_whole():
    assert least_version((1, 2, 3), None) == (1, 2, 3)
