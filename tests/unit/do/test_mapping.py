"""Mappings: every raw row is mapped, excluded by a named rule, or broken."""

import pytest

from cycles.core.errors import ContractError, ProblemsError
from cycles.do.intake.mapping import read_mapping

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


def test_a_derivation_is_a_sum_or_a_concatenation(workspace):
    path = workspace.root / "m.yml"
    path.write_text("table: arms\nderive: {arm: {}}\n")
    with pytest.raises(ProblemsError, match="sum or concat"):
        read_mapping(path)
