r"""Missing values drawn many times, so that what is not known of them stays in the answer: chained predictive mean matching.

Each variable in turn is regressed on the others among those who have it; those who lack it receive the value of a donor who is predicted
to be most like. Each arm is imputed by itself, so an effect may differ between students without being washed out.

Van Buuren, S., & Groothuis-Oudshoorn, K. (2011). mice: multivariate imputation by chained equations in R. Journal of Statistical Software,
45(3), 1-67. doi:10.18637/jss.v045.i03
Andridge, R. R. (2011). Quantifying the impact of fixed effects modeling of clusters in multiple imputation for cluster randomized trials.
Biometrical Journal, 53(1), 57-74. doi:10.1002/bimj.201000140
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.plan.method import Missing
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints, Sample

RIDGE = 1e-5
"""Share of its own length by which each column is kept apart from the others, as in mice."""

FEWEST_DONORS = 5
"""Units of an arm that must have a variable before its missing values are drawn from them."""

APART = 1e-9
"""Share of the predictions' spread that tells equal predictions apart, at random."""


@dataclass(frozen=True)
class _Variable:
    """Columns that are missing together: a number, or the indicators of a text's levels."""

    name: str
    columns: slice


def imputations(sample: Sample, *, how: Missing, seed: int) -> Iterator[Sample]:
    """The sample with its missing values drawn, again and again.

    Parameters
    ----------
    sample : every unit assigned, nan where an outcome, baseline or covariate is missing
    how : how many imputations, rounds and donors, and how clusters are known
    seed : of the draws

    Yields
    ------
    Sample
        As many as `how.imputations`, without nan.

    Raises
    ------
    DesignError
        CY317 when an arm has fewer than five units with a variable that others in it lack.

    Notes
    -----
    Chains are begun anew for each imputation. With only one incomplete variable a single round is enough, and is all that is made.
    Blocks enter as indicators unless clusters do.
    """
    data, variables = _laid_out(sample)
    arms = [np.flatnonzero(sample.arm == code) for code in range(len(sample.arms))]
    _require_donors(sample, data, variables, arms)
    groups = [_fixed(sample, rows, how.clusters) for rows in arms]
    draw = np.random.default_rng(seed)
    for _ in range(how.imputations):
        completed = data.copy()
        for rows, fixed in zip(arms, groups, strict=True):
            members = None if how.clusters != "means" or sample.clusters is None else sample.clusters[rows]
            completed[rows] = _completed(data[rows], variables, fixed, members, how, draw)
        yield _as_sample(sample, completed)


def _laid_out(sample: Sample) -> tuple[Floats, list[_Variable]]:
    """Outcome, baseline and covariates side by side, and which columns belong together."""
    columns, variables = [sample.outcome], [_Variable("outcome", slice(0, 1))]
    if sample.baseline is not None:
        columns.append(sample.baseline)
        variables.append(_Variable("baseline", slice(1, 2)))
    start = len(columns)
    for name, width in _widths(sample.covariate_names):
        variables.append(_Variable(name, slice(start, start + width)))
        start += width
    return np.column_stack([*columns, sample.covariates]), variables


def _widths(names: Sequence[str]) -> list[tuple[str, int]]:
    """Covariates and how many columns each has: the levels of a text stand side by side as `name[level]`."""
    found: dict[str, int] = {}
    for name in names:
        own = name.split("[", maxsplit=1)[0] if name.endswith("]") else name
        found[own] = found.get(own, 0) + 1
    return list(found.items())


def _require_donors(sample: Sample, data: Floats, variables: list[_Variable], arms: list[Ints]) -> None:
    for code, rows in enumerate(arms):
        known = {one.name: int((~np.isnan(data[rows, one.columns.start])).sum()) for one in variables}
        few = [name for name, n in known.items() if n < min(FEWEST_DONORS, len(rows))]
        if few:
            raise DesignError(
                f"in {sample.arms[code]} too few units have {listed(few)} to draw the missing values from", code="CY317"
            )


