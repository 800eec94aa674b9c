"""What judging a table in memory costs, against Great Expectations listing the failing rows and against hand-written masks."""

import gc
import importlib
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.engine import evaluate
from cycles.do.contracts.great_expectations import second_count
from cycles.do.contracts.rules import Column, Contract, Rule
from harness import Row, measured

N_ROWS = 1_000_000
REPEATS = 5
BAD = 0.01
STATUSES = ("present", "tardy", "absent_excused", "absent_unexcused")
RULES = (
    Rule(kind="required", columns=("student_id",)),
    Rule(kind="unique", columns=("row_id",)),
    Rule(kind="unique", columns=("student_id", "on")),
    Rule(kind="in_set", columns=("status",), values=STATUSES),
    Rule(kind="in_set", columns=("code",), values=(1, 2, 3, 4, 5)),
    Rule(kind="between", columns=("minutes",), minimum=0.0, maximum=480.0),
    Rule(kind="between", columns=("on",), minimum=pd.Timestamp(2024, 1, 1), maximum=pd.Timestamp(2030, 12, 31)),
    Rule(kind="matches", columns=("school_id",), pattern="^[0-9]{2}[KMQRX][0-9]{3}$"),
    Rule(kind="length", columns=("student_id",), minimum=9, maximum=9),
    Rule(kind="required", columns=("minutes",)),
)
COLUMNS = {"row_id": "string", "student_id": "string", "school_id": "string", "on": "date"}
CONTRACT = Contract(
    name="bench",
    version="1",
    table="bench",
    columns=tuple(
        Column(name=name, type=kind)  # type: ignore[arg-type]
        for name, kind in {**COLUMNS, "status": "string", "code": "integer", "minutes": "number"}.items()
    ),
    rules=RULES,
)


def in_memory(limits: dict) -> list[Row]:
    """CPU time of the verdict on a million rows and ten rules, with one row in a hundred bad; the other shares are printed."""
    warnings.simplefilter("ignore")
    for share in (BAD / 10, BAD * 10):
        told = ", ".join(f"{name} {value:.2f}" for name, value in _ratios(cast_of(share), repeats=1).items())
        print(f"contracts, {share:.1%} bad rows, once: {told}", flush=True, file=sys.stderr)
    ratios = _ratios(cast_of(BAD), repeats=REPEATS)
    return [measured(name, value, limits=limits, repeats=REPEATS) for name, value in ratios.items()]


