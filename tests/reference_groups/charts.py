"""Run and control charts beside qicharts2 and NHSRplotthedots, on their own data."""

from pathlib import Path

import pandas as pd

import cycles as cy
from cycles.study.charts.run_chart import limits
from reference_groups import Values

UNROUNDED = 3 / 1.128
LINES = ("center", "upper", "lower")


def run_chart(shared: Path) -> Values:
    """Infections by month around their median, with the two rules."""
    table = _infections(shared).rename(columns={"count": "value"}).assign(n=100)
    facts = cy.run_chart(table, measure="infections", unit="infections").facts
    names = ("median", "longest_run", "longest_run_limit", "crossings", "crossings_limit")
    yield from zip(("V337", "V338", "V339", "V340", "V341"), map(facts.get, names), strict=True)


def individuals(shared: Path) -> Values:
    """The same infections as single values, the factor unrounded."""
    table = _infections(shared).rename(columns={"count": "value"})
    yield from _first(cy.control_chart(table, measure="infections", factor=UNROUNDED), "V342", "V343", "V344")


def counts(shared: Path) -> Values:
    """The same as counts."""
    yield from _first(cy.control_chart(_infections(shared), measure="infections", kind="c"), "V345", "V346", "V347")


def rates(shared: Path) -> Values:
    """The same for 10,000 days."""
    table = _infections(shared).assign(per=lambda rows: rows["days"] / 10_000)
    yield from _first(cy.control_chart(table, measure="infections", kind="u"), "V348", "V349", "V350")


def proportions(shared: Path) -> Values:
    """Patients seen within four hours."""
    yield from _first(cy.control_chart(_accidents(shared), measure="seen", kind="p"), "V354", "V355", "V356")


def proportions_prime(shared: Path) -> Values:
    """The same, where the test of dispersion chooses the chart."""
    yield from _first(cy.control_chart(_accidents(shared), measure="seen"), "V357", "V358", "V359")


def means(shared: Path) -> Values:
    """Ages by month, as many as there were."""
    table = pd.read_csv(shared / "reference" / "data" / "qic_cabg600.csv")[["month", "age"]].rename(
        columns={"month": "period", "age": "value"}
    )
    yield from _first(cy.control_chart(table, measure="age"), "V366", "V367", "V368")


def run_rules(_: Path) -> Values:
    """Longest run and fewest crossings by number of points."""
    for place, n in enumerate((10, 12, 16, 20, 24, 30, 36, 50, 100)):
        longest, crossings = limits(n)
        yield f"V{379 + 2 * place}", longest
        yield f"V{380 + 2 * place}", crossings


def screening(_: Path) -> Values:
    """One wild value, its moving ranges left out or not."""
    table = pd.DataFrame({"period": range(18), "value": [1, 2, 1, 2, 10, 1] + [2, 1] * 6})
    screened = cy.control_chart(table, measure="waiting")
    yield from _first(screened, "V398", "V397", "V399")
    yield from list(_first(cy.control_chart(table, measure="waiting", screen=False), "", "V400", "V401"))[1:]


GROUPS = {
    "spc-run_gtt_cdi": run_chart,
    "spc-i_cdi": individuals,
    "spc-c_cdi": counts,
    "spc-u_cdi": rates,
    "spc-p_nhs": proportions,
    "spc-pp_nhs": proportions_prime,
    "spc-xbar_cabg": means,
    "spc-anhoej": run_rules,
    "spc-mdc": screening,
}


def _first(chart: object, *names: str) -> Values:
    """Centre line, upper and lower limit of the first point."""
    point = chart.points.iloc[0]  # type: ignore[attr-defined]
    yield from zip(names, (float(point[line]) for line in LINES), strict=True)


def _infections(shared: Path) -> pd.DataFrame:
    rows = pd.read_csv(shared / "reference" / "data" / "qic_cdi.csv", parse_dates=["month"])
    return rows[["month", "n", "days"]].rename(columns={"month": "period", "n": "count"})


def _accidents(shared: Path) -> pd.DataFrame:
    rows = pd.read_csv(shared / "reference" / "data" / "qic_nhs_accidents.csv")
    return rows.rename(columns={"i": "period", "r": "count", "n": "of"})
