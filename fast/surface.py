"""What else the equation of a surface, g = (E - h - t g t^+)^-1, tells: its slope, digits, other sheets.

All of it is linear in a change of t g t^+, of the form x = start + left x right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .bloch import SOLVED, Cell
from .calculus import adjoint

__all__ = ["followed", "refined", "solved", "steepness", "stein"]

Array = np.ndarray[Any, Any]

# A step of Newton's method, over what it changes, that is the rounding of waves.
SMALL = 1e-6
# Smallest singular value of the equation of a slope that has no solution.
INFINITE = 1e-8
# Steps of Newton's method on another sheet.
NEWTON = 6


def refined(cell: Cell, z: Array, missed: Array | float, g: Array) -> Array:
    """Return g next to an edge of a band, by a step of Newton's method from a residual of more digits.

    There two waves become one, and of a distance d from the edge the waves lose eps / sqrt(d). The residual
    is formed in extended precision, where the machine has any.

    Parameters
    ----------
    cell : Cell
    z : ndarray, shape (..., E)
    missed : ndarray, shape (E,)
        What rounding took from the energies.
    g : ndarray, shape (..., E, m, m)

    Returns
    -------
    ndarray, shape (..., E, m, m)
        As it came where the step is no small one: at the edge itself.
    """
    energy = z.astype(np.clongdouble) + missed
    one, long = np.eye(g.shape[-1]), g.astype(np.clongdouble)
    hopping = cell.hopping[..., None, :, :].astype(np.clongdouble)
    inverse = energy[..., None, None] * one - cell.onsite[..., None, :, :] - hopping @ long @ adjoint(hopping)
    left_open = np.asarray(one - long @ inverse, complex) @ g
    # d - g t d t^+ g = r g for the step d, solved for t d t^+ = V x V^+ as in `steepness`.
    outer, inner = cell.outer[..., None, :, :], cell.inner[..., None, :, :]
    strength = cell.strength[..., None, :, None]
    first, last = strength * adjoint(inner), inner * np.swapaxes(strength, -1, -2)
    x, _ = stein(first @ left_open @ last, first @ g @ outer, adjoint(outer) @ g @ last)
    step = left_open + g @ outer @ x @ adjoint(outer) @ g
    with np.errstate(invalid="ignore"):
        small = np.max(np.abs(step), axis=(-1, -2)) <= SMALL * np.max(np.abs(g), axis=(-1, -2))
    return np.where(small[..., None, None], g + np.where(small[..., None, None], step, 0.0), g)


def steepness(cell: Cell, g: Array) -> Array:
    """Return the derivative of t g t^+ in the energy.

    Parameters
    ----------
    cell : Cell
    g : ndarray, shape (..., E, m, m)
        The Green's function of the first cell.

    Returns
    -------
    ndarray, shape (..., E, m, m)
        NaN where the equation does not tell: where bands cross, and at their edges, where it is infinite.
    """
    outer, inner = cell.outer[..., None, :, :], cell.inner[..., None, :, :]
    strength = cell.strength[..., None, :, None]
    # t g' t^+ = V x V^+ with x = -S W^+ g g W S + l x r, from g' = -g (1 - (t g t^+)') g.
    first = strength * (adjoint(inner) @ g)
    last = (g @ inner) * np.swapaxes(strength, -1, -2)
    start, left, right = -first @ last, first @ outer, adjoint(outer) @ last
    return np.asarray(outer @ solved(start, left, right) @ adjoint(outer))


def followed(cell: Cell, z: Array, value: Array) -> Array:
    """Return the t g t^+ at z next to a `value`, shape ``(E, m, m)``, on whichever sheet that is.

    Without batch axes; NaN where Newton's method does not settle.
    """
    m = cell.onsite.shape[-1]
    back = adjoint(cell.hopping)
    step = value
    for _ in range(NEWTON):
        with np.errstate(all="ignore"):
            try:
                g = np.linalg.inv(z[:, None, None] * np.eye(m) - cell.onsite - value)
                left, right = cell.hopping @ g, g @ back
                wrong = (cell.hopping @ right - value).reshape(len(z), m * m, 1)
                product = left[:, :, None, :, None] * np.swapaxes(right, -1, -2)[:, None, :, None, :]
                step = np.linalg.solve(np.eye(m * m) - product.reshape(len(z), m * m, m * m), wrong)
            except np.linalg.LinAlgError:
                return np.full(value.shape, np.nan + 0j)
            value = value + step.reshape(value.shape)
    settled = np.max(np.abs(step), axis=(-1, -2)) <= SOLVED * np.max(np.abs(value), axis=(-1, -2))
    return np.where(settled[:, None, None], value, np.nan)


def solved(start: Array, left: Array, right: Array) -> Array:
    """Return the x of x = start + left x right; NaN where there is no equation left."""
    x, apart = stein(start, left, right)
    with np.errstate(all="ignore"):
        again = start + left @ x @ right
        largest = np.max(np.abs(start), axis=(-1, -2)) + np.max(np.abs(x), axis=(-1, -2))
        sure = np.max(np.abs(again - x), axis=(-1, -2)) <= SOLVED * largest
    sure &= apart > INFINITE
    for where in map(tuple, np.argwhere(~sure)):
        told = all(np.all(np.isfinite(part[where])) for part in (start, left, right))
        x[where] = _stein_alone(start[where], left[where], right[where]) if told else np.nan
    return x


def stein(start: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """Return the x of x = start + left x right by eigenvectors, wrong where there are too few of them.

    The second value is the smallest eigenvalue of the equation: zero at the edge of a band.
    """
    decay, p = np.linalg.eig(left)
    grow, q = np.linalg.eig(right)
    with np.errstate(all="ignore"):
        try:
            inside = np.linalg.solve(p, start) @ q
            own = 1 - decay[..., :, None] * grow[..., None, :]
            return p @ (inside / own) @ np.linalg.inv(q), np.min(np.abs(own), axis=(-1, -2))
        except np.linalg.LinAlgError:
            return np.full(start.shape, np.nan + 0j), np.zeros(start.shape[:-2])


def _stein_alone(start: Array, left: Array, right: Array) -> Array:
    """Return the same at one energy, without eigenvectors; NaN where there is no equation left."""
    r = len(start)
    matrix = np.eye(r * r) - np.kron(left, right.T)
    sizes = np.linalg.svd(matrix, compute_uv=False)
    # Next to a state that is bound to the end the terms are large, and the smallest is no smaller for that.
    if sizes[-1] <= INFINITE / max(1.0, sizes[0]):
        return np.full(start.shape, np.nan + 0j)
    return np.asarray(np.linalg.solve(matrix, start.ravel()).reshape(r, r))
