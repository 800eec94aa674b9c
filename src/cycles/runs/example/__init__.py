"""An example district, sized by its number of students: raw exports as schools have them, with a planted truth.

Everything is drawn from one seed. Each subject has its own stream of random numbers, so the files of a subject do not
change when another is drawn differently.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cycles.core.errors import ParameterError
from cycles.runs.example import faults, year
from cycles.runs.example.belonging import Belonging, draw_belonging, scores
from cycles.runs.example.mentors import write_mentors
from cycles.runs.example.network import write_network
from cycles.runs.example.oneroster_export import write_roster
from cycles.runs.example.people import People, draw_people
from cycles.runs.example.qualtrics_export import Row, answer_rows, write_survey
from cycles.runs.example.reading import write_reading
from cycles.runs.example.records import Attendance, draw_attendance, draw_marks, draw_sessions
from cycles.runs.example.survey import ANSWERED, BLANK, ITEMS, PREVIEW, REFUSED, SPAM, draw_answers
from cycles.runs.example.table_exports import write_arms, write_attendance, write_courses, write_sessions
from cycles.runs.example.truth import Truth
from cycles.runs.example.weekly import write_weekly
from cycles.runs.example.year import Stage

FEWEST_STUDENTS = 80
"""Four classrooms: fewer cannot have both arms in both grades."""

DEFAULT_TRUTH = Truth()

__all__ = ["DEFAULT_TRUTH", "Stage", "Truth", "truth_of", "write_example"]


@dataclass(frozen=True)
class _District:
    people: People
    belonging: Belonging
    attendance: Attendance
    sessions: pd.DataFrame
    marks: pd.DataFrame
    answers: pd.DataFrame
    rows: list[Row]


def write_example(
    folder: Path,
    *,
    n_students: int = 1200,
    seed: int = 2026,
    stage: Stage = "after",
    broken: bool = True,
    truth: Truth = DEFAULT_TRUTH,
) -> Truth:
    """Write the exports of an example district into `folder`/data.

    Parameters
    ----------
    folder : Path
        A workspace. `data/` is made in it; files of the same names are replaced.
    n_students : int, at least 80
        Twenty to an advisory classroom, ten classrooms to a school, grades 9 and 10.
    seed : int
        The same seed and size give the same bytes.
    stage : {"before", "after"}
        "before" is what there was on the eve of the start: the baseline wave, attendance and sessions until then, the
        roster as it stood. The CSV files of "after" begin with those of "before".
    broken : bool
        Whether the handful of broken rows is in the files.
    truth : Truth
        What to plant.

    Returns
    -------
    Truth
        What was planted, the effect as it came out in this district, and the counts of the files written.

    Raises
    ------
    ParameterError
        CY105 for fewer than 80 students.

    Notes
    -----
    Missing answers are written as schools have them: 99 for a refusal, nothing for a blank. The truth is returned, and not
    written beside the data.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     planted = write_example(Path(folder), n_students=80, stage="before")
    ...     sorted(path.name for path in (Path(folder) / "data").iterdir())
    ['arms.csv', 'attendance.csv', 'courses.csv', 'first-lessons.csv', 'mentors.csv', 'network-figures.csv', 'network-members.csv',
    'oneroster.zip', 'pulse.csv', 'reading-marks.csv', 'reading-support.csv', 'sessions.csv', 'tutoring-places.csv',
    'tutoring-sessions.csv', 'weekly-attendance.csv']
    """
    district = _draw(n_students, seed, truth)
    data, until = Path(folder) / "data", year.exported_until(stage)
    data.mkdir(parents=True, exist_ok=True)
    rows, counts = _survey_rows(district, stage, broken)
    write_survey(data / "pulse.csv", rows)
    write_roster(data / "oneroster.zip", district.people, as_of=until)
    write_arms(data / "arms.csv", district.people)
    write_attendance(data / "attendance.csv", district.people, district.attendance, until=until, broken=broken)
    write_sessions(
        data / "sessions.csv", district.people, district.attendance.days, district.sessions, until=until, broken=broken
    )
    write_courses(data / "courses.csv", district.people, district.marks, until=until)
    write_weekly(data / "weekly-attendance.csv", seed=seed, until=until)
    write_network(data, seed=seed)
    write_reading(data, district.people, seed=seed, until=until)
    write_mentors(data, district.people, seed=seed, until=until)
    return _realised(truth, district, counts, stage, broken)


def truth_of(
    n_students: int = 1200,
    seed: int = 2026,
    *,
    stage: Stage = "after",
    broken: bool = True,
    truth: Truth = DEFAULT_TRUTH,
) -> Truth:
    """What :func:`write_example` would return, without writing anything.

    >>> truth_of(200).effect
    0.2
    """
    district = _draw(n_students, seed, truth)
    _, counts = _survey_rows(district, stage, broken)
    return _realised(truth, district, counts, stage, broken)


def _draw(n_students: int, seed: int, truth: Truth) -> _District:
    if n_students < FEWEST_STUDENTS:
        raise ParameterError(
            f"an example district of {n_students} students", code="CY105", fix=f"Ask for at least {FEWEST_STUDENTS}."
        )
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(7)]
    people = draw_people(n_students, streams[0])
    belonging = draw_belonging(people, truth, streams[1])
    attendance = draw_attendance(people, belonging.student_part, streams[2])
    answers = draw_answers(people, belonging, attendance.standing, truth, streams[3])
    return _District(
        people=people,
        belonging=belonging,
        attendance=attendance,
        sessions=draw_sessions(people, attendance, streams[4]),
        marks=draw_marks(attendance, streams[5]),
        answers=answers,
        rows=answer_rows(answers, people, streams[6]),
    )


def _survey_rows(district: _District, stage: Stage, broken: bool) -> tuple[list[Row], dict[str, int]]:
    """Broken before they are cut to the stage, so that a stage changes nothing but how many rows there are."""
    rows, counts = faults.break_answers(district.rows) if broken else (district.rows, {})
    if stage == "after":
        return rows, counts
    n_baseline = int((district.answers["wave"] == year.BASELINE).sum()) + (len(rows) - len(district.rows))
    return rows[:n_baseline], {**counts, "n_undeclared": 0}


def _realised(truth: Truth, district: _District, counts: dict[str, int], stage: Stage, broken: bool) -> Truth:
    cohort = district.people.in_cohort
    without = scores(district.belonging.without[cohort])
    with_change = scores(district.belonging.with_change[cohort])
    return replace(
        truth,
        realised_effect=float((with_change - without).mean()),
        realised_sd=float(without.std(ddof=1)),
        **_counts_of_people(district.people, stage),
        **_counts_of_answers(district.answers, stage),
        **counts,
        **dict.fromkeys(("n_bad_status", "n_bad_date", "n_negative_minutes"), int(broken)),
    )


def _counts_of_people(people: People, stage: Stage) -> dict[str, int]:
    until, students = year.exported_until(stage), people.students
    happened = {
        column: students[column].to_numpy().astype("datetime64[D]") <= until for column in ("left_on", "moved_on")
    }
    late = ~people.in_cohort & (students["entered_on"].to_numpy().astype("datetime64[D]") <= until)
    return {
        "n_students": int(people.in_cohort.sum() + late.sum()),
        "n_schools": len(people.schools),
        "n_classrooms": len(people.classrooms),
        "n_late": int(late.sum()),
        "n_left": int(happened["left_on"].sum()),
        "n_movers": int(happened["moved_on"].sum()),
        "n_cohort": int(people.in_cohort.sum()),
    }


def _counts_of_answers(answers: pd.DataFrame, stage: Stage) -> dict[str, int]:
    known = answers if stage == "after" else answers[answers["wave"] == year.BASELINE]
    real = known[known["status"] == ANSWERED]
    items = real[list(ITEMS)]
    return {
        "n_answers_baseline": int((real["wave"] == year.BASELINE).sum()),
        "n_answers_follow_up": int((real["wave"] == year.FOLLOW_UP).sum()),
        "n_preview": int((known["status"] == PREVIEW).sum()),
        "n_spam": int((known["status"] == SPAM).sum()),
        "n_refused": int((items == REFUSED).to_numpy().sum()),
        "n_blank": int((items == BLANK).to_numpy().sum()),
    }
