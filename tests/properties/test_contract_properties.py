"""On any table, under any rules, the two engines find the same, and every row and every cell is accounted for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cycles.do.contracts.cast import CastTable, cast_table
from cycles.do.contracts.cells import set_aside_cells
from cycles.do.contracts.engine import NOT_EXPRESSIBLE, evaluate
from cycles.do.contracts.great_expectations import second_count
from cycles.do.contracts.quarantine import set_aside
from cycles.do.contracts.rules import Allowed, Column, Condition, Contract, Rule

COLUMNS = (
    Column(name="id", type="string"),
    Column(name="kind", type="string"),
    Column(name="code", type="integer"),
    Column(name="score", type="number"),
    Column(name="on", type="date"),
    Column(name="held", type="boolean"),
)
PARENTS = {
    "parents": pd.DataFrame(
        {"id": pd.array(["a", "b", "b", None], dtype="str"), "kind": pd.array(["x", "y", "y", "x"], dtype="str")}
    )
}
POOL = {
    "id": ["a", "b", "c", "aa", "ä", " ", "", "it's", "x`y"],
    "kind": ["x", "y", "", "it's @id"],
    "code": ["1", "2", "3", "-9", "", "x", "6.0"],
    "score": ["0", "0.3", "1e2", "", "-1.5", "one", "0.30000000000000004"],
    "on": ["2026-10-05", "2026-10-06", "", "2026-13-01", "1999-01-01"],
    "held": ["yes", "no", "", "perhaps"],
}
DAY = pd.Timestamp(2026, 10, 5)


def condition(rng: np.random.Generator) -> Condition:
    choices = [
        Condition(column="kind", op="==", values=("x",)),
        Condition(column="kind", op="!=", values=("it's @id",)),
        Condition(column="kind", op="in", values=("x", "never")),
        Condition(column="kind", op="not in", values=("y", "never")),
        Condition(column="code", op=">=", values=(2,)),
        Condition(column="score", op="<", values=(0.5,)),
        Condition(column="on", op=">", values=(DAY,)),
        Condition(column="on", op="<=", values=(DAY,)),
        Condition(column="held", op="==", values=(True,)),
        Condition(column="held", op="!=", values=(True,)),
        Condition(column="id", op="present"),
        Condition(column="score", op="missing"),
    ]
    return choices[rng.integers(len(choices))]


def plain_rules() -> list[Rule]:
    every = list(POOL)
    bounds = [("code", 1, 3), ("score", 0.0, 0.3), ("on", DAY, None), ("score", None, 1.0)]
    return [
        *(Rule(kind="column_exists", columns=(name,)) for name in (*every, "absent")),
        *(Rule(kind="castable", columns=(name,)) for name in ("code", "score", "on", "held")),
        *(Rule(kind="required", columns=(name,)) for name in every),
        *(Rule(kind="unique", columns=names) for names in (("id",), ("on",), ("id", "kind"), ("id", "code", "on"))),
        *(
            Rule(kind="between", columns=(name,), minimum=low, maximum=high, exclusive_minimum=strict, name=str(n))
            for n, (name, low, high) in enumerate(bounds)
            for strict in (n % 2 == 0,)
        ),
        Rule(kind="in_set", columns=("code",), values=(1, 2)),
        Rule(kind="in_set", columns=("kind",), values=("x", "it's @id")),
        Rule(kind="in_set", columns=("on",), values=(DAY,)),
        Rule(kind="matches", columns=("id",), pattern="^[a-z]+$"),
        Rule(kind="length", columns=("id",), minimum=1, maximum=1),
        Rule(kind="multiple_of", columns=("score",), minimum=0.1),
        Rule(kind="reference", columns=("id",), to="parents", to_columns=("id",), name="one"),
        Rule(kind="reference", columns=("id", "kind"), to="parents", to_columns=("id", "kind"), name="two"),
        Rule(kind="missing_values", columns=("score",), scope="table", allowed=Allowed(high=0.2, unit="share")),
        Rule(kind="row_count", scope="table", allowed=Allowed(low=1, high=20, high_open=True)),
        Rule(kind="row_count", scope="table", allowed=Allowed(low=3, high=5, outside=True), name="not few"),
    ]


def conditional_rules(rng: np.random.Generator) -> list[Rule]:
    kinds = ("required", "unique", "between", "in_set", "matches", "length", "reference", "missing_values")
    chosen = [rule for rule in plain_rules() if rule.kind in kinds]
    return [
        replace(rule, when=tuple(condition(rng) for _ in range(rng.integers(1, 3))), name=f"{rule.name} when {n}")
        for n, rule in enumerate(chosen)
    ]


def cast_of(rng: np.random.Generator, rules: list[Rule]) -> tuple[CastTable, Contract]:
    n = int(rng.choice([0, 1, 2, 5, 17, 40]))
    text = pd.DataFrame({name: pd.array(rng.choice(pool, n), dtype="str") for name, pool in POOL.items()})
    contract = Contract(name="t", version="1", table="t", columns=COLUMNS, rules=tuple(rules))
    return cast_table(text.assign(_line=np.arange(2, n + 2)), contract), contract


@pytest.mark.parametrize("seed", range(12))
def test_the_two_engines_find_the_same_on_any_table(seed):
    rng = np.random.default_rng(seed)
    cast, contract = cast_of(rng, [*plain_rules(), *conditional_rules(rng)])
    results = second_count(cast, evaluate(cast, contract, others=PARENTS), others=PARENTS)
    assert len(results) == len(contract.rules)
    different = {
        one.rule.id: (one.n_failed, one.gx_n_failed)
        for one in results
        if one.expressible and one.n_failed != one.gx_n_failed
    }
    assert different == {}
    assert {one.rule.kind for one in results if not one.expressible} <= NOT_EXPRESSIBLE
    assert {one.outcome for one in results} <= {"pass", "fail"}


@pytest.mark.parametrize("seed", range(20))
def test_a_conditional_rule_is_the_rule_on_the_rows_where_it_applies(seed):
    rng = np.random.default_rng(100 + seed)
    rules = conditional_rules(rng)
    cast, contract = cast_of(rng, rules)
    for one in evaluate(cast, contract, others=PARENTS):
        applies = cast.table.apply(lambda row, rule=one.rule: all(holds(each, row) for each in rule.when), axis=1)
        rows = np.asarray(applies, dtype=bool) if len(cast.table) else np.zeros(0, dtype=bool)
        part = CastTable(table=cast.table[rows].reset_index(drop=True), failed={}, missing_codes={})
        alone = Contract(name="t", version="1", columns=COLUMNS, rules=(without(one.rule),))
        assert evaluate(part, alone, others=PARENTS)[0].n_failed == one.n_failed
        assert one.n_judged == rows.sum()


def holds(one: Condition, row: pd.Series) -> bool:
    """A condition of one row, said plainly."""
    value = row[one.column]
    if one.op in ("present", "missing"):
        return pd.isna(value) == (one.op == "missing")
    told = one.values[0]
    return (
        not pd.isna(value)
        and {
            "==": value == told,
            "!=": value != told,
            "in": value in one.values,
            "not in": value not in one.values,
            ">=": one.op == ">=" and value >= told,
            ">": one.op == ">" and value > told,
            "<=": one.op == "<=" and value <= told,
            "<": one.op == "<" and value < told,
        }[one.op]
    )


def without(rule: Rule) -> Rule:
    return replace(rule, when=())


@pytest.mark.parametrize("seed", range(20))
def test_every_row_and_every_cell_is_used_or_listed(seed):
    rng = np.random.default_rng(200 + seed)
    rules = [
        Rule(kind="required", columns=("id",)),
        Rule(kind="castable", columns=("code",), scope="cell"),
        Rule(kind="in_set", columns=("code",), values=(1, 2), scope="cell"),
        Rule(kind="between", columns=("score",), minimum=0.0, scope="cell"),
        Rule(kind="in_set", columns=("kind",), values=("x",), severity="warning"),
    ]
    cast, contract = cast_of(rng, rules)
    results = evaluate(cast, contract)
    out, rows = set_aside(cast.table, results, pd.DataFrame({"_line": [], "_rules": []}))
    cells = set_aside_cells(cast, results, out)
    used = cells.table[~out]
    assert len(used) + len(rows) == len(cast.table)
    assert set(used["code"].dropna()) <= {1, 2}
    assert (used["score"].dropna() >= 0).all()
    emptied = (cast.table.loc[~out, "code"].notna() & used["code"].isna()).sum()
    uncast = cast.failed["code"][~out].sum()
    assert emptied + uncast == (cells.listed["column"] == "code").sum()
    assert used["kind"].equals(cast.table.loc[~out, "kind"])
