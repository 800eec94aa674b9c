"""Verdicts: pass, fail and could not run are three things; rows in = used + set aside; a fixed file comes back."""

import pandas as pd
import pytest

from cycles.core.errors import ContractError, CyclesError, ParameterError, ProblemsError
from cycles.core.run_folder import RunFolder
from cycles.do.collection import validate
from cycles.do.contracts import as_problems
from cycles.do.contracts import hold as hold_with_both
from cycles.do.contracts.cast import cast_table
from cycles.do.contracts.engine import evaluate
from cycles.do.contracts.rules import Allowed, Column, Contract, Rule

ARMS = {"unit_id": ["1", "2", "3"], "unit_kind": ["student"] * 3, "arm": ["a", "b", "b"]}
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: t
name: t
version: 2.1.0
status: active
schema:
  - name: t
    properties:
      - {name: id, logicalType: string, primaryKey: true}
      - {name: minutes, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 90}, customProperties: [{property: missingCodes, value: {"-9": not_recorded}}]}
      - {name: mark, logicalType: number, logicalTypeOptions: {maximum: 100}, customProperties: [{property: severity, value: warning}, {property: optional, value: true}]}
    quality: [{metric: rowCount, mustBeGreaterOrEqualTo: 1}]
    customProperties: [{property: maxQuarantinedShare, value: 0.5}]
