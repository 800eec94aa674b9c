"""Everything a cycle collects: each source read and held to its contract, all problems told together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from cycles.core import run_folder
from cycles.core.errors import ContractError, CyclesError, ProblemsError
from cycles.core.vocabulary import ContractReport, Delivery, Record, SeriesBreak
from cycles.core.workspace import Workspace
from cycles.do.contracts import as_problems, find_contract, hold, keep
from cycles.do.intake import read
from cycles.do.receipts import open_revision, reader_of, receive
from cycles.plan.cycle_file import Source
from cycles.plan.instruments import Instrument, read_instrument

if TYPE_CHECKING:
    from cycles.plan.run import Run

Given = TypeVar("Given")
_DATED = ("on", "answered_on")


@dataclass(frozen=True, kw_only=True, repr=False)
class Tables(Record):
    """The tables of a cycle.

    `by_source` has one cast table per source. `by_table` joins the sources of one canonical table (responses are called
    `responses:<instrument>`). `reports` has a ContractReport per source. `as_of` is the latest day in any column `on` or `answered_on`, or
    among the periods of published figures that are days.
    `breaks` are the series breaks that contracts declare or values show; None where nobody looked.
    """

    by_source: dict[str, pd.DataFrame]
    by_table: dict[str, pd.DataFrame]
    reports: tuple[ContractReport, ...] = ()
    as_of: date | None = None
    deliveries: tuple[Delivery, ...] = field(default=())
    instruments: Path | None = None
    breaks: tuple[SeriesBreak, ...] | None = None

    def instrument(self, key: str) -> Instrument:
        """The instrument that answers were given to; the workspace's own goes before a shipped one."""
        return read_instrument(key, folder=self.instruments)

    @property
    def text(self) -> str:
        """One sentence per source."""
        return " ".join(report.text for report in self.reports)

    @property
    def table(self) -> pd.DataFrame:
        """One row per source: `source, contract, rows_in, used, set_aside, outcome`."""
        rows = [
            {
                "source": report.source,
                "contract": report.contract,
                "rows_in": report.rows_in,
                "used": report.n_used,
                "set_aside": report.n_quarantined,
                "outcome": report.outcome,
            }
            for report in self.reports
        ]
        return pd.DataFrame(rows, columns=["source", "contract", "rows_in", "used", "set_aside", "outcome"])


def collect(run: "Run") -> Tables:
    """Read every source of a run, hold it to its contract, and keep the verdicts in the run.

    Parameters
    ----------
    run : an open run; its `sources`, `workspace` and `folder` are used

    Returns
    -------
    Tables

    Raises
    ------
    CyclesError
        The problem, if there is one; ProblemsError with every problem of every source, if there are several.
    """
    deliveries, reports, problems = _held(run.sources, run.workspace, reader_of(run))
    received = receive(deliveries, reports, folder=run.folder)
    for report in received.reports:
        keep(report, run.folder)
    tables = gathered(deliveries, list(received.reports), problems, instruments=run.workspace.instruments)
    open_revision(received, run.folder)
    return replace(tables, breaks=received.breaks)


def validate(delivery: Delivery, *, contract: str | None = None, workspace: Workspace | None = None) -> pd.DataFrame:
    """Hold a delivery to its contract, keep the verdict in the open run, and return the rows that may be used.

    Parameters
    ----------
    delivery : what `read` returned
    contract : its name; by default the one the delivery names
    workspace : where the contract is; that of the open run, or of the current folder

    Returns
    -------
    DataFrame
        The rows that broke no critical row rule, cast: ids text, dates datetime64, numbers Int64 or float64; missing codes are missing.

    Raises
    ------
    ContractError
        CY211 to CY216: what stops the run. Several at once come as one ProblemsError.
    """
    report = hold(delivery, contract=contract, workspace=workspace)
    run = run_folder.current()
    if run is not None:
        [report] = receive([replace(delivery, contract=contract or delivery.contract)], [report], folder=run).reports
        keep(report, run)
    problems = as_problems(report)
    if problems:
        raise problems[0] if len(problems) == 1 else ProblemsError(problems)
    return report.used


def gathered(
    deliveries: list[Delivery],
    reports: list[ContractReport],
    problems: list[CyclesError],
    *,
    instruments: Path | None = None,
) -> Tables:
    """Reports put together as tables; every problem raised at once. `instruments` is the site's own folder of them.

    Raises
    ------
    CyclesError
        As :func:`collect`.
    """
    problems = [*problems, *(problem for report in reports for problem in as_problems(report))]
    by_table, unlike = _by_table(deliveries, reports)
    problems += unlike
    if problems:
        raise problems[0] if len(problems) == 1 else ProblemsError(problems)
    return Tables(
        by_source={report.source: report.used for report in reports},
        by_table=by_table,
        reports=tuple(reports),
        as_of=_latest([report.used for report in reports]),
        deliveries=tuple(deliveries),
        instruments=instruments,
    )


