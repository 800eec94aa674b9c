"""A cycle file's cutoff finds its score, and what students received stands in the panel where a method asks for it."""

from pathlib import Path

import pandas as pd
import pytest
from tests.unit.study.test_designs import cycle, tables

from cycles.core.errors import DesignError, ProblemsError
from cycles.runs.example import write_example
from cycles.runs.example.reading import CUTOFF
from cycles.study.designs import build_panel

AT_FORTY = {"at": 40, "change_is": "below"}


def at_cutoff(column: str, **design):
    return cycle(kind="regression_discontinuity", cutoff={"column": column, **AT_FORTY}, **design)


def test_the_score_may_stand_in_the_table_of_arms():
    known = tables()
    arms = known.by_table["arms"].assign(points=[35.0, 36.0, 41.0, 42.0, 43.0, 44.0])
    panel = build_panel(at_cutoff("points"), tables(arms=arms), measure="belonging")
    assert panel.cutoff.at == 40
    assert panel.table.set_index("unit")["running"].to_dict() == {"1": 35.0, "2": 36.0, "3": 41.0, "4": 42.0}


@pytest.mark.parametrize("column", ["baseline", "prior_attendance_share"])
def test_the_score_may_be_the_baseline_or_an_indicator_from_before(column):
    panel = build_panel(at_cutoff(column), tables(), measure="belonging")
    other = "baseline" if column == "baseline" else "prior_attendance_share"
    assert panel.table["running"].equals(panel.table[other].rename("running"))


def test_a_score_that_is_nowhere_is_refused():
    with pytest.raises(DesignError, match="points"):
        build_panel(at_cutoff("points"), tables(), measure="belonging")


@pytest.mark.parametrize(
    "design",
    [{"kind": "regression_discontinuity"}, {"cutoff": {"column": "points", "at": 40}}],
)
def test_a_cutoff_and_its_kind_of_design_go_together(design):
    with pytest.raises(ProblemsError, match="go together"):
        cycle(**design)


def test_a_cutoff_needs_the_arm_on_its_other_side():
    with pytest.raises(ProblemsError, match=r"contrast\.comparison"):
        at_cutoff("points", contrast={"change": "new"})


def test_what_was_received_is_a_column_where_a_method_asks_for_it():
    plain = cycle()
    assert "check_ins_per_week" not in build_panel(plain, tables(), measure="belonging").table
    options = {"received": "check_ins_per_week", "at_least": 1}
    asks = plain.model_copy(update={"estimate": plain.estimate.model_copy(update={"options": options})})
    panel = build_panel(asks, tables(), measure="belonging")
    received = panel.table.set_index("unit")["check_ins_per_week"]
    assert received["1"] > 0
    assert received["2"] == 0


def test_the_example_district_supports_everybody_below_the_cutoff_and_nobody_else(tmp_path: Path):
    write_example(tmp_path, n_students=80)
    support = pd.read_csv(tmp_path / "data" / "reading-support.csv")
    assert ((support["score"] < CUTOFF) == (support["arm"] == "reading_support")).all()
    places = pd.read_csv(tmp_path / "data" / "tutoring-places.csv", dtype={"unit_id": str})
    came = pd.read_csv(tmp_path / "data" / "tutoring-sessions.csv", dtype={"student_id": str})["student_id"]
    assert set(came) <= set(places.loc[places["arm"] == "tutoring", "unit_id"])
