"""Estimate faults: everything that other software answers with a number or a crash gives its declared code, and no number at all."""

import re
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from tests.panels import panel_for, series_panel, small_frame, small_panel, small_series

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import run_checks
from cycles.study.estimators import ESTIMATORS, estimate
from cycles.study.inference.background import Background

SERIES = [name for name in ESTIMATORS.names() if ESTIMATORS.facts(name).get("series")]
EVERY = pytest.mark.parametrize("name", [name for name in ESTIMATORS.names() if name not in SERIES])
EVERY_SERIES = pytest.mark.parametrize("name", SERIES)
BASE, SHARES = small_frame(), small_series()


def changed(**columns: object) -> pd.DataFrame:
    return BASE.assign(**columns)


def arm_of(*, n: int) -> pd.DataFrame:
    """Only `n` units of the change arm have an outcome."""
    frame = BASE.copy()
    frame.loc[frame.index[frame.group == "change"][n:], "after"] = np.nan
    return frame


def weighted(values: object) -> pd.DataFrame:
    weight = np.ones(len(BASE))
    weight[:8] = values
    return BASE.assign(weight=weight)


FAULTS: dict[str, tuple[pd.DataFrame, dict[str, object], set[str]]] = {
    "constant outcome": (changed(after=2.0), {}, {"CY304"}),
    "outcome that varies by rounding only": (changed(after=0.1 + np.tile([0, 1e-17], 48)), {}, {"CY304"}),
    "one cluster per arm": (small_frame(n_clusters=2), {}, {"CY303"}),
    "a single cluster": (changed(classroom="only"), {}, {"CY303"}),
    "no comparison arm": (changed(group="change"), {}, {"CY302"}),
    "no comparison named": (BASE, {"comparison": None}, {"CY302"}),
    "the arm as a covariate": (changed(copy=BASE.group), {"covariates": ("copy",)}, {"CY305"}),
    "one unit": (BASE.head(1), {"cluster": None}, {"CY302"}),
    "two units": (BASE.iloc[[0, 8]], {"cluster": None}, {"CY306"}),
    "one unit in the change arm": (arm_of(n=1), {"cluster": None}, {"CY306"}),
    "no rows": (BASE.head(0), {}, {"CY302", "CY308"}),
    "no outcome": (changed(after=np.nan), {}, {"CY308"}),
    "infinite outcome": (changed(after=np.where(BASE.index == 3, np.inf, BASE.after)), {}, {"CY309"}),
    "infinite baseline": (changed(before=np.where(BASE.index == 3, -np.inf, BASE.before)), {}, {"CY309"}),
    "outcome in words": (changed(after="high"), {}, {"CY309"}),
    "missing weight": (weighted(np.nan), {"weight": "weight"}, {"CY310", "CY316"}),
    "infinite weight": (weighted(np.inf), {"weight": "weight"}, {"CY310", "CY316"}),
    "negative weight": (weighted(-1.0), {"weight": "weight"}, {"CY310", "CY316"}),
    "weights of zero": (BASE.assign(weight=0.0), {"weight": "weight"}, {"CY310", "CY316"}),
}
"""Fault -> a table that has it, how it is lined up, and the codes it may give; an estimator that takes no weights says so (CY310)."""

SERIES_FAULTS: dict[str, tuple[SeriesPanel, dict[str, set[str]]]] = {
    "constant values": (series_panel(SHARES.assign(rate=2.0)), {"": {"CY304"}}),
    "values that vary by rounding only": (series_panel(SHARES.assign(rate=0.1 + np.tile([0, 1e-17], 160))), {"": {"CY304"}}),
    "no values": (series_panel(SHARES.assign(rate=np.nan)), {"": {"CY308"}, "single_case": {"CY321"}}),
    "no rows": (series_panel(SHARES.head(0)), {"": {"CY308"}, "single_case": {"CY302"}}),
    "an infinite value": (
        replace(series_panel(), table=series_panel().table.assign(value=lambda rows: rows.value.where(rows.index != 3, np.inf))),
        {"": {"CY309"}},
    ),
    "no start": (series_panel(small_series(began=None)), {"": {"CY302", "CY310"}}),
    "only the comparison": (series_panel(SHARES[SHARES.group == "comparison"]), {"": {"CY302", "CY310"}}),
    "only the change": (series_panel(SHARES[SHARES.group == "change"]), {"": {"CY302"}, "single_case": set()}),
    "one series in each arm": (
        series_panel(small_series(n_series=2)),
        {"": {"CY303"}, "single_case": set(), "interrupted_time_series": set()},
    ),
    "the change from the first period on": (
        series_panel(small_series(began=0)),
        {"": {"CY310"}, "interrupted_time_series": {"CY322"}, "single_case": {"CY321"}},
    ),
    "nothing before the change": (
        series_panel(SHARES.assign(rate=SHARES.rate.where(SHARES.week >= 10))),
        {"": {"CY310"}, "interrupted_time_series": {"CY322"}, "single_case": {"CY321"}},
    ),
    "nothing under the change": (
        series_panel(SHARES.assign(rate=SHARES.rate.where(SHARES.week < 10))),
        {"": {"CY302"}, "interrupted_time_series": {"CY322"}, "single_case": {"CY321"}},
    ),
}  # fmt: skip
"""Fault -> a panel of series that has it, and the codes it may give ("": those not named); none: for that method it is no fault."""


