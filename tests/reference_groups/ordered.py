"""Bitterness of wines, rated from 1 to 5: warm against cold, with and without contact of juice and skins."""

from pathlib import Path

import pandas as pd

import cycles as cy
from reference_groups import Values

THRESHOLDS = ("1|2", "2|3", "3|4", "4|5")


def wine(shared: Path) -> Values:
    """Thresholds, slopes and their standard errors by the observed information."""
    frame = pd.read_csv(shared / "reference" / "data" / "wine.csv")
    panel = cy.as_panel(
        frame, measure="rating", outcome="rating", arm="temp", change="warm", comparison="cold", covariates=("contact",)
    )
    found = cy.estimate(panel, estimator="ordinal", variance="classical").coefficients.set_index("term")
    terms = (*(f"threshold[{one}]" for one in THRESHOLDS), "arm[warm]", "contact[yes]")
    for place, term in enumerate(terms):
        yield f"V{247 + place}", found.value[term]
        yield f"V{253 + place}", found.se[term]


GROUPS = {"ord-wine": wine}
