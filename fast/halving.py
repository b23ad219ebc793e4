"""Bisections, several in one question: where it costs the same for few points and for many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import PrecisionError

__all__ = ["bisected"]

Array = np.ndarray[Any, Any]

# Bisections in one question, of 15 points.
AT_ONCE = 4


def bisected(
    low: Array, high: Array, beyond: Callable[[Array], Array], count: int, at_once: int = AT_ONCE
) -> tuple[Array, Array]:
    """Return what bisections leave of intervals.

    Parameters
    ----------
    low, high : ndarray, shape (C,)
        The intervals.
    beyond : callable
        ``beyond(points)`` tells of points of shape ``(C, m)`` whether what is looked for lies above them.
    count, at_once : int
        Number of bisections, and how many of them are made in one question: the points are the same.

    Returns
    -------
    low, high : ndarray, shape (C,)

    Raises
    ------
    PrecisionError
        Whatever `beyond` raises at a point that bisections one by one come to as well.
    """
    while count:
        now = min(at_once, count)
        try:
            low, high = _halved(low, high, beyond, now)
        # Maybe at a point that no bisection would have come to.
        except PrecisionError:
            if now == 1:
                raise
            low, high = bisected(low, high, beyond, now, 1)
        count -= now
    return low, high


def _halved(low: Array, high: Array, beyond: Callable[[Array], Array], times: int) -> tuple[Array, Array]:
    grid = np.stack([low, high], axis=-1)
    for _ in range(times):
        finer = np.empty((len(grid), 2 * grid.shape[1] - 1))
        finer[:, ::2], finer[:, 1::2] = grid, (grid[:, :-1] + grid[:, 1:]) / 2
        grid = finer
    above = beyond(grid[:, 1:-1])
    every, at = np.arange(len(grid)), np.zeros(len(grid), int)
    for step in 2 ** np.arange(times)[::-1]:
        at += step * above[every, at + step - 1]
    return grid[every, at], grid[every, at + 1]
