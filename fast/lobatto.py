r"""Collocation on one step of time: values at Lobatto nodes stand for the polynomial through them.

Both ends of the step are nodes, so that what is known at its start is used and what is wanted at its end is
there. Products of a polynomial with an exponential are integrated exactly, however stiff the exponential.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.polynomial import legendre
from scipy.special import roots_legendre

from .memory import decaying

__all__ = ["STIFF", "Lobatto", "lobatto"]

Array = np.ndarray[Any, Any]

# An exponential that decays by less than exp(-STIFF) is integrated by a Gauss rule that is exact for it to
# rounding; beyond, the series of integrations by parts ends with the degree of the polynomial and is stable.
STIFF = 30.0
GAUSS, GAUSS_WEIGHTS = (np.asarray(part) for part in roots_legendre(28))
GAUSS, GAUSS_WEIGHTS = (GAUSS + 1) / 2, GAUSS_WEIGHTS / 2


class Lobatto:
    """Nodes on [0, 1], both ends among them.

    Parameters
    ----------
    count : int
        Number of nodes, at least 2.

    Attributes
    ----------
    nodes : ndarray, shape (q,)
        Increasing, from 0 to 1.
    integral : ndarray, shape (q, q)
        ``integral @ values`` is the integral from 0 to each node.
    coefficients : ndarray, shape (q, q)
        ``coefficients @ values`` are the Legendre coefficients, orthogonal polynomials on [0, 1].
    """

    def __init__(self, count: int) -> None:
        inner = np.sort(legendre.Legendre.basis(count - 1).deriv().roots().real)
        x = np.concatenate([[-1.0], inner, [1.0]])
        self.nodes = (x + 1) / 2
        self.coefficients: Array = np.linalg.inv(legendre.legvander(x, count - 1))
        primitives = [legendre.legint(row, lbnd=-1) for row in np.eye(count)]
        self.integral: Array = (
            np.stack([legendre.legval(x, p) for p in primitives], axis=-1) @ self.coefficients / 2
        )
        self.integral[0] = 0.0
        # Derivatives of every order of the Lagrange polynomials at the nodes; [0, 1] is half as long.
        slopes = [
            [legendre.legval(x, legendre.legder(c, k)) * 2.0**k for c in self.coefficients.T]
            for k in range(count)
        ]
        self._slopes: Array = np.moveaxis(np.array(slopes), -1, 1)
        self._rules = [self._rule(end) for end in self.nodes]

    def at(self, where: Array) -> Array:
        """Return the matrix that takes values at the nodes to values at `where`, shape (..., q)."""
        return legendre.legvander(2 * where - 1, len(self.nodes) - 1) @ self.coefficients

    def against(self, rate: Array, ends: Array | None = None) -> Array:
        r"""Return the integrals of each Lagrange polynomial against a decaying exponential.

        Parameters
        ----------
        rate : ndarray, shape (P,)
            Complex, real part >= 0.
        ends : ndarray, shape (e,), optional
            Numbers in [0, 1]; the nodes by default.

        Returns
        -------
        ndarray, shape (e, q, P)
            ``[i, j]`` is the integral over s from 0 to end i of exp(-rate (end_i - s)) l_j(s).
        """
        if ends is None:
            ends, rules, slopes = self.nodes, self._rules, self._slopes
        else:
            rules = [self._rule(end) for end in ends]
            slopes = np.moveaxis(np.tensordot(self.at(ends), self._slopes, (1, 1)), 0, 1)
        result = np.zeros((len(ends), len(self.nodes), len(rate)), complex)
        powers = -((-1 / rate) ** np.arange(1, len(self.nodes) + 1)[:, None])
        first = self._slopes[:, 0].T @ powers
        for i, end in enumerate(ends):
            if end > 0:
                soft = np.abs(rate) * end <= STIFF
                decay = decaying(-np.multiply.outer(end * (1 - GAUSS), rate[soft]))
                result[i][:, soft] = rules[i] @ decay
                # The integral of exp(-r (c - s)) p is (p(c) - exp(-r c) p(0))/r less that of p' over r, ...
                fade = decaying(-rate[~soft] * end)
                result[i][:, ~soft] = slopes[:, i].T @ powers[:, ~soft] - first[:, ~soft] * fade
        return result

    def _rule(self, end: float) -> Array:
        """Return the Lagrange polynomials at Gauss nodes on [0, end], times their weights, shape (q, g)."""
        return (self.at(end * GAUSS) * (end * GAUSS_WEIGHTS)[:, None]).T


@cache
def lobatto(count: int) -> Lobatto:
    """Return the nodes, computed once for each number."""
    return Lobatto(count)
