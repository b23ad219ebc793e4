r"""What a lead remembers: its occupation in time, as a sum of decaying exponentials.

Above the real axis the Fermi function has the Matsubara poles mu + i y_k, so that for every retarded A

.. math:: \int \frac{dw}{2\pi} f(w) A(w) = -i T \sum_k A(\mu + i y_k), \qquad y_k = \pi T (2k + 1),

and at T = 0 an integral over y. Gauss rules on blocks of doubling length, those of the uniform measure on the
integers, turn the sum into a rule of a few hundred nodes that is exact to rounding at every temperature; at
T = 0 they are Legendre rules. Past the length of one step the same function of time, T / (2 sinh(pi T tau)),
is a sum of a few dozen of such exponentials.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.linalg import lstsq
from scipy.special import roots_legendre

from .contour import COLD

__all__ = ["FADED", "Exponentials", "complete", "decaying", "few"]

Array = np.ndarray[Any, Any]

# Nodes on a block of doubling length: exp(-y tau) is then integrated to 1e-16 of its largest value.
BLOCK = 10
# From this many Matsubara spacings on a sum is an integral to rounding.
SMOOTH = 1e7
LEGENDRE, LEGENDRE_WEIGHTS = (np.asarray(part) for part in roots_legendre(BLOCK))
TAIL, TAIL_WEIGHTS = (np.asarray(part) for part in roots_legendre(16))

# exp(-FADED) is below rounding.
FADED = 40.0
# exp(-LOST) is zero to any sum.
LOST = 200.0

# Moments for each doubling of time at which a sum of few exponentials is fitted.
PER_OCTAVE = 8
# The ladder of few exponentials starts with as many Matsubara poles as this times the growth of its rungs
# asks for, ends where exp(-y tau) is this fraction of the digits asked for, and gets denser by this factor.
FIRST, LAST, DENSER = 4.0, 0.6, 0.92
FINEST = 0.1


class Exponentials:
    """Heights y above the chemical potential, and weights.

    Attributes
    ----------
    heights, weights : ndarray, shape (P,)
        ``-i sum(weights * A(mu + i heights))`` is the integral of f A; in time,
        ``sum(weights * exp(-heights tau))`` is T/(2 sinh(pi T tau)).
    error : float
        Largest error of 2 pi tau times the sum over time, a number that is 1 as tau goes to 0.
    """

    __slots__ = ("error", "heights", "weights")

    def __init__(self, heights: Array, weights: Array, error: float = 0.0) -> None:
        self.heights, self.weights, self.error = heights, weights, error


def decaying(exponent: Array) -> Array:
    """Return exp where it counts, and zero instead of the subnormal numbers that slow arithmetic down."""
    return np.where(exponent.real > -LOST, np.exp(exponent), 0.0)


def _block(start: int, length: int) -> tuple[Array, Array]:
    """Return the Gauss rule of the integers start ... start + length - 1, each of weight one."""
    if length <= BLOCK:
        return start + np.arange(length, dtype=float), np.ones(length)
    # Recurrence of the discrete Chebyshev polynomials (Gautschi 2004, Table 1.1), scaled by the length.
    k = np.arange(1, BLOCK, dtype=float)
    off = k * np.sqrt((1 - (k / length) ** 2) / (4 * (4 * k * k - 1)))
    values, vectors = np.linalg.eigh(np.diag(off, 1) + np.diag(off, -1))
    return start + (length - 1) / 2 + length * values, length * vectors[0] ** 2


@lru_cache(maxsize=64)
def complete(temperature: float, low: float, high: float) -> Exponentials:
    """Return the rule that is exact to rounding.

    Parameters
    ----------
    temperature : float
        T >= 0.
    low : float
        Distance from mu within which the functions to be integrated have no feature; used at T = 0.
    high : float
        Distance from mu beyond which they are power series in 1/w.

    Notes
    -----
    A function that falls off like 1/w has a logarithm that is cut at one height for all functions, so that
    differences of two of them come out right.
    """
    heights, weights = [], []
    if temperature >= COLD:
        spacing = 2 * np.pi * temperature
        start = 0
        while spacing * start < max(high, SMOOTH * spacing):
            length = max(1, start)
            k, w = _block(start, length)
            heights.append(spacing * (k + 0.5))
            weights.append(temperature * w)
            start += length
        edge = spacing * start
    else:
        edges = low * 2.0 ** np.arange(int(np.ceil(np.log2(high / low))) + 1)
        for a, b in zip([0.0, *edges[:-1]], edges, strict=True):
            heights.append(a + (b - a) * (LEGENDRE + 1) / 2)
            weights.append((b - a) * LEGENDRE_WEIGHTS / (4 * np.pi))
        edge = float(edges[-1])
    # y = edge/u takes the rest to (0, 1].
    u = (TAIL + 1) / 2
    heights.append(edge / u)
    weights.append(TAIL_WEIGHTS * edge / u**2 / (4 * np.pi))
    return Exponentials(np.concatenate(heights), np.concatenate(weights))


@lru_cache(maxsize=64)
def few(temperature: float, shortest: float, longest: float, accuracy: float) -> Exponentials:
    """Return few exponentials that stand for T/(2 sinh(pi T tau)) from `shortest` to `longest` tau.

    Parameters
    ----------
    temperature : float
        T >= 0.
    shortest, longest : float
        Range of times.
    accuracy : float
        Largest error of 2 pi tau times the sum.

    Notes
    -----
    The first Matsubara poles and a geometric ladder above them, the weights by least squares. The sum of a
    ladder with rungs that grow by e^h errs by exp(-pi^2/h) (Beylkin and Monzon 2010), which no other choice
    of exponents beats by much.
    """
    octaves = np.log2(longest / shortest)
    tau = shortest * 2.0 ** np.linspace(0, octaves, int(PER_OCTAVE * octaves) + 2)
    x = np.pi * temperature * tau
    goal = np.where(x < 1e-8, 1.0, x / np.sinh(np.clip(x, 1e-8, 700)))
    digits = np.log(1 / accuracy)
    low, top = 0.1 / longest, LAST * digits / shortest
    growth = 11 / digits
    while True:
        first = np.array([low])
        if np.pi * temperature > low:
            count = int(np.ceil(FIRST / np.expm1(growth)))
            first = np.pi * temperature * (2 * np.arange(count) + 1.0)
        rungs = int(np.ceil(np.log(max(top / first[-1], 1.0)) / growth))
        heights = np.concatenate([first, first[-1] * np.exp(growth * np.arange(1, rungs + 1))])
        columns = decaying(-np.multiply.outer(tau, heights)) * (2 * np.pi * tau)[:, None]
        scale = np.max(columns, axis=0)
        weights = lstsq(columns / scale, goal, cond=1e-14, lapack_driver="gelsy")[0]
        error = float(np.max(np.abs(columns / scale @ weights - goal)))
        if error <= accuracy or growth < FINEST:
            return Exponentials(heights, weights / scale, error)
        growth *= DENSER
