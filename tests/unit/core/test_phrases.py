"""Numbers in plain words."""

import pytest

from cycles.core import phrases


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.004, "0.004"), (-0.25, "-0.25"), (1.0, "1"), (1.25, "1.2"), (99.96, "100"), (12345.6, "12,346"), (1e-9, "0")],
)
def test_numbers_carry_two_digits_and_no_more(value, said):
    assert phrases.number(value) == said


def test_certainty_is_never_claimed():
    assert phrases.chance(1.0) == "more than 99%"
    assert phrases.chance(0.0) == "less than 1%"


@pytest.mark.parametrize(("words", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b")])
def test_lists_are_joined_as_one_would_say_them(words, said):
    assert phrases.listed(words) == said


@pytest.mark.parametrize("unit", ["share", "Share of days", "share of lesson time"])
def test_shares_are_read_as_percent(unit):
    assert phrases.amount(0.25, unit) == "25%"
    assert phrases.difference(-0.25, unit) == "25 percentage points"


def test_an_interval_without_width_is_still_said():
    assert phrases.with_interval(0.2, 0.2, 0.2, "points") == ("0.20 points", "+0.20", "+0.20")
