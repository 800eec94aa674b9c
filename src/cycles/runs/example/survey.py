"""Who answered the survey, when, and what reached the file: refusals, blanks, unfinished answers, rows that are nobody's."""

import numpy as np
import pandas as pd

from cycles.runs.example import year
from cycles.runs.example.belonging import Belonging, solve
from cycles.runs.example.people import People
from cycles.runs.example.truth import Truth

ITEMS = tuple(f"Q7_{number}" for number in range(1, 7))
REFUSED, BLANK = 99, 0
ANSWERED, PREVIEW, SPAM = "0", "1", "8"
"""Qualtrics' codes of how a row came about."""

_REFUSED_SHARE = 0.008
_BLANK_SHARE = 0.010
_UNFINISHED_SHARE = 0.015
_COMMENT_SHARE = 0.08
_N_PREVIEW = 2
_N_SPAM = {year.BASELINE: 3, year.FOLLOW_UP: 2}

COMMENTS = (
    "More time to eat lunch, please.",
    'My adviser says "good morning" to everyone.',
    "I like art and music",
    "The buses are late\nand then we miss the start.",
    "Nothing to add",
    "Me gusta la clase de ciencias; aprendo mucho.",
    "It depends on the day, and on who is there.",
    "más tiempo en la biblioteca",
)


def draw_answers(
    people: People, belonging: Belonging, standing: np.ndarray, truth: Truth, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw what each wave brings in, whatever stage is written later.

    Parameters
    ----------
    standing : one number per student
        Attendance, standardised: students who attend more answer more.

    Returns
    -------
    DataFrame, one row per row of the export, in the order recorded
        `student` (row; -1 for nobody), `wave`, `recorded_at`, `seconds`, `status`, `finished`, the items (codes; 99 refused,
        0 blank), `comment`.
    """
    answers = {year.BASELINE: belonging.baseline, year.FOLLOW_UP: belonging.follow_up(people.in_change)}
    likely = _chance_of_answering(standing, truth)
    parts = [_draw_previews(rng)]
    for wave, codes in answers.items():
        answering = _there(people, wave) & (rng.random(len(likely)) < likely)
        parts += [_draw_wave(np.flatnonzero(answering), codes, wave, rng), _draw_spam(wave, rng)]
    return pd.concat(parts).sort_values("recorded_at", kind="stable", ignore_index=True)


def _chance_of_answering(standing: np.ndarray, truth: Truth) -> np.ndarray:
    def chance(level: float) -> np.ndarray:
        return 1 / (1 + np.exp(-(level + truth.attendance_log_odds * standing)))

    return chance(solve(lambda level: chance(level).mean(), truth.answering_share, low=-10.0, high=10.0))


def _there(people: People, wave: str) -> np.ndarray:
    on_first, on_last = people.enrolled(year.WAVES[wave][[0, -1]]).T
    return on_first & on_last


def _draw_wave(students: np.ndarray, codes: np.ndarray, wave: str, rng: np.random.Generator) -> pd.DataFrame:
    n = len(students)
    given = codes[students].astype(int)
    chance = rng.random(given.shape)
    given[chance < _REFUSED_SHARE] = REFUSED
    given[(chance >= _REFUSED_SHARE) & (chance < _REFUSED_SHARE + _BLANK_SHARE)] = BLANK
    stopped_at = np.where(rng.random(n) < _UNFINISHED_SHARE, rng.integers(3, 6, n), len(ITEMS))
    given[np.arange(len(ITEMS)) >= stopped_at[:, None]] = BLANK
    return _rows(students, wave, _moments(year.WAVES[wave], n, rng), ANSWERED, given, stopped_at == len(ITEMS), rng)


def _draw_previews(rng: np.random.Generator) -> pd.DataFrame:
    given = rng.integers(1, 6, (_N_PREVIEW, len(ITEMS)))
    moments = _moments(year.WAVES[year.BASELINE][:1] - 4, _N_PREVIEW, rng)
    return _rows(np.full(_N_PREVIEW, -1), year.BASELINE, moments, PREVIEW, given, np.full(_N_PREVIEW, True), rng)


def _draw_spam(wave: str, rng: np.random.Generator) -> pd.DataFrame:
    n = _N_SPAM[wave]
    given = np.repeat(rng.integers(1, 6, (n, 1)), len(ITEMS), axis=1)
    moments = _moments(year.WAVES[wave], n, rng)
    return _rows(np.full(n, -1), wave, moments, SPAM, given, np.full(n, True), rng)


def _moments(days: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Moments spread evenly over the open days, so that the last day of a wave always has answers."""
    day = days[(rng.permutation(n) * len(days) // max(n, 1)).astype(int)]
    return day.astype("datetime64[s]") + rng.integers(8 * 3600, 15 * 3600, n)


def _rows(
    students: np.ndarray,
    wave: str,
    moments: np.ndarray,
    status: str,
    given: np.ndarray,
    finished: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    n = len(students)
    table = pd.DataFrame(
        {"student": students, "wave": wave, "recorded_at": moments, "status": status, "finished": finished}
    )
    table["seconds"] = rng.integers(45, 400, n)
    table[list(ITEMS)] = given
    table["comment"] = np.where(rng.random(n) < _COMMENT_SHARE, rng.choice(np.array(COMMENTS, dtype=object), n), "")
    return table
