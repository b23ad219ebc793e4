r"""Integrals of many components over many pieces of an axis at once.

Every evaluation of the integrand is a stack of matrix inverses, so that what counts is to ask for few
points, and for all of them together. `scipy.integrate.quad_vec` asks for one point at a time, and
`scipy.integrate.cubature` for each panel's points two and a half times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial.legendre import legvander
from scipy.special import roots_legendre

__all__ = ["integrate"]

Array = np.ndarray[Any, Any]

N = 20
NODES, WEIGHTS = (np.asarray(part) for part in roots_legendre(N))
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2
# From values to the last coefficients of the Legendre series; three, since one may vanish by symmetry.
TAIL = (legvander(2 * NODES - 1, N - 1) * (2 * np.arange(N) + 1)).T[-3:] * WEIGHTS

# The coefficients fall off geometrically, and the error of the rule is about the square of the last one:
# the power 1.5 of QUADPACK leaves room.
ENOUGH = 1e-10
# Panels at most, times the number of pieces: an integrand that never gets smooth is noise.
MOST = 200


def integrate(
    integrand: Callable[[Array, Array], tuple[Array, Array]], pieces: int, most_points: int
) -> tuple[Array, Array, float]:
    """Integrate each piece over 0 < s < 1, and add up the pieces.

    Parameters
    ----------
    integrand : callable
        ``integrand(piece, s)``, both of shape (P,), gives values of shape (P, B..., ...) and, for each
        member of the batch B, the size of the terms that they are sums of, shape (P, B...). Panels are
        halved until every member is right to a fraction of the integral of that size. To be analytic
        inside each piece and at its ends.
    pieces : int
        Number of pieces.
    most_points : int
        Number of points asked for in one call, at most; a panel has `N`.

    Returns
    -------
    value : ndarray, shape (B..., ...)
    bulk : ndarray, shape (B...)
        The integral of the size of the terms.
    error : float
        Estimated error of the worst member, relative to its size.
    """
    piece, low, length = np.arange(pieces), np.zeros(pieces), np.ones(pieces)
    value: Any = 0.0
    size: Any = 0.0
    error, panels = 0.0, 0
    at_once = max(1, most_points // N)
    while piece.size:
        panels += piece.size
        parts = [
            _panels(integrand, piece[at], low[at], length[at])
            for at in (slice(i, i + at_once) for i in range(0, piece.size, at_once))
        ]
        integral, bulk, tail = (np.concatenate(part) for part in zip(*parts, strict=True))
        scale = size + np.sum(bulk, axis=0)
        rough = tail / np.where(scale > 0, scale, 1.0)
        rough = np.max(rough, axis=tuple(range(1, rough.ndim)), initial=0.0)
        done = (rough <= ENOUGH) | (panels > MOST * pieces)
        value = value + np.sum(integral[done], axis=0)
        size = size + np.sum(bulk[done], axis=0)
        error += float(np.sum(rough[done] ** 1.5))
        half = length[~done] / 2
        piece, low = np.tile(piece[~done], 2), np.concatenate([low[~done], low[~done] + half])
        length = np.tile(half, 2)
    return value, size, error


def _panels(
    integrand: Callable[[Array, Array], tuple[Array, Array]], piece: Array, low: Array, length: Array
) -> tuple[Array, Array, Array]:
    """Return integral, integral of the size of its terms, and last coefficients of each panel."""
    s = low[:, None] + length[:, None] * NODES
    values, sizes = integrand(np.repeat(piece, N), s.ravel())
    values = values.reshape(piece.size, N, *values.shape[1:])
    sizes = sizes.reshape(piece.size, N, *sizes.shape[1:])
    coefficients = np.abs(np.einsum("ki,pi...->kp...", TAIL, values))
    tail = np.max(coefficients, axis=(0, *range(sizes.ndim, coefficients.ndim)))
    parts = (np.einsum("i,pi...->p...", WEIGHTS, values), np.einsum("i,pi...->p...", WEIGHTS, sizes), tail)
    integral, bulk, rest = (part * length.reshape(-1, *(1,) * (part.ndim - 1)) for part in parts)
    return integral, bulk, rest
