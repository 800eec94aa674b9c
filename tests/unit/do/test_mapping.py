"""Mappings: every raw row is mapped, excluded by a named rule, or broken."""

import textwrap

import pytest

from cycles.core.errors import ContractError, ParameterError, ProblemsError
from cycles.do.intake import mapping as mapping_language
from cycles.do.intake.mapping import read_mapping

DERIVED = "give one of sum, concat, take, date_part and year_of"
WIDE = "id,kind,k_a,k_b,g_a,g_b\n01,S,1,2,,\n02,,3,4,5,6\n03,S,,,7,\n"
MELT = """
table: responses
exclude: [{rule: no_kind, column: kind, values: [""]}]
columns: {respondent_id: id}
constants: {respondent_role: student}
melt:
  waves:
    K: {a: k_a, b: k_b}
    "1": {a: g_a, b: g_b}
"""


@pytest.fixture
def refused(workspace):
    """The codes and sentences with which a mapping is refused."""

    def told(content: str) -> list[tuple[str, str]]:
        path = workspace.root / "m.yml"
        path.write_text(content)
        with pytest.raises(ProblemsError) as caught:
            read_mapping(path)
        return [(one.code, one.what) for one in caught.value.problems]

    return told


def test_waves_side_by_side_become_rows(deliver):
    table = deliver(WIDE, mapping=MELT).table
    assert table[["respondent_id", "wave", "a", "b", "_line"]].values.tolist() == [
        ["01", "K", "1", "2", 2],
        ["03", "1", "7", "", 4],
    ]


def test_every_raw_row_is_accounted_for(deliver):
    delivery = deliver(WIDE, mapping=MELT)
    left_out = delivery.excluded.set_index("rule")["n"].to_dict()
    assert left_out == {"no_kind": 1, "no_answer_in_wave": 2}
    assert delivery.rows_raw == delivery.facts["rows_mapped"] + left_out["no_kind"] + len(delivery.broken)
    assert (
        len(delivery.table) == delivery.facts["rows_mapped"] * delivery.facts["waves"] - left_out["no_answer_in_wave"]
    )


def test_labels_become_codes_and_empty_stays_empty(deliver):
    mapping = "table: arms\ncolumns: {unit_id: id, arm: x}\nrecode: {arm: {SMALL: small}}\n"
    assert deliver("id,x\n1,SMALL\n2,\n", mapping=mapping).table["arm"].tolist() == ["small", ""]


def test_a_label_without_a_code_is_refused_by_line_and_not_quoted_when_rare(deliver):
    mapping = "table: arms\ncolumns: {unit_id: id, arm: x}\nrecode: {arm: {SMALL: small}}\n"
    with pytest.raises(ContractError) as caught:
        deliver("id,x\n1,SMALL\n2,Mr Jones hit me\n", mapping=mapping)
    assert caught.value.code == "CY206"
    assert "lines 3" in caught.value.where
    assert "Jones" not in str(caught.value)


def test_a_label_that_many_rows_share_is_quoted(deliver):
    mapping = "table: arms\ncolumns: {unit_id: id, arm: x}\nrecode: {arm: {SMALL: small}}\n"
    with pytest.raises(ContractError, match="'LARGE'"):
        deliver("id,x\n" + "1,LARGE\n" * 10, mapping=mapping)


def test_other_labels_are_kept_when_the_mapping_says_so(deliver):
    mapping = "table: arms\ncolumns: {unit_id: id, arm: x}\nrecode: {arm: {SMALL: small}}\nrecode_others: keep\n"
    assert deliver("id,x\n1,SMALL\n2,aide\n", mapping=mapping).table["arm"].tolist() == ["small", "aide"]


def test_every_missing_column_is_named_at_once_with_the_nearest(deliver):
    with pytest.raises(ContractError) as caught:
        deliver("unit,group\n1,a\n", mapping="table: arms\ncolumns: {unit_id: units, arm: zzz}\n")
    assert caught.value.code == "CY205"
    assert "'units' (did you mean 'unit'?)" in caught.value.what
    assert "'zzz'" in caught.value.what


def test_an_unknown_key_is_refused_with_the_nearest(workspace):
    path = workspace.root / "m.yml"
    path.write_text("table: arms\ncolums: {unit_id: id}\n")
    with pytest.raises(ProblemsError) as caught:
        read_mapping(path)
    assert caught.value.code == "CY101"
    assert "columns" in caught.value.fix


