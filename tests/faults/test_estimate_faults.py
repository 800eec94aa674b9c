"""Estimate faults: everything that other software answers with a number or a crash gives its declared code, and no number at all."""

import re
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel

from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import run_checks
from cycles.study.estimators import ESTIMATORS, estimate
from cycles.study.inference.background import Background

EVERY = pytest.mark.parametrize("name", ESTIMATORS.names())
BASE = small_frame()


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


FAULTS: dict[str, tuple[Panel, set[str]]] = {
    "constant outcome": (small_panel(changed(after=2.0)), {"CY304"}),
    "outcome that varies by rounding only": (small_panel(changed(after=0.1 + np.tile([0, 1e-17], 48))), {"CY304"}),
    "one cluster per arm": (small_panel(small_frame(n_clusters=2)), {"CY303"}),
    "a single cluster": (small_panel(changed(classroom="only")), {"CY303"}),
    "no comparison arm": (small_panel(changed(group="change")), {"CY302"}),
    "no comparison named": (small_panel(comparison=None), {"CY302"}),
    "the arm as a covariate": (small_panel(changed(copy=BASE.group), covariates=("copy",)), {"CY305"}),
    "one unit": (small_panel(BASE.head(1), cluster=None), {"CY302"}),
    "two units": (small_panel(BASE.iloc[[0, 8]], cluster=None), {"CY306"}),
    "one unit in the change arm": (small_panel(arm_of(n=1), cluster=None), {"CY306"}),
    "no rows": (small_panel(BASE.head(0)), {"CY302", "CY308"}),
    "no outcome": (small_panel(changed(after=np.nan)), {"CY308"}),
    "infinite outcome": (small_panel(changed(after=np.where(BASE.index == 3, np.inf, BASE.after))), {"CY309"}),
    "infinite baseline": (small_panel(changed(before=np.where(BASE.index == 3, -np.inf, BASE.before))), {"CY309"}),
    "outcome in words": (small_panel(changed(after="high")), {"CY309"}),
    "missing weight": (small_panel(weighted(np.nan), weight="weight"), {"CY310", "CY316"}),
    "infinite weight": (small_panel(weighted(np.inf), weight="weight"), {"CY310", "CY316"}),
    "negative weight": (small_panel(weighted(-1.0), weight="weight"), {"CY310", "CY316"}),
    "weights of zero": (small_panel(BASE.assign(weight=0.0), weight="weight"), {"CY310", "CY316"}),
}
"""Fault -> a panel that has it, and the codes it may give; an estimator that takes no weights says so (CY310)."""


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
    panel, codes = FAULTS[fault]
    found = estimate(panel, estimator=name)
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
    found = estimate(small_panel(small_frame(n_clusters=n_clusters)), estimator=name)
    assert (found.state, found.code) in (("degraded", "CY307"), ("not_estimable", found.code))
    assert (found.se, found.low, found.high, found.p) == (None, None, None, None)
    assert np.isfinite(numbers_in(found)).all()


@EVERY
def test_missing_outcomes_are_always_counted(name):
    frame = BASE.copy()
    frame.loc[frame.index[::5], "after"] = np.nan
    found = estimate(small_panel(frame), estimator=name)
    assert found.n_missing >= 20
    assert np.isfinite(numbers_in(found)).all()
    told = {one.name: one for one in run_checks(found, small_panel(frame))}["response_and_attrition"]
    assert told.table is not None


@EVERY
def test_an_outcome_that_the_arm_separates_perfectly_is_refused_or_finite(name):
    """Logistic regression answers 48 with a standard error of 43,400."""
    found = estimate(small_panel(changed(after=(BASE.group == "change").astype(float))), estimator=name)
    assert found.state == "estimated" or (found.code, found.p) == ("CY304", None)
    assert np.isfinite(numbers_in(found)).all()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["ancova", "difference_in_means"])
def test_checks_of_a_fault_tell_no_number_that_is_none(fault, name):
    panel, _ = FAULTS[fault]
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
