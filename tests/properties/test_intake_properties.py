"""Whatever the text, it survives reading; whatever the file, every row is accounted for; whatever the table, two engines agree."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cycles.do.contracts.cast import cast_table
from cycles.do.contracts.engine import evaluate
from cycles.do.contracts.great_expectations import second_count
from cycles.do.contracts.rules import Allowed, Column, Contract, Rule
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.mapping import Mapping
from cycles.do.intake.reshape import reshape

FAST = settings(max_examples=80, deadline=None, derandomize=True, database=None)
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=12)
ID = TEXT.filter(lambda text: text != "")


def as_csv(rows: list[list[str]], delimiter: str = ",") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return stream.getvalue().encode()


@FAST
@given(st.lists(st.tuples(ID, TEXT, TEXT), min_size=1, max_size=20), st.sampled_from(",;\t|"))
def test_any_text_survives_reading(rows, delimiter):
    read = read_delimited(as_csv([["id", "a", "b"], *map(list, rows)], delimiter), where="x.csv")
    assert read.table[["id", "a", "b"]].values.tolist() == [list(row) for row in rows]


@FAST
@given(st.lists(st.lists(st.sampled_from(["a", "b", ""]), min_size=0, max_size=5), max_size=30))
def test_every_row_of_a_file_is_read_or_excluded_or_broken(rows):
    data = as_csv([["a", "b", "c"], *rows])
    read = read_delimited(data, where="x.csv", max_broken_share=1)
    assert read.rows_raw == len(read.table) + sum(read.excluded.values()) + len(read.broken)
    assert read.rows_raw == sum(bool(row) for row in rows)


@FAST
@given(st.lists(st.tuples(st.sampled_from(["S", "R", ""]), *[st.sampled_from(["1", ""])] * 4), max_size=20))
def test_every_mapped_row_is_accounted_for(rows):
    raw = read_delimited(
        as_csv([["id", "kind", "p", "q", "r", "s"], *([str(n), *row] for n, row in enumerate(rows))]), where="x"
    )
    mapping = Mapping.model_validate(
        {
            "table": "responses",
            "exclude": [
                {"rule": "no_kind", "column": "kind", "values": [""]},
                {"rule": "regular", "column": "kind", "values": ["R"]},
            ],
            "columns": {"respondent_id": "id"},
            "melt": {"waves": {"x": {"i": "p", "j": "q"}, "y": {"i": "r", "j": "s"}}},
        }
    )
    mapped = reshape(raw, mapping, where="x")
    assert raw.rows_raw == mapped.rows_mapped + sum(mapped.excluded.values())
    assert len(mapped.table) == 2 * mapped.rows_mapped - mapped.no_answer


@pytest.mark.parametrize("seed", range(6))
def test_the_two_engines_count_alike_on_any_table(seed):
    rng = __import__("random").Random(seed)
    n = rng.choice([0, 1, 40])
    pool = ["", "a", "b", "c", "7", "-1", "3.5", "2026-10-05", "2026-13-01", "zz", " a "]
    text = pd.DataFrame({name: pd.array([rng.choice(pool) for _ in range(n)], dtype="str") for name in "abcd"})
    text["_line"] = range(2, n + 2)
    contract = Contract(
        name="any",
        version="1",
        columns=(
            Column(name="a", type="string"),
            Column(name="b", type="integer", missing={"7": "refused"}),
            Column(name="c", type="number"),
            Column(name="d", type="date"),
        ),
        rules=(
            Rule(kind="unique", columns=("a",)),
            Rule(kind="unique", columns=("a", "b", "d")),
            *(Rule(kind="required", columns=(name,)) for name in "abcd"),
            Rule(kind="between", columns=("b",), minimum=0),
            Rule(kind="between", columns=("c",), maximum=3.5),
            Rule(kind="between", columns=("d",), minimum=pd.Timestamp("2026-10-06")),
            Rule(kind="in_set", columns=("a",), values=("a", "b")),
            Rule(kind="in_set", columns=("b",), values=(1, 7)),
            Rule(kind="matches", columns=("a",), pattern="^[a-c]$"),
            Rule(kind="length", columns=("a",), maximum=1),
            Rule(kind="missing_values", columns=("c",), allowed=Allowed(high=0.5, unit="share")),
            Rule(kind="row_count", allowed=Allowed(low=1, high=30)),
        ),
    )
    cast = cast_table(text, contract)
    results = second_count(cast, evaluate(cast, contract))
    assert {result.rule.id: result.gx_n_failed for result in results} == {
        result.rule.id: result.n_failed for result in results
    }
    assert "could_not_run" not in {result.outcome for result in results}


@settings(FAST, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(ID, st.sampled_from(["1", "2", "x", ""])), min_size=1, max_size=15), st.randoms())
def test_the_order_of_rows_changes_no_count(rows, random):
    contract = Contract(
        name="t",
        version="1",
        columns=(Column(name="id", type="string"), Column(name="n", type="integer")),
        rules=(
            Rule(kind="unique", columns=("id",)),
            Rule(kind="castable", columns=("n",)),
            Rule(kind="required", columns=("n",)),
        ),
    )
    shuffled = random.sample(rows, len(rows))
    counts = [
        [one.n_failed for one in evaluate(cast_table(_frame(order), contract), contract)] for order in (rows, shuffled)
    ]
    assert counts[0] == counts[1]


def _frame(rows) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            name: pd.array(list(values), dtype="str")
            for name, values in zip(("id", "n"), zip(*rows, strict=True), strict=True)
        }
    )
    return frame.assign(_line=range(2, len(rows) + 2))