def test_two_items_from_one_column_are_refused_within_a_wave_only(workspace):
    path = workspace.root / "m.yml"
    path.write_text("table: responses\nmelt: {waves: {a: {X: q1, Y: q1}, b: {X: q2, Y: q3}}}\n")
    with pytest.raises(ProblemsError) as caught:
        read_mapping(path)
    assert [(one.code, one.what) for one in caught.value.problems] == [
        ("CY217", "column 'q1' is read for 2 items: X, Y")
    ]


def test_a_recoding_of_no_column_is_refused(workspace):
    path = workspace.root / "m.yml"
    path.write_text("table: arms\ncolumns: {arm: x}\nrecode: {armm: {a: b}}\n")
    with pytest.raises(ProblemsError) as caught:
        read_mapping(path)
    assert caught.value.code == "CY101"


def test_sums_are_exact_and_empty_when_a_part_is(deliver):
    mapping = "table: attendance_totals\ncolumns: {student_id: id, p: p}\nderive: {days_enrolled: {sum: [p, a]}}\n"
    table = deliver("id,p,a\n1,0.1,0.2\n2,170,\n3,178,2\n", mapping=mapping).table
    assert table["days_enrolled"].tolist() == ["0.3", "", "180"]


def test_a_sum_of_something_that_is_no_number_is_left_for_the_contract_to_catch(deliver):
    mapping = "table: attendance_totals\ncolumns: {student_id: id}\nderive: {days_enrolled: {sum: [p, a]}}\n"
    assert deliver("id,p,a\n1,170,x\n", mapping=mapping).table["days_enrolled"].tolist() == ["170+x"]


def test_texts_are_joined(deliver):
    mapping = "table: students\nderive: {student_id: {concat: {columns: [school, no]}}}\n"
    assert deliver("school,no\n01,007\n02,\n", mapping=mapping).table["student_id"].tolist() == ["01-007", ""]


def test_dates_in_the_declared_form_become_iso_and_others_stay(deliver):
    mapping = 'table: arms\ncolumns: {started_on: d}\ndates: {started_on: "%m/%d/%Y"}\n'
    assert deliver("d,x\n10/05/2026,1\n13/40/2026,1\n", mapping=mapping).table["started_on"].tolist() == [
        "2026-10-05",
        "13/40/2026",
    ]


@pytest.mark.parametrize("ways", ["{}", "{sum: [a], take: {column: b, start: 1, length: 2}}"])
def test_a_derivation_has_exactly_one_way(refused, ways):
    assert refused(f"table: arms\nderive: {{arm: {ways}}}\n") == [("CY105", DERIVED)]


YEARLY = """
table: site_measures
columns: {site_id: DBN}
constants: {period: 2015-16}
melt: {into: measure, columns: {attendance_share: Attendance, trust: Trust}}
"""


def test_measures_side_by_side_become_rows_with_one_value_each(deliver):
    delivery = deliver("DBN,Attendance,Trust\n01M015,0.9,0.8\n01M019,.,\n", mapping=YEARLY)
    assert delivery.table[["site_id", "period", "measure", "value"]].values.tolist() == [
        ["01M015", "2015-16", "attendance_share", "0.9"],
        ["01M019", "2015-16", "attendance_share", "."],
        ["01M015", "2015-16", "trust", "0.8"],
    ]
    assert delivery.excluded.values.tolist() == [["no_answer_in_measure", 1, "measure rows"]]


def test_a_melt_is_of_waves_or_of_columns(refused):
    assert refused("table: arms\nmelt: {into: arm}\n") == [("CY105", "give either waves or columns")]


def test_a_column_may_have_several_names_and_the_one_that_is_there_is_read(deliver):
    mapping = "table: arms\ncolumns: {unit_id: [DBN, School DBN], arm: a}\n"
    assert deliver("School DBN,a\n01M015,x\n", mapping=mapping).table["unit_id"].tolist() == ["01M015"]


def test_a_file_with_two_of_the_names_is_refused(deliver):
    mapping = "table: arms\ncolumns: {unit_id: [DBN, School DBN], arm: a}\n"
    with pytest.raises(ContractError, match="'DBN' and 'School DBN'") as caught:
        deliver("DBN,School DBN,a\n1,2,x\n", mapping=mapping)
    assert caught.value.code == "CY205"


