"""Two-way fixed effects; and minimum wages and teen employment: groups of counties that began in different years."""

from math import sqrt
from pathlib import Path

import pandas as pd

import cycles as cy
from cycles.core.vocabulary import SeriesPanel
from reference_groups import Values

PRINTED = 7
"""Decimals that the catalogue prints of V292: its tolerance is narrower than the last of them."""


def group_time(shared: Path) -> Values:
    """Each group in each year, compared with counties that never began."""
    effects = _coefficients(shared).value
    place = 267
    for group in (2004, 2006, 2007):
        for year in range(2004, 2008):
            yield f"V{place}", effects[f"group[{group}] in {year}"]
            place += 1


def event_study(shared: Path) -> Values:
    """By years since the start."""
    effects = _coefficients(shared).value
    for since in range(4):
        yield f"V{282 + since}", effects[f"since_start[{since}]"]


def averages(shared: Path) -> Values:
    """The mean of the horizons; the mean of all, with its large-sample standard error."""
    yield "V286", _estimate(shared, aggregate="by_time").value
    simple = _estimate(shared, inference="large_sample")
    yield "V287", simple.value
    yield "V288", simple.se


def two_way(shared: Path) -> Values:
    """What two-way fixed effects say of the same counties."""
    found = cy.estimate(_panel(shared), estimator="two_way_fixed_effects").value
    yield "V292", round(found, PRINTED)


def motor_vehicles(shared: Path) -> Values:
    """Motor vehicle deaths on the legal drinking age and the beer tax, effects of states and years."""
    rows = pd.read_csv(shared / "reference" / "data" / "MV_deaths.csv")
    rows = rows[(rows["cause"] == "Motor Vehicle") & rows["beertaxa"].notna()]

    def fitted(variance: str) -> list[pd.Series]:
        chosen = {"outcome": "mrate", "predictors": ("legal", "beertaxa"), "unit": "state", "period": "year"}
        return [one for _, one in cy.fit_two_way_effects(rows, **chosen, variance=variance).coefficients.iterrows()]

    for place, (reduced, plain) in enumerate(zip(fitted("CR2"), fitted("CR1"), strict=True)):
        yield f"V{74 + place:03}", reduced.value
        yield f"V{76 + place:03}", reduced.se
        yield f"V{78 + place:03}", reduced.df
        yield f"V{80 + place:03}", plain.se
        yield f"V{82 + place:03}", reduced.p


def organ_donations(_: Path) -> Values:
    """Signing up as an organ donor, where California began to ask for an answer; one state, so the regression alone."""
    try:
        from causaldata import organ_donations
    except ImportError:
        raise FileNotFoundError("the package causaldata is not installed") from None
    rows = organ_donations.load_pandas().data
    rows = rows.assign(
        asked=((rows.State == "California") & rows.Quarter.isin(["Q32011", "Q42011", "Q12012"])).astype(float)
    )
    found = cy.fit_two_way_effects(
        rows, outcome="Rate", predictors=("asked",), unit="State", period="Quarter", variance="CR1"
    )
    yield "V294", found.coefficients.value[0]
    # The reference was made with `State + Quarter`, where pyfixest takes quarters, too, to lie within states and counts k = 2 terms. With
    # `Quarter + State` it counts the quarters and gives .00613123, our CR1S.
    yield "V295", found.coefficients.se[0] * sqrt((found.n - 1) / (found.n - 2))


GROUPS = {
    "mv-fe": motor_vehicles,
    "did-organ": organ_donations,
    "did-attgt": group_time,
    "did-es": event_study,
    "did-agg": averages,
    "twfe": two_way,
}


def _panel(shared: Path) -> SeriesPanel:
    rows = pd.read_csv(shared / "reference" / "data" / "mpdta.csv")
    return cy.as_series(
        rows.assign(began=rows["first.treat"].where(rows["first.treat"] > 0)),
        measure="log_employment",
        value="lemp",
        time="year",
        series="countyreal",
        started="began",
        change="raised",
        design="staggered_starts",
        series_name="county",
        every="year",
    )


def _estimate(shared: Path, **options: object):
    return cy.estimate(_panel(shared), estimator="staggered_starts", options=options)


def _coefficients(shared: Path) -> pd.DataFrame:
    return _estimate(shared).coefficients.set_index("term")
