"""Variances of least-squares coefficients: classical, robust to unequal spread, and robust to clustering.

Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage samples.
Survey Methodology, 28(2), 169-181. Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust
variance estimation and hypothesis testing in fixed effects models. JBES, 36(4), 672-683. doi:10.1080/07350015.2016.1247004
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Variance
from cycles.study.inference.cluster_spectra import cluster_sums, inverse_of, spectra
from cycles.study.inference.jackknife import leave_one_out
from cycles.study.inference.least_squares import Floats, LeastSquares


@dataclass(frozen=True)
class CoefficientVariance:
    """Covariance of the coefficients (k x k) and degrees of freedom (k,), nan where they were not asked for."""

    covariance: Floats
    df: Floats

    @property
    def se(self) -> Floats:
        """Standard errors (k,)."""
        return np.sqrt(np.clip(np.diag(self.covariance), 0.0, None))


def coefficient_variance(
    fit: LeastSquares,
    *,
    kind: Variance,
    clusters: NDArray[np.intp] | None = None,
    df_for: int | None = None,
    strata: NDArray[np.intp] | None = None,
) -> CoefficientVariance:
    r"""Variance of the coefficients of `fit`.

    .. math:: V = (X'X)^{-1} \Big(\sum_g X_g' A_g e_g e_g' A_g' X_g\Big) (X'X)^{-1}

    CR0 has A = I; CR1 multiplies by G/(G-1); CR1S by G(N-1)/((G-1)(N-k)); CR2 has
    :math:`A_g = (I - H_{gg})^{-1/2}`, the symmetric root, with a pseudo-inverse where a block dummy lies within one cluster;
    CR3 is the cluster jackknife, :math:`A_g = (I - H_{gg})^{-1}` and a factor (G-1)/G. "linearised" is that of surveys: the scores of the
    clusters around their stratum's mean, times n/(n-1) for the n clusters of a stratum.

    Parameters
    ----------
    fit : LeastSquares
    kind : {"classical", "HC1", "HC2", "HC3", "CR0", "CR1", "CR1S", "CR2", "CR3", "linearised"}
    clusters : array (n,) of whole numbers 0..G-1, or None
        None makes every row its own cluster: then CR2 is HC2, CR0 is HC0. Ignored by "classical" and the HC kinds.
    df_for : int or None
        Degrees of freedom of the first `df_for` coefficients only; all when None. Covers CR2 and HC2.
    strata : array (n,) of whole numbers, or None
        Only for "linearised".

    Returns
    -------
    CoefficientVariance
        Degrees of freedom: CR2 and HC2, Satterthwaite's under independent errors of equal variance (Bell-McCaffrey);
        CR0, CR1, CR1S and CR3, G - 1; linearised, clusters - strata + 1 - k; the others, n - k.

    Notes
    -----
    Works cluster by cluster on the orthonormal basis of the model, never on an n x n matrix. With CR0-CR1S and few
    clusters intervals are too short; that is what CR2 is for.

    Examples
    --------
    >>> from cycles.study.inference.least_squares import least_squares
    >>> fit = least_squares(np.array([1.0, 2.0, 4.0, 7.0]), np.ones((4, 1)), ("intercept",))
    >>> found = coefficient_variance(fit, kind="CR2")
    >>> round(float(found.se[0]), 6), round(float(found.df[0]), 6)
    (1.322876, 3.0)
    """
    if kind in ("classical", "HC1", "HC2", "HC3"):
        return _without_clusters(fit, kind, df_for)
    if clusters is None:
        clusters = np.arange(fit.n)
    if kind == "linearised":
        return linearised(fit, clusters, strata)
    if kind == "CR2":
        return _cr2(fit, clusters, df_for)
    if kind == "CR3":
        return _cr3(fit, clusters)
    return _plain_clusters(fit, clusters, kind)


def linearised(fit: LeastSquares, clusters: NDArray[np.intp], strata: NDArray[np.intp] | None) -> CoefficientVariance:
    """Taylor linearisation for a sample of clusters drawn within strata, with replacement.

    Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. International Statistical Review,
    51(3), 279-292. doi:10.2307/1402588

    Raises
    ------
    DesignError
        CY310 when a cluster lies in several strata, or a stratum has a single cluster.
    """
    scores = cluster_sums(fit.basis * fit.residuals[:, None], clusters)
    stratum = np.zeros(len(scores), dtype=np.intp) if strata is None else _stratum_of(clusters, strata, len(scores))
    names, stratum, sizes = np.unique(stratum, return_inverse=True, return_counts=True)
    if sizes.min() < 2:
        single = int((sizes < 2).sum())
        raise DesignError(f"{single} of {len(names)} strata have a single cluster", code="CY310")
    means = np.column_stack([np.bincount(stratum, weights=column) for column in scores.T]) / sizes[:, None]
    around = (scores - means[stratum]) * np.sqrt(sizes / (sizes - 1))[stratum][:, None]
    return CoefficientVariance(_sandwich(fit, around), np.full(fit.k, float(len(scores) - len(names) + 1 - fit.k)))


def _stratum_of(clusters: NDArray[np.intp], strata: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    found = np.zeros(n, dtype=np.intp)
    found[clusters] = strata
    across = len(np.unique(clusters[found[clusters] != strata]))
    if across:
        raise DesignError(f"{across} clusters lie in more than one stratum", code="CY310")
    return found


def _without_clusters(fit: LeastSquares, kind: Variance, df_for: int | None) -> CoefficientVariance:
    n, k = fit.n, fit.k
    if kind == "HC2":
        return _hc2(fit, df_for)
    df = np.full(k, float(n - k))
    if kind == "classical":
        return CoefficientVariance(fit.bread * (fit.residuals @ fit.residuals / (n - k)), df)
    weights = np.full(n, n / (n - k)) if kind == "HC1" else inverse_of(1 - _leverage(fit)) ** 2
    scores = fit.basis * (fit.residuals * np.sqrt(weights))[:, None]
    return CoefficientVariance(_sandwich(fit, scores), df)


def _hc2(fit: LeastSquares, df_for: int | None) -> CoefficientVariance:
    shrink = np.sqrt(inverse_of(1 - _leverage(fit)))
    scores = fit.basis * (fit.residuals * shrink)[:, None]
    df = np.full(fit.k, np.nan)
    for term in range(fit.k if df_for is None else df_for):
        weights = (fit.basis @ fit.root[term]) * shrink
        projected = fit.basis * weights[:, None]
        df[term] = _satterthwaite((weights**2)[:, None], projected[:, :, None])[0]
    return CoefficientVariance(_sandwich(fit, scores), df)


def _plain_clusters(fit: LeastSquares, clusters: NDArray[np.intp], kind: Variance) -> CoefficientVariance:
    scores = cluster_sums(fit.basis * fit.residuals[:, None], clusters)
    groups, n, k = len(scores), fit.n, fit.k
    factor = {
        "CR0": 1.0,
        "CR1": groups / (groups - 1),
        "CR1S": groups * (n - 1) / ((groups - 1) * (n - k)),
    }[kind]
    return CoefficientVariance(_sandwich(fit, scores) * factor, np.full(k, groups - 1.0))


def _cr2(fit: LeastSquares, clusters: NDArray[np.intp], df_for: int | None) -> CoefficientVariance:
    vectors, squares = spectra(fit.basis, clusters)
    shrink = np.sqrt(inverse_of(1 - squares))
    sums = cluster_sums(fit.basis * fit.residuals[:, None], clusters)
    turned = shrink * np.einsum("grk,gk->gr", vectors, sums)
    scores = np.einsum("grk,gr->gk", vectors, turned)
    wanted = fit.k if df_for is None else df_for
    loads = vectors @ fit.root[:wanted].T
    lengths = np.einsum("gr,grj->gj", squares * shrink**2, loads**2)
    projected = vectors.transpose(0, 2, 1) @ ((squares * shrink)[:, :, None] * loads)
    df = np.full(fit.k, np.nan)
    df[:wanted] = _satterthwaite(lengths, projected)
    return CoefficientVariance(_sandwich(fit, scores), df)


def _cr3(fit: LeastSquares, clusters: NDArray[np.intp]) -> CoefficientVariance:
    moves = leave_one_out(fit, clusters)
    groups = len(moves)
    return CoefficientVariance(moves.T @ moves * (groups - 1) / groups, np.full(fit.k, groups - 1.0))


def _satterthwaite(lengths: Floats, projected: Floats) -> Floats:
    """Trace squared over the squared norm of diag(lengths) - projected'projected, per term: (G, J) and (G, k, J) to (J,)."""
    own = np.einsum("gkj,gkj->gj", projected, projected)
    gram = np.einsum("gkj,glj->jkl", projected, projected, optimize=True)
    norm = (lengths**2 - 2 * lengths * own).sum(axis=0) + (gram**2).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (lengths - own).sum(axis=0) ** 2 / norm


def _sandwich(fit: LeastSquares, scores: Floats) -> Floats:
    turned = scores @ fit.root.T
    return turned.T @ turned


def _leverage(fit: LeastSquares) -> Floats:
    return np.einsum("ij,ij->i", fit.basis, fit.basis)
