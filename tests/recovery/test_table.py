"""The estimators of units on one planted table each: no bias, intervals as often right as they claim, or none at all where groups are few.

The lines are those of METHODS.md: `python tests/recovery_table.py` prints them without pytest. Judged by exact 99.9% binomial bands.
"""

import sys

import pytest
from tests.recovery.counted import Condition
from tests.recovery.units import CELLS, FEW, counted

REPLICATES = 2000


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition", CELLS, ids=lambda one: f"{one.groups}-{one.effect}-{one.attrition}-{one.adjusted}"
)
def test_every_estimator_finds_what_was_planted_and_no_more(condition, capsys):
    found = counted(condition, replicates=REPLICATES)
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(one.line for one in found))
    for one in found:
        one.judge()


@pytest.mark.parametrize("condition", FEW, ids=lambda one: f"{one.groups}")
def test_with_two_or_three_classrooms_an_arm_no_estimator_tells_an_interval(condition):
    for one in counted(condition, replicates=12):
        assert one.intervals == 0
        one.judge()


def test_the_bands_can_fail():
    [one] = counted(
        Condition(groups=10, effect=0.25, attrition=0.0, adjusted=False), replicates=40, names=("difference_in_means",)
    )
    one.truth = 0.6
    with pytest.raises(AssertionError, match="difference_in_means"):
        one.judge()
