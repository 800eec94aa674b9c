"""A single case: six points before a change, seven under it, better where higher."""

from pathlib import Path

import pandas as pd

import cycles as cy
from reference_groups import Values

BEFORE, UNDER = (20, 20, 26, 25, 22, 23), (28, 25, 24, 27, 30, 30, 29)


def overlap(_: Path) -> Values:
    """How far the phases overlap."""
    found = _indices()
    yield "V306", found["value"]["nap"]
    yield "V307", found["value"]["tau"]
    yield "V308", found["value"]["tau_u"]


def further(_: Path) -> Values:
    """How sure that is, and what others report."""
    found = _indices()
    yield "V402", found["se"]["nap"]
    yield "V403", found["value"]["pnd"]
    yield "V404", found["value"]["pem"]
    yield "V407", found["value"]["smd"]


GROUPS = {"scd": overlap, "scd2": further}


def _indices() -> pd.DataFrame:
    frame = pd.DataFrame({"session": range(13), "value": [*BEFORE, *UNDER]})
    panel = cy.as_series(
        frame,
        measure="value",
        value="value",
        time="session",
        started=len(BEFORE),
        change="change",
        series_name="student",
    )
    return cy.estimate(panel, estimator="single_case").coefficients.set_index("term")
