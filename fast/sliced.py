r"""One step of the electrons of a chain, by numpy on whole matrices.

The equations are those of `hopping`. Matrices have a border of zeros, so that the ends are no exception;
the density matrix is kept as its real part, symmetric, and its imaginary part, antisymmetric.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import solve_banded

__all__ = ["density", "modes"]

Array = np.ndarray[Any, Any]

# The classical method of Runge and Kutta: where a stage looks, and what it counts for.
REACH, SHARE = (0.5, 0.5, 1.0), (1.0, 2.0, 2.0, 1.0)
# Which of the three moments of a step, start, middle and end, a stage is at.
MOMENT = (0, 1, 1, 2)


def density(
    sigma: Array,
    hopping: Array,
    energies: Array,
    halves: Array,
    inflow: Array,
    sites: Array,
    step: float,
    end: Array,
) -> tuple[Array, Array]:
    """Take the density matrix through a step, and return what its stages saw.

    Parameters
    ----------
    sigma : ndarray, shape (2, n + 2, n + 2)
        Real and imaginary part at the start, inside a border of zeros; not changed.
    hopping : ndarray, shape (3, n - 1)
        Hopping at start, middle and end of the step.
    energies, halves : ndarray, shape (n,)
        Energies of the levels, and half their widths.
    inflow : ndarray, shape (3, C, n), complex
        i K_a Gamma_a in the columns that are not zero, at the three moments.
    sites : ndarray of int, shape (C,)
        The columns.
    step : float
        Length.
    end : ndarray, shape (2, n + 2, n + 2)
        Where the density matrix at the end of the step is written, inside a border of zeros.

    Returns
    -------
    seen : ndarray, shape (4, 2, n)
        Diagonal, and real part of the first off-diagonal, at the four stages; the last entry of that is 0.
    slopes : ndarray, shape (4, n - 1), complex
        Derivative of the first off-diagonal at the first three stages.
    """
    n = len(energies)
    gap = energies[:, None] - energies
    fade = halves[:, None] + halves
    seen, slopes = np.zeros((4, 2, n)), np.zeros((4, n - 1), complex)
    source = np.zeros((3, n, n), complex)
    # One column at a time: where two of them cross, both count.
    for column, site in enumerate(sites):
        source[:, :, site] += inflow[:, column]
        source[:, site, :] += inflow[:, column].conj()
    padded = np.zeros((3, n + 1))
    padded[:, 1:-1] = hopping
    inner = (slice(1, -1), slice(1, -1))
    now, total = sigma, np.zeros((2, n, n))
    for stage, moment in enumerate(MOMENT):
        h, q = padded[moment], source[moment]
        slope = np.stack(
            [
                _turned(now[1], gap, h) - fade * now[0][inner] + q.real,
                -_turned(now[0], gap, h) - fade * now[1][inner] + q.imag,
            ]
        )
        seen[stage, 0] = now[0].diagonal()[1:-1]
        seen[stage, 1, :-1] = now[0].diagonal(1)[1:-1]
        total += SHARE[stage] * slope
        if stage < len(REACH):
            slopes[stage] = slope[0].diagonal(1) + 1j * slope[1].diagonal(1)
            now = np.zeros_like(sigma)
            now[:, 1:-1, 1:-1] = sigma[:, 1:-1, 1:-1] + REACH[stage] * step * slope
    end[:, 1:-1, 1:-1] = sigma[:, 1:-1, 1:-1] + step / 6 * total
    return seen, slopes


def _turned(matrix: Array, gap: Array, h: Array) -> Array:
    """Return the commutator of a tridiagonal h with a matrix in a border of zeros."""
    inner = gap * matrix[1:-1, 1:-1]
    inner += h[:-1, None] * matrix[:-2, 1:-1]
    inner += h[1:, None] * matrix[2:, 1:-1]
    inner -= h[:-1] * matrix[1:-1, :-2]
    inner -= h[1:] * matrix[1:-1, 2:]
    return inner


def modes(
    now: Array,
    hopping: Array,
    start: Array,
    levels: Array,
    green: Array,
    points: Array,
    owners: Array,
    weights: Array,
    step: float,
    inflow: Array,
) -> Array:
    """Return the deviations of A(z_p) at the end of a step, and add what they make the leads inject.

    Parameters
    ----------
    now : ndarray, shape (n, P), complex
        At its start; one column for each pole and column of a lead.
    hopping : ndarray, shape (3, n - 1)
        As for `density`.
    start : ndarray, shape (n - 1,)
        Hopping at the beginning of the run.
    levels : ndarray, shape (n,), complex
        Diagonal of the effective Hamiltonian.
    green : ndarray, shape (n, P), complex
        G(z_p) at the beginning of the run.
    points : ndarray, shape (P,), complex
        z_p.
    owners : ndarray of int, shape (P,)
        The column of a lead that a pole is of.
    weights : ndarray, shape (P,)
        Of the poles in the sum over them.
    step : float
        Length.
    inflow : ndarray, shape (2, C, n), complex
        To its entries is added what the deviations are worth in the middle and at the end.

    Returns
    -------
    ndarray, shape (n, P), complex

    Notes
    -----
    Collocation at the three Lobatto nodes (Lobatto IIIA; Hairer and Wanner, Sec. IV.5): order 4, stable for
    every pole, exact where nothing moves. With the middle eliminated the matrix has five diagonals.
    """
    n, p = now.shape
    diagonal = levels[:, None] - points
    drive = [-1j * _applied(np.zeros((n, 1)), h - start, green) for h in hopping]
    rate = -1j * _applied(diagonal, hopping[0], now) + drive[0]
    right = now + step / 6 * (rate + drive[2]) + 2 * step / 3 * drive[1]
    ahead = step / 3 * now + step**2 / 12 * (rate - drive[2])
    right -= 1j * _applied(diagonal, hopping[1], ahead)
    middle, last = hopping[1], hopping[2]
    square = step**2 / 12
    bands = np.zeros((5, n, p), complex)
    bands[2] = 1 + 0.5j * step * diagonal - square * diagonal**2
    bands[2, 1:] -= square * (middle * last)[:, None]
    bands[2, :-1] -= square * (middle * last)[:, None]
    side = 1j * step * (middle / 3 + last / 6)[:, None]
    # Row i of the product of two tridiagonal matrices, to its right and to its left.
    bands[1, 1:] = side - square * (diagonal[:-1] * last[:, None] + middle[:, None] * diagonal[1:])
    bands[3, :-1] = side - square * (diagonal[1:] * last[:, None] + middle[:, None] * diagonal[:-1])
    bands[0, 2:] = -square * (middle[:-1] * last[1:])[:, None]
    bands[4, :-2] = -square * (middle[1:] * last[:-1])[:, None]
    # One system after the other on one long diagonal; the entries between two of them are zero.
    long = np.ascontiguousarray(np.swapaxes(bands, 1, 2)).reshape(5, p * n)
    end = solve_banded((2, 2), long, right.T.reshape(-1), overwrite_ab=True).reshape(p, n).T
    final = -1j * _applied(diagonal, last, end) + drive[2]
    half = (now + end) / 2 + step / 8 * (rate - final)
    for column in range(inflow.shape[1]):
        own = weights * (owners == column)
        inflow[0, column] += half @ own
        inflow[1, column] += end @ own
    return end


def _applied(diagonal: Array, h: Array, vectors: Array) -> Array:
    """Return a symmetric tridiagonal matrix times vectors of shape (n, P)."""
    result = diagonal * vectors
    result[1:] += h[:, None] * vectors[:-1]
    result[:-1] += h[:, None] * vectors[1:]
    return result
