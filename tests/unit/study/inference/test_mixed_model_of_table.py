"""`fit_mixed_model`: a mixed model of any table, or why there is none."""

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame

from cycles.core.errors import DesignError, ParameterError
from cycles.study.inference.likelihood_search import is_highest
from cycles.study.inference.mixed_model_of_table import fit_mixed_model


def sloping(n_clusters: int = 20, size: int = 12, *, spread: float = 0.8, seed: int = 1) -> pd.DataFrame:
    """Clusters with their own level and their own slope of x."""
    draw = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), size)
    level, slope, x = (
        draw.normal(size=n_clusters),
        spread * draw.normal(size=n_clusters),
        draw.normal(size=len(cluster)),
    )
    y = 2 + level[cluster] + (1 + slope[cluster]) * x + draw.normal(size=len(cluster))
    return pd.DataFrame({"y": y, "x": x, "g": [f"g{place}" for place in cluster]})


def found_for(rows, **options):
    return fit_mixed_model(rows, **{"outcome": "after", "cluster": "classroom", **options})


def test_it_tells_its_terms_its_variances_and_what_was_left_out():
    rows = small_frame()
    rows.loc[0, "after"] = np.nan
    rows.loc[1, "lunch"] = None
    rows.loc[2, "classroom"] = ""
    found = found_for(rows, predictors=("before", "lunch"))
    assert found.table.term.tolist() == ["intercept", "before", "lunch[paid]"]
    assert found.variances.part.tolist() == ["classroom", "residual"]
    assert (found.n, found.n_missing, found.n_clusters) == (93, 3, 12)
    assert found.variances.sd.tolist() == pytest.approx(np.sqrt(found.variances.variance).tolist())
    assert (found.table.low < found.table.value).all()
    assert "of 93 rows in 12 of classroom" in found.text


def test_a_slope_is_a_term_too_and_has_its_variance_and_correlation():
    found = fit_mixed_model(sloping(), outcome="y", cluster="g", slope="x")
    assert found.table.term.tolist() == ["intercept", "x"]
    assert found.variances.part.tolist() == ["g", "x by g", "residual"]
    assert -1 < found.correlation < 1
    assert found.icc is None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("spread", [0.0, 0.05, 3.0])
def test_the_highest_likelihood_of_two_variances_is_found_on_the_boundary_and_off_it(seed, spread):
    found = fit_mixed_model(sloping(8, 6, spread=spread, seed=seed), outcome="y", cluster="g", slope="x")
    assert np.isfinite(found.deviance)
    lower = fit_mixed_model(sloping(8, 6, spread=spread, seed=seed), outcome="y", cluster="g", predictors=("x",))
    assert found.deviance <= lower.deviance + 1e-6


def test_clusters_that_do_not_differ_at_all_have_variances_of_zero():
    rows = sloping(6, 10, spread=0.0)
    fitted = np.column_stack([np.ones(len(rows)), rows.x])
    rows["y"] = rows.x
    for name in rows.g.unique():
        inside = (rows.g == name).to_numpy()
        noise = np.random.default_rng(len(name)).normal(size=inside.sum())
        part = fitted[inside]
        rows.loc[inside, "y"] += noise - part @ np.linalg.lstsq(part, noise, rcond=None)[0]
    found = fit_mixed_model(rows, outcome="y", cluster="g", slope="x")
    assert found.at_boundary
    assert found.variances.variance.tolist()[:2] == pytest.approx([0, 0], abs=1e-9)
    assert found.correlation is None
    assert "a variance was estimated as zero" in found.text


def test_shifting_and_stretching_the_slopes_variable_moves_its_numbers_only():
    rows = sloping()
    one = fit_mixed_model(rows, outcome="y", cluster="g", slope="x")
    other = fit_mixed_model(rows.assign(x=10 * rows.x + 300), outcome="y", cluster="g", slope="x")
    assert other.deviance == pytest.approx(one.deviance + 2 * np.log(10), abs=1e-6)
    assert other.table.value[1] == pytest.approx(one.table.value[1] / 10, rel=1e-6)
    assert other.table.df[1] == pytest.approx(one.table.df[1], rel=1e-4)
    assert other.variances.variance[1] == pytest.approx(one.variances.variance[1] / 100, rel=1e-5)


def test_satterthwaite_leaves_the_standard_error_as_it_is_and_kenward_roger_widens_it():
    rows = small_frame(n_clusters=6)
    plain, wide = (
        found_for(rows, predictors=("before",), small_sample=kind) for kind in ("satterthwaite", "kenward_roger")
    )
    assert (wide.table.se >= plain.table.se).all()
    assert plain.table.value.tolist() == wide.table.value.tolist()


def test_the_unrestricted_likelihood_claims_no_degrees_of_freedom():
    found = found_for(small_frame(), likelihood="ML")
    assert found.small_sample == "none"
    assert found.table[["df", "low", "high", "p"]].isna().all(axis=None)
    assert [one is None for one in found.table.df] == [True]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"outcome": "afer"}, "CY301"),
        ({"predictors": ("nothing",)}, "CY308"),
        ({"outcome": "same"}, "CY304"),
        ({"cluster": "same"}, "CY303"),
        ({"predictors": ("before", "copy")}, "CY305"),
        ({"outcome": "lunch"}, "CY309"),
        ({"cluster": "student"}, "CY310"),
        ({"outcome": "level"}, "CY310"),
    ],
)
def test_what_cannot_be_fitted_has_its_code(options, code):
    rows = small_frame().assign(same=1.0, nothing=np.nan, copy=lambda rows: 2 * rows.before)
    rows["level"] = rows.classroom.str[1:].astype(float)
    with pytest.raises(DesignError) as refusal:
        found_for(rows, **options)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [({"likelihood": "reml"}, "CY102"), ({"small_sample": "kr"}, "CY102"), ({"level": 95}, "CY105")],
)
def test_what_is_not_offered_is_said(options, code):
    with pytest.raises(ParameterError) as refusal:
        found_for(small_frame(), **options)
    assert refusal.value.code == code


def test_a_point_that_is_not_finite_is_never_the_highest():
    from cycles.study.inference.cluster_statistics import cluster_statistics
    from cycles.study.inference.least_squares import least_squares
    from cycles.study.inference.profile_likelihood import Profile

    rows = sloping(4, 5)
    fit = least_squares(rows.y.to_numpy(), np.ones((len(rows), 1)), ("intercept",))
    statistics = cluster_statistics(fit, pd.factorize(rows.g)[0])
    assert not is_highest(Profile(statistics, np.array([[np.nan]]), "REML"))
