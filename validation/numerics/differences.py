"""Derivatives and limits of what is known at a few points, with their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["derivative", "halved", "limit"]

Array = NDArray[Any]


# Central differences of order 6, 4 and 2 on the same points, h times (-3 ... 3).
_SIXTH = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60


_FOURTH = np.array([0, 1, -8, 0, 8, -1, 0]) / 12


_SECOND = np.array([0, 0, -1, 0, 1, 0, 0]) / 2


# What two orders gain, at least, with the singularity 18 steps away: 4 / 18^2.
_GAIN = 1 / 81


def derivative(function: Callable[[float], Array], step: float, noise: float) -> tuple[Array, float]:
    """Return the derivative at 0 and its uncertainty.

    Parameters
    ----------
    function : callable
        What is differentiated.
    step : float
        Distance of the seven points.
    noise : float
        Absolute error of a value of the function.

    Notes
    -----
    The difference of the orders 6 and 4 bounds the error of the former where the step is small against
    the distance to the nearest singularity, and exceeds it by far. The error of order 4 may vanish by
    chance: then the difference from order 2 tells.
    """
    values = np.array([function(k * step) for k in range(-3, 4)])
    best, *coarser = (np.tensordot(c, values, axes=1) / step for c in (_SIXTH, _FOURTH, _SECOND))
    changes = [float(np.max(np.abs(best - coarse), initial=0.0)) for coarse in coarser]
    rough = max(changes[0], changes[1] * _GAIN)
    return best, rough + noise * float(np.sum(np.abs(_SIXTH))) / step


def limit(steps: Array, values: Array, noise: float) -> tuple[Array, float]:
    """Return the limit at step 0 of an even function, and its uncertainty.

    Parameters
    ----------
    steps : ndarray, shape (k,)
        Falling steps.
    values : ndarray, shape (k, ...)
        Values there.
    noise : float
        Absolute error of the values.
    """
    squares, table = steps**2, list(values)
    amplified, moved = 1.0, [0.0]
    for order in range(1, len(steps)):
        # Neville: polynomials of rising degree in step^2, taken at 0.
        ratios = squares[order:] / (squares[:-order] - squares[order:])
        before = table[-1]
        table = [b + r * (b - a) for a, b, r in zip(table, table[1:], ratios, strict=False)]
        amplified *= 1 + 2 * float(np.max(np.abs(ratios)))
        moved.append(float(np.max(np.abs(table[-1] - before), initial=0.0)))
    # One degree may change next to nothing by chance: then the one before tells, less what a degree gains.
    left = max(moved[-1], moved[-2] * float(squares[-1] / squares[0]))
    return table[-1], left + amplified * noise


def halved(values: Array, orders: Sequence[int]) -> Array:
    """Return the limit of what was found with steps that were halved again and again.

    Parameters
    ----------
    values : ndarray, shape (k, ...)
        The last one with the smallest steps.
    orders : sequence of int, k - 1 of them
        Powers of the step in the error, the lowest first.
    """
    table = list(values)
    for order in orders:
        gain = 2.0**order
        table = [(gain * finer - coarser) / (gain - 1) for coarser, finer in pairwise(table)]
    return np.asarray(table[0])
