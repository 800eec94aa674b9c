"""The contract language: every comparison, foreign keys, conditions, queries, reasons for missing values."""

import pandas as pd
import pytest

from contract_samples import CONTRACT_OF_T
from cycles.core import strict_yaml
from cycles.core.errors import CyclesError, ParameterError, ProblemsError
from cycles.core.vocabulary import MISSING_REASONS
from cycles.do.contracts.cast import cast_table
from cycles.do.contracts.odcs import compile_contract
from cycles.do.contracts.rules import Allowed, Condition, Contract, Rule
from cycles.plan.instruments import LIBRARY, Instrument

BASE = (
    CONTRACT_OF_T
    + """\
      - {name: a, logicalType: KIND, MORE}
      - {name: kind, logicalType: string}
      - {name: n, logicalType: integer}
    TABLE
"""
)


def compiled(more: str = "required: false", *, kind: str = "string", table: str = "") -> Contract:
    text = BASE.replace("KIND", kind).replace("MORE", more).replace("TABLE", table)
    return compile_contract(strict_yaml.loads(text), where="t.odcs.yaml")


def rule(rule_id: str, *args, **kwargs) -> Rule:
    return {one.id: one for one in compiled(*args, **kwargs).rules}[rule_id]


def refused(*args, **kwargs) -> str:
    with pytest.raises(CyclesError) as caught:
        compiled(*args, **kwargs)
    assert caught.value.code == "CY210"
    return str(caught.value)


# -- comparisons -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comparison", "allowed", "accepted", "refused_"),
    [
        ("mustBe: 3", Allowed(low=3, high=3), 3, 2),
        ("mustNotBe: 3", Allowed(low=3, high=3, outside=True), 2, 3),
        ("mustBeGreaterThan: 3", Allowed(low=3, low_open=True), 4, 3),
        ("mustBeGreaterOrEqualTo: 3", Allowed(low=3), 3, 2),
        ("mustBeLessThan: 3", Allowed(high=3, high_open=True), 2, 3),
        ("mustBeLessOrEqualTo: 3", Allowed(high=3), 3, 4),
        ("mustBeBetween: [2, 3]", Allowed(low=2, high=3), 3, 4),
        ("mustNotBeBetween: [2, 3]", Allowed(low=2, high=3, outside=True), 1, 2),
    ],
)
def test_every_comparison_of_the_standard_bounds_a_count(comparison, allowed, accepted, refused_):
    counted = rule("row_count", table=f"quality: [{{metric: rowCount, {comparison}}}]").allowed
    assert counted == allowed
    assert (counted.holds(accepted), counted.holds(refused_)) == (True, False)


def test_percent_is_a_share_of_the_rows_judged():
    allowed = rule("missing_values:a", "quality: [{metric: nullValues, mustBeLessThan: 5, unit: percent}]").allowed
    assert allowed == Allowed(high=0.05, high_open=True, unit="share")
    assert (allowed.holds(4, of=100), allowed.holds(5, of=100), allowed.holds(0, of=0)) == (True, False, True)


@pytest.mark.parametrize("comparison", ["mustBe: 0", "mustBeLessOrEqualTo: 0", "mustBeLessThan: 1"])
def test_however_none_is_said_each_broken_row_is_set_aside(comparison):
    found = rule("unique:a", f"quality: [{{metric: duplicateValues, {comparison}}}]")
    assert (found.allowed, found.scope) == (None, "row")


def test_a_few_are_accepted_and_set_aside_all_the_same():
    found = rule(
        "in_set:a", "quality: [{metric: invalidValues, arguments: {validValues: [x]}, mustBeLessOrEqualTo: 2}]"
    )
    assert (found.allowed, found.scope, found.of_table) == (Allowed(high=2), "row", True)


def test_a_comparison_that_wants_broken_rows_sets_none_aside():
    found = rule("in_set:a", "quality: [{metric: invalidValues, arguments: {validValues: [x]}, mustBeGreaterThan: 2}]")
    assert found.scope == "table"


