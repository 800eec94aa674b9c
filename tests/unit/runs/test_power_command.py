"""`cycles power`: from files, from what was said, from earlier cycles; in words, as a table, as data."""

import json
import shutil

import pytest
from tests.conftest import ROOT

from cycles.core.errors import DesignError
from cycles.core.ledger import Ledger
from cycles.core.spreads import Spread
from cycles.plan.design import SERIES_KINDS, Design
from cycles.runs.commandline import run_one
from cycles.runs.example import write_example
from cycles.runs.reach import Asked, reach

CYCLE = "params/check-ins-2026-fall.yml"
EARLIER = Spread(
    cycle="check-ins-2026-spring",
    measure="school_belonging.belonging",
    cluster="classroom_id",
    icc=0.03,
    sd=0.9,
    n=700,
    n_clusters=40,
)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    (tmp_path / "cycles.toml").touch()
    (tmp_path / "params").mkdir()
    shutil.copy(ROOT / CYCLE, tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def district(workspace):
    write_example(workspace, n_students=240, stage="before", broken=False)
    return workspace


def data(capfd, *words):
    assert run_one(["power", CYCLE, "--json", *words]) == 0
    return json.loads(capfd.readouterr().out)


def keep(workspace, *spreads):
    ledger = Ledger(workspace / ".cycles" / "ledger.sqlite")
    for spread in spreads:
        ledger.spreads.keep(spread)
    ledger.close()


def test_it_says_what_is_found_and_what_is_needed(district, capfd):
    assert run_one(["power", CYCLE]) == 0
    said = capfd.readouterr()
    assert "can detect only a true effect of at least" in said.err
    assert "the baseline of this cycle" in said.err
    assert "By other figures it would be" in said.err
    assert "What was predicted (0.20 points on the 1-5 scale) would be found with a chance of" in said.err
    assert "classrooms are needed, divided as now" in said.err
    table = said.out.splitlines()
    assert table[1].split()[:2] == ["classrooms", "students"]
    assert [line.endswith("as planned") for line in table].count(True) == 1
    assert sum("enough for" in line for line in table) == 2


def test_the_data_hold_every_number_of_the_words(district, capfd):
    told = data(capfd)
    assert told["schema"] == "cycles.power/1"
    assert set(told["targets"]) == {"prediction", "worth_having"}
    needed = told["targets"]["prediction"]["n_groups"]
    [row] = [one for one in told["curve"] if one["n_groups"] == needed]
    assert row["value"] <= 0.20
    assert row["prediction_found"] == pytest.approx(0.8, abs=0.02)
    smallest = [one["mdes"] for one in told["curve"]]
    assert smallest == sorted(smallest, reverse=True)
    assert told["now"]["value"] == pytest.approx(told["now"]["mdes"] * told["sd"])


def test_seal_and_power_say_the_same(district, capfd):
    told = data(capfd)
    assert run_one(["seal", CYCLE, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["outlook"][0] == told["text"][1]


def test_earlier_cycles_of_the_site_come_before_the_baseline(district, capfd):
    keep(district, EARLIER, Spread(**{**vars(EARLIER), "cycle": "check-ins-2026-fall", "icc": 0.5}))
    told = data(capfd)
    assert [one["source"] for one in told["basis"]] == ["history", "baseline", "published"]
    assert told["now"]["icc"] == 0.03
    assert "1 earlier cycle of this site (700 students in 40 groups)" in told["text"][1]


def test_what_is_said_comes_before_everything(district, capfd):
    keep(district, EARLIER)
    told = data(capfd, "--icc", "0.2", "--sd", "0.5", "--clusters", "40", "--size", "25")
    assert told["basis"][0]["because"] == "as you said"
    assert (told["now"]["icc"], told["sd"], told["students_per_group"]) == (0.2, 0.5, 25.0)
    assert sum(told["groups_by_arm"].values()) == 40


def test_a_baseline_that_foretells_the_outcome_finds_more_and_dropouts_less(district, capfd):
    plain, foretold, fewer = (
        data(capfd, *words)["now"]["mdes"] for words in ((), ("--correlation", "0.6"), ("--attrition", "0.3"))
    )
    assert foretold < plain < fewer


def test_without_files_the_sizes_are_asked_for(workspace, capfd):
    assert run_one(["power", CYCLE]) == 2
    said = capfd.readouterr().err
    assert "[CY301]" in said
    assert "--clusters N --size N" in said


def test_without_files_the_published_figure_is_taken_and_named(workspace, capfd):
    told = data(capfd, "--clusters", "20", "--size", "22")
    assert told["now"]["icc"] == 0.10
    assert "What Works Clearinghouse" in told["text"][1]
    assert "Give --sd" in told["text"][-1]
    assert told["targets"]["prediction"]["found"] is None
    assert run_one(["power", CYCLE, "--clusters", "20", "--size", "22"]) == 0
    table = capfd.readouterr().out
    assert "standard deviations" in table
    assert "chance" not in table
    assert data(capfd, "--clusters", "20", "--size", "22", "--kind", "achievement")["now"]["icc"] == 0.20


def test_earlier_cycles_tell_the_standard_deviation_too(workspace, capfd):
    keep(workspace, EARLIER)
    told = data(capfd, "--clusters", "20", "--size", "22")
    assert (told["sd"], told["now"]["icc"]) == (0.9, 0.03)
    assert told["targets"]["prediction"]["n_groups"] > 20


def test_three_classrooms_an_arm_are_described_only_and_more_are_needed(workspace, capfd):
    told = data(capfd, "--clusters", "6", "--size", "22", "--sd", "0.1")
    assert "described only" in told["text"][1]
    assert told["targets"]["prediction"]["n_groups"] == 8


def test_an_odd_number_of_classrooms_is_divided_into_whole_ones(workspace, capfd):
    assert sorted(data(capfd, "--clusters", "21", "--size", "22")["groups_by_arm"].values()) == [10, 11]


def test_a_prediction_that_is_just_worth_having_is_told_once(workspace, capfd):
    path = workspace / CYCLE
    path.write_text(path.read_text().replace("worth_having: 0.10", "worth_having: 0.20"))
    text = data(capfd, "--clusters", "20", "--size", "22", "--sd", "0.7")["text"]
    assert sum("worth having" in sentence for sentence in text) == 1
    assert any(sentence.startswith("What was predicted, and is worth having (0.20") for sentence in text)


def test_two_classrooms_find_nothing_and_no_number_is_printed(workspace, capfd):
    told = data(capfd, "--clusters", "2", "--size", "22", "--sd", "0.7")
    assert told["now"]["mdes"] is None
    assert "can detect nothing" in told["text"][1]


OF_UNITS = [
    kind
    for kind in Design.model_fields["kind"].annotation.__args__
    if kind not in (*SERIES_KINDS, "regression_discontinuity")
]


@pytest.mark.parametrize("kind", OF_UNITS)
def test_every_design_of_units_has_an_answer_from_sizes_alone(workspace, kind):
    path = workspace / CYCLE
    path.write_text(path.read_text().replace("kind: cluster_comparison", f"kind: {kind}"))
    found = reach(path, asked=Asked(clusters=40, size=20, sd=0.7))
    assert found.detectable.mdes > 0
    assert found.targets["prediction"].n_groups > 0
    assert found.table.equals(found.curve)
    assert found.text.startswith("check-ins-2026-fall: 40 ")


@pytest.mark.parametrize("estimator", ["difference_in_means", "difference_in_differences", "ancova"])
def test_the_correlation_counts_as_the_estimator_uses_it(workspace, estimator):
    path = workspace / CYCLE
    path.write_text(path.read_text().replace("estimator: ancova", f"estimator: {estimator}"))
    plain, alike = (reach(path, asked=Asked(clusters=40, size=20, correlation=r)).detectable.mdes for r in (0.0, 0.8))
    ratio = {"difference_in_means": 1.0, "difference_in_differences": 0.2**0.5, "ancova": 0.6}[estimator]
    assert alike / plain == pytest.approx(ratio)


def test_an_annual_report_predicts_nothing(workspace, capfd):
    path = workspace / "params" / "year.yml"
    source = next(one for one in (ROOT / "params").glob("*.yml") if "kind: annual_impact" in one.read_text())
    shutil.copy(source, path)
    assert run_one(["power", str(path)]) == 2
    assert "[CY110]" in capfd.readouterr().err


@pytest.mark.parametrize("words", [["none.yml"], [CYCLE, "--icc", "2"], [CYCLE, "--clusters", "1"]])
def test_a_missing_file_or_an_impossible_number_is_a_usage_error(workspace, words, capfd):
    assert run_one(["power", *words]) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_what_is_said_of_receipt_and_of_shares_counts(workspace):
    path = workspace / CYCLE
    plain = path.read_text()
    asked = Asked(clusters=40, size=20, sd=0.7, received=0.5)
    direct = reach(path, asked=asked).detectable
    path.write_text(plain.replace("estimator: ancova", "estimator: logistic"))
    rare, even = (reach(path, asked=Asked(clusters=40, size=20, share=share)).detectable for share in (0.1, 0.5))
    assert 0 < rare.value < even.value
    assert "percentage points" in even.text
    path.write_text(plain.replace("estimator: ancova", "estimator: ordinal"))
    with pytest.raises(DesignError) as refused:
        reach(path, asked=asked)
    assert refused.value.code == "CY310"
    received = "options: {received: check_ins_per_week, at_least: 1}, "
    path.write_text(plain.replace("estimator: ancova, ", f"estimator: complier_effect, {received}"))
    assert reach(path, asked=asked).detectable.mdes == pytest.approx(2 * direct.mdes)