def numbers_in(found: Estimate) -> list[float]:
    """Every number of the record and of its tables."""
    values = [getattr(found, one.name) for one in fields(found)]
    told = [one for one in values if isinstance(one, (int, float)) and not isinstance(one, bool)]
    for table in (found.coefficients, found.balance):
        if table is not None:
            cells = [one for one in table.to_numpy(dtype=object).ravel() if isinstance(one, (int, float))]
            told.extend(cells)
    return told


@EVERY
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_gives_its_code_and_no_number(fault, name):
    frame, lined_up, codes = FAULTS[fault]
    panel, options = panel_for(name, frame, **lined_up)
    assert_refused(estimate(panel, estimator=name, options=options), codes)


@EVERY_SERIES
@pytest.mark.parametrize("fault", SERIES_FAULTS)
def test_a_fault_of_series_gives_its_code_and_no_number(fault, name):
    panel, codes = SERIES_FAULTS[fault]
    found = estimate(panel, estimator=name)
    if allowed := codes.get(name, codes[""]):
        assert_refused(found, allowed)
    else:
        assert found.state == "estimated"
        assert np.isfinite(numbers_in(found)).all()


@EVERY_SERIES
def test_values_in_words_never_become_series(name):
    with pytest.raises(DesignError, match="320 values are not numbers"):
        series_panel(SHARES.assign(rate="high"))
    words = replace(series_panel(), table=series_panel().table.assign(value="high"))
    assert_refused(estimate(words, estimator=name), {"CY309"})


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_the_other_kind_of_panel_is_refused(name):
    """Units where series are needed, and series where units are."""
    panel, options = panel_for(name)
    assert_refused(estimate(panel if name in SERIES else series_panel(), estimator=name, options=options), {"CY310"})


def assert_refused(found: Estimate, codes: set[str]) -> None:
    assert found.state == "not_estimable"
    assert found.code in codes
    assert found.reason
    effects = (
        found.value,
        found.se,
        found.df,
        found.low,
        found.high,
        found.p,
        found.effect_size,
        found.effect_size_wwc,
    )
    assert set(effects) == {None}
    assert np.isfinite(numbers_in(found)).all()
    assert not re.search(r"\b(nan|inf)\b", found.text)


@EVERY
@pytest.mark.parametrize("n_clusters", [4, 6])
def test_two_or_three_clusters_in_an_arm_are_described_without_a_p_value(n_clusters, name):
    panel, options = panel_for(name, small_frame(n_clusters=n_clusters))
    found = estimate(panel, estimator=name, options=options)
    assert (found.state, found.code) == ("degraded", "CY307")
    assert found.value is not None
    assert (found.se, found.low, found.high, found.p) == (None, None, None, None)
    assert np.isfinite(numbers_in(found)).all()


@EVERY
def test_missing_outcomes_are_always_counted(name):
    frame = BASE.copy()
    frame.loc[frame.index[::5], "after"] = np.nan
    panel, options = panel_for(name, frame)
    found = estimate(panel, estimator=name, options=options)
    assert found.n_missing >= int(frame.loc[frame.group == "change", "after"].isna().sum())
    assert np.isfinite(numbers_in(found)).all()
    told = {one.name: one for one in run_checks(found, panel)}["response_and_attrition"]
    assert told.table is not None


@EVERY
def test_an_outcome_that_the_arm_separates_perfectly_is_refused_or_finite(name):
    """Logistic regression answers 48 with a standard error of 43,400."""
    panel, options = panel_for(name)
    apart = replace(panel, table=panel.table.assign(outcome=(panel.table.arm == "change").astype(float)))
    found = estimate(apart, estimator=name, options=options)
    refused = {"logistic": "CY318", "ordinal": "CY318", "regression_discontinuity": "CY307"}.get(name, "CY304")
    assert found.state == "estimated" or (found.code, found.p) == (refused, None)
    assert np.isfinite(numbers_in(found)).all()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["ancova", "difference_in_means"])
def test_checks_of_a_fault_tell_no_number_that_is_none(fault, name):
    frame, lined_up, _ = FAULTS[fault]
    panel = small_panel(frame, **lined_up)
    background = Background(outcomes={}, subgroups={}, alternatives={}, looks=(), worth_having=0.1, earlier={})
    found = run_checks(estimate(panel, estimator=name), panel, background=background)
    assert all(one.code for one in found if one.blocking)
    for one in found:
        assert one.text
        assert not re.search(r"\b(nan|inf)\b", one.text)
        assert _is_finite(one), one.name


def _is_finite(found: Finding) -> bool:
    if found.table is None:
        return True
    cells = [one for one in found.table.to_numpy(dtype=object).ravel() if isinstance(one, (int, float))]
    return bool(np.isfinite(cells).all())
