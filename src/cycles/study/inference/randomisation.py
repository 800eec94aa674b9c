"""A p-value and an interval from the ways chance could have assigned the change: randomisation inference.

Fisher, R. A. (1935). The Design of Experiments. Oliver & Boyd.
Imbens, G. W., & Rubin, D. B. (2015). Causal Inference for Statistics, Social, and Biomedical Sciences, chapter 5. Cambridge University
Press. doi:10.1017/CBO9781139025751
Gail, M. H., Mark, S. D., Carroll, R. J., Green, S. B., & Pee, D. (1996). On design considerations and randomization-based inference for
community intervention trials. Statistics in Medicine, 15(11), 1069-1092.
doi:10.1002/(SICI)1097-0258(19960615)15:11<1069::AID-SIM220>3.0.CO;2-Q
"""

from dataclasses import dataclass, replace

import numpy as np

from cycles.core.vocabulary import Resampled
from cycles.study.inference.arm_model import ArmModel
from cycles.study.inference.assignments import Assigned
from cycles.study.inference.cluster_spectra import cluster_sums
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints, Sample

TIE = 1e-9
"""Statistics this close, relative to their size, count as equal."""

FLAT = 1e-10
"""An assignment with less than this share of its units left by the model's other terms cannot be compared, and counts as extreme."""


def randomisation(sample: Sample, model: ArmModel, groups: Ints, *, draws: int, level: float, seed: int) -> Resampled:
    r"""Compare the estimate with those that other assignments of the same groups, within the same blocks, would have given.

    .. math:: p(\tau) = \frac{\#\{d : |\hat\beta(d, y - \tau d_0) | \ge |\hat\beta(d_0, y - \tau d_0)|\}}{\#\text{assignments}}

    Parameters
    ----------
    sample : Sample
        The units, in two arms or more; arms beyond the contrast stay as they are.
    model : ArmModel
        Response and design; its column `focus` is the assignment.
    groups : array (n,)
        As :func:`cycles.study.inference.assignments.assigned_groups` gives them.
    draws : int
        How many assignments are drawn. If there are no more than that, each is used once.
    level : float
        Coverage of the interval: the constant effects with p above 1 - level.
    seed : int
        For the draws.

    Returns
    -------
    Resampled
        `low` or `high` is None where no effect is far enough to be refused.

    Notes
    -----
    The statistic is the model's own coefficient, the other terms fitted anew for each assignment. The null hypothesis is sharp: the
    change added the same to everyone. Exact, whatever the spread, where chance did assign within blocks; elsewhere it answers as if it had.
    The assignment as it was counts as one of the draws, and equal statistics count as reached. For each other assignment the effects at
    which it reaches the estimate are an interval with known ends, so that the set of effects is exact, not searched for.

    Examples
    --------
    >>> outcome = np.array([5.0, 6, 7, 8, 1, 2, 3, 4])
    >>> rooms = np.arange(8) // 2
    >>> arm = np.array([1] * 4 + [0] * 4)
    >>> sample = Sample(("no", "yes"), arm, outcome, None, np.empty((8, 0)), (), rooms, None, (), 8, 0)
    >>> model = ArmModel(outcome, np.column_stack([np.ones(8), arm]), ("intercept", "arm"), 1, 2)
    >>> found = randomisation(sample, model, rooms, draws=999, level=0.6, seed=1)
    >>> found.draws, round(found.p, 3), found.low, found.high
    (6, 0.333, 2.0, 6.0)
    """
    scores = _scores(sample, model, groups)
    exact = scores.assigned.n_ways <= draws
    ways = scores.assigned.every_way() if exact else scores.assigned.drawn_ways(draws, seed=seed)
    parts = [_statistics(scores, block) for block in ways]
    drawn = _Drawn(scores.estimate, *(np.concatenate(column) for column in zip(*parts, strict=True)))
    above, below = drawn.reach(1 - level), drawn.turned.reach(1 - level)
    return Resampled(
        kind="randomisation",
        p=drawn.p,
        low=None if below is None else -below,
        high=above,
        level=level,
        draws=drawn.n,
        exact=exact,
        attainable=drawn.attainable,
        seed=None if exact else seed,
        how=_how(scores.assigned, by_unit=len(scores.size) == sample.n),
    )


def _how(assigned: Assigned, *, by_unit: bool) -> str:
    what = "units" if by_unit else "clusters"
    within = " within blocks" if assigned.n_strata > 1 else ""
    return (
        f"randomisation inference: {what} assigned anew{within}, statistic the model's own coefficient, sharp null of a constant effect, "
        "interval by inversion"
    )


