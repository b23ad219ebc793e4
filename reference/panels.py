"""A panel of the time axis: Gauss-Legendre nodes that integrate, interpolate and solve linear equations."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from electronwind.errors import PrecisionError

from .arithmetic import Array, number, precision
from .quadrature import gauss_legendre

__all__ = ["Rule", "propagate", "rule"]

MOST_SWEEPS = 400


class Rule:
    """The rule of `order` nodes on [-1, 1], in the working precision.

    Attributes
    ----------
    nodes, weights : ndarray, shape (m,)
        Of Gauss and Legendre.
    primitive : ndarray, shape (m, m)
        Row i integrates the interpolant through the nodes from -1 to node i.
    coefficients : ndarray, shape (m, m)
        Row k takes values at the nodes to the coefficient of the k-th Legendre polynomial.
    """

    def __init__(self, order: int) -> None:
        self.order = order
        self.nodes, self.weights = gauss_legendre(order, precision())
        values = _legendre(order, self.nodes)
        # l_j(x) = w_j sum_k (k + 1/2) P_k(x_j) P_k(x): the rule is exact for products of two such P.
        self.coefficients = values[:order] * self.weights * (np.arange(order) * 2 + 1)[:, None] / 2
        self.primitive = _primitives(values, self.nodes).T @ self.coefficients

    def interpolation(self, x: Array) -> Array:
        """Return, shape ``(len(x), m)``, the rows that interpolate from the nodes to the points x."""
        return np.asarray(_legendre(self.order, x)[: self.order].T @ self.coefficients)


@lru_cache(maxsize=16)
def _rule(order: int, precision: tuple[int, str]) -> Rule:
    del precision
    return Rule(order)


def rule(order: int) -> Rule:
    """Return the rule of `order` nodes in the working precision."""
    return _rule(order, precision())


def _legendre(highest: int, x: Array) -> Array:
    """Return P_0 ... P_highest at x, shape ``(highest + 1, len(x))``."""
    rows = [x * 0 + 1, x]
    for k in range(2, highest + 1):
        rows.append((x * rows[-1] * (2 * k - 1) - rows[-2] * (k - 1)) / k)
    return np.array(rows[: highest + 1], dtype=object)


def _primitives(values: Array, x: Array) -> Array:
    """Return the integrals of P_0 ... from -1 to x: (P_{k+1} - P_{k-1}) / (2 k + 1)."""
    odd = np.arange(1, len(values) - 1) * 2 + 1
    return np.concatenate([(x + 1)[None], (values[2:] - values[:-2]) / odd[:, None]])


def propagate(
    H: Array,
    length: Any,
    rule: Rule,
    guess: Array | None = None,
) -> tuple[Array, Array]:
    """Return the solution of ``dU/dt = -i H(t) U``, ``U = 1`` at the start of a panel.

    Parameters
    ----------
    H : ndarray, shape (m, n, n)
        The non-Hermitian Hamiltonian h - i Gamma/2 at the nodes.
    length : number
        Of the panel.
    rule : Rule
        Its nodes.
    guess : ndarray, shape (m, n, n), optional
        U at the nodes, roughly.

    Returns
    -------
    tuple of ndarray, shapes (m, n, n) and (n, n)
        U at the nodes, and at the end of the panel.

    Notes
    -----
    Picard's iteration of the collocation equations: an equation of Volterra converges whatever its norm.
    """
    m, n = H.shape[:2]
    unit = np.eye(n, dtype=int) * number(1 + 0j)
    step = H * (number(-0.5j) * length)
    tiny = number(2) ** (8 - precision()[0])
    U = np.broadcast_to(unit, H.shape) if guess is None else guess
    largest = number(0)
    for _ in range(MOST_SWEEPS):
        slope = (step @ U).reshape(m, -1)
        new = unit + (rule.primitive @ slope).reshape(H.shape)
        # Where the first sweeps grow before they converge, rounding errors of the later ones do so too.
        change, largest = np.max(abs(new - U)), max(largest, np.max(abs(new)))
        U = new
        if change <= tiny * largest:
            return U, unit + (rule.weights @ (step @ U).reshape(m, -1)).reshape(n, n)
    raise PrecisionError(f"the propagator of a panel did not settle in {MOST_SWEEPS} sweeps")
