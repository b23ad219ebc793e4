"""Functions of one or two coordinates, interpolated by Chebyshev series in cells made where a run comes by.

The adiabatic force, friction and noise are analytic in the coordinates, and a batch of points costs little
more than one: a cell is tabulated at a go, halved until the last coefficients of its series are small enough,
and then serves every later visit for the price of a matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Cells", "Table"]

Array = np.ndarray[Any, Any]

# Chebyshev nodes along each coordinate of a cell, by the number of coordinates: more coordinates, no table.
NODES = {1: 24, 2: 16}
# Points that a cell is asked for before it is tabulated: passing through is cheaper without.
PATIENCE = 4
# Halvings of the first cell, and cells altogether, beyond which every point is computed.
DEEPEST, MOST = 12, 4000
# Coefficients at the end of a series that have to be small: one may vanish by symmetry.
LAST = 3


class Cells(NamedTuple):
    """Which cells a table has, padded to as many as there may be.

    Attributes
    ----------
    number, width : int
        Of them, and of the numbers in a key.
    keys : ndarray, shape (MOST + 1, 3)
        Level and corner of each.
    asked : ndarray, shape (MOST + 1,)
        Points that it was asked for so far, or -1 where it is tabulated or halved.
    """

    number: int
    width: int
    keys: Array
    asked: Array


class Table:
    """A function of d coordinates.

    Parameters
    ----------
    compute : callable
        ``compute(x)`` at points of shape (P, d), values of shape (P, F).
    side : float
        Side of the largest cells.
    tolerance : float
        Error of the interpolation, relative to the largest value in the cell of the same group.
    groups : tuple of int
        Numbers of consecutive values that share a scale; they add up to F.
    """

    def __init__(
        self,
        compute: Callable[[Array], Array],
        side: float,
        tolerance: float,
        groups: tuple[int, ...],
    ) -> None:
        self._compute, self._side, self._tolerance = compute, side, tolerance
        self._starts = np.cumsum((0, *groups[:-1]))
        self._groups = np.repeat(np.arange(len(groups)), groups)
        # A series, or the number of points asked for so far; None where it is halved.
        self._cells: dict[tuple[int, ...], Array | int | None] = {}

    @property
    def state(self) -> Cells:
        """Where it was asked, as data: the series follow from it. What came later than `MOST` has none."""
        known = list(self._cells.items())[: MOST + 1]
        keys, asked = np.zeros((MOST + 1, 1 + max(NODES)), np.int64), np.zeros(MOST + 1, np.int64)
        for k, (key, cell) in enumerate(known):
            keys[k, : len(key)], asked[k] = key, cell if isinstance(cell, int) else -1
        return Cells(len(known), len(known[0][0]) if known else 0, keys, asked)

    @state.setter
    def state(self, state: Cells) -> None:
        self._cells = {}
        keys = state.keys[: state.number, : state.width].tolist()
        for key, asked in zip(keys, state.asked[: state.number].tolist(), strict=True):
            level, *corner = key
            side = self._side / 2**level
            self._cells[tuple(key)] = self._series(np.array(corner) * side, side) if asked < 0 else asked

    def __call__(self, x: Array) -> Array:
        """Return the values at points of shape (P, d), shape (P, F)."""
        if x.shape[-1] not in NODES:
            return self._compute(x)
        result = np.empty((len(x), len(self._groups)))
        missing: list[Array] = []
        self._fill(result, x, np.arange(len(x)), 0, missing)
        if missing:
            rest = np.concatenate(missing)
            result[rest] = self._compute(x[rest])
        return result

    def _fill(self, result: Array, x: Array, points: Array, level: int, missing: list[Array]) -> None:
        """Fill in the rows `points`, or add them to those that are `missing`."""
        side = self._side / 2**level
        with np.errstate(over="ignore"):
            at = np.floor(x[points] / side)
        if len(points) == 1:
            corners, owner = at, np.zeros(1, int)
        else:
            corners, owner = np.unique(at, axis=0, return_inverse=True)
            owner = owner.ravel()
        for index, corner in enumerate(corners):
            mine = points[owner == index]
            # Further out a corner is no whole number that floats can tell from its neighbour.
            if not np.max(np.abs(corner)) < 2**40:
                missing.append(mine)
                continue
            key = level, *map(int, corner)
            cell = self._cells.get(key, 0)
            if isinstance(cell, int):
                self._cells[key] = cell + len(mine)
                if cell + len(mine) <= PATIENCE or level > DEEPEST or len(self._cells) > MOST:
                    missing.append(mine)
                    continue
                cell = self._cells[key] = self._series(corner * side, side)
            if cell is None:
                self._fill(result, x, mine, level + 1, missing)
            else:
                result[mine] = _values(cell, 2 * (x[mine] / side - corner) - 1)

    def _series(self, corner: Array, side: float) -> Array | None:
        """Return the coefficients of a cell, shape (N^d, F), or None where they are too many."""
        d, n = len(corner), NODES[len(corner)]
        nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
        grid = np.array(list(product(nodes, repeat=d)))
        try:
            # Points that no run may ever come to: what is wrong there is told where one does.
            with np.errstate(all="ignore"):
                values = self._compute(corner + side * (grid + 1) / 2)
        except (ArithmeticError, ValueError):
            return None
        if not np.all(np.isfinite(values)):
            return None
        transform = np.cos(np.pi * np.outer(np.arange(n), np.arange(n) + 0.5) / n) * (2 / n)
        transform[0] /= 2
        series = values.reshape(*(n,) * d, -1)
        for axis in range(d):
            series = np.moveaxis(np.tensordot(transform, series, (1, axis)), 0, axis)
        scale = np.maximum.reduceat(np.max(np.abs(values), axis=0), self._starts)[self._groups]
        ends = [np.moveaxis(series, axis, 0)[-LAST:].reshape(-1, len(scale)) for axis in range(d)]
        tail = np.max(np.abs(np.concatenate(ends)), axis=0)
        if np.any(tail > self._tolerance * scale):
            return None
        return series.reshape(-1, len(scale))


def _values(series: Array, t: Array) -> Array:
    """Return the series at points of shape (P, d) in [-1, 1]."""
    d = t.shape[-1]
    angles = np.arccos(np.clip(t, -1.0, 1.0))
    terms = np.cos(angles[..., None] * np.arange(NODES[d]))
    basis = terms[:, 0] if d == 1 else (terms[:, 0, :, None] * terms[:, 1, None, :]).reshape(len(t), -1)
    result: Array = basis @ series
    return result
