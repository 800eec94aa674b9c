"""The same number by another road, so that a slip in one of them shows.

Frisch, R., & Waugh, F. V. (1933). Partial time regressions as compared with individual trends. Econometrica, 1(4),
387-401. doi:10.2307/1907330
"""

import numpy as np

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints, Sample


def mean_difference(sample: Sample) -> float:
    """Difference of the two arms' outcomes: plain means, or means within blocks weighted as least squares weights them."""
    if sample.blocks is None and sample.weights is None:
        return float(sample.of(1).mean() - sample.of(0).mean())
    return partialled_out(sample, response=sample.outcome, baseline=False)


def partialled_out(sample: Sample, *, response: Floats, baseline: bool) -> float:
    """Effect of the change arm after everything else was taken out of it: demeaned within blocks, then regressed.

    Parameters
    ----------
    sample : the units
    response : array (n,)
    baseline : whether the baseline is taken out too

    Returns
    -------
    float
        In the unit of `response`; equal to the coefficient of the arm in the full model (Frisch-Waugh-Lovell).
    """
    others = [(sample.arm == code).astype(float) for code in range(2, len(sample.arms))]
    if baseline and sample.baseline is not None:
        others.append(sample.baseline)
    groups = np.zeros(sample.n, dtype=np.intp) if sample.blocks is None else sample.blocks
    columns = np.column_stack([*others, *sample.covariates.T, (sample.arm == 1).astype(float)])
    return _last_slope(_centred(columns, groups, sample.weights), response, sample.weights)


def partially_demeaned(sample: Sample, design: Floats, focus: int, *, ratio: float) -> float:
    r"""Effect by plain regression after a share of each cluster's mean was taken off: generalised least squares by hand.

    .. math:: \theta_g = 1 - 1 / \sqrt{1 + n_g \tau^2 / \sigma^2}

    Parameters
    ----------
    sample : the units, with clusters
    design : array (n, k), the model's columns
    focus : the column of the effect
    ratio : variance between clusters over the one within

    Returns
    -------
    float
        In the outcome's unit; equal to the fixed effect of a random-intercept model with these variances.

    References
    ----------
    Fuller, W. A., & Battese, G. E. (1974). Estimation of linear models with crossed-error structure. Journal of Econometrics, 2(1),
    67-78. doi:10.1016/0304-4076(74)90030-X
    """
    assert sample.clusters is not None
    sizes = np.bincount(sample.clusters)[sample.clusters]
    share = (1 - 1 / np.sqrt(1 + ratio * sizes))[:, None]
    columns = np.column_stack([design, sample.outcome])
    rows = columns - share * (columns - _centred(columns, sample.clusters))
    return float(np.linalg.lstsq(rows[:, :-1], rows[:, -1], rcond=None)[0][focus])


def two_way_within(sample: Sample) -> float:
    """Effect with a fixed effect for each unit and each wave, on the two waves stacked.

    Arms, blocks and covariates enter times the second wave. Equal to the regression of the change scores.
    """
    assert sample.baseline is not None
    if sample.weights is not None:
        return partialled_out(sample, response=sample.outcome - sample.baseline, baseline=False)
    wave = np.repeat([0, 1], sample.n)
    stacked = np.concatenate([sample.baseline, sample.outcome])
    arms = [(sample.arm == code).astype(float) for code in range(2, len(sample.arms))]
    columns = np.column_stack([*arms, *sample.covariates.T, (sample.arm == 1).astype(float)])
    later = np.vstack([np.zeros_like(columns), columns])
    unit = np.tile(np.arange(sample.n), 2)
    blocks = np.zeros(sample.n, dtype=np.intp) if sample.blocks is None else sample.blocks
    cells = np.tile(blocks, 2) * 2 + wave
    return _last_slope(_centred(_centred(later, unit), cells), _centred(stacked[:, None], unit)[:, 0])


def _last_slope(columns: Floats, response: Floats, weights: Floats | None = None) -> float:
    roots = np.ones(len(columns)) if weights is None else np.sqrt(weights)
    others, arm = roots[:, None] * columns[:, :-1], roots * columns[:, -1]
    if others.shape[1]:
        arm = arm - others @ np.linalg.lstsq(others, arm, rcond=None)[0]
    return float(arm @ (roots * response) / (arm @ arm))


def _centred(columns: Floats, groups: Ints, weights: Floats | None = None) -> Floats:
    each = np.ones(len(columns)) if weights is None else weights
    sizes = np.bincount(groups, weights=each)[:, None]
    sums = np.column_stack([np.bincount(groups, weights=each * column) for column in columns.T])
    return columns - (sums / np.where(sizes > 0, sizes, 1.0))[groups]
