"""REDCap: codes stay codes, the dictionary says what they mean and who is identified, and what does not fit is counted."""

from pathlib import Path

import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import Reading

GOLDEN = Path(__file__).parents[2] / "golden" / "intake" / "redcap"
HEADER = "field_name,form_name,field_type,field_label,select_choices_or_calculations,identifier"
FIELDS = (
    "record_id,entry,text,Record ID,,",
    "nick,entry,text,Nickname,,y",
    'glad,pulse,radio,"<b>Glad</b> to be here","1, No | 2, Yes",',
    'clubs,pulse,checkbox,Clubs,"c, Chess | -1, None",',
    "again,pulse,yesno,Again?,,",
)
DATA = "record_id,redcap_event_name,nick,entry_complete,glad,clubs___c,clubs____1,again,pulse_complete"
LABELS = (
    "Record ID,Event Name,Nickname,Complete?,Glad to be here,Clubs (choice=Chess),Clubs (choice=None),Again?,Complete?"
)


@pytest.fixture
def redcap(tmp_path):
    def read(*rows: str, header=DATA, fields=FIELDS, fields_header=HEADER, columns=None, **reading):
        (tmp_path / "data.csv").write_text("\n".join([header, *rows]) + "\n")
        if fields:
            (tmp_path / "fields.csv").write_text("\n".join([fields_header, *fields]) + "\n")
            reading = {"beside": "fields.csv", **reading}
        return ADAPTERS.get("redcap")(tmp_path / "data.csv", columns=columns, reading=Reading(**reading))

    return read


def test_codes_labels_and_texts_come_from_the_dictionary(redcap):
    read = redcap("007,entry_arm_1,Canary,2,1,1,0,1,2")
    assert read.facts["labels"] == {
        "entry_complete": {"0": "Incomplete", "1": "Unverified", "2": "Complete"},
        "glad": {"1": "No", "2": "Yes"},
        "clubs___c": {"0": "Unchecked", "1": "Checked"},
        "clubs____1": {"0": "Unchecked", "1": "Checked"},
        "again": {"1": "Yes", "0": "No"},
        "pulse_complete": {"0": "Incomplete", "1": "Unverified", "2": "Complete"},
    }
    assert read.facts["item_text"]["glad"] == "Glad to be here"
    assert read.facts["item_text"]["clubs___c"] == "Clubs (choice=Chess)"
    assert read.facts["warnings"] == []


def test_what_the_dictionary_flags_is_dropped_and_said(redcap):
    read = redcap("007,entry_arm_1,Canary,2,1,1,0,1,2")
    assert read.facts["dropped"] == ["nick"]
    assert "nick" not in read.facts["item_text"]
    assert not read.table.astype("str").isin(["Canary"]).any(axis=None)


def test_a_mapping_may_ask_for_what_is_flagged(redcap):
    read = redcap("007,entry_arm_1,Canary,2,1,1,0,1,2", columns=["nick"])
    assert read.table.to_dict("records") == [{"nick": "Canary", "_line": 2}]


def test_values_outside_the_choices_are_counted_and_never_told(redcap):
    read = redcap("007,e,,2,Canary,1,0,1,2", "008,e,,2,2,1,0,,2")
    assert read.facts["warnings"] == ["CY218: 1 of 2 values of 'glad' are none of its 2 choices: lines 2"]
    assert read.table["glad"].tolist() == ["Canary", "2"]


def test_missing_codes_of_the_project_fit_any_field_and_are_declared(redcap):
    read = redcap(
        "007,e,,2,UNK,1,0,1,2",
        fields=tuple(f'{field},"UNK, Unknown | -9, Refused"' for field in FIELDS),
        fields_header=HEADER + ",missing_data_codes",
    )
    assert read.facts["warnings"] == []
    assert read.facts["missing_declared"]["glad"] == ["UNK", "-9"]


def test_an_export_with_labels_goes_by_the_field_names(redcap):
    read = redcap("007,Entry (Arm 1: X),Canary,Complete,Yes,Checked,Unchecked,No,Complete", header=LABELS)
    assert read.header == tuple(DATA.split(","))
    assert read.facts["headers"] == "labels"
    assert (read.table.loc[0, "glad"], read.facts["dropped"], read.facts["warnings"]) == ("Yes", ["nick"], [])


def test_two_fields_of_one_label_are_told_apart_only_when_both_are_there(redcap):
    fields = ("record_id,f,text,Record ID,,", "a,f,text,Date,,", "b,f,text,Date,,")
    assert redcap("007,x,y", header="Record ID,Date,Date", fields=fields).header == ("record_id", "a", "b")
    assert redcap("007,x,y", header="Record ID,Event Name,Date", fields=fields).header == (
        "record_id",
        "redcap_event_name",
        "Date",
    )


