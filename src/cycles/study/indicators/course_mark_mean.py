"""Course marks: the mean of a student's numeric marks."""

from collections.abc import Mapping

import pandas as pd

from cycles.core.errors import ParameterError
from cycles.study.indicators import INDICATORS
from cycles.study.indicators._windows import Window, require_columns


@INDICATORS.register(
    "course_mark_mean",
    needs=("courses",),
    unit="mark points",
    higher_is="better",
    title="Mean course mark",
)
def course_mark_mean(
    tables: Mapping[str, pd.DataFrame], *, window: Window, subject: str | None = None, weight_by_credits: bool = False
) -> pd.DataFrame:
    """Mean of the numeric marks of a student's courses, in a term or over all terms.

    Parameters
    ----------
    tables : `courses` (`student_id, term, mark`, and `subject, credits` where the options use them)
    window : courses have terms, not days: `period` names the term; without it all terms are joined
    subject : courses of this subject only
    weight_by_credits : weigh each mark by its credits; courses without credits are left out

    Returns
    -------
    DataFrame, one row per student
        `student_id, period` (the term, or "all terms"), `value` (mark points), `n` (marks, or credits when weighted).

    Raises
    ------
    ContractError
        CY211 for missing columns.
    ParameterError
        CY105 when it is asked for by date.

    Notes
    -----
    Marks that are not numbers (pass, withdrawn, incomplete) are left out, so students with none have no row. Not a grade point
    average: marks are averaged as they stand, whatever their scale.

    Examples
    --------
    >>> courses = pd.DataFrame({"student_id": "a", "term": "S1", "mark": ["80", "90", "P"]})
    >>> course_mark_mean({"courses": courses}, window=Window.of(by="window", since=None, until=None, period="S1")).value.item()
    85.0
    """
    courses = tables["courses"]
    used = (
        "student_id",
        "term",
        "mark",
        *(("subject",) if subject else ()),
        *(("credits",) if weight_by_credits else ()),
    )
    require_columns(courses, used, name="courses")
    _require_undated(window)
    rows = courses if window.period is None else courses[courses["term"] == window.period]
    rows = rows if subject is None else rows[rows["subject"] == subject]
    marks = pd.to_numeric(rows["mark"], errors="coerce").astype("Float64").astype(float)
    weights = (
        pd.to_numeric(rows["credits"], errors="coerce").astype("Float64").astype(float)
        if weight_by_credits
        else marks * 0 + 1
    )
    table = pd.DataFrame(
        {"student_id": rows["student_id"], "points": marks * weights, "n": weights.where(marks.notna())}
    )
    summed = table[table["n"] > 0].groupby("student_id", as_index=False, sort=False).sum()
    return summed.assign(period=window.period or "all terms", value=summed["points"] / summed["n"])


def _require_undated(window: Window) -> None:
    if window.by != "window" or (window.period is None and (window.since is not None or window.until is not None)):
        raise ParameterError("course marks have terms, not days", code="CY105", fix="Name the term in `period`.")
