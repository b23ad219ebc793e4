"""Sums over the infinitely many closed subbands of a wire, to rounding.

Of each subband the vector potential takes eta(e) = [kappa(mu1 + W) - kappa(a + W) - kappa(mu1 - W) +
kappa(a - W)] / 2W with kappa(E) = Re sqrt(2(e - E)), which falls off like e^(-3/2): a sum over n and m
converges like 1/N. Subbands n, m <= N are summed as they stand. The rest is, with t = u^2,

    -2 sqrt(2 / pi) int du [p(x) p(y) - p_N(x) p_N(y)]
                    e^{(mu1 + a) t / 2} sinh((mu1 - a) t / 2) sinh(W t) / (W t)

where p(x) = sum_n chi_n^2 e^{-e_n t} is the heat kernel between two walls, known by its mirror images too,
and p_N its first N terms. Their difference is nothing beyond t = `REACH` / (mu1 + W) if N is large enough.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .subbands import Sines, Subbands, roots

__all__ = ["closed_sums", "eta"]

Floats = NDArray[np.float64]

REACH = 2.0  # a larger one takes fewer subbands, and loses digits like e^REACH
FADED = 40.0  # e^-40 is below the rounding
NODES = 20
SHARPEST = 6.1  # exp(-2 d^2 / u^2) is below the rounding for u < d / 4.3, and with the slack of a panel
MOST_POINTS = 4096  # at a time, so that what is kept for each of them fits
MOST_ENTRIES = 2**20


def closed_sums(of: Subbands, x: Floats, y: Floats) -> list[Floats]:
    """Return sum chi^2 eta over all closed subbands at the points, shape (p,), for each of `of.windows`."""
    highest = of.mu1 + of.frequency
    most = int(np.ceil(np.sqrt((FADED / REACH + 1) * highest / of.unit)))
    parts = [
        _block(of, x[start : start + MOST_POINTS], y[start : start + MOST_POINTS], most)
        for start in range(0, len(x), MOST_POINTS)
    ]
    return [np.concatenate(sums) for sums in zip(*parts, strict=True)]


def _block(of: Subbands, x: Floats, y: Floats, most: int) -> list[Floats]:
    # Points of a map share their coordinates.
    (xs, at_x), (ys, at_y) = (np.unique(values, return_inverse=True) for values in (x, y))
    across, up = Sines(xs, of.side, most), Sines(ys, of.side, most)
    end = np.sqrt(REACH / (of.mu1 + of.frequency))
    u, weights = _rule(end, np.concatenate([across.wall, up.wall]))
    (whole_x, near_x), (whole_y, near_y) = (_kernels(of, sines, u) for sines in (across, up))
    rest = (whole_x - near_x)[at_x] * whole_y[at_y] + near_x[at_x] * (whole_y - near_y)[at_y]
    sums = []
    for start, width, _ in of.windows:
        t = u * u
        grown = np.exp((of.mu1 + start) * t / 2) * np.sinh(width * t / 2)
        turned = of.frequency * t
        grown *= np.divide(np.sinh(turned), turned, out=np.ones_like(t), where=turned > 0)
        far = rest @ (weights * grown) * (-2 * np.sqrt(2 / np.pi))
        sums.append(_near(of, start, width, across.density, up.density, at_x, at_y) + far)
    return sums


def _rule(end: float, walls: Floats) -> tuple[Floats, Floats]:
    """Return nodes and weights on (0, end), graded down to where no wall is felt."""
    apart = walls[walls > 0]
    closest = float(np.min(apart)) / SHARPEST if apart.size else end
    panels = max(0, int(np.ceil(np.log2(end / closest))))
    edges = np.concatenate([[0.0], end * 2.0 ** np.arange(-panels, 1)])
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()


def _kernels(of: Subbands, sines: Sines, u: Floats) -> tuple[Floats, Floats]:
    """Return p and p_N at every wall distance and node, shape (p, nodes)."""
    d, t = sines.wall[:, None], u * u
    whole = -np.expm1(-2 * d**2 / t)
    for k in (1, 2):
        # The images of two walls, the nearer one at the distance d.
        away = k * of.side
        whole += (
            2 * np.exp(-2 * away**2 / t) - np.exp(-2 * (d + away) ** 2 / t) - np.exp(-2 * (d - away) ** 2 / t)
        )
    n = np.arange(1, sines.density.shape[1] + 1)
    near = sines.density @ np.exp(-of.unit * n[:, None] ** 2 * t)
    return whole / (np.sqrt(2 * np.pi) * u), near


def _near(
    of: Subbands,
    start: float,
    width: float,
    across: Floats,
    up: Floats,
    at_x: NDArray[np.intp],
    at_y: NDArray[np.intp],
) -> Floats:
    """Return the sum over n, m <= N, some rows at a time."""
    most = across.shape[1]
    m = np.arange(1, most + 1)
    rows = max(1, MOST_ENTRIES // most)
    total = np.zeros(len(at_x))
    for first in range(0, most, rows):
        n = m[first : first + rows]
        values = eta((n[:, None] ** 2 + m**2) * of.unit, of.mu1, start, width, of.frequency)
        total += np.sum((across[:, first : first + rows] @ values)[at_x] * up[at_y], axis=-1)
    return total


def eta(e: Floats, mu: float, a: float, width: float, w: float) -> Floats:
    """Return eta(e), with mu - a = `width`, 0 where all four energies lie above the edge."""
    up, low, up_a, low_a = (roots(e, energy) for energy in (mu + w, mu - w, a + w, a - w))
    # with d kappa^2 / dE = -2 the differences in both energies become sums of positive terms.
    closed = up > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        both = 1 / (up + up_a) + 1 / (low + low_a)
        value = -4 * width * both / ((up + low) * (up_a + low_a))
        if w == 0:
            return np.where(closed, value, np.where(up_a > 0, 1 / up_a, 0.0))
        if w < width:
            part = _slope(up_a, low_a, w) - _slope(up, low, w)
        else:
            part = (_gap(up, up_a, width) - _gap(low, low_a, width)) / (-2 * w)
    return np.where(closed, value, part)


def _slope(up: Floats, low: Floats, w: float) -> Floats:
    """Return [kappa(E - W) - kappa(E + W)] / 2W."""
    return np.where(up > 0, 2 / (up + low), low / (2 * w))


def _gap(near: Floats, far: Floats, width: float) -> Floats:
    """Return kappa(a) - kappa(mu), from kappa at mu and at a."""
    square = np.where(near > 0, 2 * width, far * far)
    return np.divide(square, near + far, out=np.zeros_like(far), where=far > 0)