def test_a_column_that_is_there_under_none_of_its_names_is_told_by_all_of_them(deliver):
    mapping = "table: arms\ncolumns: {unit_id: [DBN, School DBN]}\n"
    with pytest.raises(ContractError, match=r"'DBN' or 'School DBN' \(did you mean 'DBNs'\?\)"):
        deliver("DBNs,a\n1,x\n", mapping=mapping)


def test_missing_and_doubled_columns_are_told_together(deliver):
    with pytest.raises(ProblemsError) as caught:
        deliver("x,y\n1,2\n", mapping="table: arms\ncolumns: {unit_id: [x, y], arm: zzz}\n")
    assert [one.code for one in caught.value.problems] == ["CY205", "CY205"]


def test_rows_are_left_out_and_kept_by_pattern_and_every_one_is_counted(deliver):
    mapping = """
table: arms
exclude: [{rule: totals, column: id, pattern: "TOTAL|State of .*"}]
only: [{rule: other_boroughs, column: id, pattern: "[0-9]{2}M[0-9]{3}"}]
columns: {unit_id: id}
"""
    delivery = deliver("id,x\n01M015,1\nTOTAL,1\nState of Connecticut,1\n31R455,1\n01M0150,1\n", mapping=mapping)
    assert delivery.table["unit_id"].tolist() == ["01M015"]
    assert delivery.excluded[["rule", "n"]].values.tolist() == [["totals", 2], ["other_boroughs", 2]]


def test_only_keeps_the_rows_with_the_values_named(deliver):
    mapping = "table: arms\nonly: [{rule: schools, column: id, values: [TOTAL]}]\ncolumns: {unit_id: id}\n"
    assert deliver("id,x\nTOTAL,1\n01M015,1\n", mapping=mapping).table["unit_id"].tolist() == ["TOTAL"]


def test_a_pattern_that_could_stall_is_refused(refused):
    problems = refused('table: arms\nexclude: [{rule: r, column: id, pattern: "(?=a)b"}]\n')
    assert problems[0] == ("CY105", "not a pattern that RE2 can run; write it without look-ahead and back-references")


@pytest.mark.parametrize("way", ["", ", values: [a], pattern: a"])
def test_rows_are_told_by_values_or_by_a_pattern(refused, way):
    assert refused(f"table: arms\nonly: [{{rule: r, column: id{way}}}]\n") == [
        ("CY105", "give either values or pattern")
    ]


def test_a_column_that_is_made_twice_is_refused(refused):
    assert refused("table: arms\ncolumns: {arm: x}\nconstants: {arm: small}\n") == [("CY105", "'arm' is made twice")]


@pytest.mark.parametrize("part", ["recode: {arm: {a: b}}", "dates: {arm: '%Y'}", "numbers: {arm: {percent: share}}"])
def test_what_is_derived_cannot_be_changed_before_it_is_there(refused, part):
    content = f"table: arms\nderive: {{arm: {{concat: {{columns: [x, y]}}}}}}\n{part}\n"
    assert refused(content) == [("CY101", "'arm' is derived, so it cannot be changed here")]


def test_a_source_may_add_what_its_file_does_not_say(deliver):
    mapping = "table: site_measures\ncolumns: {site_id: id}\n"
    table = deliver("id,x\n1,2\n", mapping=mapping, constants={"period": "2011-12"}).table
    assert table["period"].tolist() == ["2011-12"]


def test_a_source_cannot_say_a_column_that_its_mapping_reads(deliver):
    with pytest.raises(ProblemsError, match="'site_id' is made twice"):
        deliver("id,x\n1,2\n", mapping="table: site_measures\ncolumns: {site_id: id}\n", constants={"site_id": "1"})


def test_what_a_source_says_needs_a_mapping(deliver):
    with pytest.raises(ParameterError) as caught:
        deliver("unit_id,arm\n1,a\n", contract="arms", constants={"arm": "a"})
    assert caught.value.code == "CY105"


def test_the_example_of_every_entry_is_a_mapping(workspace):
    example = mapping_language.__doc__.partition("::\n")[2]
    path = workspace.root / "m.yml"
    path.write_text(textwrap.dedent(example))
    mapping = read_mapping(path)
    assert set(type(mapping).model_fields) - mapping.model_fields_set == {"recode_others"}
