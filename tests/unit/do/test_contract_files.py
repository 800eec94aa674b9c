"""Contract files: valid under the published schema, and compiled or refused."""

import json
from importlib.resources import files

import jsonschema
import pytest
from ruamel.yaml import YAML

from contract_samples import CONTRACT_OF_T
from cycles.core import strict_yaml
from cycles.core.errors import CyclesError
from cycles.core.workspace import scaffold_root
from cycles.do.contracts.odcs import compile_contract, read_contract
from cycles.do.contracts.survey import as_yaml, survey_contract, write_survey_contracts
from cycles.plan.instruments import LIBRARY, Instrument, instrument_names, read_instrument

CONTRACTS = sorted((scaffold_root() / "data_contracts").glob("*.odcs.yaml"))
BASE = (
    CONTRACT_OF_T
    + """\
      - {PROPERTY}
    quality: [QUALITY]
"""
)


def compiled(prop: str = "{name: a, logicalType: string}", quality: str = ""):
    text = BASE.replace("{PROPERTY}", prop).replace("QUALITY", quality)
    return compile_contract(strict_yaml.loads(text), where="t.odcs.yaml")


def rules_of(prop: str, quality: str = "") -> list[str]:
    return [rule.id for rule in compiled(prop, quality).rules]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_every_shipped_contract_passes_the_strict_published_schema(path):
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    content = YAML(typ="safe").load(path.read_text())
    checker = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in checker.iter_errors(content)] == []


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_every_shipped_contract_compiles_and_has_a_row_floor(path):
    contract = read_contract(path)
    assert contract.name == path.name.removesuffix(".odcs.yaml")
    assert "row_count" in {rule.kind for rule in contract.rules}


@pytest.mark.parametrize("key", instrument_names())
def test_the_committed_survey_contract_is_the_one_its_instrument_gives(key):
    committed = scaffold_root() / "data_contracts" / f"survey.{key}.odcs.yaml"
    assert committed.read_text("utf-8") == as_yaml(survey_contract(read_instrument(key)))


def test_survey_contracts_are_written_for_every_instrument(tmp_path):
    written = write_survey_contracts(tmp_path)
    assert sorted(path.name for path in written) == [f"survey.{key}.odcs.yaml" for key in instrument_names()]


def test_items_with_codes_that_are_no_numbers_stay_text():
    content = strict_yaml.load(LIBRARY / "school_belonging.yml")
    letters = Instrument.parse({**content, "responses": {"A": "yes", "B": "no"}, "missing": {}}, where="x")
    item = survey_contract(letters)["schema"][0]["properties"][4]
    assert item["logicalType"] == "string"
    assert item["quality"][0]["arguments"]["validValues"] == ["A", "B"]


def test_a_primary_key_is_required_and_unique():
    assert rules_of("{name: a, logicalType: string, primaryKey: true}") == ["column_exists:a", "required:a", "unique:a"]


@pytest.mark.parametrize(
    ("prop", "rule"),
    [
        ("{name: a, logicalType: string, unique: true}", "unique:a"),
        ("{name: a, logicalType: string, logicalTypeOptions: {pattern: '^x$'}}", "matches:a"),
        ("{name: a, logicalType: string, logicalTypeOptions: {minLength: 2}}", "length:a"),
        ("{name: a, logicalType: integer, enum: [{value: 1}]}", "in_set:a"),
        ("{name: a, logicalType: date, logicalTypeOptions: {minimum: 2020-01-01}}", "between:a"),
        ("{name: a, logicalType: string, quality: [{metric: nullValues, mustBe: 0}]}", "required:a"),
        ("{name: a, logicalType: string, quality: [{metric: duplicateValues, mustBe: 0}]}", "unique:a"),
        (
            "{name: a, logicalType: string, quality: [{metric: nullValues, mustBeLessOrEqualTo: 5, unit: percent}]}",
            "missing_values:a",
        ),
        (
            "{name: a, logicalType: string, quality: [{metric: invalidValues, arguments: {pattern: x}, mustBe: 0}]}",
            "matches:a",
        ),
    ],
)
def test_each_kind_of_rule_is_compiled(prop, rule):
    assert rule in rules_of(prop)


def test_a_column_may_be_declared_optional():
    assert rules_of("{name: a, logicalType: string, customProperties: [{property: optional, value: true}]}") == []


def test_a_text_rule_is_for_people_only():
    assert rules_of("{name: a, logicalType: string, quality: [{type: text, description: nice}]}") == ["column_exists:a"]
    assert rules_of("{name: a, logicalType: string}", "{type: text, description: nice}") == ["column_exists:a"]


def test_row_counts_may_have_a_ceiling():
    rule = compiled(quality="{metric: rowCount, mustBeBetween: [1, 10], severity: warning}").rules[-1]
    assert (rule.allowed.low, rule.allowed.high, rule.severity) == (1, 10, "warning")


@pytest.mark.parametrize(
    ("prop", "quality", "said"),
    [
        ("{name: a, logicalType: string, requird: true}", "", "unknown key 'requird'"),
        ("{name: a, logicalType: timestamp}", "", "Input should be"),
        ("{name: a, logicalType: string, logicalTypeOptions: {pattern: '(?=x)'}}", "", "RE2"),
        ("{name: a, logicalType: integer, logicalTypeOptions: {minimum: few}}", "", "not of the type integer"),
        ("{name: a, logicalType: string, customProperties: [{property: sevrity, value: x}]}", "", "sevrity"),
        ("{name: a, logicalType: string, customProperties: [{property: missingCodes, value: 9}]}", "", "missingCodes"),
        ("{name: a, logicalType: string, quality: [{metric: rowCount, mustBe: 1}]}", "", "cannot be compiled"),
        ("{name: a, logicalType: string}", "{metric: nullValues, mustBe: 0}", "cannot be compiled"),
        ("{name: a, logicalType: string}", "{metric: duplicateValues, arguments: {properties: [b]}, mustBe: 0}", "'b'"),
        ("{name: a, logicalType: string}\n      - {name: a, logicalType: string}", "", "stand twice"),
    ],
)
def test_what_cannot_be_compiled_is_refused_and_never_skipped(prop, quality, said):
    with pytest.raises(CyclesError) as caught:
        compiled(prop, quality)
    assert caught.value.code == "CY210"
    assert said in str(caught.value)


def test_all_problems_of_a_contract_are_told_together():
    with pytest.raises(CyclesError) as caught:
        compiled("{name: a, logicalType: strin, requird: true}")
    assert str(caught.value).count("CY210") == 2


def test_a_contract_is_about_one_table():
    text = BASE.replace("{PROPERTY}", "{name: a, logicalType: string}").replace("QUALITY", "")
    content = strict_yaml.loads(text)
    with pytest.raises(CyclesError) as caught:
        compile_contract({**content, "schema": content["schema"] * 2}, where="t.odcs.yaml")
    assert caught.value.code == "CY210"
