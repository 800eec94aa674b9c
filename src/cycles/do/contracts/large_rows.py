"""The rows of a large file that are set aside or used, counted and written without ever being in memory together."""

# ruff: noqa: S608 - names are quoted, texts are literals, and nobody's words become part of a query

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.files import make_private
from cycles.core.tables import LINE
from cycles.do.contracts.large_source import SOURCE, Opened, literal, quoted
from cycles.do.contracts.large_tally import AGAIN, CAST, MARKS, Judged, Tally, answered, sets_aside
from cycles.do.contracts.quarantine import RULES
from cycles.do.contracts.rules import Contract, Rule

OUT = "_cycles_out"
"""The lines of rows set aside for a broken rule."""


@dataclass(frozen=True, kw_only=True)
class Aside:
    """Rows set aside for a broken rule; cells emptied in the others, by rule and each once; the shares of cells, judged."""

    rows: int
    cells: int
    by_rule: dict[str, int]
    shares: tuple[Tally, ...]


def set_aside(connection: Any, judged: Judged, contract: Contract) -> Aside:
    """Say which rows and cells are set aside, from the lines that the rules marked; afterwards the table :data:`OUT` holds the rows'."""
    run = connection.execute
    rows = _places(judged.tallies, "row")
    run(f"CREATE TABLE {OUT} AS SELECT DISTINCT line FROM {MARKS} WHERE rule IN {rows}")
    staying = f"FROM {MARKS} ANTI JOIN {OUT} USING (line)"
    by_rule: dict[str, int] = {}
    by_column: dict[str, list[int]] = {}
    for place, tally in enumerate(judged.tallies):
        if tally.rule.scope == "cell" and sets_aside(tally.rule) and tally.could_run:
            n = int(run(f"SELECT count(*) {staying} WHERE rule = {place}").fetchone()[0])
            by_rule |= {tally.rule.id: n} if n else {}
            by_column.setdefault(tally.rule.columns[0], []).append(place)
    shares = []
    for column, places in by_column.items():
        n = int(run(f"SELECT count(DISTINCT line) {staying} WHERE rule IN {_sql(places)}").fetchone()[0])
        answers = f"SELECT count(*) FILTER ({quoted(answered(column))}) FROM {CAST} ANTI JOIN {OUT} ON {OUT}.line = {CAST}.{LINE}"
        shares.append((column, n, int(run(answers).fetchone()[0])))
    return Aside(
        rows=int(run(f"SELECT count(*) FROM {OUT}").fetchone()[0]),
        cells=sum(n for _, n, _ in shares),
        by_rule=by_rule,
        shares=tuple(_share_of_cells(*one, contract.max_quarantined_share) for one in shares),
    )


def _share_of_cells(column: str, n: int, n_answers: int, most: float) -> Tally:
    rule = Rule(kind="cells_share", columns=(column,), scope="table", maximum=most)
    return Tally(rule=rule, n_failed=n if n > most * n_answers else 0, n_judged=n_answers)


def of_every_contract(judged: Judged, contract: Contract, counts: Aside) -> Iterable[Tally]:
    """Rules that no contract needs to write: every row readable, none said twice, not too many set aside."""
    yield Tally(rule=Rule(kind="readable"), n_judged=None)
    if contract.keys:
        yield Tally(rule=Rule(kind="repeated_row", severity="warning"), n_failed=judged.n_again, n_judged=None)
    most = contract.max_quarantined_share
    too_many = counts.rows > most * (judged.n_rows + judged.n_again)
    yield Tally(rule=Rule(kind="quarantined_share", maximum=most), n_failed=counts.rows if too_many else 0)


def _places(tallies: Iterable[Tally], scope: str) -> str:
    return _sql([place for place, one in enumerate(tallies) if sets_aside(one.rule) and one.rule.scope == scope])


def _sql(places: Iterable[int]) -> str:
    return f"({', '.join(str(place) for place in places) or '-1'})"


# -- what is written -----------------------------------------------------------------------------------------------------