def _fixed(sample: Sample, rows: Ints, clusters: str) -> Floats:
    """Intercept, and an indicator of each cluster or block of the arm but the first."""
    groups = sample.clusters if clusters == "indicators" and sample.clusters is not None else sample.blocks
    columns = [np.ones(len(rows))]
    if groups is not None:
        columns += [(groups[rows] == one).astype(float) for one in np.unique(groups[rows])[1:]]
    return np.column_stack(columns)


def _completed(
    data: Floats,
    variables: list[_Variable],
    fixed: Floats,
    members: Ints | None,
    how: Missing,
    draw: np.random.Generator,
) -> Floats:
    """One chain in one arm."""
    missing = {one.name: np.isnan(data[:, one.columns.start]) for one in variables}
    incomplete = sorted((one for one in variables if missing[one.name].any()), key=lambda one: missing[one.name].sum())
    found = data.copy()
    for one in incomplete:
        gaps = missing[one.name]
        found[gaps, one.columns] = data[draw.choice(np.flatnonzero(~gaps), size=int(gaps.sum())), one.columns]
    for _ in range(how.rounds if len(incomplete) > 1 else 1):
        for one in incomplete:
            gaps = missing[one.name]
            others = np.delete(found, np.r_[one.columns], axis=1)
            parts = [fixed, others] if members is None else [fixed, others, _means(others, members)]
            donors = _donors(data[~gaps, one.columns], np.column_stack(parts), gaps, how.donors, draw)
            found[gaps, one.columns] = data[donors, one.columns]
    return found


def _means(columns: Floats, members: Ints) -> Floats:
    """The mean of each column in each unit's cluster."""
    _, codes, sizes = np.unique(members, return_inverse=True, return_counts=True)
    sums = np.column_stack([np.bincount(codes, weights=column) for column in columns.T])
    means: Floats = (sums / sizes[:, None])[codes]
    return means


def _donors(known: Floats, design: Floats, gaps: NDArray[np.bool_], n: int, draw: np.random.Generator) -> Ints:
    """For each unit with a gap, the place of one of the `n` units predicted to be most like it, drawn at random."""
    from scipy.spatial import cKDTree

    fitted, drawn = _coefficients(known, design[~gaps], draw)
    here, there = design[~gaps] @ fitted, design[gaps] @ drawn
    spread = here.std(axis=0) + np.finfo(float).tiny
    here, there = (
        one / spread + APART * draw.standard_normal(one.shape) if one.any() else draw.standard_normal(one.shape)
        for one in (here, there)
    )
    n = min(n, len(here))
    _, near = cKDTree(here).query(there, k=n)
    near = np.reshape(near, (len(there), n))
    chosen = near[np.arange(len(there)), draw.integers(0, n, size=len(there))]
    places: Ints = np.flatnonzero(~gaps)[chosen]
    return places


def _coefficients(known: Floats, design: Floats, draw: np.random.Generator) -> tuple[Floats, Floats]:
    """Slopes by least squares with a slight ridge, and slopes drawn from their posterior: (k, columns) each."""
    cross = design.T @ design
    cross[np.diag_indices_from(cross)] *= 1 + RIDGE
    cross[np.diag_indices_from(cross)] += np.finfo(float).tiny + RIDGE * (np.diag(cross) == 0)
    root = np.linalg.cholesky(cross)
    fitted = np.linalg.solve(root.T, np.linalg.solve(root, design.T @ known))
    residuals = known - design @ fitted
    left = max(len(known) - design.shape[1], 1)
    sigma = np.sqrt((residuals**2).sum(axis=0) / draw.chisquare(left))
    noise = np.linalg.solve(root.T, draw.standard_normal(fitted.shape))
    return fitted, fitted + sigma * noise


def _as_sample(sample: Sample, completed: Floats) -> Sample:
    baseline = sample.baseline is not None
    return replace(
        sample,
        outcome=completed[:, 0],
        baseline=completed[:, 1] if baseline else None,
        covariates=completed[:, 1 + baseline :],
    )