def test_labels_that_cannot_be_told_apart_are_refused(redcap):
    fields = ("record_id,f,text,Record ID,,", *(f"{name},f,text,Date,," for name in "abc"))
    with pytest.raises(ContractError) as caught:
        redcap("007,entry,x,y", header="Record ID,Event Name,Date,Date", fields=fields)
    assert caught.value.code == "CY204"


def test_columns_that_the_dictionary_does_not_have_are_named(redcap):
    read = redcap("007,4", header="record_id,stray", fields=("record_id,f,text,Record ID,,",))
    assert read.facts["warnings"] == ["CY226: columns that the data dictionary does not have: stray"]


def test_the_dictionary_of_another_project_is_refused(redcap):
    with pytest.raises(ContractError) as caught:
        redcap("007,x,y", header="id,p,q")
    assert caught.value.code == "CY205"


def test_a_file_beside_the_data_that_is_no_dictionary_is_refused(redcap):
    with pytest.raises(ContractError) as caught:
        redcap("007", header="record_id", fields=("1,2",), fields_header="a,b")
    assert caught.value.code == "CY202"


def test_a_dictionary_with_a_ragged_row_is_refused_for_what_it_might_have_flagged(redcap):
    with pytest.raises(ContractError) as caught:
        redcap("007,e,,2,1,1,0,1,2", fields=(*FIELDS[:4], "again,pulse,yesno,Again?,,,y"))
    assert caught.value.code == "CY203"


def test_a_dictionary_that_is_not_there_is_named(redcap):
    with pytest.raises(ParameterError) as caught:
        redcap("007", header="record_id", beside="nowhere.csv")
    assert caught.value.code == "CY104"


def test_without_a_dictionary_names_alone_tell_who_is_identified(redcap):
    read = redcap("007,A,4", header="record_id,first_name,glad", fields=())
    assert read.facts["dropped"] == ["first_name"]
    assert "no data dictionary" in read.facts["warnings"][0]


def test_semicolons_decimal_commas_arms_and_repeats_are_kept_as_text():
    read = ADAPTERS.get("redcap")(GOLDEN / "data.csv", reading=Reading(beside="dictionary.csv"))
    assert read.table["record_id"].tolist() == ["007", "007", "007", "1E05"]
    assert read.table["hours"].tolist() == ["", "7,5", "8,0", ""]
    assert read.table["redcap_repeat_instance"].tolist() == ["", "1", "2", "1"]
    assert read.table["redcap_event_name"].iloc[-1] == "entry_arm_2"
    assert read.facts["dropped"] == ["initials"]
    assert read.facts["warnings"] == ["CY218: 1 of 3 values of 'glad' are none of its 3 choices: lines 5"]


@pytest.mark.parametrize(
    ("data", "dictionary", "n_rows", "said"),
    [
        ("arm-multiple-delete/data.csv", "dictionary.csv", 60, []),
        ("checkboxes-1/data.csv", "dictionary.csv", 4, []),
        ("longitudinal/data.csv", "dictionary.csv", 18, []),
        ("redcapAPI/data.csv", "metadata.csv", 24, []),
        ("redcapAPI/TestRedcapAPI_Records.csv", "TestRedcapAPI_DataDictionary.csv", 40, []),
        ("repeating-instruments/data.csv", "dictionary.csv", 6, []),
        ("simple/data.csv", "dictionary.csv", 5, ["sex"]),
    ],
)
def test_real_projects_fit_their_dictionaries_or_say_where_not(shared, data, dictionary, n_rows, said):
    read = ADAPTERS.get("redcap")(shared(f"data/formats/format_redcap/{data}"), reading=Reading(beside=dictionary))
    assert (len(read.table), read.rows_raw) == (n_rows, n_rows)
    assert [name in sentence for name, sentence in zip(said, read.facts["warnings"], strict=True)] == [True] * len(said)


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [("decimal-comma", "height", ["1,54", "1,84", "1,95", "1,61"]), ("russian", "refuse", ["NA", "NA", "NA"])],
)
def test_real_exports_without_a_dictionary_keep_their_text(shared, name, column, values):
    read = ADAPTERS.get("redcap")(shared(f"data/formats/format_redcap/{name}/data.csv"))
    assert read.table[column].tolist() == values


def test_nobody_of_a_real_project_is_carried_along(shared):
    read = ADAPTERS.get("redcap")(
        shared("data/formats/format_redcap/simple/data.csv"), reading=Reading(beside="dictionary.csv")
    )
    assert read.facts["dropped"] == ["address", "dob", "email", "name_first", "name_last", "telephone"]
    assert not any("Nutmouse" in str(value) for value in read.table.to_numpy().ravel())