@dataclass(frozen=True)
class _Scores:
    """Per assigned group: its sum of what the other terms leave of the response, its size, and its sums of their basis (G, k - 1).

    `estimate` is the coefficient of the assignment as it was.
    """

    total: Floats
    size: Floats
    others: Floats
    assigned: Assigned
    estimate: float = 0.0


def _scores(sample: Sample, model: ArmModel, groups: Ints) -> _Scores:
    """In the order of the groups' totals, so that names do not matter for what is drawn."""
    basis, _ = np.linalg.qr(np.delete(model.design, model.focus, axis=1))
    left = model.response - basis @ (basis.T @ model.response)
    first = np.unique(groups, return_index=True)[1]
    total: Floats = np.bincount(groups, weights=left).astype(float)
    size = np.bincount(groups).astype(float)
    order = np.lexsort((size, np.abs(total)))
    found = _Scores(
        total=total[order],
        size=size[order],
        others=cluster_sums(basis, groups)[order],
        assigned=Assigned(
            arm=sample.arm[first][order],
            stratum=np.zeros(len(first), dtype=np.intp) if sample.blocks is None else sample.blocks[first][order],
        ),
    )
    return replace(found, estimate=float(_coefficients(found, found.assigned.actual[None, :])[0][0]))


def _coefficients(scores: _Scores, ways: Floats) -> tuple[Floats, Floats]:
    """Each assignment's coefficient, and how much of a constant effect of the actual one it would show; nan where it shows nothing."""
    actual = scores.assigned.actual
    turned = ways @ scores.others
    units = ways @ scores.size
    left = units - np.einsum("dk,dk->d", turned, turned)
    shown = scores.size * actual - scores.others @ (scores.others.T @ actual)
    left = np.where(left > FLAT * np.maximum(units, 1.0), left, np.nan)
    return (ways @ scores.total) / left, (ways @ shown) / left


def _statistics(scores: _Scores, ways: Floats) -> tuple[Floats, Floats]:
    """Coefficients and shown shares; an assignment that cannot be compared counts as the actual one, which is never less extreme."""
    value, share = _coefficients(scores, ways)
    lost = np.isnan(value)
    return np.where(lost, scores.estimate, value), np.where(lost, 1.0, share)


@dataclass(frozen=True)
class _Drawn:
    """The coefficients of the assignments, and the share each shows of a constant effect of the actual one, whose own is `estimate`."""

    estimate: float
    value: Floats
    share: Floats

    @property
    def n(self) -> int:
        return len(self.value)

    @property
    def turned(self) -> "_Drawn":
        """The same with the sign of the response turned."""
        return _Drawn(-self.estimate, -self.value, self.share)

    @property
    def p(self) -> float:
        """Share of assignments whose coefficient is at least as far from zero as the actual one."""
        return float(np.mean(np.abs(self.value) >= abs(self.estimate) - self._tie))

    @property
    def attainable(self) -> float:
        """Share of assignments that show all of an effect, however large it is: no p-value is smaller."""
        return float(np.mean(np.abs(self.share) >= 1 - TIE))

    def reach(self, alpha: float) -> float | None:
        """The largest constant effect that is not refused; None when there is no largest.

        An assignment with share s and value a reaches the estimate b at the effects t with |a - s t| >= |b - t|: between the two roots
        for |s| <= 1, outside them otherwise. Both sets hold the estimate itself, so that going up from it assignments stop reaching it,
        and some return.
        """
        low, high = self._roots()
        within = np.abs(self.share) <= 1 + TIE
        above = ~within & (low >= self.estimate)
        stops = np.sort(np.where(within, high, np.where(above, low, np.inf)))
        returns = np.sort(high[above])
        needed = alpha * self.n * (1 + TIE)
        if np.isposinf(stops).sum() + len(returns) > needed:
            return None
        reaching = self.n - np.searchsorted(stops, stops) + np.searchsorted(returns, stops, side="right")
        return float(stops[(reaching > needed) & np.isfinite(stops)][-1])

    def _roots(self) -> tuple[Floats, Floats]:
        """The two effects at which |a - s t| = |b - t|, the lower first."""
        first, second = self._root(1.0), self._root(-1.0)
        return np.minimum(first, second), np.maximum(first, second)

    def _root(self, sign: float) -> Floats:
        """Infinite where an assignment shows all of the effect: then it never stops reaching the estimate, or never starts."""
        apart, gap = self.estimate - sign * self.value, 1 - sign * self.share
        endless = np.where(np.abs(apart) <= self._tie, np.inf, np.copysign(np.inf, apart))
        return np.where(np.abs(gap) <= TIE, endless, apart / np.where(np.abs(gap) <= TIE, 1.0, gap))

    @property
    def _tie(self) -> float:
        return TIE * max(abs(self.estimate), float(np.abs(self.value).max()))
