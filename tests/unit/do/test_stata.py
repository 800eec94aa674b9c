"""Stata files: extended missing values keep their letter, single precision its digits, dates their day."""

import datetime as dt

import pandas as pd
import pyreadstat
import pytest

from cycles.core.errors import CyclesError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.counted_time import STATA


@pytest.fixture
def stata(tmp_path):
    """Write a .dta and read it."""

    def read(columns, **how):
        pyreadstat.write_dta(pd.DataFrame(columns), tmp_path / "survey.dta", **how)
        return ADAPTERS.get("stata")(tmp_path / "survey.dta")

    return read


def test_extended_missing_values_keep_their_letter_and_are_told(stata):
    read = stata(
        {"q": [1, "a", 2]},
        missing_user_values={"q": ["a"]},
        variable_value_labels={"q": {1: "no", 2: "yes", "a": "refused"}},
    )
    assert read.table["q"].tolist() == ["1", ".a", "2"]
    assert read.facts["missing_declared"] == {"q": [".a"]}
    assert read.facts["labels"] == {"q": {"1": "no", "2": "yes", ".a": "refused"}}


def test_ids_dates_and_moments_are_read_as_they_stand(stata):
    read = stata({"id": ["007"], "on": [dt.date(2026, 9, 21)], "at": [dt.datetime(2026, 9, 21, 8, 30)]})
    assert read.table.iloc[0].tolist() == ["007", "2026-09-21", "2026-09-21T08:30:00", 2]


def test_single_precision_keeps_the_digits_that_were_written(tmp_path):
    frame = pd.DataFrame({"share": pd.Series([0.1, 2.0], dtype="float32")})
    frame.to_stata(tmp_path / "survey.dta", write_index=False)
    assert ADAPTERS.get("stata")(tmp_path / "survey.dta").table["share"].tolist() == ["0.1", "2"]


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_files_of_every_version_are_known_by_their_content(tmp_path, version):
    pd.DataFrame({"id": ["007"]}).to_stata(tmp_path / "survey.txt", write_index=False, version=version)
    assert ADAPTERS.get("stata")(tmp_path / "survey.txt").table["id"].tolist() == ["007"]


def test_months_counted_from_1960_stay_numbers_and_are_told(stata):
    read = stata({"month": [800]}, variable_format={"month": "%tm"})
    assert read.table["month"].tolist() == ["800"]
    assert read.facts["warnings"][0].startswith("CY226: column 'month'")


@pytest.mark.parametrize(
    ("form", "kind"), [("%td", "date"), ("%tdDD/NN/CCYY", "date"), ("%tcHH:MM", "duration"), ("%ty", None)]
)
def test_a_display_format_tells_what_is_counted(form, kind):
    assert STATA.kind_of(form) == kind


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "CY201"), (b"id\n1\n", "CY202"), (b"<stata_dta><header>", "CY201")]
)
def test_what_is_no_stata_file_is_refused_with_a_code(tmp_path, content, code):
    (tmp_path / "survey.dta").write_bytes(content)
    with pytest.raises(CyclesError) as caught:
        ADAPTERS.get("stata")(tmp_path / "survey.dta")
    assert caught.value.code == code


def test_a_real_file_gives_every_kind_of_value(shared):
    read = ADAPTERS.get("stata")(shared("corpora/pyreadstat/test_data/basic/sample.dta"))
    assert read.table.iloc[0].tolist() == ["a", "1.1", "2018-05-06", "2018-05-06T10:10:10", "1", "1", "10:10:10", 2]
    assert (read.table == "").any(axis=None)
