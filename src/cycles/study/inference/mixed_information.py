"""How much the data say about the variances of a mixed model, and how the coefficients' covariance moves with them.

Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects from restricted maximum likelihood. Biometrics, 53(3),
983-997. doi:10.2307/2533558
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.mixed_model import MixedModel

SINGULAR = 1e-10
"""An information matrix (scaled to ones on its diagonal) with an eigenvalue below this cannot tell two variances apart."""


@dataclass(frozen=True)
class MixedInformation:
    """Derivatives in the m variance components: those of the random effects (1, or 3 with a slope), then the residual one.

    All in the orthonormal basis of the fixed part, and as if the residual variance were one.
    """

    model: MixedModel

    @cached_property
    def _pulls(self) -> tuple[Floats, ...]:
        """Per component the precision times its part in each cluster's covariance (G, q, q)."""
        statistics, precision = self.model.profile.statistics, self.model.profile.precision
        lift, q = statistics.lift, statistics.q
        units = [_unit(one, other, q) for one in range(q) for other in range(one, q)]
        return (*(precision @ lift @ unit @ lift.transpose(0, 2, 1) for unit in units), precision)

    @cached_property
    def _weighted(self) -> Floats:
        """Precision times each cluster's turned basis (G, q, k)."""
        return self.model.profile.precision @ self.model.profile.statistics.turned[:, :, :-1]

    @cached_property
    def moves(self) -> Floats:
        """Derivative of the fixed part's precision in each component, with its sign turned (m, k, k)."""
        turned = self.model.profile.statistics.turned[:, :, :-1]
        found = np.array([_sum(turned, pull @ self._weighted) for pull in self._pulls])
        found[-1] += self.model.profile.statistics.within[:-1, :-1]
        return found

    @cached_property
    def curves(self) -> Floats:
        """Products of two derivatives around the precision (m, m, k, k), symmetric in both pairs."""
        turned = self.model.profile.statistics.turned[:, :, :-1]
        found = np.array([[_sum(turned, one @ other @ self._weighted) for other in self._pulls] for one in self._pulls])
        found[-1, -1] += self.model.profile.statistics.within[:-1, :-1]
        return (found + found.transpose(0, 1, 3, 2)) / 2

    @cached_property
    def expected(self) -> Floats:
        """Expected information of the restricted likelihood (m, m)."""
        statistics, inverse = self.model.profile.statistics, self.model.profile.inverse
        plain = np.array([[np.einsum("gab,gba->", one, other) for other in self._pulls] for one in self._pulls])
        plain[-1, -1] += statistics.n - statistics.n_clusters * statistics.q
        turned = inverse @ self.moves
        traces = (
            plain
            - 2 * np.tensordot(self.curves, inverse, axes=([2, 3], [1, 0]))
            + np.tensordot(turned, turned, axes=([1, 2], [2, 1]))
        )
        return traces / 2

    @cached_property
    def observed(self) -> Floats:
        """Information of the restricted likelihood at these data: half the second derivatives of the deviance (m, m)."""
        profile = self.model.profile
        turned, within = profile.statistics.turned, profile.statistics.within
        weighted = profile.precision @ profile.left[:, :, None]
        pulls = np.array([(pull @ weighted)[:, :, 0] for pull in self._pulls])
        raw = np.linalg.solve(profile.precision[None], pulls[:, :, :, None])[:, :, :, 0]
        forms = np.einsum("iga,jga->ij", pulls, raw)
        along = np.einsum("iga,gak->ik", pulls, turned[:, :, :-1])
        leftover = within[:-1, -1] - within[:-1, :-1] @ profile.shift
        forms[-1, -1] += within[-1, -1] - profile.shift @ (within[:-1, -1] + leftover)
        along[-1] += leftover
        forms -= along @ profile.inverse @ along.T
        return forms / self.model.residual_variance - self.expected


def inverted(information: Floats) -> Floats | None:
    """The covariance of the variance components that an information matrix stands for; None when it cannot tell them apart."""
    size = np.sqrt(np.abs(np.diag(information)))
    if not np.isfinite(information).all() or (size <= 0).any():
        return None
    scaled = information / np.outer(size, size)
    if np.linalg.eigvalsh(scaled)[0] < SINGULAR:
        return None
    return np.linalg.inv(scaled) / np.outer(size, size)


def approximate_df(information: MixedInformation, spread: Floats) -> Floats:
    """Twice a coefficient's squared variance over the variance of that variance (k,), given the variance components' covariance."""
    root, inverse = information.model.fit.root, information.model.profile.inverse
    turned = root @ inverse
    variance = np.einsum("ka,ka->k", turned, root)
    slopes = ((turned @ information.moves) * turned).sum(axis=2)
    return 2 * variance**2 / ((spread @ slopes) * slopes).sum(axis=0)


def _unit(one: int, other: int, q: int) -> Floats:
    unit = np.zeros((q, q))
    unit[one, other] = unit[other, one] = 1.0
    return unit


def _sum(left: Floats, right: Floats) -> Floats:
    return left.reshape(-1, left.shape[2]).T @ right.reshape(-1, right.shape[2])
