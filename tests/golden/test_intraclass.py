"""Intra-class correlations against lme4 (make.R beside the numbers)."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.study.inference.intraclass import intraclass_correlation

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "intraclass" / "expected.csv")


@pytest.mark.parametrize("row", list(EXPECTED.itertuples(index=False)), ids=lambda row: f"{row.outcome}-{row.cluster}")
def test_the_intraclass_correlation_equals_the_one_of_lme4(row):
    frame = pd.read_csv(HERE / "cluster_variance" / "panel.csv")
    codes = pd.factorize(frame[row.cluster])[0]
    assert intraclass_correlation(frame[row.outcome].to_numpy(dtype=float), codes) == pytest.approx(row.icc, abs=1e-6)
