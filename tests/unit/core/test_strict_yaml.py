"""Strict YAML: text stays text, and what could be misread is refused."""

import pytest

from cycles.core import strict_yaml
from cycles.core.errors import ParameterError


@pytest.mark.parametrize("text", ["00417", "no", "NO", "on", "1:30", "1e5", "2026-01-05", "NA", "TRUE", "0x1F", "٣"])
def test_ids_stay_text(text):
    assert strict_yaml.loads(f"id: {text}") == {"id": text}


@pytest.mark.parametrize("empty", ["", "~", "null"])
def test_nothing_is_none(empty):
    assert strict_yaml.loads(f"key: {empty}") == {"key": None}


@pytest.mark.parametrize(
    "bad",
    [
        "a: 1\na: 2",
        "a: &x 1\nb: *x",
        "a: !!python/object/apply:os.system [ls]",
        "a: !custom 1",
        "a: [1, 2",
        "? [a, b]\n: 1",
        "a: " + "[" * 18 + "]" * 18,
        "a: " + "x" * (256 * 1024),
    ],
)
def test_what_could_be_misread_is_refused_with_its_code(bad):
    with pytest.raises(ParameterError) as refused:
        strict_yaml.loads(bad, where="file.yml")
    assert refused.value.code == "CY103"


def test_a_missing_file_and_one_that_is_not_text_have_their_codes(tmp_path):
    with pytest.raises(ParameterError) as missing:
        strict_yaml.load(tmp_path / "none.yml")
    assert missing.value.code == "CY104"
    (tmp_path / "latin.yml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(ParameterError) as binary:
        strict_yaml.load(tmp_path / "latin.yml")
    assert binary.value.code == "CY103"


def test_the_outside_suite_of_yaml_cases_never_gives_a_traceback(shared):
    cases = [path for path in shared("corpora/yaml-test-suite").rglob("*") if path.is_file()]
    assert len(cases) > 300
    assert {code_of(case) for case in cases} == {None, "CY103"}


def code_of(case):
    """The code a file is refused with; None when it is read."""
    try:
        strict_yaml.load(case)
    except ParameterError as refused:
        return refused.code
    return None


def test_whoever_changes_what_was_read_changes_only_their_own():
    first = strict_yaml.loads("a: [1]")
    first["a"].append("2")
    assert strict_yaml.loads("a: [1]") == {"a": ["1"]}
