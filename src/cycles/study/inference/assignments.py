"""The ways in which chance could have assigned groups to two arms, within blocks: all of them, or some drawn at random."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod

import numpy as np

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints, Sample

CELLS = 2**21
"""Draws times assigned groups held at a time."""


def assigned_groups(sample: Sample, *, by_unit: bool) -> Ints | None:
    """What was assigned to arms together: the clusters, or each unit by itself where there are none.

    Parameters
    ----------
    sample : the units
    by_unit : whether the design assigns units, so that the units of one cluster may be in several arms

    Returns
    -------
    array (n,) of whole numbers 0..G-1, or None
        None when a cluster holds several arms or lies in several blocks: then how chance assigned is not known.

    Examples
    --------
    >>> from dataclasses import replace
    >>> both = Sample(("no", "yes"), np.array([0, 1, 1]), np.zeros(3), None, np.empty((3, 0)), (), np.array([0, 0, 1]), None, (), 3, 0)
    >>> assigned_groups(both, by_unit=True).tolist(), assigned_groups(both, by_unit=False)
    ([0, 1, 2], None)
    """
    if sample.clusters is None:
        return np.arange(sample.n)
    if _one_each(sample.clusters, sample.arm) and (sample.blocks is None or _one_each(sample.clusters, sample.blocks)):
        return sample.clusters
    return np.arange(sample.n) if by_unit else None


@dataclass(frozen=True)
class Assigned:
    """Groups in arms (0 the comparison, 1 the change, others stay where they are) and strata (blocks), both (G,).

    The order of the strata does not matter, and neither does which of the two arms is called the change.

    Examples
    --------
    >>> pairs = Assigned(arm=np.array([0, 1, 1, 0]), stratum=np.array([0, 0, 1, 1]))
    >>> pairs.n_ways, next(pairs.every_way()).tolist()
    (4, [[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    """

    arm: Ints
    stratum: Ints

    @property
    def actual(self) -> Floats:
        """One where a group is in the change arm."""
        return (self.arm == 1).astype(float)

    @property
    def n_strata(self) -> int:
        """Blocks."""
        return len(np.unique(self.stratum))

    @property
    def strata(self) -> list[tuple[Ints, int]]:
        """The groups of each block that has both arms, and how many of them got the change; in order of first appearance."""
        found = []
        for stratum in dict.fromkeys(self.stratum.tolist()):
            members = np.flatnonzero((self.stratum == stratum) & (self.arm <= 1))
            changed = int((self.arm[members] == 1).sum())
            if 0 < changed < len(members):
                found.append((members, changed))
        return found

    @property
    def n_ways(self) -> int:
        """How many assignments there are with as many groups of each block in each arm."""
        return prod(comb(len(members), changed) for members, changed in self.strata)

    def every_way(self) -> Iterator[Floats]:
        """Every assignment, in one block (ways, G) of ones and zeros."""
        choices = [[list(one) for one in combinations(members, changed)] for members, changed in self.strata]
        ways = np.tile(self._settled, (self.n_ways, 1))
        for row, chosen in zip(ways, product(*choices), strict=True):
            row[[place for part in chosen for place in part]] = 1.0
        yield ways

    def drawn_ways(self, draws: int, *, seed: int) -> Iterator[Floats]:
        """The assignment as it was, then as many drawn ones, in blocks (draws, G)."""
        yield self.actual[None, :]
        source = np.random.default_rng([seed, len(self.arm)])
        strata, at_a_time = self.strata, max(1, CELLS // len(self.arm))
        for start in range(0, draws, at_a_time):
            ways = np.tile(self._settled, (min(at_a_time, draws - start), 1))
            for members, changed in strata:
                ways[:, members] = _chosen(source, len(ways), len(members), changed)
            yield ways

    @property
    def _settled(self) -> Floats:
        """Ones where the change was given and nothing else could have been."""
        settled = self.actual
        for members, _ in self.strata:
            settled[members] = 0.0
        return settled


def _chosen(source: np.random.Generator, rows: int, size: int, changed: int) -> Floats:
    """Rows of `changed` ones among `size`; the smaller arm is drawn, whichever it is."""
    fewer = min(changed, size - changed)
    places = np.argpartition(source.random((rows, size), dtype=np.float32), fewer - 1, axis=1)[:, :fewer]
    found = np.zeros((rows, size))
    np.put_along_axis(found, places, 1.0, axis=1)
    return found if fewer == changed else 1 - found


def _one_each(groups: Ints, labels: Ints) -> bool:
    """Whether each group has one label."""
    return len(np.unique(groups)) == len(np.unique(np.column_stack([groups, labels]), axis=0))
