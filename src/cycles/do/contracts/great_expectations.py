"""The same rules as a Great Expectations suite, run by a checkpoint on the cast table: the second count on record.

The context is ephemeral, results hold counts and no values, no documentation site is built and nothing leaves the machine.
"""

import importlib
import warnings
from dataclasses import replace
from typing import Any

import pandas as pd

from cycles.core.tables import LINE
from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.engine import Result
from cycles.do.contracts.rules import Rule

COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""BASIC gives counts; without the partial list it gives no values."""


def second_count(cast: CastTable, results: list[Result]) -> list[Result]:
    """Let Great Expectations count what each rule finds, and hold the two counts to each other.

    Parameters
    ----------
    cast : the typed table that the first engine judged
    results : its results

    Returns
    -------
    list of Result
        With `gx_n_failed` where the rule can be said in Great Expectations. Two counts that differ make the rule *could not run*: that is a
        fault of an engine, and no verdict is given on a fault.
    """
    runnable = [result.rule for result in results if result.outcome != "could_not_run" and result.expressible]
    expectations = {rule.id: _expectation(rule) for rule in runnable}
    counts = _run(_plain(cast.table), expectations) if expectations else {}
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


def _expectation(rule: Rule) -> Any:
    gxe = _loaded("great_expectations.expectations")
    column = rule.columns[0] if rule.columns else ""
    meta = {"rule": rule.id}
    match rule.kind:
        case "column_exists":
            return gxe.ExpectColumnToExist(column=column, meta=meta)
        case "required":
            return gxe.ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case "missing_values":
            return gxe.ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case "unique" if len(rule.columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique(column=column, meta=meta)
        case "unique":
            return gxe.ExpectCompoundColumnsToBeUnique(
                column_list=list(rule.columns), ignore_row_if="any_value_is_missing", meta=meta
            )
        case "between":
            return gxe.ExpectColumnValuesToBeBetween(
                column=column, min_value=rule.minimum, max_value=rule.maximum, meta=meta
            )
        case "in_set":
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(rule.values), meta=meta)
        case "matches":
            return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=rule.pattern, meta=meta)
        case "length":
            return gxe.ExpectColumnValueLengthsToBeBetween(
                column=column, min_value=rule.minimum, max_value=rule.maximum, meta=meta
            )
    assert rule.allowed is not None
    low, high = rule.allowed.low, rule.allowed.high
    return gxe.ExpectTableRowCountToBeBetween(min_value=_rows(low), max_value=_rows(high), meta=meta)


def _rows(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Nullable integers and truth values in types that every expectation can compare."""
    plain = table.drop(columns=LINE)
    for name in plain.columns:
        if str(plain[name].dtype) == "Int64":
            plain[name] = plain[name].astype("float64")
        elif str(plain[name].dtype) == "boolean":
            plain[name] = plain[name].astype("object").where(plain[name].notna(), None)
    return plain


def _run(table: pd.DataFrame, expectations: dict[str, Any]) -> dict[str, int | None]:
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
    verdict = checkpoint.run(batch_parameters={"dataframe": table})
    ran = next(iter(verdict.run_results.values()))
    return {one.expectation_config.meta["rule"]: _count(one) for one in ran.results}


def _count(one: Any) -> int | None:
    """How many rows failed; None when the expectation itself raised, which is no verdict. Exceptions come in two shapes."""
    told = one.exception_info or {}
    shapes = [told] if "raised_exception" in told else list(told.values())
    if any(shape.get("raised_exception") for shape in shapes if isinstance(shape, dict)):
        return None
    count = one.result.get("unexpected_count")
    return int(not one.success) if count is None else int(count)
