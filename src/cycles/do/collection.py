"""Everything a cycle collects: each source read and held to its contract, all problems told together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cycles.core.errors import ContractError, CyclesError, ProblemsError
from cycles.core.vocabulary import ContractReport, Delivery, Record, SeriesBreak
from cycles.core.workspace import Workspace
from cycles.do.contracts import as_problems, hold, keep
from cycles.do.intake import read
from cycles.do.receipts import open_revision, reader_of, receive
from cycles.plan.cycle_file import Source
from cycles.plan.instruments import Instrument, read_instrument

if TYPE_CHECKING:
    from cycles.plan.run import Run

_DATED = ("on", "answered_on")


@dataclass(frozen=True, kw_only=True, repr=False)
class Tables(Record):
    """The tables of a cycle.

    `by_source` has one cast table per source. `by_table` joins the sources of one canonical table (responses are called
    `responses:<instrument>`). `reports` has a ContractReport per source. `as_of` is the latest day in any column `on` or `answered_on`.
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
    """What could be read and held, and why the rest could not."""
    deliveries: list[Delivery] = []
    reports: list[ContractReport] = []
    problems: list[CyclesError] = []
    for source in sources.values():
        try:
            delivery = reader(source, workspace=workspace)
            reports.append(hold(delivery, workspace=workspace))
            deliveries.append(delivery)
        except ProblemsError as several:
            problems += several.problems
        except CyclesError as problem:
            problems.append(problem)
    return deliveries, reports, problems


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
    days = [day for day in days if not pd.isna(day)]
    return max(days).date() if days else None
