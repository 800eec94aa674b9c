"""The smallest effect of each design equals an independent computation in base R."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.plan.power import smallest_effect
from cycles.plan.power.sizes import DESIGNS

EXPECTED = pd.read_csv(Path(__file__).parent / "designs.csv").to_dict("records")


def _value(text):
    return text if text.isalpha() else float(text) if "." in text else int(text)


def _sizes(row):
    return {name: _value(value) for name, value in (part.split("=") for part in row["sizes"].split(";"))}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['design']}-{row['sizes'][:24]}")
def test_matches_base_r(row):
    found = smallest_effect(row["design"], level=row["level"], power=row["power"], **_sizes(row))
    assert (found.se, found.mdes) == pytest.approx((row["se"], row["mdes"]), rel=1e-8)
    assert found.df == row["df"]


def test_every_design_is_compared_somewhere():
    elsewhere = {"ira", "cra2"}
    assert {row["design"] for row in EXPECTED} | elsewhere == set(DESIGNS)
