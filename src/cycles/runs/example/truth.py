"""What is planted in the example district: the answers that an analysis of its files should come to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Truth:
    """The planted values, and what one drawn district came to.

    The first group may be chosen. The second is filled in by :func:`cycles.runs.example.write_example`: `realised_*`
    values use the belonging of every student of the cohort under *both* arms, without nonresponse, which only the
    generator knows; counts are those of the files written.

    Attributes
    ----------
    effect : points on the 1-5 scale
        How much the change raises the expected score of the belonging scale at the follow-up, for those who were in a
        changed classroom at the start. Reached by a shift of underlying belonging that is solved for, because answers
        stop at 1 and 5.
    icc : share, 0-1
        Part of the variance of scores that lies between classrooms, schools included.
    mean, sd : points on the 1-5 scale
        Mean and standard deviation of scores at baseline. The ends of the scale take about 5% off the latter.
    pre_post_correlation : -1 to 1
        Of a student's scores at baseline and follow-up, under the same arm; the ends of the scale take a little off it too.
    drift : points on the 1-5 scale
        What happens to everyone between the waves without the change.
    answering_share : share, 0-1
        Part of the students present in a wave who answer.
    attendance_log_odds : log odds per standard deviation of attendance
        How much likelier students who attend are to answer.
    effect_on_attendance, effect_on_lessons_missed_share : share, 0-1
        Zero: the arm enters neither the attendance nor the support sessions during lessons.
    n_late, n_left, n_movers : students
        Who entered after the start, left before the follow-up, changed classroom after the start (about half to another school).
    n_cohort : students
        Enrolled on the day the change started: those the effect is about.
    realised_effect, realised_sd : points on the 1-5 scale
        Mean difference between the two potential scores of the cohort; standard deviation of the untouched score.
    n_answers_baseline, n_answers_follow_up : students
        Who answered a wave, faulty rows included once.
    n_preview, n_spam : rows
        Rows of the survey that are nobody's answers.
    n_refused, n_blank : answers
        Items answered 99, and items left empty, by students who answered.
    n_ragged, n_undeclared, n_conflicting : rows of the survey
        With one field too many; with a code that is not an option; two rows of one student that disagree.
    n_bad_status, n_bad_date : rows of attendance
        With a status that does not exist; with a day that does not exist.
    n_negative_minutes : rows of sessions
        With minutes below zero.
    """

    effect: float = 0.20
    icc: float = 0.08
    mean: float = 3.5
    sd: float = 0.75
    pre_post_correlation: float = 0.60
    drift: float = -0.05
    answering_share: float = 0.85
    attendance_log_odds: float = 0.80

    n_students: int = 0
    n_schools: int = 0
    n_classrooms: int = 0
    n_late: int = 0
    n_left: int = 0
    n_movers: int = 0
    n_cohort: int = 0
    realised_effect: float = 0.0
    realised_sd: float = 0.0
    n_answers_baseline: int = 0
    n_answers_follow_up: int = 0
    n_preview: int = 0
    n_spam: int = 0
    n_refused: int = 0
    n_blank: int = 0
    n_ragged: int = 0
    n_undeclared: int = 0
    n_conflicting: int = 0
    n_bad_status: int = 0
    n_bad_date: int = 0
    n_negative_minutes: int = 0

    @property
    def effect_on_attendance(self) -> float:
        """Zero, by construction (share of enrolled days)."""
        return 0.0

    @property
    def effect_on_lessons_missed_share(self) -> float:
        """Zero, by construction (share of lesson minutes)."""
        return 0.0

    @property
    def n_broken(self) -> dict[str, int]:
        """Rows set aside by source, as a contract should count them; an undeclared code costs its cell alone."""
        return {
            "survey": self.n_ragged + self.n_conflicting,
            "attendance": self.n_bad_status + self.n_bad_date,
            "sessions": self.n_negative_minutes,
        }
