"""The derivative of a function of x along every coordinate, where no formula for it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidSystemError, PrecisionError

__all__ = ["slope_of"]

Array = NDArray[Any]

# Half lengths of the stencil, in units of the size of the position, or of 1 where that is larger.
LENGTHS = (3e-1, 1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5)
# Pairs of points of the rule that answers, and of the one that it is compared with.
PAIRS, FEWER = 8, 7
# A derivative that is not known to this part of its size, and of that of the function, is refused.
KNOWN = 1e-7


def _rule(pairs: int) -> tuple[Array, Array]:
    """Return points s > 0 and weights: sum of w (f(s) - f(-s)) is f'(0) for polynomials of degree 2 pairs."""
    s = np.cos((2 * np.arange(pairs) + 1) * np.pi / (4 * pairs))
    odd = 2 * np.arange(pairs) + 1
    moments = np.zeros(pairs)
    moments[0] = 0.5
    return s, np.linalg.solve(s ** odd[:, None], moments)


RULES = (_rule(PAIRS), _rule(FEWER))


def slope_of(name: str, function: Callable[[Array], Array], x: Array, size: float) -> Array:
    """Return df/dx_nu, shape (d, ...), of a function at one position x of shape (d,).

    Parameters
    ----------
    name : str
        What the function is, for the refusal.
    function : callable
        ``function(points)`` for points of shape (k, d) gives values of shape (k, ...).
    x : ndarray, shape (d,)
        The position.
    size : float
        What the values are large against, beside themselves: an error of this size is one.

    Raises
    ------
    PrecisionError
        The function is not smooth about x.

    Notes
    -----
    Central differences at the points of Chebyshev's rule, which are exact for polynomials of degree 16; the
    length is the one at which another rule differs least. About 13 digits of a smooth function.
    """
    return np.stack([_along(name, function, x, nu, size) for nu in range(len(x))])


def _along(name: str, function: Callable[[Array], Array], x: Array, nu: int, size: float) -> Array:
    best: tuple[float, Array | None] = np.inf, None
    scale = max(1.0, float(np.max(np.abs(x))))
    for length in LENGTHS:
        half = length * scale
        found: list[Array] = []
        largest = 0.0
        try:
            for s, weights in RULES:
                points = np.repeat(x[None], 2 * len(s), axis=0)
                points[: len(s), nu] += half * s
                points[len(s) :, nu] -= half * s
                values = function(points)
                ahead, behind = values[: len(s)], values[len(s) :]
                largest = max(largest, float(np.max(np.abs(values), initial=0.0)))
                found.append(np.tensordot(weights / half, ahead - behind, 1))
        # Not every neighbourhood belongs to the function.
        except (InvalidSystemError, ArithmeticError):
            continue
        doubt = float(np.max(np.abs(found[0] - found[1]), initial=0.0))
        doubt += np.finfo(float).eps * largest / half
        if np.isfinite(doubt) and doubt < best[0]:
            best = doubt, found[0]
    doubt, value = best
    if value is None or doubt > KNOWN * max(size, float(np.max(np.abs(value), initial=0.0))):
        raise PrecisionError(
            f"the derivative of {name} along coordinate {nu} is not known to {KNOWN:.0e} at that position: "
            "the function is not smooth, or not there, around it"
        )
    return value
