"""Canonical tables: the columns every source is turned into, whatever file it came from.

Ids are always strings; dates end in `_on`, or are called `on`. A table may carry more columns (subgroups, items).
"""

from types import MappingProxyType

CANONICAL_TABLES = MappingProxyType(
    {
        "students": ("student_id", "school_id", "grade", "classroom_id", "entered_on", "left_on"),
        "responses": ("respondent_id", "respondent_role", "wave", "answered_on"),
        "attendance_days": ("student_id", "school_id", "on", "status"),
        "attendance_totals": ("student_id", "school_id", "period", "days_enrolled", "days_absent"),
        "courses": ("student_id", "term", "course_id", "subject", "mark", "credits"),
        "incidents": ("student_id", "on", "kind", "response"),
        "sessions": (
            "student_id",
            "on",
            "minutes",
            "service",
            "provider_role",
            "provider_id",
            "in_school_hours",
        ),
        "needs": ("student_id", "domain", "kind", "on"),
        "assessments": ("student_id", "on", "test", "standard", "score"),
        "site_measures": ("site_id", "period", "measure", "value", "n"),
        "arms": ("unit_id", "unit_kind", "arm", "started_on", "assigned_by"),
    }
)

PERSON_COLUMNS = frozenset({"student_id", "respondent_id", "provider_id", "unit_id", "unit"})
"""Columns that name a person; a table that has one is never shown or published."""

LINE = "_line"
"""Column of a freshly read text table that holds the line of the file a row came from."""
