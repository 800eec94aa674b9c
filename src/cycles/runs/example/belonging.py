"""How much students feel they belong, with and without the change: underlying belonging, then answers to six items.

Underlying belonging is the sum of a school's, a classroom's and a student's part. Each part is carried from baseline to
follow-up with the same correlation. An item's answer is underlying belonging plus the item's place plus noise, rounded to 1-5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from cycles.runs.example.people import People
from cycles.runs.example.truth import Truth

ITEM_PLACES = np.array([0.2, 0.3, 0.0, -0.1, 0.1, -0.5])
"""Which items are easier to agree with; they sum to zero."""

REVERSED = 3
"""BEL_04 is worded the other way round."""

RELIABILITY = 0.80
"""Part of the variance of scores that is underlying belonging."""

SCHOOL_PART = 0.25
"""Part of the variance between classrooms that lies between schools."""


@dataclass(frozen=True)
class Belonging:
    """`baseline`, `without` and `with_change` are students x items, codes 1-5 as answered (the reversed item not turned).

    `student_part` is the student's own part of baseline belonging, standardised.
    """

    baseline: np.ndarray
    without: np.ndarray
    with_change: np.ndarray
    student_part: np.ndarray

    def follow_up(self, in_change: np.ndarray) -> np.ndarray:
        """The answers that come true, given the arm."""
        return np.where(in_change[:, None], self.with_change, self.without)


def draw_belonging(people: People, truth: Truth, rng: np.random.Generator) -> Belonging:
    """Draw both potential answers of every student; the noise of an answer is the same under both arms."""
    deviations = _standard_deviations(truth)
    before, after, student_part = _draw_underlying(people, truth, deviations, rng)
    place = _places(truth, deviations)
    n = len(before)
    noise = rng.standard_normal((2, n, len(ITEM_PLACES))) * deviations["noise"]
    return Belonging(
        baseline=_answers(place["baseline"] + before, noise[0]),
        without=_answers(place["without"] + after, noise[1]),
        with_change=_answers(place["with_change"] + after, noise[1]),
        student_part=student_part,
    )


def scores(answers: np.ndarray) -> np.ndarray:
    """The scale's score of complete answers: the mean, with the reversed item turned round.

    >>> float(scores(np.array([[5, 5, 5, 1, 5, 5]]))[0])
    5.0
    """
    turned = answers.astype(float)
    turned[:, REVERSED] = 6 - turned[:, REVERSED]
    return turned.mean(axis=1)


def solve(function: Callable[[float], float], target: float, *, low: float, high: float) -> float:
    """Where a rising function reaches a value, by halving.

    >>> round(solve(lambda x: x**2, 2.0, low=0.0, high=2.0), 6)
    1.414214
    """
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return (low + high) / 2


def _standard_deviations(truth: Truth) -> dict[str, float]:
    variance = truth.sd**2
    between = truth.icc * variance
    n_items = len(ITEM_PLACES)
    return {
        "school": sqrt(SCHOOL_PART * between),
        "classroom": sqrt((1 - SCHOOL_PART) * between),
        "student": sqrt(RELIABILITY * variance - between),
        "noise": sqrt(n_items * (1 - RELIABILITY) * variance - 1 / 12),  # rounding adds a twelfth
    }


def _places(truth: Truth, deviations: dict[str, float]) -> dict[str, float]:
    """Mean underlying belonging that gives the scale the expected mean it should have."""
    spread = sqrt(sum(one**2 for one in deviations.values()))
    expected = {"baseline": 0.0, "without": truth.drift, "with_change": truth.drift + truth.effect}
    return {
        name: solve(lambda place: _expected_score(place, spread), truth.mean + change, low=-5.0, high=12.0)
        for name, change in expected.items()
    }


def _expected_score(place: float, spread: float) -> float:
    """Mean over items of the expected rounded answer: one plus the chance of passing each of the four thresholds."""
    passed = [_normal_share((place + item - step) / spread) for item in ITEM_PLACES for step in (1.5, 2.5, 3.5, 4.5)]
    return 1 + sum(passed) / len(ITEM_PLACES)


def _normal_share(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2


def _draw_underlying(
    people: People, truth: Truth, deviations: dict[str, float], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    carried = truth.pre_post_correlation / RELIABILITY
    classroom = people.students["classroom"].to_numpy()
    school = people.classrooms["school"].to_numpy()[classroom]
    groups = {"school": school, "classroom": classroom, "student": np.arange(len(classroom))}
    before, after = np.zeros(len(classroom)), np.zeros(len(classroom))
    for name, group in groups.items():
        first, fresh = rng.standard_normal((2, group.max() + 1))
        before += deviations[name] * first[group]
        after += deviations[name] * (carried * first + sqrt(1 - carried**2) * fresh)[group]
    return before, after, first


def _answers(underlying: np.ndarray, noise: np.ndarray) -> np.ndarray:
    codes = np.clip(np.rint(underlying[:, None] + ITEM_PLACES + noise), 1, 5).astype(np.int8)
    codes[:, REVERSED] = 6 - codes[:, REVERSED]
    return codes
