"""SAS files: special missing values keep their letter, labels come from the catalogue, a transport file must end with a record."""

import pandas as pd
import pyreadstat
import pytest

from cycles.core.errors import CyclesError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import Reading

FOLDER = "corpora/pyreadstat/test_data"


@pytest.fixture
def transport(tmp_path):
    file = tmp_path / "survey.xpt"
    pyreadstat.write_xport(pd.DataFrame({"ID": ["007", "NA"], "MARK": [3.0, 4.5]}), file, file_format_version=8)
    return file


def test_a_transport_file_is_read_as_it_stands(transport):
    read = ADAPTERS.get("sas")(transport, columns=["ID", "MARK"])
    assert read.table[["ID", "MARK"]].to_numpy().tolist() == [["007", "3"], ["NA", "4.5"]]


def test_a_transport_file_cut_within_a_record_is_refused(transport):
    transport.write_bytes(transport.read_bytes()[:-7])
    with pytest.raises(CyclesError) as caught:
        ADAPTERS.get("sas")(transport)
    assert caught.value.code == "CY219"


@pytest.mark.parametrize(("content", "code"), [(b"", "CY201"), (b"id\n1\n", "CY202")])
def test_what_is_no_sas_file_is_refused_with_a_code(tmp_path, content, code):
    (tmp_path / "survey.sas7bdat").write_bytes(content)
    with pytest.raises(CyclesError) as caught:
        ADAPTERS.get("sas")(tmp_path / "survey.sas7bdat")
    assert caught.value.code == code


def test_special_missing_values_keep_their_letter(shared):
    read = ADAPTERS.get("sas")(shared(f"{FOLDER}/missing_data/missing_test.sas7bdat"))
    assert read.table.iloc[0].tolist()[:9] == [".A", ".B", ".C", ".X", ".Y", ".Z", "._", "", "1"]
    assert read.facts["missing_declared"]["var7"] == ["._"]


@pytest.mark.parametrize("system", ["linux", "win"])
def test_labels_come_from_the_catalogue_beside_the_file(shared, system):
    file = shared(f"{FOLDER}/sas_catalog/test_data_{system}.sas7bdat")
    read = ADAPTERS.get("sas")(file, reading=Reading(beside=f"test_formats_{system}.sas7bcat"))
    assert read.facts["labels"] == {"SEXA": {"1": "Male", "2": "Female"}, "SEXB": {"1": "Male", "2": "Female"}}
    assert ADAPTERS.get("sas")(file).facts["labels"] == {}


def test_a_catalogue_that_cannot_be_read_is_refused(shared, tmp_path):
    data = shared(f"{FOLDER}/sas_catalog/test_data_linux.sas7bdat").read_bytes()
    (tmp_path / "survey.sas7bdat").write_bytes(data)
    (tmp_path / "formats.sas7bcat").write_bytes(b"nothing of the kind")
    with pytest.raises(CyclesError) as caught:
        ADAPTERS.get("sas")(tmp_path / "survey.sas7bdat", reading=Reading(beside="formats.sas7bcat"))
    assert (caught.value.code, "formats.sas7bcat" in caught.value.where) == ("CY201", True)


def test_dates_are_days_whatever_their_display(shared):
    read = ADAPTERS.get("sas")(shared(f"{FOLDER}/basic/date_test.sas7bdat"))
    first = read.table.iloc[0]
    assert first[["dtc1", "dtc2", "dtc3", "dtc4", "tm1", "dt1", "yr"]].tolist() == [
        "2022-01-01",
        "1970-11-14",
        "1999-12-31",
        "2023-07-01",
        "11:20:10",
        "2020-12-09T14:05:00",
        "2023-01-01",
    ]


def test_dates_before_the_origin_agree_with_the_text_beside_them(shared):
    read = ADAPTERS.get("sas")(shared(f"{FOLDER}/basic/dates_xpt.sas7bdat"))
    assert (read.table["dates"] == read.table["string_dates"]).all()
    assert (read.table["times"] == read.table["string_times"]).all()
