r"""Integrals of many components over many pieces of an axis at once.

Every evaluation of the integrand is a stack of matrix inverses, so that what counts is to ask for few
points, and for all of them together. `scipy.integrate.quad_vec` asks for one point at a time, and
`scipy.integrate.cubature` for each panel's points two and a half times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial.legendre import legvander
from scipy.special import roots_legendre

__all__ = ["Panel", "integrate", "settled"]

Array = np.ndarray[Any, Any]

N = 20
NODES, WEIGHTS = (np.asarray(part) for part in roots_legendre(N))
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2
# From values to the last coefficients of the Legendre series; three, since one may vanish by symmetry.
TAIL = (legvander(2 * NODES - 1, N - 1) * (2 * np.arange(N) + 1)).T[-3:] * WEIGHTS

# The coefficients fall off geometrically, and the error of the rule is about the square of the last one:
# the power 1.5 of QUADPACK leaves room.
ENOUGH = 1e-11
# The same for factors of the integrand: last coefficients of each, over its largest value.
FACTOR = 1e-8
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


class Panel(NamedTuple):
    """Points of panels that are done, in one axis.

    Attributes
    ----------
    weights : ndarray, shape (P,)
        Of the rule over s.
    data : tuple of ndarray, shape (P, ...)
        What was sampled there.
    bulk : float
        The integral of the size over these panels.
    error : float
        Its estimated error.
    """

    weights: Array
    data: tuple[Array, ...]
    bulk: float
    error: float


def settled(
    sample: Callable[[Array, Array], tuple[list[Array], Array, Array, tuple[Array, ...]]],
    pieces: int,
    most_points: int,
) -> Iterator[Panel]:
    """Halve panels of 0 < s < 1 until the factors of an integrand are resolved, and yield them.

    Where the integrand is a product of few factors of many components, it costs less to look at these than
    at all products.

    Parameters
    ----------
    sample : callable
        ``sample(piece, s)``, both of shape (P,), gives the factors, arrays of shape (P, ...), the size of the
        integrand and the rounding error of the factors, both of shape (P,), and whatever is to be kept of the
        points. The product of two polynomials of the degree that a panel resolves is integrated exactly, so
        that its error is of second order in theirs.
    pieces, most_points : int
        As for `integrate`.
    """
    piece, low, length = np.arange(pieces), np.zeros(pieces), np.ones(pieces)
    total, panels = 0.0, 0
    at_once = max(1, most_points // N)
    while piece.size:
        panels += piece.size
        again = []
        for at in (slice(i, i + at_once) for i in range(0, piece.size, at_once)):
            s = low[at, None] + length[at, None] * NODES
            factors, size, noise, data = sample(np.repeat(piece[at], N), s.ravel())
            bulk = length[at] * (size.reshape(-1, N) @ WEIGHTS)
            rough = np.max([_rough(factor) for factor in factors], axis=0)
            # What hardly counts may be rough.
            share = bulk / max(total + float(np.sum(bulk)), 1e-300)
            blurred = rough <= np.max(noise.reshape(-1, N), axis=1)
            done = (rough * np.sqrt(share) <= FACTOR) | blurred | (panels > MOST * pieces)
            total += float(np.sum(bulk[done]))
            again.append(~done)
            points = np.repeat(done, N)
            weights = (length[at, None] * WEIGHTS).ravel()[points]
            kept = tuple(part[points] for part in data)
            yield Panel(
                weights, kept, float(np.sum(bulk[done])), float(np.sum(rough[done] ** 1.5 * bulk[done]))
            )
        rest = np.concatenate(again)
        half = length[rest] / 2
        piece, low = np.tile(piece[rest], 2), np.concatenate([low[rest], low[rest] + half])
        length = np.tile(half, 2)


def _rough(factor: Array) -> Array:
    """Return the last coefficients of a factor on each panel, over its largest value there."""
    values = factor.reshape(-1, N, factor[0].size)
    tail = np.max(np.abs(TAIL @ values), axis=(1, 2))
    largest = np.max(np.abs(values), axis=(1, 2))
    return np.asarray(tail / np.where(largest > 0, largest, 1.0))
