"""The tanh-sinh rule: integrals whose integrand may go like an inverse square root at the marks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from electronwind.errors import PrecisionError

from .arithmetic import Array

__all__ = ["integral"]

# Its functions are made when it is, which no type checker sees.
mp: Any = mpmath.mp

GUARD = 8  # digits beyond those asked for that a quadrature is right to
DEEPEST = 12  # halvings of the step of a quadrature


def integral(integrand: Callable[[Any], Array], low: Any, high: Any, marks: list[Any], digits: int) -> Array:
    """Return the integral between marks, where the integrand may go like an inverse square root.

    Raises
    ------
    PrecisionError
        The rule did not converge.
    """
    stops = sorted({low, high, *(mark for mark in marks if low < mark < high)})
    total: Any = 0 * integrand((low + high) / 2)
    return total + sum(_piece(integrand, a, b, digits) for a, b in pairwise(stops))


def _piece(integrand: Callable[[Any], Array], low: Any, high: Any, digits: int) -> Array:
    """Return the integral of one piece by the tanh-sinh rule, its step halved until it agrees with itself."""
    half = (high - low) / 2
    # Distance to an end at which an inverse square root counts for nothing.
    reach = mp.asinh((2 * digits + 2 * GUARD) * mp.log(10) / mp.pi)

    def sample(t: Any) -> tuple[Array, Any]:
        steep = mp.pi / 2 * mp.sinh(t)
        weight = mp.pi / 2 * mp.cosh(t) / mp.cosh(steep) ** 2
        inner = half * mp.exp(-abs(steep)) / mp.cosh(steep)
        values = integrand(low + inner if t < 0 else high - inner) * (weight * half)
        return values, np.max(np.abs(values))

    def added(ts: list[Any]) -> tuple[Array, Any]:
        values, sizes = zip(*map(sample, ts), strict=True)
        return np.sum(np.stack(values), axis=0), sum(sizes)

    step = mp.mpf(1) / 2
    count = int(reach / step)
    total, bulk = added([k * step for k in range(-count, count + 1)])
    before = total * step
    for _ in range(DEEPEST):
        step /= 2
        count = int(reach / step)
        more, size = added([k * step for k in range(-count, count + 1) if k % 2])
        total, bulk = total + more, bulk + size
        change = np.max(np.abs(total * step - before))
        before = total * step
        # The error is about the square of the change.
        if change <= mp.mpf(10) ** (-(digits + GUARD) * 5 // 8) * bulk * step:
            return before
    raise PrecisionError(
        f"an integral from {mp.nstr(low, 8)} to {mp.nstr(high, 8)} did not converge: two subbands may open "
        "at one energy"
    )
