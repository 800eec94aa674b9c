"""SPSS files: codes stay codes, missing codes stay declared, and labels are held against the data."""

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from cycles.core.errors import CyclesError
from cycles.do.intake import statistical
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import Reading


@pytest.fixture
def spss(tmp_path):
    """Write a .sav (or .zsav) and read it."""

    def read(columns, *, asked=None, compress=False, **how):
        file = tmp_path / ("survey.zsav" if compress else "survey.sav")
        pyreadstat.write_sav(pd.DataFrame(columns), file, compress=compress, **how)
        return ADAPTERS.get("spss")(file, columns=asked)

    return read


def of_labels(read) -> list[str]:
    return [warning for warning in read.facts["warnings"] if warning.startswith("CY218")]


@pytest.mark.parametrize("compress", [False, True])
def test_ids_and_numbers_are_the_text_that_they_stand_for(spss, compress):
    read = spss({"id": ["007", "NA"], "mark": [3.0, 4.25], "n": [12345678, 2]}, compress=compress)
    assert read.table.to_dict("records") == [
        {"id": "007", "mark": "3", "n": "12345678", "_line": 2},
        {"id": "NA", "mark": "4.25", "n": "2", "_line": 3},
    ]


def test_declared_missing_codes_stay_and_are_told_system_missing_is_empty(spss):
    read = spss(
        {"q": [1.0, -9.0, np.nan], "age": [12.0, 150.0, 13.0]},
        missing_ranges={"q": [-9], "age": [{"lo": 100, "hi": 999}]},
    )
    assert read.table["q"].tolist() == ["1", "-9", ""]
    assert read.facts["missing_declared"] == {"q": ["-9"], "age": [["100", "999"]]}


def test_labels_and_question_texts_are_kept_beside_the_codes(spss):
    read = spss(
        {"q": [1.0, 2.0]},
        variable_value_labels={"q": {1: "Never", 2: "Often"}},
        column_labels={"q": "How often?"},
    )
    assert read.table["q"].tolist() == ["1", "2"]
    assert read.facts["labels"] == {"q": {"1": "Never", "2": "Often"}}
    assert read.facts["item_text"] == {"q": "How often?"}
    assert of_labels(read) == []


def test_dates_and_moments_are_iso_whatever_their_display(spss):
    columns = {"on": [dt.date(2026, 9, 21)], "at": [dt.datetime(2026, 9, 21, 8, 30)], "took": [dt.time(1, 2, 3)]}
    read = spss(columns, variable_format={"on": "SDATE10", "at": "DATETIME20", "took": "TIME8"})
    assert read.table.iloc[0].tolist() == ["2026-09-21", "2026-09-21T08:30:00", "01:02:03", 2]


def test_a_duration_over_a_day_does_not_start_again_at_midnight(spss):
    assert spss({"took": [90_061.0]}, variable_format={"took": "TIME8"}).table["took"].tolist() == ["25:01:01"]


def test_a_date_outside_any_calendar_stays_a_number_and_is_told(spss):
    read = spss({"on": [1e18, 13_000_000_000.0]}, variable_format={"on": "EDATE10"})
    assert read.table["on"].tolist() == ["1e+18", "1994-09-26T23:06:40"]
    assert read.facts["warnings"] == ["CY226: column 'on': 1 dates lie outside any calendar and stay numbers"]


def test_only_the_variables_that_are_asked_for_are_kept(spss):
    read = spss({"id": ["007"], "secret": ["x"]}, asked=["id"])
    assert list(read.table.columns) == ["id", "_line"]
    assert read.header == ("id", "secret")


def test_a_file_read_in_pieces_is_the_file_read_at_once(spss, monkeypatch):
    columns = {"n": [float(n) for n in range(2500)]}
    whole = spss(columns)
    monkeypatch.setattr(statistical, "CELLS", 1)
    pieces = spss(columns)
    assert pieces.table.equals(whole.table)
    assert pieces.rows_raw == 2500


# -- labels against data -----------------------------------------------------------------------------------------------


def test_labels_of_which_none_fits_are_refused_and_the_codes_are_kept(spss):
    read = spss({"sex": [3.0, 4.0] * 5}, variable_value_labels={"sex": {1: "girl", 2: "boy"}})
    assert read.facts["labels"] == {}
    assert read.table["sex"].unique().tolist() == ["3", "4"]
    assert of_labels(read) == [
        "CY218: column 'sex': none of its 10 values has a label; its labels are not used, its codes are kept"
    ]


def test_labels_shifted_by_one_are_told(spss):
    read = spss({"q": [0.0, 1.0, 2.0] * 5}, variable_value_labels={"q": {1: "no", 2: "partly", 3: "yes"}})
    assert of_labels(read) == [
        "CY218: column 'q': 5 of 15 values have no label (1 codes), while 1 labels stand for no value"
    ]


