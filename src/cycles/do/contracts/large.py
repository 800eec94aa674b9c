"""A file too large for memory held to its contract where it lies: the same rules, the same counts, rows written piece by piece."""

import tempfile
from pathlib import Path

import pandas as pd

from cycles.core.errors import ContractError, ParameterError
from cycles.core.vocabulary import ContractReport, Delivery
from cycles.do.contracts.large_rows import Aside, of_every_contract, set_aside, write_quarantine, write_used
from cycles.do.contracts.large_rules import judge
from cycles.do.contracts.large_source import Opened, open_file
from cycles.do.contracts.large_tally import Judged, Tally
from cycles.do.contracts.large_telling import problems, rules_table, verdict
from cycles.do.contracts.quarantine import TOTAL
from cycles.do.contracts.references import Others, not_checked
from cycles.do.contracts.rules import Contract
from cycles.do.contracts.telling import text

MEMORY = "384MB"


def hold_file(
    path: Path,
    contract: Contract,
    *,
    name: str = "",
    others: Others | None = None,
    used: Path | None = None,
    quarantine: Path | None = None,
    memory: str = MEMORY,
    threads: int = 1,
) -> ContractReport:
    """Hold a Parquet, CSV or TSV file to a contract, in bounded memory.

    Parameters
    ----------
    path : the file; its columns are called as in the contract, and delimited text is plain (see `large_source.open_file`)
    contract : its rules
    name : what the report calls it; the file's name by default
    others : used rows of tables that it refers to, by table name
    used : where the rows that may be used are written, cast, as Parquet; nowhere by default
    quarantine : a folder for `<name>.parquet` (rows set aside, as text) and `<name>.cells.parquet`; nowhere by default
    memory : what DuckDB may use; a piece of the file, some ten megabytes, comes on top
    threads : how many processors; one makes the order of the rows the file's own

    Returns
    -------
    ContractReport
        As :func:`cycles.do.contracts.hold` gives it, with the same count for every rule; `used` and `quarantined` have their number of
        rows and no columns, `facts` says where they were written. Great Expectations does not count beside it.

    Raises
    ------
    ParameterError
        CY104 no such file, CY105 when only the engine in memory reads such a file.
    ContractError
        CY201 when the file cannot be read at all.
    WriteError
        CY504 when a folder cannot be written.

    Examples
    --------
    >>> from cycles.do.contracts.rules import Rule
    >>> contract = Contract(name="t", version="1", columns=(), rules=(Rule(kind="unique", columns=("id",)),))
    >>> file = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = file.write_text("id,x\\n1,a\\n1,b\\n2,c\\n")
    >>> hold_file(file, contract).text
    't: 3 rows in = 1 used + 2 set aside. 2 rows share their id with another row that says something else (CY216), lines 2, 3. ...'
    """
    if not path.is_file():
        raise ParameterError(f"no file {path.name}", code="CY104", where=str(path))
    with tempfile.TemporaryDirectory(prefix="cycles-") as private:
        opened = open_file(path, Path(private), memory=memory, threads=threads)
        try:
            keep = used is not None
            judged = judge(opened, contract, Path(private), others=others or {}, keep=keep)
            counts = set_aside(opened.connection, judged, contract)
            tallies = [*judged.tallies, *of_every_contract(judged, contract, counts), *counts.shares]
            name = name or path.name.partition(".")[0]
            written = {} if used is None else {"used_path": write_used(opened, judged, used, Path(private))}
            if quarantine is not None:
                written |= write_quarantine(opened, judged, quarantine, name, Path(private))
        except _failures() as failure:
            raise _as_ours(failure, path) from None
        finally:
            opened.connection.close()
    return _report(
        _delivery(path, name, opened, judged), contract, tallies, judged, counts, {**written, "engine": "disk"}, others
    )


def _failures() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.Error,)


def _as_ours(failure: Exception, path: Path) -> ContractError:
    """Messages of the database may hold values; ours does not."""
    kind = (
        "memory or disk ran out" if "OutOfMemory" in type(failure).__name__ else "the file could not be read to its end"
    )
    return ContractError(kind, code="CY201", where=path.name, fix="Check the file and the free space of the disk.")


# -- the report ----------------------------------------------------------------------------------------------------------


def _delivery(path: Path, name: str, opened: Opened, judged: Judged) -> Delivery:
    excluded = [("empty_row", opened.n_empty, "rows")] if opened.n_empty else []
    return Delivery(
        name=name,
        table=_only_counted(0),
        canonical="",
        contract=None,
        path=str(path),
        sha256=opened.sha256,
        rows_raw=judged.n_rows + judged.n_again + opened.n_empty,
        excluded=pd.DataFrame(excluded, columns=["rule", "n", "of"]),
        broken=_only_counted(0),
    )


def _only_counted(n: int) -> pd.DataFrame:
    """A table of which only the number of rows is here."""
    return pd.DataFrame(index=pd.RangeIndex(n))


def _report(
    delivery: Delivery,
    contract: Contract,
    tallies: list[Tally],
    judged: Judged,
    counts: Aside,
    written: dict[str, str],
    others: Others | None,
) -> ContractReport:
    rules = rules_table(tallies, contract)
    n_aside = counts.rows + judged.n_again
    n_used = judged.n_rows - counts.rows
    broke = {one.rule.id: one.n_failed for one in tallies if one.rule.of_rows and one.n_failed and one.could_run}
    unheard = not_checked(contract, {**(others or {}), contract.table: pd.DataFrame(columns=list(judged.columns))})
    said = [text(delivery, (n_used, n_aside, counts.cells), rules, {})]
    return ContractReport(
        source=delivery.name,
        contract=contract.name,
        version=contract.version,
        outcome=verdict(tallies),
        rows_in=n_used + n_aside,
        used=_only_counted(n_used),
        quarantined=_only_counted(n_aside),
        rules=rules,
        sha256=delivery.sha256,
        text=" ".join([*said, *(f"The rule {rule} is {why}." for rule, why in unheard.items())]),
        facts={
            "path": Path(delivery.path).name,
            "problems": [one.to_dict() for one in problems(delivery, tallies, contract)],
            "missing_codes": judged.missing_codes,
            "excluded": delivery.excluded.to_dict("records"),
            "warnings": [],
            "cells_set_aside": counts.by_rule,
            "counts": {**broke, TOTAL: n_aside},
            "not_checked": unheard,
            **written,
        },
    )