def test_a_rule_has_one_comparison():
    assert "exactly one" in refused("quality: [{metric: nullValues, mustBe: 0, mustNotBe: 1}]")


def test_listed_missing_values_are_missing_of_unknown_reason():
    contract = compiled("quality: [{metric: missingValues, arguments: {missingValues: ['', N/A]}, mustBe: 0}]")
    assert contract.columns[0].missing == {"N/A": "unknown"}
    assert "required:a" in {one.id for one in contract.rules}


# -- options ---------------------------------------------------------------------------------------------------------------


def test_bounds_may_be_exclusive():
    found = rule("between:a", "logicalTypeOptions: {exclusiveMinimum: 0, maximum: 1}", kind="number")
    assert (found.minimum, found.exclusive_minimum, found.maximum, found.exclusive_maximum) == (0, True, 1, False)


@pytest.mark.parametrize(
    ("kind", "name", "rule_id"),
    [("string", "email", "matches:a[email]"), ("integer", "u8", "between:a[u8]"), ("integer", "u64", "between:a[u64]")],
)
def test_formats_become_rules(kind, name, rule_id):
    assert rule(rule_id, f"logicalTypeOptions: {{format: {name}}}", kind=kind)


@pytest.mark.parametrize(
    ("kind", "name", "good", "bad"),
    [
        ("string", "email", "a@b.org", "a@b"),
        ("string", "uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("string", "ipv4", "10.0.0.255", "10.0.0.256"),
        ("string", "hostname", "a-b.org", "a_b"),
        ("string", "uri", "https://a.org/x", "//a.org"),
        ("integer", "i8", "-128", "128"),
    ],
)
def test_a_format_tells_good_from_bad(kind, name, good, bad):
    from cycles.do.contracts.engine import evaluate

    contract = compiled(f"logicalTypeOptions: {{format: {name}}}", kind=kind)
    text = pd.DataFrame({"a": [good, bad], "kind": ["", ""], "n": ["", ""], "_line": [2, 3]}).astype({"a": "str"})
    found = [one for one in evaluate(cast_table(text, contract), contract) if one.rule.name == name]
    assert [one.broken.tolist() for one in found] == [[False, True]]


def test_formats_that_bound_nothing_make_no_rule():
    assert [one.kind for one in compiled("logicalTypeOptions: {format: i64}", kind="integer").rules[:3]] == [
        "column_exists",
        "castable",
        "column_exists",
    ]


def test_multiples_are_seen_through_binary_fractions():
    from cycles.do.contracts.engine import evaluate

    contract = compiled("logicalTypeOptions: {multipleOf: 0.1}", kind="number")
    text = pd.DataFrame({"a": ["0.3", "0.35", "", "1e9"], "kind": "", "n": "", "_line": [2, 3, 4, 5]})
    found = next(one for one in evaluate(cast_table(text, contract), contract) if one.rule.kind == "multiple_of")
    assert (found.broken.tolist(), found.expressible) == ([False, True, False, False], False)


# -- conditions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("{column: kind, is: x}", Condition(column="kind", op="==", values=("x",))),
        ("{column: kind, is_not: x}", Condition(column="kind", op="!=", values=("x",))),
        ("{column: kind, in: [x, y]}", Condition(column="kind", op="in", values=("x", "y"))),
        ("{column: kind, not_in: [x]}", Condition(column="kind", op="not in", values=("x",))),
        ("{column: n, at_least: 2}", Condition(column="n", op=">=", values=(2,))),
        ("{column: n, at_most: 2}", Condition(column="n", op="<=", values=(2,))),
        ("{column: n, above: 2}", Condition(column="n", op=">", values=(2,))),
        ("{column: n, below: 2}", Condition(column="n", op="<", values=(2,))),
        ("{column: n, present: true}", Condition(column="n", op="present")),
        ("{column: n, missing: true}", Condition(column="n", op="missing")),
    ],
)
def test_conditions_are_said_in_words(written, condition):
    more = f"required: true, customProperties: [{{property: appliesWhen, value: [{written}]}}]"
    assert rule("required:a", more).when == (condition,)


