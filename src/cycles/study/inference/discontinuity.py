r"""The jump of an outcome at a cutoff: local lines on either side, corrected for their bias, with intervals that know of the correction.

Calonico, S., Cattaneo, M. D., & Titiunik, R. (2014). Robust nonparametric confidence intervals for regression-discontinuity designs.
Econometrica, 82(6), 2295-2326. doi:10.3982/ECTA11757
Calonico, S., Cattaneo, M. D., Farrell, M. H., & Titiunik, R. (2019). Regression discontinuity designs using covariates. Review of
Economics and Statistics, 101(3), 442-451. doi:10.1162/rest_a_00760
"""

import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Cutoff, Variance
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints

Kernel = Literal["triangular", "epanechnikov", "uniform"]

FEWEST = 10
"""Units that either side of the cutoff needs."""

FEWEST_VALUES = 4
"""Different scores that either side needs (What Works Clearinghouse, regression discontinuity standards)."""


@dataclass(frozen=True)
class Around:
    """Who stands where: outcome, score and cutoff; for the adjustment `covariates` (n, c); `received` where it differs from entitlement."""

    outcome: Floats
    running: Floats
    cutoff: Cutoff
    covariates: Floats
    received: Floats | None = None
    clusters: Ints | None = None

    @property
    def sign(self) -> float:
        """1 where the change is at or above the cutoff, -1 where it is below."""
        return -1.0 if self.cutoff.change_is == "below" else 1.0


@dataclass(frozen=True)
class Jump:
    """The jump towards the side of the change.

    `conventional` and `corrected` are the estimates with their standard errors (the second one robust to the correction), `bandwidth` and
    `bias_bandwidth` in the score's unit, `first_stage` the jump in what was received with its standard error, where it was fuzzy.
    """

    conventional: tuple[float, float]
    corrected: tuple[float, float]
    bandwidth: float
    bias_bandwidth: float
    first_stage: tuple[float, float] | None


def jump_at_cutoff(
    around: Around, *, variance: Variance = "CR2", kernel: Kernel = "triangular", bandwidth: float | None = None
) -> Jump:
    """Estimate the jump with the bandwidth of least mean squared error on both sides, or with a named one.

    Where it is fuzzy the bandwidth is that of the outcome's jump: receipt hardly varies where nearly everybody does what the cutoff says.

    Parameters
    ----------
    around : who stands where
    variance : with clusters CR1, CR2 or CR3 (CR0 and CR1S count as CR1); without, the CR kinds are three nearest neighbours; HC1 to HC3
    kernel : weights of the units near the cutoff
    bandwidth : in the score's unit; None to choose it

    Raises
    ------
    DesignError
        CY306 for too few units or scores on a side, or nothing that a line could be drawn through; CY310 for the classical variance.

    Examples
    --------
    >>> score = np.linspace(0, 10, 200)
    >>> noise = np.sin(37 * score) / 10
    >>> around = Around(2 * (score >= 5) + score / 10 + noise, score, Cutoff(column="score", at=5), np.empty((200, 0)))
    >>> round(jump_at_cutoff(around).corrected[0], 1)
    2.0
    """
    _require_both_sides(around)
    told = _rdrobust(around, variance, kernel, bandwidth)
    sign = 1.0 if around.received is not None else around.sign
    values, errors = (told.coef.to_numpy(dtype=float).ravel(), told.se.to_numpy(dtype=float).ravel())
    if not np.isfinite([*values, *errors]).all() or min(errors) <= 0:
        raise DesignError("the units near the cutoff leave nothing to judge a jump by", code="CY306")
    first = None
    if around.received is not None:
        first = (around.sign * float(_last(told.tau_T)), float(_last(told.se_T)))
    bandwidths = told.bws.to_numpy(dtype=float)
    return Jump(
        conventional=(sign * float(values[0]), float(errors[0])),
        corrected=(sign * float(values[2]), float(errors[2])),
        bandwidth=float(bandwidths[0].max()),
        bias_bandwidth=float(bandwidths[1].max()),
        first_stage=first,
    )


def by_hand(around: Around, jump: Jump, kernel: Kernel = "triangular") -> float:
    """The corrected jump again, from weighted least squares of our own at the same bandwidths."""
    away = around.running - around.cutoff.at
    received = [] if around.received is None else [around.received]
    columns = np.column_stack([around.outcome, *received])
    if around.covariates.shape[1]:
        columns = columns - around.covariates @ _adjustment(columns, around.covariates, away, jump.bandwidth, kernel)
    right, left = (
        _intercepts(columns[side], away[side], jump, kernel) for side in (around.running >= around.cutoff.at, away < 0)
    )
    plain, bias = right[0] - left[0], right[1] - left[1]
    if around.received is None:
        return around.sign * float(plain[0] - bias[0])
    ratio = plain[0] / plain[1]
    return float(ratio - (bias[0] - ratio * bias[1]) / plain[1])


