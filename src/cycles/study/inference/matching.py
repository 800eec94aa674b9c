"""Nearest neighbours: for each unit of the change arm those of the comparison that were most like it.

Rubin, D. B. (1973). Matching to remove bias in observational studies. Biometrics, 29(1), 159-183. doi:10.2307/2529684
Stuart, E. A. (2010). Matching methods for causal inference. Statistical Science, 25(1), 1-21. doi:10.1214/09-STS313
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints

TIE = 1e-12
"""Distances that differ by less than this share of the largest are the same, and the first unit is taken."""


@dataclass(frozen=True)
class Matches:
    """Rows of matched sets. Each of the m rows names a unit, its set, and its weight there; a comparison unit may stand in several sets.

    A set is one unit of the change arm (weight one) with its neighbours, whose weights add up to one.
    """

    unit: Ints
    group: Ints
    weight: Floats

    def weights(self, n: int) -> Floats:
        """The weight of each of `n` units over all sets; zero for those that were not matched."""
        return np.bincount(self.unit, weights=self.weight, minlength=n).astype(float)


def nearest_neighbours(
    arm: Ints,
    position: Floats,
    *,
    ratio: int = 1,
    replacement: bool = False,
    order: Floats | None = None,
    within: Ints | None = None,
    reach: tuple[Floats, float] | None = None,
) -> Matches:
    """Match each unit of the change arm to its nearest neighbours in the comparison.

    Parameters
    ----------
    arm : array (n,) of 0 and 1
    position : array (n, d); units are as far apart as these points (Euclidean)
    ratio : neighbours for each unit
    replacement : whether a comparison unit may be taken more than once
    order : array (n,); units of the change arm choose from the highest down, those equal in the order of the rows; in that order when None
    within : array (n,) of whole numbers; only units of the same number are matched
    reach : values (n,) and the furthest two units may lie apart in them

    Returns
    -------
    Matches
        Units without any neighbour are in no set.

    Notes
    -----
    Greedy and without chance: the same rows give the same matches. Of several neighbours equally near the first row is taken. With a ratio
    above one and no replacement each unit chooses its first neighbour before anyone chooses a second.

    Examples
    --------
    >>> found = nearest_neighbours(np.array([1, 0, 0, 1]), np.array([[0.0], [0.1], [5], [4]]))
    >>> found.unit.tolist(), found.group.tolist()
    ([0, 3, 1, 2], [0, 1, 0, 1])
    """
    change, comparison = np.flatnonzero(arm == 1), np.flatnonzero(arm == 0)
    if order is not None:
        change = change[np.argsort(-order[change], kind="stable")]
    chosen = _chosen(change, comparison, position, ratio=ratio, replacement=replacement, allowed=_rules(within, reach))
    return _as_sets(np.sort(change), chosen)


def _rules(within: Ints | None, reach: tuple[Floats, float] | None) -> "list[tuple[Floats | Ints, float]]":
    """What a pair must be alike in, and how far apart it may be in that."""
    rules: list[tuple[Floats | Ints, float]] = []
    if within is not None:
        rules.append((within, 0.0))
    if reach is not None:
        rules.append(reach)
    return rules


def _chosen(
    change: Ints,
    comparison: Ints,
    position: Floats,
    *,
    ratio: int,
    replacement: bool,
    allowed: "list[tuple[Floats | Ints, float]]",
) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {int(unit): [] for unit in change}
    free = np.ones(len(comparison), dtype=bool)
    points = position[comparison]
    for _ in range(ratio):
        for unit in change:
            near = free.copy()
            for values, apart in allowed:
                near &= np.abs(values[comparison] - values[unit]) <= apart
            if replacement and found[int(unit)]:
                near &= ~np.isin(comparison, found[int(unit)])
            place = _nearest(points, position[unit], near)
            if place is not None:
                found[int(unit)].append(int(comparison[place]))
                free[place] = replacement
    return found


def _nearest(points: Floats, point: Floats, near: NDArray[np.bool_]) -> int | None:
    open_places = np.flatnonzero(near)
    if not len(open_places):
        return None
    squares = ((points[open_places] - point) ** 2).sum(axis=1)
    least = squares.min()
    return int(open_places[np.argmax(squares <= least + TIE * max(squares.max(), 1e-300))])


def _as_sets(change: Ints, chosen: dict[int, list[int]]) -> Matches:
    matched = [int(unit) for unit in change if chosen[int(unit)]]
    pairs = [(one, place, 1 / len(chosen[unit])) for place, unit in enumerate(matched) for one in chosen[unit]]
    unit = np.array([*matched, *(pair[0] for pair in pairs)], dtype=np.intp)
    group = np.array([*range(len(matched)), *(pair[1] for pair in pairs)], dtype=np.intp)
    weight = np.array([*([1.0] * len(matched)), *(pair[2] for pair in pairs)])
    return Matches(unit, group, weight)
