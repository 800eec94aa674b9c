"""Specs are small tables that anyone can read; these fixtures turn them into data and compare what comes out."""

from datetime import date

import pandas as pd
import pytest

from cycles.act.decisions import decide
from cycles.core.vocabulary import Estimate
from cycles.plan.cycle_file import Prediction
from cycles.plan.instruments import Instrument
from cycles.plan.rule import Decide, Fidelity, Harm
from cycles.study.indicators import indicator
from cycles.study.scoring import score


def rows_of(table):
    """The rows of a table drawn with bars, as dicts of text; an empty cell is an empty text."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.fixture
def score_spec():
    """Score the table's students on one scale of 1-5 items; columns ending in `_reversed` are reversed items."""

    def check(table, *, expect, min_answered=1, rule="mean", codes=(), reverse_from=None, missing=None):
        rows = rows_of(table)
        items = [column for column in rows[0] if column != "student"]
        instrument = Instrument.parse(
            {
                "key": "spec",
                "version": "1",
                "title": "Spec",
                "citation": "None",
                "licence": {"name": "CC0-1.0", "wording": "shipped"},
                "responses": {str(code): f"option {code}" for code in range(1, 6)},
                "missing": missing or {},
                "items": {item: {"text": item} for item in items},
                "scales": {
                    "all": {
                        "items": items,
                        "reversed": [item for item in items if item.endswith("_reversed")],
                        "rule": rule,
                        "codes": list(codes),
                        "reverse_from": reverse_from,
                        "min_answered": min_answered,
                        "higher_is": "better",
                    }
                },
            },
            where="spec",
        )
        responses = pd.DataFrame(rows).rename(columns={"student": "respondent_id"}).assign(wave="w")
        scores = score(responses, instrument=instrument, scale="all").set_index("respondent_id")["score"]
        found = {student: None if pd.isna(value) else value for student, value in scores.items()}
        assert found == pytest.approx(expect)

    return check


@pytest.fixture
def attendance_spec():
    """Compute an attendance indicator from a line of letters: p present, t tardy, h half day, a absent, u unexcused, s suspended."""
    statuses = {
        "p": "present",
        "t": "tardy",
        "h": "half_day_absent",
        "a": "absent_excused",
        "u": "absent_unexcused",
        "s": "suspended_out",
    }

    def check(name, table, *, expect, **options):
        days = [
            {"student_id": row["student"], "on": day, "status": statuses[letter]}
            for row in rows_of(table)
            for day, letter in zip(pd.bdate_range("2026-09-07", periods=len(row["days"])), row["days"], strict=True)
        ]
        values = indicator(name, pd.DataFrame(days), **options).set_index("student_id")["value"]
        found = {student: None if pd.isna(value) else value for student, value in values.items()}
        assert found == pytest.approx(expect)

    return check


@pytest.fixture
def decision_spec():
    """Decide each row: an effect and its standard error (points, SD 1, 40 degrees of freedom), P(worse) through the balancing estimate."""
    rule = Decide(
        on=date(2027, 1, 25), fidelity={"check_ins": Fidelity(at_least=1.5)}, balancing={"missed": Harm(worse_by=0.02)}
    )
    prediction = Prediction(measure="belonging", direction="increase", size=0.2, worth_having=0.10)

    def check(table):
        for row in rows_of(table):
            decision = decide(
                make_estimate("belonging", float(row["effect"]), float(row["se"])),
                [],
                rule=rule,
                prediction=prediction,
                balancing=_balancing(row["missed"]),
                fidelity={"check_ins": float(row["check-ins"]) if row["check-ins"] else None},
                as_of=date.fromisoformat(row.get("day", "2027-01-25")),
            )
            assert (decision.call, decision.step) == (row["call"], int(row["step"])), row

    return check


def _balancing(value):
    if not value:
        return {}
    return {
        "missed": make_estimate("missed", float(value), 0.004, unit="share of lesson time", sd=0.05, higher_is="worse")
    }


def make_estimate(name, value, se, *, unit="points", sd=1.0, df=40.0, higher_is="better"):
    """An estimate with an honest record around one number."""
    return Estimate(
        id=name,
        estimand="difference between arms",
        estimator="ancova",
        design="cluster_comparison",
        state="estimated",
        value=value,
        se=se,
        df=df,
        low=value - 2 * se,
        high=value + 2 * se,
        n=800,
        n_clusters=40,
        n_clusters_by_arm={"change": 20, "comparison": 20},
        unit=unit,
        higher_is=higher_is,
        sd=sd,
        effect_size=value / sd,
        effect_size_se=se / sd,
    )