def lines_at(around: Around, jump: Jump, kernel: Kernel = "triangular") -> list[tuple[float, float]]:
    """Where the line below the cutoff and the one above it meet the cutoff, and their slopes."""
    away = around.running - around.cutoff.at
    weights, line = _weights(away, jump.bandwidth, kernel), away[:, None] ** np.arange(2)
    fits = (_fitted(around.outcome[side], line[side], weights[side]) for side in (away < 0, away >= 0))
    return [(float(fit[0]), float(fit[1])) for fit in fits]


def near(around: Around, jump: Jump) -> np.ndarray:
    """The units within the bandwidth."""
    return np.abs(around.running - around.cutoff.at) <= jump.bandwidth


def _require_both_sides(around: Around) -> None:
    above = around.running >= around.cutoff.at
    for side, where in ((above, "at or above"), (~above, "below")):
        if side.sum() < FEWEST:
            raise DesignError(
                f"fewer than {FEWEST} units with an outcome have a score {where} the cutoff", code="CY306"
            )
        if len(np.unique(around.running[side])) < FEWEST_VALUES:
            raise DesignError(f"fewer than {FEWEST_VALUES} different scores lie {where} the cutoff", code="CY306")


def _rdrobust(around: Around, variance: Variance, kernel: Kernel, bandwidth: float | None) -> Any:
    """What rdrobust finds. It prints and warns; nothing of either is passed on, as what it warns of is counted and told."""
    from rdrobust import rdrobust

    kind, clusters = _kind(variance, around.clusters)
    try:
        with redirect_stdout(StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return rdrobust(
                around.outcome, around.running, c=around.cutoff.at, fuzzy=around.received, h=bandwidth, kernel=kernel[:3], vce=kind,
                cluster=clusters, covs=around.covariates if around.covariates.shape[1] else None, sharpbw=True,
            )  # fmt: skip
    except Exception as problem:  # rdrobust raises plain exceptions, and linear algebra its own
        raise DesignError("no lines can be drawn on both sides of the cutoff", code="CY306") from problem


def _kind(variance: Variance, clusters: Ints | None) -> tuple[str, Ints | None]:
    if variance.startswith("HC"):
        return variance.lower(), None
    if not variance.startswith("CR"):
        raise DesignError(f"a regression discontinuity has no {variance} standard error", code="CY310")
    if clusters is None:
        return "nn", None
    return variance.lower() if variance in ("CR1", "CR2", "CR3") else "cr1", clusters


def _last(table: Any) -> Any:
    """The row that is robust to the correction."""
    return np.asarray(table, dtype=float).ravel()[2]


def _weights(away: Floats, reach: float, kernel: Kernel) -> Floats:
    share = np.abs(away) / reach
    inside = share <= 1
    shape = {"triangular": 1 - share, "epanechnikov": 0.75 * (1 - share**2), "uniform": np.full(len(away), 0.5)}[kernel]
    return np.where(inside, shape, 0.0)


def _fitted(columns: Floats, powers: Floats, weights: Floats) -> Floats:
    roots = np.sqrt(weights)[:, None]
    rooted = roots * columns if columns.ndim > 1 else roots[:, 0] * columns
    return np.asarray(np.linalg.lstsq(roots * powers, rooted, rcond=None)[0], dtype=float)


def _intercepts(columns: Floats, away: Floats, jump: Jump, kernel: Kernel) -> tuple[Floats, Floats]:
    """Where the line meets the cutoff, and by how much the curve around it moves that point."""
    line, curve = away[:, None] ** np.arange(2), away[:, None] ** np.arange(3)
    bend = _fitted(columns, curve, _weights(away, jump.bias_bandwidth, kernel))[2]
    weights = _weights(away, jump.bandwidth, kernel)
    return _fitted(columns, line, weights)[0], _fitted((away**2)[:, None], line, weights)[0] * bend


def _adjustment(columns: Floats, covariates: Floats, away: Floats, reach: float, kernel: Kernel) -> Floats:
    """Slopes in the covariates, the same on both sides, next to a line on each."""
    right = (away >= 0).astype(float)
    lines = np.column_stack([right, right * away, 1 - right, (1 - right) * away])
    found = _fitted(columns, np.column_stack([covariates, lines]), _weights(away, reach, kernel))
    return found[: covariates.shape[1]]