"""  # noqa: E501


@pytest.fixture
def hold(workspace):
    (workspace.root / "data_contracts" / "t.odcs.yaml").write_text(CONTRACT)

    def held(delivery, contract="t"):
        return hold_with_both(delivery, contract=contract, workspace=workspace, second_engine=False)

    return held


def codes(report) -> list[str]:
    return [problem.code for problem in as_problems(report)]


def test_good_rows_pass_and_are_cast(hold, delivery_of):
    report = hold(delivery_of({"id": [" 007 ", "8"], "minutes": ["30", "45.0"], "mark": ["", "71.5"]}))
    assert report.outcome == "pass"
    assert report.used["id"].tolist() == ["007", "8"]
    assert report.used["minutes"].tolist() == [30, 45]
    assert str(report.used["minutes"].dtype) == "Int64"
    assert report.used["mark"].isna().tolist() == [True, False]
    assert report.version == "2.1.0"


def test_rows_in_are_rows_used_and_rows_set_aside(hold, delivery_of):
    report = hold(delivery_of({"id": ["1", "2", "3"], "minutes": ["30", "x", "91"]}, broken=(9,)))
    assert (report.rows_in, report.n_used, report.n_quarantined) == (4, 1, 3)
    assert report.quarantined[["_line", "_rules"]].values.tolist() == [
        [3, "castable:minutes"],
        [4, "between:minutes"],
        [9, "readable"],
    ]
    assert report.quarantined["minutes"].tolist() == ["x", "91", ""]


def test_a_missing_code_is_missing_with_its_reason(hold, delivery_of):
    report = hold(delivery_of({"id": ["1", "2", "3"], "minutes": ["-9", "-9.0", "5"]}))
    assert report.used["minutes"].isna().tolist() == [True, True, False]
    assert report.facts["missing_codes"] == {"minutes": {"not_recorded": 2}}


def test_more_rows_set_aside_than_tolerated_fail_the_table_with_the_causes(hold, delivery_of):
    report = hold(delivery_of({"id": ["1", "2", "3"], "minutes": ["30", "x", "91"]}))
    assert report.outcome == "fail"
    assert codes(report) == ["CY212", "CY212", "CY212"]
    assert "column minutes, lines 3" in str(as_problems(report)[1])


def test_conflicting_duplicates_are_all_set_aside(hold, delivery_of):
    report = hold(delivery_of({"id": ["1", "1", "2"], "minutes": ["5", "6", "7"]}))
    assert report.used["id"].tolist() == ["2"]
    assert codes(report) == ["CY212", "CY216"]


def test_a_row_said_twice_word_for_word_counts_once(hold, delivery_of):
    report = hold(delivery_of({"id": ["1", "1", "2"], "minutes": ["5", "5", "7"]}))
    assert report.outcome == "pass"
    assert report.used["id"].tolist() == ["1", "2"]
    assert report.quarantined["_rules"].tolist() == ["repeated_row"]


def test_a_missing_key_is_missing_and_never_a_duplicate(hold, delivery_of):
    report = hold(delivery_of({"id": ["", "", "2", "3"], "minutes": ["5", "6", "7", "8"]}))
    assert report.quarantined["_rules"].tolist() == ["required:id", "required:id"]


def test_a_warning_is_said_and_its_rows_stay(hold, delivery_of):
    report = hold(delivery_of({"id": ["1"], "minutes": ["5"], "mark": ["101"]}))
    assert (report.outcome, report.n_used) == ("pass", 1)
    assert "1 value of mark is above 100, line 2 (a warning; the rows stay in use)" in report.text


def test_a_missing_column_is_named_and_its_rules_are_not_judged(hold, delivery_of):
    report = hold(delivery_of({"id": ["1"]}))
    assert (report.outcome, codes(report)) == ("fail", ["CY211"])
    outcomes = report.rules.set_index("rule")["outcome"]
    assert outcomes["castable:minutes"] == "could_not_run"


def test_an_empty_table_fails_on_its_row_floor(hold, delivery_of):
    report = hold(delivery_of({"id": [], "minutes": []}))
    assert (report.outcome, codes(report)) == ("fail", ["CY215"])


def test_an_absent_optional_column_is_there_and_missing(hold, delivery_of):
    report = hold(delivery_of({"id": ["1"], "minutes": ["5"]}))
    assert report.used["mark"].isna().all()
    assert report.used["mark"].dtype == "float64"


def test_a_rule_that_raises_could_not_run_which_is_no_failure(delivery_of):
    text = delivery_of({"id": ["a"]}).table
    contract = Contract(
        name="t",
        version="1",
        columns=(Column(name="id", type="string"),),
        rules=(Rule(kind="between", columns=("id",), minimum=1),),
    )
    result = evaluate(cast_table(text, contract), contract)[0]
    assert (result.outcome, result.n_failed, result.broken) == ("could_not_run", None, None)


def test_a_table_with_a_rule_that_could_not_run_gives_no_verdict(hold, delivery_of, monkeypatch):
    from cycles.do.contracts import engine

    def raises(rule, table):
        raise ValueError("secret")

    monkeypatch.setitem(engine._PREDICATES, "between", raises)
    report = hold(delivery_of({"id": ["1"], "minutes": ["5"], "mark": ["5"]}))
    assert report.outcome == "could_not_run"
    assert codes(report) == ["CY214", "CY214"]
    assert "secret" not in report.text + str(report.facts)


def test_undeclared_codes_of_an_item_are_listed_and_long_ones_only_counted(workspace, delivery_of):
    answers = {f"BEL_0{n}": ["3", "3"] for n in range(1, 7)} | {"BEL_02": ["6", "12345"]}
    delivery = delivery_of(
        {
            "respondent_id": ["1", "2"],
            "respondent_role": ["student"] * 2,
            "wave": ["w"] * 2,
            "answered_on": [""] * 2,
            **answers,
        }
    )
    report = hold_with_both(delivery, contract="survey.school_belonging", workspace=workspace, second_engine=False)
    assert report.facts["undeclared_codes"] == {"BEL_02": {"6": 1, "other": 1}}
    assert codes(report) == ["CY213"]


def test_an_unknown_contract_is_refused_with_the_nearest(workspace, delivery_of):
    with pytest.raises(ParameterError) as caught:
        hold_with_both(delivery_of(ARMS), contract="armz", workspace=workspace)
    assert (caught.value.code, "arms" in caught.value.fix) == ("CY102", True)


def test_a_site_instrument_without_a_written_contract_is_held_to_what_it_says(workspace, delivery_of):
    folder = workspace.instruments
    folder.mkdir()
    (folder / "mood.yml").write_text(
        "key: mood\nversion: 1.0.0\ntitle: Mood\ncitation: ours\nlicence: {name: CC0-1.0, wording: shipped}\n"
        "items: {M1: {text: How are you?, responses: {1: bad, 2: good}}}\n"
        "scales: {mood: {items: [M1], min_answered: 1, higher_is: better}}\n"
    )
    columns = {
        "respondent_id": ["1"],
        "respondent_role": [""],
        "wave": ["w"],
        "answered_on": ["2026-10-05"],
        "M1": ["2"],
    }
    report = hold_with_both(delivery_of(columns), contract="survey.mood", workspace=workspace, second_engine=False)
    assert report.used["M1"].tolist() == [2]


# -- with both engines, in a run ---------------------------------------------------------------------------------------


@pytest.fixture
def run(workspace):
    folder = RunFolder(workspace.root / "runs" / "c" / "1", workspace=workspace, cycle_name="c").use()
    (workspace.root / "data_contracts" / "t.odcs.yaml").write_text(CONTRACT)
    return folder


def test_a_validated_delivery_is_kept_with_its_quarantine_and_its_counts(run, deliver):
    used = validate(deliver("id,minutes\n01,5\n02,x\n03,7\n", name="arms"), contract="t")
    assert used["id"].tolist() == ["01", "03"]
    assert pd.read_parquet(run.path / "quarantine" / "arms.parquet")["_line"].tolist() == [3]
    assert pd.read_parquet(run.path / "tables" / "arms.parquet")["id"].tolist() == ["01", "03"]
    record = run.records("contract")[0]
    assert (record["rows_in"], record["used"], record["quarantined"]) == (3, 2, 1)


def test_a_corrected_file_says_what_has_been_corrected_and_a_rerun_says_it_again(run, deliver):
    validate(deliver("id,minutes\n01,5\n02,x\n03,7\n", name="arms"), contract="t")
    corrected = deliver("id,minutes\n01,5\n02,6\n03,7\n", name="arms")
    for _ in range(2):
        validate(corrected, contract="t")
        assert "1 row set aside last time has been corrected." in run.records("contract")[0]["text"]


def test_validation_stops_with_every_problem_together(run, deliver):
    with pytest.raises(ProblemsError) as caught:
        validate(deliver("id,minutes\n01,5\n01,6\n", name="arms"), contract="t")
    assert [problem.code for problem in caught.value.problems] == ["CY212", "CY216"]
    assert caught.value.exit_status == 1


def test_a_single_problem_is_raised_as_itself(run, deliver):
    with pytest.raises(ContractError) as caught:
        validate(deliver("id,minutes\n", name="arms"), contract="t")
    assert caught.value.code == "CY215"
    assert not isinstance(caught.value, ProblemsError)
    assert isinstance(caught.value, CyclesError)


def test_without_a_run_nothing_is_kept(workspace, deliver):
    used = validate(deliver("unit_id,unit_kind,arm\n1,student,a\n2,student,b\n", name="arms"), workspace=workspace)
    assert len(used) == 2
    assert not (workspace.root / "runs").exists()


def test_a_ceiling_of_rows_is_said_as_one(delivery_of):
    from cycles.do.contracts.wording import finding

    at_most, between = (Rule(kind="row_count", allowed=Allowed(low=low, high=10)) for low in (None, 1))
    assert finding(at_most, 1) == "the number of rows is not at most 10"
    assert finding(between, 1) == "the number of rows is not between 1 and 10"
