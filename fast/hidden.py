r"""Whether a state can be hidden from all open leads, told by the Hermitian part of h + Sigma.

With :math:`A v_k = a_k v_k` and :math:`o_k = v_k^+ B v_k`, an eigenvector v of A - iB, of eigenvalue z and
with :math:`v^+ B v \le \epsilon`, has :math:`|v_j^+ v| \le \sqrt{\epsilon o_j} / |z - a_j|`. Where a_k is the
nearest to z, all others are at least half as far as they are from a_k, and

.. math:: o_k |v_k^+ v|^2 \le \epsilon \Big(1 + \sum_{j \ne k} \frac{2 o_j}{|a_k - a_j|}\Big)^2.

Where no k allows that, the eigenvalues of a matrix that is not Hermitian, which cost ten times as much, need
not be found.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["hides_nothing"]

Array = np.ndarray[Any, Any]


def hides_nothing(matrix: Array, sites: list[int], decay: float) -> bool:
    """Tell whether every eigenvalue of a matrix is sure to lie below -i times a decay.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        h + Sigma at a real energy.
    sites : list of int
        The levels that leads are on: elsewhere the matrix is Hermitian.
    decay : float

    Returns
    -------
    bool
        False where it is not sure.
    """
    a = (matrix + matrix.conj().T) / 2
    values, vectors = np.linalg.eigh(a if a.imag.any() else a.real)
    damping = 0.5j * (matrix - matrix.conj().T)[np.ix_(sites, sites)]
    tips = vectors[sites]
    seen = np.sum((tips.conj() * (damping @ tips)).real, axis=0)
    near = np.abs(values[:, None] - values) / 2
    np.fill_diagonal(near, np.inf)
    # Levels that coincide leave nothing sure.
    with np.errstate(divide="ignore", invalid="ignore"):
        lent = np.maximum(seen, 0.0) / near
        own = 1 - decay * np.sum(lent / near, axis=1)
        return bool(np.all((own > 0) & (seen * own > decay * (1 + np.sum(lent, axis=1)) ** 2)))