def test_one_label_for_two_codes_is_told(spss):
    read = spss({"q": [1.0, 2.0]}, variable_value_labels={"q": {1: "Often", 2: "often "}})
    assert of_labels(read) == ["CY218: column 'q': 1 labels stand for several codes each"]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0], {1: "never", 5: "always", 3: "sometimes"}),
        ([float(n) for n in range(100)], {999: "refused"}),
    ],
)
def test_scales_with_named_points_and_quantities_with_special_codes_are_not_suspected(spss, values, labels):
    assert of_labels(spss({"q": values}, variable_value_labels={"q": labels})) == []


def test_labels_of_missing_codes_only_are_not_held_against_the_answers(spss):
    read = spss({"q": [1.0, 2.0]}, variable_value_labels={"q": {-9: "refused"}}, missing_ranges={"q": [-9]})
    assert of_labels(read) == []


def test_labels_that_contradict_the_columns_made_from_them_are_refused_even_if_those_are_not_asked_for(spss):
    columns = {"level": [1.0, 2.0, 1.0], "level_high": [1.0, 0.0, 1.0]}
    labels = {"level": {1: "low", 2: "high"}}
    read = spss(columns, variable_value_labels=labels, asked=["level"])
    assert read.facts["labels"] == {}
    assert list(read.table.columns) == ["level", "_line"]
    assert "contradict the columns level_high" in of_labels(read)[0]
    right = spss({**columns, "level_high": [0.0, 1.0, 0.0]}, variable_value_labels=labels)
    assert (right.facts["labels"], of_labels(right)) == ({"level": {"1": "low", "2": "high"}}, [])


def test_wrong_labels_of_a_published_file_are_caught_and_its_codes_are_right(shared):
    read = ADAPTERS.get("spss")(shared("data/reference/applied_jree.sav"))
    assert of_labels(read) == [
        "CY218: column 'stype': its labels contradict the columns stype_ms; they are not used, its codes are kept"
    ]
    with shared("data/reference/applied_jree.csv").open(newline="") as file:
        published = list(csv.reader(file))
    assert [list(read.header), *read.table.drop(columns="_line").to_numpy().tolist()] == published


# -- damage ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "CY201"), (b"id,q\n1,2\n", "CY202"), (b"$FL2 and no more", "CY201")]
)
def test_what_is_no_spss_file_is_refused_with_a_code(tmp_path, content, code):
    (tmp_path / "survey.sav").write_bytes(content)
    with pytest.raises(CyclesError) as caught:
        ADAPTERS.get("spss")(tmp_path / "survey.sav")
    assert caught.value.code == code


@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
def test_a_file_cut_off_is_refused(tmp_path, share):
    file = tmp_path / "survey.sav"
    pyreadstat.write_sav(pd.DataFrame({"q": [float(n) + 0.5 for n in range(500)]}), file)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(CyclesError) as caught:
        ADAPTERS.get("spss")(file)
    assert caught.value.code in ("CY201", "CY219")


def test_text_in_another_encoding_is_refused_until_the_mapping_says_which(tmp_path):
    file = tmp_path / "survey.sav"
    pyreadstat.write_sav(pd.DataFrame({"name": ["éxx"]}), file)
    file.write_bytes(file.read_bytes().replace("éxx".encode(), b"\xe9xx "))
    with pytest.raises(CyclesError) as caught:
        ADAPTERS.get("spss")(file)
    assert (caught.value.code, "encoding" in caught.value.fix) == ("CY201", True)
    assert ADAPTERS.get("spss")(file, reading=Reading(encoding="WINDOWS-1252")).table["name"].tolist() == ["éxx"]


def test_a_portable_file_says_that_its_missing_codes_are_lost(shared):
    read = ADAPTERS.get("spss")(shared("corpora/pyreadstat/test_data/basic/sample.por"))
    assert read.table["MYLABL"].tolist() == ["1", "2", "1", "2", "1"]
    assert read.facts["warnings"] == [
        "CY226: in a file of this kind a declared or lettered missing value cannot be told from an empty one"
    ]


def test_an_encoding_declared_for_a_portable_file_is_refused_and_none_is_proposed(tmp_path):
    path = tmp_path / "old.por"
    pyreadstat.write_por(pd.DataFrame({"Q1": [1.0, 2.0]}), path)
    assert ADAPTERS.get("spss")(path).facts["encoding"] == "utf-8"
    with pytest.raises(CyclesError) as refused:
        ADAPTERS.get("spss")(path, reading=Reading(encoding="cp1252"))
    assert refused.value.code == "CY105"
