"""Limits of a control chart: where nearly all points of a stable process lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Centre line, limits and the inner edges of the outer thirds, a number for each point; time runs along the last axis.

    `lower` and `upper` are clipped to what a value can be; the inner edges are not, because only the rules look at them.
    """

    center: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    inner_lower: np.ndarray
    inner_upper: np.ndarray
    facts: Mapping[str, float | int | None] = field(default_factory=dict)

    @classmethod
    def around(
        cls,
        middle: np.ndarray,
        sigma: np.ndarray,
        *,
        center: np.ndarray | None = None,
        least: float | None = None,
        most: float | None = None,
        facts: Mapping[str, float | int | None] | None = None,
    ) -> "Limits":
        """Three sigma to either side of the middle, kept between `least` and `most`.

        Parameters
        ----------
        middle, sigma : one number for each point, or for all of them
        center : the centre line where it is not the middle
        least, most : what a value can be

        Examples
        --------
        >>> found = Limits.around(np.array([0.1, 0.1]), np.array([0.02, 0.05]), least=0.0)
        >>> found.lower.round(2).tolist(), found.upper.round(2).tolist()
        ([0.04, 0.0], [0.16, 0.25])
        """
        middle, sigma = np.broadcast_arrays(np.asarray(middle, dtype=float), np.asarray(sigma, dtype=float))
        return cls(
            center=middle if center is None else np.broadcast_to(center, middle.shape),
            lower=np.clip(middle - 3 * sigma, least, most),
            upper=np.clip(middle + 3 * sigma, least, most),
            inner_lower=middle - 2 * sigma,
            inner_upper=middle + 2 * sigma,
            facts=facts or {},
        )
