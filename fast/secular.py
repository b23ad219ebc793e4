"""Where eigenvalues of a large Hermitian matrix cross E, if few of its entries depend on E.

In the eigenbasis of the constant part the number of eigenvalues above E follows from matrices of the size of
what depends on E (the inertia of a bordered matrix), so that a bisection costs no eigenvalue problem.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import block_diag

from .gaps import Edge

__all__ = ["Secular"]

Array = np.ndarray[Any, Any]

# Pieces that a bracket is cut into, and how often: many self-energies at once cost little more than one.
PIECES, ROUNDS = 8, 19
# Eigenvalues of a self-energy below this fraction of the largest are none.
NOTHING = 1e-13


class Secular:
    """``inner + sum of row^+ Sigma(E) row`` in the eigenbasis of `inner`.

    Parameters
    ----------
    inner : ndarray, shape (q, q)
        Hermitian.
    rows : list of ndarray, shape (s, q)
        Of each lead.
    """

    def __init__(self, inner: Array, rows: list[Array]) -> None:
        self.values, self._vectors = np.linalg.eigh(inner)
        self._tips: Array = self._vectors.conj().T @ np.concatenate(rows).conj().T

    def _bordered(self, energy: float, sigma: list[Array]) -> tuple[int, Array, Array]:
        """Return the negative eigenvalues of Sigma, the bordered matrix and its border."""
        whole = block_diag(*sigma)
        strength, shapes = np.linalg.eigh((whole + whole.conj().T) / 2)
        kept = np.abs(strength) > NOTHING * np.max(np.abs(strength), initial=0.0)
        tips = self._tips @ shapes[:, kept]
        # Close enough to a level of `inner` its distance is rounding, of either sign.
        gaps = energy - self.values
        gaps[gaps == 0] = 1e-300
        matrix = np.diag(1 / strength[kept]) - (tips.conj().T / gaps) @ tips
        return int(np.sum(strength[kept] < 0)), matrix, tips / gaps[:, None]

    def above(self, energy: float, sigma: list[Array]) -> int:
        """Return how many eigenvalues at an energy are above it."""
        negative, matrix, _ = self._bordered(energy, sigma)
        return int(np.sum(self.values > energy)) + int(np.sum(np.linalg.eigvalsh(matrix) < 0)) - negative

    def crossing(
        self, k: int, edge: Edge, side: int, far: float, sigma: Callable[[Array], list[Array]]
    ) -> float:
        """Return x at which the k-th eigenvalue crosses ``E = edge.energy + side x^2``, 0 < x <= far."""
        near = 0.0
        for _ in range(ROUNDS):
            x = near + (far - near) * np.arange(1, PIECES) / PIECES
            parts = sigma(x)
            first, last = 0, PIECES
            while last - first > 1:
                i = (first + last) // 2
                point = float(x[i - 1])
                higher = self.above(edge.energy + side * point**2, [part[i - 1] for part in parts])
                if (higher >= len(self.values) - k) != (side > 0):
                    last, far = i, point
                else:
                    first, near = i, point
        return (near + far) / 2

    def vector(self, energy: float, sigma: list[Array]) -> Array:
        """Return the normalised eigenvector whose eigenvalue is the energy."""
        _, matrix, border = self._bordered(energy, sigma)
        values, vectors = np.linalg.eigh(matrix)
        v = border @ vectors[:, np.argmin(np.abs(values))]
        return np.asarray(self._vectors @ (v / np.linalg.norm(v)))
