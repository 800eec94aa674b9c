"""Regression discontinuity: seats of the U.S. Senate won and lost by a small margin."""

from pathlib import Path

import numpy as np
import pandas as pd

import cycles as cy
from cycles.core.vocabulary import Panel
from reference_groups import Values


def senate(shared: Path) -> Values:
    """The advantage of having won the seat before, in percent of the vote."""
    found = cy.estimate(senate_panel(shared), estimator="regression_discontinuity")
    told = found.coefficients.set_index("term")
    yield "V300", told.value["conventional"]
    yield "V301", found.value
    yield "V302", told.se["conventional"]
    yield "V303", found.se
    yield "V304", found.facts["bandwidth"]
    yield "V305", found.facts["bias_bandwidth"]


GROUPS = {"rd-senate": senate}


def senate_panel(shared: Path) -> Panel:
    rows = pd.read_csv(shared / "reference" / "data" / "senate.csv")
    return cy.as_panel(
        rows.assign(seat=np.where(rows.margin >= 0, "won", "lost")), measure="vote", outcome="vote", arm="seat", change="won",
        comparison="lost", running="margin", cutoff=0, design="regression_discontinuity", outcome_unit="percent",
    )  # fmt: skip
