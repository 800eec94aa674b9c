"""Which columns identify a person, which question texts are the same, and which values are choices: told by names, never by values."""

import pandas as pd
import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.do.intake.beside import beside
from cycles.do.intake.choices import listed_choices, outside_choices
from cycles.do.intake.identifying import identifies
from cycles.do.intake.item_text import alike, as_wanted, plain
from cycles.do.intake.positions import read_by_position
from cycles.do.intake.r_syntax import read_syntax
from cycles.do.intake.reading import Reading


@pytest.mark.parametrize(
    "label",
    [
        "IPAddress",
        "RecipientFirstName",
        "parent_email",
        "E-Mail-Adresse",
        "Adresse e-mail",
        "Correo electrónico",
        "Prénom",
        "Nom d'utilisateur",
        "Fecha de nacimiento",
        "What is your full name?",
        "Student's name",
        "LocationLatitude",
        "dob",
        "Name",
    ],
)
def test_a_name_that_asks_who_somebody_is_identifies(label):
    assert identifies(label)


@pytest.mark.parametrize(
    "label",
    [
        "ResponseId",
        "ExternalReference",
        "School name",
        "redcap_event_name",
        "Q1",
        "UserLanguage",
        "My teachers know me by my first name and say it often",
        "How many of your teachers answer an email within a day?",
        "",
    ],
)
def test_an_id_an_item_and_the_name_of_a_thing_do_not_identify(label):
    assert not identifies(label)


def test_a_question_is_told_without_its_markup():
    shown = '<style>p {color: red}</style><p>Is 3 < 4 &amp;\n "so"?</p><!-- x -->'
    assert plain(shown) == 'Is 3 < 4 & "so"?'


def test_quotes_dashes_spaces_and_the_end_do_not_make_another_question():
    assert alike("\u201cI\u2019m\u201d  here \u2013 now\u2026") == alike('"I\'m" here - now?')


def test_another_word_makes_another_question():
    assert as_wanted(["I like school."], ["I liked school."], where="x.csv") == {"I like school.": "I like school."}


def test_an_exact_text_is_taken_before_one_that_is_only_alike():
    names = as_wanted(["Glad?", "Glad!"], ["Glad!"], where="x.csv")
    assert names == {"Glad?": "Glad?", "Glad!": "Glad!"}


def test_a_text_that_is_alike_to_two_columns_is_refused_by_number():
    with pytest.raises(ContractError) as caught:
        as_wanted(["id", "Glad?", "Glad!"], ["Glad"], where="x.csv")
    assert (caught.value.code, "2, 3" in caught.value.where) == ("CY204", True)


def test_choices_keep_their_commas_and_leave_out_what_has_no_code():
    assert listed_choices("1, Yes, often | Very sad | -9, Refused") == {"1": "Yes, often", "-9": "Refused"}


def test_values_outside_the_choices_are_counted_and_not_told():
    table = pd.DataFrame({"q": ["1", "Canary", "", "-9", " 2 "], "_line": [2, 3, 4, 5, 6]})
    (said,) = outside_choices(table, {"q": {"1": "Yes", "2": "No"}, "absent": {"1": "x"}}, ["-9"])
    assert said == "CY218: 1 of 4 values of 'q' are none of its 2 choices: lines 3"


def test_a_header_that_says_the_same_twice_is_read_by_position_and_lines_stay_true():
    raw, header = read_by_position(b'\nid,"How\noften?",\n007,a,b\n008,c\n009,d,e\n010,f,g\n', where="x.csv")
    assert header == ["id", "How often?", ""]
    assert raw.table["_line"].tolist() == [4, 6, 7]
    assert raw.broken["_line"].tolist() == [5]
    assert raw.rows_raw == 4


def test_a_header_that_never_ends_is_refused():
    with pytest.raises(ContractError) as caught:
        read_by_position(b'id,"How often?\n007,a\n', where="x.csv")
    assert caught.value.code == "CY201"


def test_a_file_beside_the_data_is_found_in_its_folder_or_by_its_whole_path(tmp_path):
    (tmp_path / "fields.csv").write_text("x\n")
    assert beside(tmp_path / "data.csv", Reading(beside="fields.csv")) == tmp_path / "fields.csv"
    assert (
        beside(tmp_path / "other" / "data.csv", Reading(beside=str(tmp_path / "fields.csv"))) == tmp_path / "fields.csv"
    )


def test_a_file_beside_the_data_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ParameterError) as caught:
        beside(tmp_path / "data.csv", Reading(beside="fields.csv"))
    assert (caught.value.code, "fields.csv" in str(caught.value)) == ("CY104", True)


def test_r_syntax_is_read_as_text_only():
    syntax = read_syntax(
        'data <- read.csv("x.csv"); system("rm -rf /")\n'
        'data[, 2] <- factor(data[, 2], levels=c("A1",\'A2\', 3), labels=c("Yes, often", \'No (never)\', "I\\\'m\\nnew"))\n'
        'attributes(data)$variable.labels[2] <- "<b>Glad</b>?"\n'
        'names(data)[2] <- "Q1"\n'
        'data[, 3] <- factor(data[, 3], levels=c("1","2"), labels=c("only one"))\n'
    )
    assert syntax.names == {2: "Q1"}
    assert syntax.item_text == {2: "Glad ?"}
    assert syntax.labels == {2: {"A1": "Yes, often", "A2": "No (never)", "3": "I'm\nnew"}}
