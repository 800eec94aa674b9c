"""The same rules as a Great Expectations suite, run by a checkpoint on the cast table: the second count on record.

The context is ephemeral, results hold counts and no values, no documentation site is built and nothing leaves the machine.
"""

import importlib
import warnings
from dataclasses import replace
from typing import Any

import pandas as pd

from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.engine import Result
from cycles.do.contracts.gx_frame import Frame, as_plain, key_name
from cycles.do.contracts.references import Others
from cycles.do.contracts.rules import Rule

COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""BASIC gives counts; without the partial list it gives no values."""


def second_count(cast: CastTable, results: list[Result], *, others: Others | None = None) -> list[Result]:
    """Let Great Expectations count what each rule finds, and hold the two counts to each other.

    Parameters
    ----------
    cast : the typed table that the first engine judged
    results : its results
    others : the tables that references were judged against

    Returns
    -------
    list of Result
        With `gx_n_failed` where the rule can be said in Great Expectations. Two counts that differ make the rule *could not run*: that is a
        fault of an engine, and no verdict is given on a fault.
    """
    runnable = [result.rule for result in results if result.outcome != "could_not_run" and result.expressible]
    frame = Frame(cast.table, runnable, others or {})
    expectations = {rule.id: _expectation(rule, frame) for rule in runnable}
    counts = _run(frame, expectations) if expectations else {}
    return [_judged(result, counts) if result.rule.id in expectations else result for result in results]


def _judged(result: Result, counts: dict[str, int | None]) -> Result:
    count = counts.get(result.rule.id)
    if count != result.n_failed:
        return replace(result, outcome="could_not_run", gx_n_failed=count)
    return replace(result, gx_n_failed=count)


def _loaded(name: str = "great_expectations") -> Any:
    """The library, or a module of it. It uses deprecated parts of Python while it loads, which is no concern of the reader's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def _expectation(rule: Rule, frame: Frame) -> Any:
    """A rule as an expectation; how many may break it is decided from the count, by us."""
    gxe = _loaded("great_expectations.expectations")
    column = rule.columns[0] if rule.columns else ""
    told: dict[str, Any] = {"meta": {"rule": rule.id}}
    if rule.when:
        told["row_condition"] = _condition(rule, frame)
    match rule.kind:
        case "column_exists":
            return gxe.ExpectColumnToExist(column=column, **told)
        case "required" | "missing_values":
            return gxe.ExpectColumnValuesToNotBeNull(column=column, **told)
        case "unique" if len(rule.columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique(column=column, **told)
        case "unique":
            return gxe.ExpectCompoundColumnsToBeUnique(
                column_list=list(rule.columns), ignore_row_if="any_value_is_missing", **told
            )
        case "between":
            return gxe.ExpectColumnValuesToBeBetween(
                column=column,
                min_value=as_plain(rule.minimum),
                max_value=as_plain(rule.maximum),
                strict_min=rule.exclusive_minimum,
                strict_max=rule.exclusive_maximum,
                **told,
            )
        case "in_set":
            return gxe.ExpectColumnValuesToBeInSet(
                column=column, value_set=[as_plain(value) for value in rule.values], **told
            )
        case "matches":
            return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=rule.pattern, **told)
        case "length":
            return gxe.ExpectColumnValueLengthsToBeBetween(
                column=column, min_value=rule.minimum, max_value=rule.maximum, **told
            )
        case "reference":
            return gxe.ExpectColumnValuesToBeInSet(column=key_name(rule), value_set=[1], **told)
    return _row_count(rule, told)


def _row_count(rule: Rule, told: dict[str, Any]) -> Any:
    """Great Expectations knows bounds only; a number of rows that must not be is asked for as the opposite of one that must."""
    gxe = _loaded("great_expectations.expectations")
    assert rule.allowed is not None
    low, high = rule.allowed.low, rule.allowed.high
    return gxe.ExpectTableRowCountToBeBetween(
        min_value=None if low is None else _whole(low, up=True, strictly=rule.allowed.low_open),
        max_value=None if high is None else _whole(high, up=False, strictly=rule.allowed.high_open),
        **told,
    )


def _whole(bound: float, *, up: bool, strictly: bool) -> int:
    """The first number of rows inside a bound."""
    import math

    if up:
        return math.floor(bound) + 1 if strictly else math.ceil(bound)
    return math.ceil(bound) - 1 if strictly else math.floor(bound)


def _condition(rule: Rule, frame: Frame) -> Any:
    """Condition objects on columns of numbers that stand for the real ones: no text of ours is ever read as an expression."""
    conditions = _loaded("great_expectations.expectations.row_conditions")
    operators = conditions.Operator
    said = []
    for one in rule.when:
        column = conditions.Column(frame.stand_in(one.column))
        if one.op in ("present", "missing"):
            said.append(conditions.NullityCondition(column=column, is_null=one.op == "missing"))
            continue
        several = one.op in ("in", "not in")
        values = [frame.number_of(one.column, value) for value in one.values]
        operator = {"in": operators.IN, "not in": operators.NOT_IN}.get(one.op) or operators(one.op)
        said.append(
            conditions.ComparisonCondition(column=column, operator=operator, parameter=values if several else values[0])
        )
        said.append(conditions.NullityCondition(column=column, is_null=False))
    return said[0] if len(said) == 1 else conditions.AndCondition(conditions=said)


def _run(frame: Frame, expectations: dict[str, Any]) -> dict[str, int | None]:
    gx = _loaded()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("cycles").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite(name="contract", expectations=list(expectations.values())))
    validation = context.validation_definitions.add(gx.ValidationDefinition(name="contract", data=batch, suite=suite))
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="contract", validation_definitions=[validation], result_format=COUNTS_ONLY)
    )
    table: pd.DataFrame = frame.table
    verdict = checkpoint.run(batch_parameters={"dataframe": table})
    ran = next(iter(verdict.run_results.values()))
    outside = {rule.id for rule in frame.rules if rule.kind == "row_count" and rule.allowed and rule.allowed.outside}
    counts = {one.expectation_config.meta["rule"]: _count(one) for one in ran.results}
    return {rule: 1 - n if rule in outside and n is not None else n for rule, n in counts.items()}


def _count(one: Any) -> int | None:
    """How many rows failed; None when the expectation itself raised, which is no verdict. Exceptions come in two shapes."""
    told = one.exception_info or {}
    shapes = [told] if "raised_exception" in told else list(told.values())
    if any(shape.get("raised_exception") for shape in shapes if isinstance(shape, dict)):
        return None
    count = one.result.get("unexpected_count")
    return int(not one.success) if count is None else int(count)
