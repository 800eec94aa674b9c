"""How a contract begins, and records of two sources as a run keeps them: one kept its contract, one broke it in every way."""

from typing import Any

CONTRACT_OF_T = """
apiVersion: v3.1.0
kind: DataContract
id: t
name: t
version: 1.0.0
status: active
schema:
  - name: t
    properties:
"""
"""A contract of the table `t`, up to its first property."""


def record(**changes: Any) -> dict[str, Any]:
    """A source that kept its contract."""
    made = {
        "source": "survey", "contract": "survey.school_belonging", "version": "1.0.0", "outcome": "pass",
        "rows_in": 2387, "used": 2380, "quarantined": 7, "sha256": "ab12" * 16, "rules": [], "facts": {},
    }  # fmt: skip
    return {**made, **changes}


def rule(name: str, **changes: Any) -> dict[str, Any]:
    """A rule that holds."""
    made = {"rule": name, "column": "", "severity": "critical", "outcome": "pass", "n_failed": 0, "gx_n_failed": 0,
            "expressible": True, "code": "", "found": "", "lines": ""}  # fmt: skip
    return {**made, **changes}


SURVEY = record(
    rules=[
        rule("row_count"),
        rule("required:respondent_id", outcome="fail", n_failed=7, gx_n_failed=7, found="7 rows have no respondent_id"),
        rule("in_set:BEL_02"),
        rule("matches:wave", severity="warning", outcome="fail", n_failed=2, gx_n_failed=2,
             found="2 values of wave are not written as the contract says"),
    ],
    facts={
        "not_checked": {"reference:student_id": "not checked: no students table was delivered with it"},
        "cells_set_aside": {"in_set:BEL_01": 12},
        "missing_codes": {"BEL_02": {"refused": 4, "not_asked": 31}},
        "undeclared_codes": {"BEL_02": {"987": 1, "other": 2}},
        "excluded": [{"rule": "preview", "n": 3, "of": "rows"}],
        "warnings": ["not UTF-8: read as Windows cp1252; check accented letters"],
        "cleared": {"rows_set_aside": 1},
        "receipt": {"version": 2, "rows_read": 2390, "excluded": {"preview": 3}, "schema": "c0de" * 16, "text": "survey: version 2."},
    },
)  # fmt: skip
SESSIONS = record(
    source="support_sessions",
    contract="sessions",
    outcome="fail",
    rows_in=410,
    used=300,
    quarantined=110,
    rules=[
        rule("column_exists:student_id"),
        rule("between:minutes", outcome="fail", n_failed=110, gx_n_failed=110, found="110 values of minutes are outside 1 to 240"),
        rule("sql:late_entry", outcome="could_not_run", n_failed=None, gx_n_failed=None, code="CY214",
             found="the rule sql:late_entry could not be judged"),
        rule("quarantined_share", outcome="fail", n_failed=110, gx_n_failed=None,
             found="110 rows had to be set aside, more than 5% of the rows"),
    ],
    facts={
        "problems": [
            {"code": "CY212", "what": "support_sessions: 110 rows had to be set aside, more than 5% of the rows",
             "where": "sessions.csv", "fix": "Correct the rows listed in the quarantine and run again."},
            {"code": "CY214", "what": "support_sessions: the rule sql:late_entry could not be judged",
             "where": "sessions.csv", "fix": "Correct the rule or the column it reads."},
        ],
        "drift": [{"code": "CY222", "text": "the column minutes is new."}],
        "breaks": [{"code": "CY221", "text": "nearly every site jumped at once."}],
    },
)  # fmt: skip
RECORDS = [SURVEY, SESSIONS]
