"""LimeSurvey: responses under codes, texts or the names of the R syntax; structures refused; nobody identified."""

from pathlib import Path

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import Reading

GOLDEN = Path(__file__).parents[2] / "golden" / "intake" / "limesurvey"
CODES = '"id","submitdate","lastpage","ipaddr","email","G1Q1[SQ001]","G1Q1[other]"'
FULL = '"Response ID","Date submitted","Please enter your address [City]","How safe is it? [At school]","How safe is it? [At school]"'


@pytest.fixture
def limesurvey(tmp_path):
    def read(*lines: str, columns=None, syntax=None, **reading):
        (tmp_path / "results.csv").write_bytes(b"\xef\xbb\xbf" + ("\n".join(lines) + "\n").encode())
        if syntax is not None:
            (tmp_path / "syntax.R").write_text(syntax)
            reading["beside"] = "syntax.R"
        return ADAPTERS.get("limesurvey")(tmp_path / "results.csv", columns=columns, reading=Reading(**reading))

    return read


def test_codes_of_subquestions_and_others_are_columns(limesurvey):
    read = limesurvey(CODES, '"007","2026-09-21 08:00:00","3","203.0.113.9","a@example.org","A2","NA"')
    assert read.table.drop(columns="_line").to_dict("records") == [
        {"id": "007", "submitdate": "2026-09-21 08:00:00", "lastpage": "3", "G1Q1[SQ001]": "A2", "G1Q1[other]": "NA"}
    ]
    assert read.facts["dropped"] == ["email", "ipaddr"]


def test_responses_that_were_not_submitted_stay_and_are_counted(limesurvey):
    read = limesurvey(CODES, '"7","2026-09-21","3","","","A2",""', '"8","","1","","","",""')
    assert (len(read.table), read.facts["incomplete"]) == (2, 1)


def test_without_a_date_of_submission_nobody_is_called_complete(limesurvey):
    assert limesurvey('"id","Q1"', '"7","4"').facts["incomplete"] is None


def test_headings_that_stand_twice_are_called_by_their_column(limesurvey):
    read = limesurvey(FULL, '"7","2026-09-21","Canary","4","5"')
    assert read.table.loc[0, "How safe is it? [At school] (column 5)"] == "5"
    assert read.facts["warnings"] == [
        "CY204: headings that stand several times are called by their column number: 4, 5"
    ]
    assert read.facts["dropped"] == ["Please enter your address [City]"]


def test_a_mapping_may_name_one_of_two_by_its_column(limesurvey):
    read = limesurvey(FULL, '"7","2026-09-21","Canary","4","5"', columns=["How safe is it? [At school] (column 4)"])
    assert read.table.iloc[0, 0] == "4"


def test_a_mapping_that_names_a_heading_which_stands_twice_is_refused(limesurvey):
    with pytest.raises(ContractError) as caught:
        limesurvey(FULL, '"7","2026-09-21","Canary","4","5"', columns=["How safe is it? [At school]"])
    assert (caught.value.code, "4, 5" in caught.value.where) == ("CY204", True)


def test_another_table_is_refused(limesurvey):
    with pytest.raises(ContractError) as caught:
        limesurvey("student,Q1", "007,4")
    assert caught.value.code == "CY202"


def test_names_texts_and_labels_come_from_the_syntax():
    read = ADAPTERS.get("limesurvey")(
        GOLDEN / "survey_1_R_data_file.csv", reading=Reading(beside="survey_1_R_syntax_file.R")
    )
    assert list(read.table.columns) == [
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        "safe_SQ001",
        "agree",
        "why_other",
        "_line",
    ]
    assert read.facts["labels"] == {
        "safe_SQ001": {"A1": "Not safe", "A2": "Safe, mostly", "A3": '"Very" safe'},
        "agree": {"Y": "Yes", "N": "No"},
    }
    assert read.facts["item_text"]["why_other"] == "[Other] Why?"
    assert (read.facts["dropped"], read.facts["incomplete"], read.facts["warnings"]) == (["ipaddr"], 1, [])


def test_generated_headings_are_called_by_the_syntax(limesurvey):
    syntax = 'names(data)[1] <- "id"\nnames(data)[2] <- "submitdate"\nnames(data)[3] <- "Q1"\n'
    read = limesurvey("V1,V2,V3", "7,2026-09-21,A1", "8,,", syntax=syntax)
    assert (read.header, read.facts["incomplete"]) == (("id", "submitdate", "Q1"), 1)


def test_values_without_a_label_in_the_syntax_are_counted(limesurvey):
    syntax = 'names(data)[2] <- "Q1"\ndata[, 2] <- factor(data[, 2], levels=c("A1"), labels=c("Yes"))\n'
    read = limesurvey("V1,V2", "7,A1", "8,Canary", syntax=syntax)
    assert read.facts["warnings"] == ["CY218: 1 of 2 values of 'Q1' are none of its 1 choices: lines 3"]


def test_a_syntax_of_more_columns_than_the_data_is_refused(limesurvey):
    with pytest.raises(ContractError) as caught:
        limesurvey("V1,V2", "7,A1", syntax='names(data)[3] <- "Q2"\n')
    assert caught.value.code == "CY205"


def test_a_real_export_with_full_texts_is_read(shared):
    read = ADAPTERS.get("limesurvey")(shared("data/formats/format_limesurvey/survey_998192_R_data_file.csv"))
    assert (len(read.table), read.rows_raw, read.facts["incomplete"]) == (7, 7, 5)
    assert len(read.facts["dropped"]) == 4


@pytest.mark.parametrize(
    "name", ["export-of-minimal-survey-as-tsv.txt", "export-of-en-and-nl-survey-with-one-question-as-tsv.txt"]
)
def test_the_structure_of_a_survey_is_no_responses(shared, name):
    with pytest.raises(ContractError) as caught:
        ADAPTERS.get("limesurvey")(shared(f"data/formats/format_limesurvey/{name}"))
    assert (caught.value.code, "structure" in caught.value.what) == ("CY202", True)
