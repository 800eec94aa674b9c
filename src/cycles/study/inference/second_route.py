"""The same number by another road, so that a slip in one of them shows.

Frisch, R., & Waugh, F. V. (1933). Partial time regressions as compared with individual trends. Econometrica, 1(4),
387-401. doi:10.2307/1907330
"""

import numpy as np

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints, Sample


def mean_difference(sample: Sample) -> float:
    """Difference of the two arms' outcomes: plain means, or means within blocks weighted as least squares weights them."""
    if sample.blocks is None:
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
    return _last_slope(_centred(columns, groups), response)


def two_way_within(sample: Sample) -> float:
    """Effect with a fixed effect for each unit and each wave, on the two waves stacked.

    Arms, blocks and covariates enter times the second wave. Equal to the regression of the change scores.
    """
    assert sample.baseline is not None
    wave = np.repeat([0, 1], sample.n)
    stacked = np.concatenate([sample.baseline, sample.outcome])
    arms = [(sample.arm == code).astype(float) for code in range(2, len(sample.arms))]
    columns = np.column_stack([*arms, *sample.covariates.T, (sample.arm == 1).astype(float)])
    later = np.vstack([np.zeros_like(columns), columns])
    unit = np.tile(np.arange(sample.n), 2)
    blocks = np.zeros(sample.n, dtype=np.intp) if sample.blocks is None else sample.blocks
    cells = np.tile(blocks, 2) * 2 + wave
    return _last_slope(_centred(_centred(later, unit), cells), _centred(stacked[:, None], unit)[:, 0])


def _last_slope(columns: Floats, response: Floats) -> float:
    others, arm = columns[:, :-1], columns[:, -1]
    if others.shape[1]:
        arm = arm - others @ np.linalg.lstsq(others, arm, rcond=None)[0]
    return float(arm @ response / (arm @ arm))


def _centred(columns: Floats, groups: Ints) -> Floats:
    sizes = np.maximum(np.bincount(groups), 1)[:, None]
    sums = np.column_stack([np.bincount(groups, weights=column) for column in columns.T])
    return columns - (sums / sizes)[groups]
