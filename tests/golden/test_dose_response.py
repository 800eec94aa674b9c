"""The `dose_response` estimator against clubSandwich, with a dummy for each classroom where we take deviations (make.R beside them)."""

from pathlib import Path

import pandas as pd
import pytest

import cycles as cy

HERE = Path(__file__).parent / "dose_response"
EXPECTED = pd.read_csv(HERE / "expected.csv")


def estimated(within, variance):
    panel = cy.as_panel(
        pd.read_csv(HERE / "panel.csv"), measure="after", outcome="after", baseline="before", arm="arm", change="check_ins",
        comparison="not_yet", unit="student", cluster="classroom", block="school", received=("hours",),
    )  # fmt: skip
    return cy.estimate(panel, estimator="dose_response", variance=variance, options={"dose": "hours", "within": within})


@pytest.mark.parametrize("row", list(EXPECTED.itertuples(index=False)), ids=lambda row: f"{row.case}-{row.quantity}")
def test_a_slope_on_the_dose_equals_the_one_of_clubsandwich(row):
    if row.case == "thirds":
        name, _, third = row.quantity.rpartition("_")
        ours = estimated("clusters", "CR2").facts["thirds"][int(third)][name]
    else:
        within, _, variance = row.case.partition("_")
        ours = getattr(estimated(within, variance), row.quantity)
    assert ours == pytest.approx(row.value, rel=1e-8)
