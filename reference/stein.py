"""The linear equation x = start + left x right of a crystal: in many digits, or a step in floats."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from electronwind.errors import PrecisionError

from .arithmetic import Array, array, inverses

__all__ = ["in_floats", "sizes", "solved"]

# Steps in floats that refine a solution, and what each has to gain at least to be worth the next.
STEPS, GAIN = 40, 0.01


def solved(left: Array, right: Array, start: Array) -> Array:
    """Return the x of x = start + left x right, shape ``(nodes, m, m)``, all in numbers of the arithmetic.

    Raises
    ------
    PrecisionError
        There is none, as at the edge of a band.
    """
    result, found = _refined(left, right, start)
    if not np.all(found):
        rest = np.flatnonzero(~found)
        result[rest] = _eliminated(left[rest], right[rest], start[rest])
    return result


def in_floats(left: Array, right: Array, start: Array) -> Array:
    """Return the x of x = start + left x right in complex floats; NaN where there is none."""
    m = start.shape[-1]
    product = left[:, :, None, :, None] * np.swapaxes(right, -1, -2)[:, None, :, None, :]
    matrices = np.eye(m * m) - product.reshape(-1, m * m, m * m)
    sound = np.isfinite(matrices).all(axis=(-1, -2))
    try:
        found = np.linalg.solve(matrices[sound], start[sound].reshape(-1, m * m, 1))
    except np.linalg.LinAlgError:
        return np.full(start.shape, np.nan + 0j)
    result = np.full(start.shape, np.nan + 0j)
    result[sound] = found.reshape(-1, m, m)
    return result


def sizes(matrices: Array) -> Any:
    """Return the largest entry of each matrix, as a float, shape ``(nodes,)``."""
    return np.max(np.abs(matrices.astype(complex)), axis=(-1, -2))


def _refined(left: Array, right: Array, start: Array) -> tuple[Array, Array]:
    """Return x by steps in floats, each from what the last one left in many digits, and where they ended."""
    plain_left, plain_right = left.astype(complex), right.astype(complex)
    result = array(in_floats(plain_left, plain_right, start.astype(complex)))
    found = np.zeros(len(start), dtype=bool)
    before = sizes(result)
    whole = before.copy()
    rest = np.flatnonzero(np.isfinite(before))
    for _ in range(STEPS):
        if not rest.size:
            break
        short = start[rest] + left[rest] @ result[rest] @ right[rest] - result[rest]
        step = in_floats(plain_left[rest], plain_right[rest], short.astype(complex))
        going = np.isfinite(size := sizes(step))
        result[rest[going]] += array(step[going])
        gain = size / np.maximum(before[rest], 1e-300)
        before[rest] = size
        # What a step leaves undone is to the step what this one is to the last.
        done = (size == 0) | ((gain < GAIN) & (size * gain <= whole[rest] * 10.0**-mpmath.mp.dps))
        found[rest[done]] = True
        rest = rest[~done & (gain < GAIN)]
    return result, found


def _eliminated(left: Array, right: Array, start: Array) -> Array:
    square = start.shape[-1] ** 2
    product = left[:, :, None, :, None] * np.swapaxes(right, -1, -2)[:, None, :, None, :]
    matrices = np.eye(square, dtype=int) - product.reshape(-1, square, square)
    try:
        return np.asarray((inverses(matrices) @ start.reshape(-1, square, 1)).reshape(start.shape))
    except ZeroDivisionError as error:
        raise PrecisionError(
            "the slope of the self-energy of a periodic lead is infinite at the edge of a band"
        ) from error