def _held(
    sources: dict[str, Source], workspace: Workspace, reader: Callable[..., Delivery] = read
) -> tuple[list[Delivery], list[ContractReport], list[CyclesError]]:
    """What could be read and held, and why the rest could not. Tables that others refer to are held first."""
    delivered, problems = _each(lambda source: reader(source, workspace=workspace), list(sources.values()))
    reports: dict[str, ContractReport] = {}
    tables: dict[str, list[pd.DataFrame]] = {}

    def hold_one(delivery: Delivery) -> Delivery:
        others = {name: _join(parts) for name, parts in tables.items()}
        report = hold(delivery, workspace=workspace, others=others)
        tables.setdefault(delivery.canonical, []).append(report.used)
        reports[delivery.name] = report
        return delivery

    held, refused = _each(hold_one, referred_to_first(delivered, workspace))
    names = {delivery.name for delivery in held}
    kept = [delivery for delivery in delivered if delivery.name in names]
    return kept, [reports[delivery.name] for delivery in kept], [*problems, *refused]


def referred_to_first(deliveries: list[Delivery], workspace: Workspace) -> list[Delivery]:
    """The deliveries in an order in which a table comes before those that refer to it, as far as there is one."""
    waiting, ordered = {one.name: (one, _refers_to(one, workspace)) for one in deliveries}, []
    while waiting:
        tables = {one.canonical for one, _ in waiting.values()}
        free = [name for name, (one, needs) in waiting.items() if not needs & (tables - {one.canonical})]
        ordered.append(waiting.pop(free[0] if free else next(iter(waiting)))[0])
    return ordered


def _refers_to(delivery: Delivery, workspace: Workspace) -> set[str]:
    """The tables that its contract names; a contract that cannot be used is told of when the delivery is held to it."""
    try:
        contract = find_contract(delivery.contract or "", workspace)
    except CyclesError:
        return set()
    return {rule.to for rule in contract.rules if rule.to}


def _each(work: Callable[[Given], Delivery], given: list[Given]) -> tuple[list[Delivery], list[CyclesError]]:
    done: list[Delivery] = []
    problems: list[CyclesError] = []
    for one in given:
        try:
            done.append(work(one))
        except ProblemsError as several:
            problems += several.problems
        except CyclesError as problem:
            problems.append(problem)
    return done, problems


def _by_table(
    deliveries: list[Delivery], reports: list[ContractReport]
) -> tuple[dict[str, pd.DataFrame], list[CyclesError]]:
    parts: dict[str, list[tuple[str, pd.DataFrame]]] = {}
    for delivery, report in zip(deliveries, reports, strict=True):
        parts.setdefault(_table_name(delivery), []).append((delivery.name, report.used))
    problems = [
        _unlike(name, tables)
        for name, tables in parts.items()
        if len({frozenset(one.columns) for _, one in tables}) > 1
    ]
    joined = {name: _join([one for _, one in tables]) for name, tables in parts.items()}
    return joined, problems


def _join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)


def _table_name(delivery: Delivery) -> str:
    if delivery.canonical != "responses":
        return delivery.canonical
    return f"responses:{delivery.instrument or (delivery.contract or '').removeprefix('survey.')}"


def _unlike(name: str, tables: list[tuple[str, pd.DataFrame]]) -> CyclesError:
    """Sources of one table with different columns would leave holes that look like missing values."""
    every = set().union(*(one.columns for _, one in tables))
    uneven = sorted(str(column) for column in every if any(column not in one.columns for _, one in tables))
    sources = ", ".join(source for source, _ in tables)
    return ContractError(
        f"the sources {sources} are all {name}, but not all have the columns {', '.join(uneven)}",
        code="CY211",
        where=f"sources {sources}",
        fix="Map the same columns for each of them.",
    )


def _latest(tables: list[pd.DataFrame]) -> date | None:
    days = [table[name].max() for table in tables for name in _DATED if name in table.columns]
    days += [_last_published(table) for table in tables if {"site_id", "period"} <= set(table.columns)]
    days = [day for day in days if not pd.isna(day)]
    return max(days).date() if days else None


def _last_published(table: pd.DataFrame) -> pd.Timestamp:
    """The last period of published figures that is a day; none where periods have names."""
    days = table["period"].astype("str")
    days = days[days.str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    return pd.to_datetime(days, errors="coerce", format="ISO8601").max()