def cast_of(share: float, n: int = N_ROWS) -> CastTable:
    """A table as the cast leaves it; in `share` of the rows of each rule, the rule is broken. Always the same."""
    rng = np.random.default_rng(2026)
    row = np.arange(n)
    table = pd.DataFrame(
        {
            "row_id": _texts(row, "R"),
            "student_id": _texts(row // 180, "S"),
            "school_id": pd.array(
                np.array(["13K430", "02M475", "08X282", "24Q550"])[rng.integers(0, 4, n)], dtype="str"
            ),
            "on": pd.Timestamp(2025, 9, 1) + pd.to_timedelta(row % 180, unit="D"),
            "status": pd.array(np.array(STATUSES)[rng.integers(0, 4, n)], dtype="str"),
            "code": pd.array(rng.integers(1, 6, n), dtype="Int64"),
            "minutes": rng.integers(0, 481, n).astype("float64"),
            "_line": row + 2,
        }
    ).astype({"on": "datetime64[us]"})
    for column, value in [
        ("student_id", None),
        ("school_id", "13K43"),
        ("status", "here"),
        ("code", 9),
        ("minutes", 999.0),
    ]:
        table.loc[rng.choice(n, int(share * n), replace=False), column] = value
    table.loc[rng.choice(n, int(share * n), replace=False), "minutes"] = np.nan
    table.loc[rng.choice(n, int(share * n), replace=False), "on"] = pd.Timestamp(1999, 1, 1)
    copied = rng.choice(np.arange(1, n), int(share * n / 2), replace=False)
    table.loc[copied, "row_id"] = table["row_id"].to_numpy()[copied - 1]
    return CastTable(table=table, failed={}, missing_codes={})


def _texts(numbers: np.ndarray, letter: str) -> Any:
    return pd.array(pd.Series(numbers).astype("str").str.zfill(8).radd(letter), dtype="str")


def _ratios(cast: CastTable, *, repeats: int) -> dict[str, float]:
    table = cast.table
    ours = second_count(cast, evaluate(cast, CONTRACT))
    assert all(one.n_failed == one.gx_n_failed for one in ours), "the two engines differ"
    assert {one.rule.id: one.n_failed for one in ours} == _complete(table) == by_hand(table), "the counts differ"
    both = _cpu(lambda: second_count(cast, evaluate(cast, CONTRACT)), repeats)
    alone = _cpu(lambda: evaluate(cast, CONTRACT), repeats)
    return {
        "great_expectations_ratio": _cpu(lambda: _complete(table), repeats) / both,
        "masks_ratio": alone / _cpu(lambda: by_hand(table), repeats),
    }


def _cpu(work: Callable[[], Any], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def by_hand(table: pd.DataFrame) -> dict[str, int]:
    """The same ten rules as an analyst would write them."""
    key = table[["student_id", "on"]]
    masks = {
        "required:student_id": table["student_id"].isna(),
        "unique:row_id": table["row_id"].duplicated(keep=False) & table["row_id"].notna(),
        "unique:student_id+on": key.duplicated(keep=False) & key.notna().all(axis=1),
        "in_set:status": table["status"].notna() & ~table["status"].isin(STATUSES),
        "in_set:code": table["code"].notna() & ~table["code"].isin([1, 2, 3, 4, 5]),
        "between:minutes": (table["minutes"] < 0) | (table["minutes"] > 480),
        "between:on": (table["on"] < pd.Timestamp(2024, 1, 1)) | (table["on"] > pd.Timestamp(2030, 12, 31)),
        "matches:school_id": table["school_id"].notna()
        & ~table["school_id"].str.match("^[0-9]{2}[KMQRX][0-9]{3}$", na=False),
        "length:student_id": (table["student_id"].str.len() < 9) | (table["student_id"].str.len() > 9),
        "required:minutes": table["minutes"].isna(),
    }
    return {rule: int(mask.sum()) for rule, mask in masks.items()}


def _complete(table: pd.DataFrame) -> dict[str, int]:
    """Great Expectations alone, asked for every failing row: what it would take to know which rows to set aside."""
    gx = importlib.import_module("great_expectations")
    gxe = importlib.import_module("great_expectations.expectations")
    first, day = (
        pd.Timestamp(1970, 1, 1),
        pd.Timedelta(days=1),
    )  # days: on dates it compares value by value, which is another matter
    plain = table.assign(code=table["code"].astype("float64"), on=(table["on"] - first) / day)
    expectations = {
        "required:student_id": gxe.ExpectColumnValuesToNotBeNull(column="student_id"),
        "unique:row_id": gxe.ExpectColumnValuesToBeUnique(column="row_id"),
        "unique:student_id+on": gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["student_id", "on"], ignore_row_if="any_value_is_missing"
        ),
        "in_set:status": gxe.ExpectColumnValuesToBeInSet(column="status", value_set=list(STATUSES)),
        "in_set:code": gxe.ExpectColumnValuesToBeInSet(column="code", value_set=[1, 2, 3, 4, 5]),
        "between:minutes": gxe.ExpectColumnValuesToBeBetween(column="minutes", min_value=0, max_value=480),
        "between:on": gxe.ExpectColumnValuesToBeBetween(
            column="on",
            min_value=(pd.Timestamp(2024, 1, 1) - first) / day,
            max_value=(pd.Timestamp(2030, 12, 31) - first) / day,
        ),
        "matches:school_id": gxe.ExpectColumnValuesToMatchRegex(column="school_id", regex="^[0-9]{2}[KMQRX][0-9]{3}$"),
        "length:student_id": gxe.ExpectColumnValueLengthsToBeBetween(column="student_id", min_value=9, max_value=9),
        "required:minutes": gxe.ExpectColumnValuesToNotBeNull(column="minutes"),
    }
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("bench").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite(name="bench", expectations=list(expectations.values())))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="bench", data=batch, suite=suite))
    told = definition.run(
        batch_parameters={"dataframe": plain},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["_line"]},
    )
    counted = {id(one): int(one.result["unexpected_count"]) for one in told.results}
    by_kind = {_rule_of(one.expectation_config): counted[id(one)] for one in told.results}
    return {rule: by_kind[_rule_of(one.configuration)] for rule, one in expectations.items()}


def _rule_of(config: Any) -> str:
    told = config.kwargs
    return f"{config.type}:{told.get('column') or told.get('column_list')}"