def write_used(opened: Opened, judged: Judged, path: Path, private: Path) -> str:
    """The cast rows that stay, without the cells set aside, in the order of the file."""
    columns = ", ".join(_without_cells(name, judged) for name in judged.columns)
    query = f"SELECT {columns} FROM {CAST} ANTI JOIN {OUT} ON {OUT}.line = {CAST}.{LINE}"
    return _write(opened, query, path, private)


def _without_cells(name: str, judged: Judged) -> str:
    places = [
        place
        for place, one in enumerate(judged.tallies)
        if one.rule.scope == "cell" and sets_aside(one.rule) and one.rule.columns[0] == name and one.n_failed
    ]
    if not places:
        return quoted(name)
    emptied = f"{CAST}.{LINE} IN (SELECT line FROM {MARKS} WHERE rule IN {_sql(places)})"
    return f"CASE WHEN {emptied} THEN NULL ELSE {quoted(name)} END AS {quoted(name)}"


def write_quarantine(opened: Opened, judged: Judged, folder: Path, name: str, private: Path) -> dict[str, str]:
    """Rows set aside as text with their rules; then rows said twice; cells beside them. For their owner only."""
    if not folder.is_dir():
        make_private(folder)
    run = opened.connection.execute
    run("CREATE TABLE _cycles_rules (rule INTEGER, name VARCHAR)")
    run("INSERT INTO _cycles_rules VALUES (-1, '')")
    for place, tally in enumerate(judged.tallies):
        run("INSERT INTO _cycles_rules VALUES (?, ?)", [place, tally.rule.id])
    columns = ", ".join(f"{SOURCE}.{quoted(one)}" for one in (*opened.names, LINE))
    rows = _places(judged.tallies, "row")
    named = (
        f"SELECT line, string_agg(name, '; ' ORDER BY rule) AS told FROM {MARKS} JOIN _cycles_rules USING (rule) "
        f"WHERE rule IN {rows} GROUP BY line"
    )
    query = (
        f"SELECT * EXCLUDE (_cycles_part) FROM ("
        f"SELECT {columns}, told AS {RULES}, 0 AS _cycles_part FROM {SOURCE} JOIN ({named}) AS named ON named.line = {SOURCE}.{LINE} "
        f"UNION ALL SELECT {columns}, 'repeated_row', 1 FROM {SOURCE} SEMI JOIN {AGAIN} ON {AGAIN}.line = {SOURCE}.{LINE}"
        f") ORDER BY _cycles_part, {LINE}"
    )
    written = {"quarantine_path": _write(opened, query, folder / f"{name}.parquet", private)}
    cells = _places(judged.tallies, "cell")
    if cells != _sql([]):
        listed = (
            f"SELECT line AS {LINE}, rule, name FROM {MARKS} ANTI JOIN {OUT} USING (line) JOIN _cycles_rules USING (rule) "
            f"WHERE rule IN {cells}"
        )
        of_column = " ".join(
            f"WHEN {place} THEN {literal(one.rule.columns[0])}"
            for place, one in enumerate(judged.tallies)
            if one.rule.scope == "cell"
        )
        query = (
            f'SELECT {LINE}, CASE listed.rule {of_column} END AS "column", name AS rule '
            f"FROM ({listed}) AS listed ORDER BY {LINE}, listed.rule"
        )
        written["cells_path"] = _write(opened, query, folder / f"{name}.cells.parquet", private)
    return written


def _write(opened: Opened, query: str, path: Path, private: Path) -> str:
    """Into the private folder first, then into place: nobody reads half a file."""
    import shutil

    from cycles.core.errors import WriteError

    made = private / path.name
    opened.connection.execute(f"COPY ({query}) TO {literal(str(made))} (FORMAT parquet)")
    made.chmod(0o600)
    beside = path.with_name(f".{path.name}.new")
    try:
        shutil.move(made, beside)
        beside.replace(path)
    except OSError as problem:
        raise WriteError(f"could not write {path.name}: {problem.strerror}", code="CY504", where=str(path)) from None
    return str(path)
