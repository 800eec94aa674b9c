"""What the coefficients would be without each of the clusters in turn: the cluster jackknife.

MacKinnon, J. G., Nielsen, M. O., & Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for cluster-robust inference.
Journal of Applied Econometrics, 38(5), 671-694. doi:10.1002/jae.2969
"""

import numpy as np
from numpy.typing import NDArray

from cycles.study.inference.cluster_spectra import cluster_sums, inverse_of, spectra
from cycles.study.inference.least_squares import Floats, LeastSquares


def leave_one_out(fit: LeastSquares, clusters: NDArray[np.intp]) -> Floats:
    r"""How much each coefficient moves when a cluster is left out.

    .. math:: \hat\beta_{(g)} - \hat\beta = -(X'X - X_g'X_g)^{-1} X_g' e_g

    Parameters
    ----------
    fit : LeastSquares
    clusters : array (n,) of whole numbers 0..G-1, each present

    Returns
    -------
    array (G, k)
        Rows in the order of the clusters. What only one cluster can tell (a block's own term) does not move, and the other terms move as
        they would without that block.

    Notes
    -----
    No model is fitted again: the model's orthonormal basis and the sums over each cluster say it.

    Examples
    --------
    >>> from cycles.study.inference.least_squares import least_squares
    >>> fit = least_squares(np.array([1.0, 2.0, 6.0]), np.ones((3, 1)), ("intercept",))
    >>> (fit.coefficients + leave_one_out(fit, np.arange(3))).round(6).ravel().tolist()
    [4.0, 3.5, 1.5]
    """
    vectors, squares = spectra(fit.basis, clusters)
    sums = cluster_sums(fit.basis * fit.residuals[:, None], clusters)
    turned = inverse_of(1 - squares) * np.einsum("grk,gk->gr", vectors, sums)
    return -np.einsum("grk,gr->gk", vectors, turned) @ fit.root.T