def test_a_condition_may_stand_at_one_rule_and_then_has_a_name():
    more = (
        "quality: [{name: shares, metric: invalidValues, arguments: {maximum: 1}, mustBe: 0, "
        "customProperties: [{property: appliesWhen, value: [{column: kind, is: share}]}]}, "
        "{name: counts, metric: invalidValues, arguments: {minimum: 0}, mustBe: 0}]"
    )
    assert rule("between:a[shares]", more, kind="number").when
    assert rule("between:a[counts]", more, kind="number").when == ()


# -- foreign keys and queries ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["students.student_id", "schema/students/properties/student_id"])
def test_a_foreign_key_of_a_column_refers_to_a_table(to):
    found = rule("reference:a[students]", f"relationships: [{{to: {to}}}]")
    assert (found.to, found.to_columns, found.severity, found.allowed) == (
        "students",
        ("student_id",),
        "critical",
        None,
    )


def test_a_foreign_key_may_tolerate_a_share():
    more = (
        "relationships: [{to: s.id, customProperties: [{property: severity, value: warning}, "
        "{property: maxBrokenShare, value: 0.05}]}]"
    )
    found = rule("reference:a[s]", more)
    assert (found.severity, found.allowed) == ("warning", Allowed(high=0.05, unit="share"))


def test_a_foreign_key_of_a_table_has_several_columns():
    found = rule("reference:a+kind[s]", table="relationships: [{from: [t.a, t.kind], to: [s.x, s.y]}]")
    assert found.to_columns == ("x", "y")


def test_a_query_gives_a_number_or_lines():
    number = rule("sql", table="quality: [{type: sql, query: 'SELECT count(*) FROM ${table}', mustBeLessThan: 5}]")
    assert (number.scope, number.query) == ("table", 'SELECT count(*) FROM "t"')
    lines = rule(
        "sql:a[x]",
        "quality: [{name: x, type: sql, query: 'SELECT _line FROM {table} WHERE {column} = 1', mustBe: 0, "
        "customProperties: [{property: setAside, value: row}]}]",
    )
    assert (lines.of_rows, lines.query) == (True, 'SELECT _line FROM "t" WHERE "a" = 1')


