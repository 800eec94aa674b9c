"""Weighted estimates with strata and clusters against survey::svyglm: see make.R."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv", skipinitialspace=True).to_dict("records")


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['estimator']}-{row['strata']}-{row['clusters']}")
def test_weighted_estimates_are_those_of_the_survey_package(row):
    panel = as_panel(
        pd.read_csv(HERE / "panel.csv"), measure="score", outcome="after", baseline="before", arm="arm", change="change",
        comparison="comparison", unit="unit", cluster="classroom" if row["clusters"] else None, weight="weight",
        strata="stratum" if row["strata"] else None,
    )  # fmt: skip
    found = estimate(panel, estimator=row["estimator"], variance="linearised")
    assert found.df == row["df"]
    for name in ("value", "se", "p"):
        assert getattr(found, name) == pytest.approx(row[name], rel=1e-8), name
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
