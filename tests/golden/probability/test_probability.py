"""The probability of an effect worth having equals adaptive integration in R."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.act.decisions.probability import flat_probability_above, probability_above

ROWS = pd.read_csv(Path(__file__).parent / "expected.csv").to_dict("records")
CASES = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"g{row['effect']}-df{row['df']:g}-sd{row['sd']}")


@CASES
def test_posterior_matches_r(row):
    ours = probability_above(
        row["effect"], row["threshold"], se=row["se"], df=row["df"], mean=row["mean"], sd=row["sd"]
    )
    assert float(ours) == pytest.approx(row["probability"], abs=1e-6)


@CASES
def test_flat_prior_matches_r(row):
    ours = flat_probability_above(row["effect"], row["threshold"], se=row["se"], df=row["df"])
    assert float(ours) == pytest.approx(row["flat"], abs=1e-9)


def test_normal_limit_of_the_kindergarten_class_size_effect():
    over = [float(probability_above(0.18615, limit, se=0.0568, df=None)) for limit in (0.05, 0.10)]
    assert [round(one, 3) for one in over] == [0.989, 0.918]