# -- refused ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "kind", "table", "said"),
    [
        ("logicalTypeOptions: {minimum: 1, exclusiveMinimum: 0}", "number", "", "inclusive or exclusive"),
        ("logicalTypeOptions: {maximum: 1, exclusiveMaximum: 2}", "number", "", "inclusive or exclusive"),
        ("logicalTypeOptions: {multipleOf: 0}", "number", "", "above 0"),
        ("logicalTypeOptions: {minimum: 1}", "string", "", "does not fit the type string"),
        ("logicalTypeOptions: {pattern: x}", "number", "", "does not fit the type number"),
        ("logicalTypeOptions: {format: ipv6}", "string", "", "'ipv6'"),
        ("logicalTypeOptions: {format: dd.MM.yyyy}", "date", "", "'dd.MM.yyyy'"),
        ("customProperties: [{property: severity, value: grave}]", "string", "", "severity is"),
        ("customProperties: [{property: setAside, value: cel}]", "string", "", "'cell'"),
        ("customProperties: [{property: appliesWhen, value: x}]", "string", "", "appliesWhen is a list"),
        ("customProperties: [{property: appliesWhen, value: [{column: q, is: x}]}]", "string", "", "'q'"),
        ("customProperties: [{property: appliesWhen, value: [{column: n, iss: 1}]}]", "string", "", "'is'"),
        ("customProperties: [{property: appliesWhen, value: [{column: n, is: x}]}]", "string", "", "type integer"),
        ("customProperties: [{property: appliesWhen, value: [{column: n, in: 1}]}]", "string", "", "list of values"),
        ("customProperties: [{property: appliesWhen, value: [{column: n, missing: 1}]}]", "string", "", "true"),
        ("customProperties: [{property: appliesWhen, value: [{column: kind, above: x}]}]", "string", "", "numbers or dates"),
        ("customProperties: [{property: missingCodes, value: {9: refusd}}]", "string", "", "'refused'"),
        ("customProperties: [{property: missingCodes, value: [{pattern: '(?=x)', reason: unknown}]}]", "string", "", "RE2"),
        ("customProperties: [{property: missingCodes, value: [9]}]", "string", "", "mapping of code to reason"),
        ("relationships: [{to: other.yaml#/schema/s/properties/x}]", "string", "", "table.column"),
        ("relationships: [{to: [s.x, s.y]}]", "string", "", "as many columns"),
        ("relationships: [{to: s.x, customProperties: [{property: maxBrokenShare, value: 5}]}]", "string", "", "0 to 1"),
        ("required: false", "string", "relationships: [{to: s.x}]", "says `from`"),
        ("required: false", "string", "relationships: [{from: t.q, to: s.x}]", "'q'"),
        ("required: false", "string", "quality: [{type: sql, mustBe: 0}]", "has a `query`"),
        ("required: false", "string", "quality: [{type: sql, query: SELECT 1, mustBe: 0, unit: percent}]", "percent"),
        ("required: false", "string", "quality: [{metric: rowCount, mustBe: 5, unit: percent}]", "cannot be compiled"),
        ("required: false", "string", "customProperties: [{property: maxQuarantinedShare, value: 5}]", "0 to 1"),
        ("required: false", "string", "customProperties: [{property: seriesBreaks, value: [x]}]", "seriesBreaks"),
        ("quality: [{metric: invalidValues, mustBe: 0}]", "string", "", "cannot be compiled"),
        ("enum: [{value: x}], quality: [{metric: invalidValues, arguments: {validValues: [y]}, mustBe: 0}]", "string", "",
         "two different rules are called in_set:a"),
    ],
)  # fmt: skip
def test_what_is_unclear_is_refused(more, kind, table, said):
    assert said in refused(more, kind=kind, table=table)


# -- missing values ----------------------------------------------------------------------------------------------------------


def test_codes_and_patterns_are_missing_with_their_reason():
    more = (
        "customProperties: [{property: missingCodes, value: [{code: s, reason: suppressed}, {code: '-9', reason: skipped}, "
        "{pattern: '(N ?)?<[0-9]+', reason: suppressed}, {pattern: '[<>] ?[0-9]+%', reason: censored}]}]"
    )
    text = pd.DataFrame({"a": ["s", "N<5", "<15", "> 95%", "-9.0", "12", "x<15"], "_line": range(2, 9)}).astype(
        {"a": "str"}
    )
    cast = cast_table(text, compiled(more, kind="number"))
    assert cast.missing_codes == {"a": {"suppressed": 3, "censored": 1, "skipped": 1}}
    assert cast.failed["a"].tolist() == [False] * 6 + [True]


def test_series_breaks_are_declared_on_the_table():
    table = (
        "customProperties: [{property: seriesBreaks, value: [{measure: trust_share, at: 2015-16, because: new scale}]}]"
    )
    [told] = compiled(table=table).series_breaks
    assert (told.measure, told.at, told.because, told.origin) == ("trust_share", "2015-16", "new scale", "declared")


def test_an_instrument_gives_reasons_from_the_list_only():
    content = strict_yaml.load(LIBRARY / "school_belonging.yml")
    with pytest.raises(ProblemsError) as caught:
        Instrument.parse({**content, "missing": {"9": "didnt want to"}}, where="x")
    assert caught.value.problems[0].code == "CY105"
    assert all(reason in str(caught.value) for reason in MISSING_REASONS)
    assert isinstance(caught.value.problems[0], ParameterError)
