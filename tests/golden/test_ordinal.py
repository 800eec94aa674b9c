"""The `ordinal` estimator against polr of R with sandwich (make.R beside the numbers), and against statsmodels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cycles as cy

HERE = Path(__file__).parent / "ordinal"
EXPECTED = pd.read_csv(HERE / "expected.csv", keep_default_na=False)
TERMS = {
    "x": "arm[check_ins]",
    "1|2": "threshold[1|2]",
    "2|3": "threshold[2|3]",
    "3|4": "threshold[3|4]",
    "4|5": "threshold[4|5]",
}
TERMS |= {str(low): f"threshold[{low}|{low + 1}]" for low in range(1, 5)}
CLOSE = 2e-6
"""polr's own search ends about this far from the highest likelihood, relative."""

BY_DIFFERENCES = 3e-5
"""polr takes its second derivatives by differences, so its standard errors are this exact."""


def estimated(variance="CR1"):
    frame = pd.read_csv(HERE / "panel.csv")
    panel = cy.as_panel(
        frame, measure="said", outcome="said", baseline="before", arm="arm", change="check_ins", comparison="not_yet",
        unit="student", cluster="classroom", covariates=("grade",),
    )  # fmt: skip
    return cy.estimate(panel, estimator="ordinal", variance=variance)


def ours(row):
    if row.quantity in ("statistic", "p"):
        return estimated().facts["proportional_odds"][row.quantity]
    if row.quantity == "cut":
        return estimated().facts["proportional_odds"]["log_odds"][int(row.at) - 1]
    if row.quantity.startswith("expected"):
        return next(one for one in estimated().facts["shares"] if one["answer"] == row.at)[row.quantity]
    column = "value" if row.quantity in ("value", "threshold") else "se"
    variance = row.quantity.upper() if column == "se" else "CR1"
    before = {"before": "baseline"}.get(row.at, row.at)
    return estimated(variance).coefficients.set_index("term")[column][TERMS.get(row.at, before)]


@pytest.mark.parametrize("row", list(EXPECTED.itertuples(index=False)), ids=lambda row: f"{row.quantity}-{row.at}")
def test_an_ordered_answer_is_compared_as_in_r(row):
    assert ours(row) == pytest.approx(float(row.value), rel=BY_DIFFERENCES if row.quantity in ("cr0", "cr1") else CLOSE)


def test_the_slope_is_the_one_of_statsmodels():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    frame = pd.read_csv(HERE / "panel.csv")
    columns = np.column_stack([frame.arm == "check_ins", frame.before - 3, frame.grade - 9]).astype(float)
    theirs = OrderedModel(frame.said.to_numpy(), columns, distr="logit").fit(method="bfgs", gtol=1e-8, disp=False)
    assert estimated().value == pytest.approx(theirs.params[0], rel=1e-5)
