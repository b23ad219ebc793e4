"""The bias window of systems with chain leads: an adaptive rule between all that may be sharp in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from electronwind import Lead, OpenSystem, PrecisionError

from .adaptive import integrate
from .contour import COLD, THERMAL, excess
from .dressed import broadening, dressed
from .leads import edges
from .marks import graded
from .narrow import Narrow, shifted_levels

__all__ = ["Excess", "Integrand", "numbers", "window"]

Array = np.ndarray[Any, Any]

# Of two leads, the occupation of the first less that of the second.
Excess = Callable[[int, int], Array]
# Green's function, broadening of each lead and excess to values and the size of their terms.
Integrand = Callable[[Array, list[Array], Excess], tuple[Array, Array]]

# Relative accuracy of the window below which it refuses to answer, and matrix entries in memory at once.
LIMIT, CHUNK = 1e-10, 250_000
# Fractions of the largest energy: to the first the marks of what is smooth count; pieces shorter than the
# second are one point.
GRAIN, POINT = 1e-10, 1e-15
# Ratio of neighbouring marks about a narrow resonance, the first one half-width away.
RATIO = 4.0


def numbers(system: OpenSystem, lead: Lead) -> tuple[Array, Array]:
    """Return potential and temperature of a lead for every member, shape (...)."""
    return np.broadcast_to(lead.mu, system.shape), np.broadcast_to(lead.temperature, system.shape)


def _breakpoints(system: OpenSystem) -> Array:
    """Return where the integrand may be sharp, sorted, shape (..., K)."""
    smooth: list[Array] = []
    marks: list[Array] = []
    singular: list[Array] = []
    lows: list[Array] = []
    highs: list[Array] = []
    smooth.extend(np.moveaxis(shifted_levels(system)[0], -1, 0))
    for lead in system.leads:
        mu, temperature = numbers(system, lead)
        marks.append(mu)
        smooth.extend(mu + k * temperature for k in (-45, -24, -12, -3, 3, 12, 24, 45))
        lows.append(mu - THERMAL * temperature)
        highs.append(mu + THERMAL * temperature)
        ends = edges(lead)
        if ends.shape[-1]:
            singular.append(np.broadcast_to(ends, (*system.shape, ends.shape[-1])))
            marks.extend(np.moveaxis(singular[-1], -1, 0))
    if singular:
        marks.extend(_beside(system, np.concatenate(singular, axis=-1)))
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    points = np.stack([*smooth, *marks, low, high], axis=-1)
    scale = np.max(np.abs(points), axis=-1, keepdims=True)
    # Levels that nearly coincide are one mark: a piece between them would be too short to count.
    grain = np.minimum(GRAIN * scale, _coldest(system)[..., None] / 8)
    # Where all is zero there is nothing to round.
    grain = np.where(grain > 0, grain, 1.0)
    points[..., : len(smooth)] = np.round(points[..., : len(smooth)] / grain) * grain
    for mark in marks:
        near = np.abs(points - mark[..., None]) < grain
        near[..., len(smooth) :] = False
        points = np.where(near, mark[..., None], points)
    return np.sort(np.clip(points, low[..., None], high[..., None]), axis=-1)


def _coldest(system: OpenSystem) -> Array:
    """Return the lowest temperature that counts of every member, shape (...)."""
    warm = np.stack([numbers(system, lead)[1] for lead in system.leads], axis=-1)
    return np.asarray(np.min(np.where(warm >= COLD, warm, np.inf), axis=-1))


def _beside(system: OpenSystem, singular: Array) -> list[Array]:
    """Return the marks beside edges, shape (..., S), that have another mark close by."""
    potentials = np.stack([numbers(system, lead)[0] for lead in system.leads], axis=-1)
    ends = np.concatenate([singular, potentials], axis=-1)
    rows = [part.reshape(-1, part.shape[-1]) for part in (singular, ends)]
    away = graded(rows[0], rows[1], float(np.max(np.abs(ends), initial=0.0)))
    return [mark.reshape(system.shape) for mark in away.T]


def window(system: OpenSystem, integrand: Integrand, apart: list[Narrow]) -> tuple[Array, Array]:
    """Integrate over the bias window.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    integrand : callable
        ``integrand(g, gammas, excess)`` at energies of shape (..., K), where ``excess(a, b)`` of shape
        (..., K) is what lead `a` is filled more than `b`; returns values and the size of their terms, both of
        shape (..., K, ...).
    apart : list of Narrow
        Resonances about which the Green's function is expanded; a system with any has no batch axes.

    Returns
    -------
    value : ndarray, shape (..., ...)
    bulk : ndarray, shape (...)
        The integral of the size of the terms.

    Raises
    ------
    PrecisionError
        The rule did not converge.
    """
    points = _breakpoints(system)
    start, width = points[..., :-1], np.diff(points, axis=-1)
    # Pieces that rounding made of one point count for nothing; they are evaluated off the axis, since
    # the Green's function may diverge there (a band edge).
    point = width <= POINT * np.max(np.abs(points), axis=-1, keepdims=True)
    real = ~np.all(point, axis=tuple(range(point.ndim - 1)))
    # An empty window still has a shape.
    real[0] |= not np.any(real)
    start, point, width = start[..., real], point[..., real], np.where(point, 0.0, width)[..., real]
    centre = np.full(start.shape[-1], -1)
    if apart:
        start, width, centre = _cut(points, apart)
        point = np.zeros(start.shape, bool)
    axes = len(system.shape)

    def values(piece: Array, s: Array) -> tuple[Array, Array]:
        # sin^2 flattens both ends of every piece: band edges there are square roots.
        energies = start[..., piece] + width[..., piece] * np.sin(np.pi * s / 2) ** 2
        jacobian = width[..., piece] * np.pi * np.sin(np.pi * s) / 2
        if apart:
            g, gammas, energies = _near(system, apart, centre[piece], energies)
        else:
            g, gammas = dressed(system, energies + 1j * point[..., piece])

        def more(a: int, b: int) -> Array:
            one, other = (numbers(system, system.leads[lead]) for lead in (a, b))
            return excess(energies, *one, *other)

        found, terms = integrand(g, gammas, more)
        found = found * jacobian.reshape(*jacobian.shape, *(1,) * (found.ndim - axes - 1))
        sizes = jacobian * np.max(terms, axis=tuple(range(jacobian.ndim, terms.ndim)))
        return np.moveaxis(found, axes, 0), np.moveaxis(sizes, axes, 0)

    entries = system.levels**2 * (system.coordinates + 1) * max(1, math.prod(system.shape))
    value, bulk, error = integrate(values, start.shape[-1], CHUNK // entries)
    if error > LIMIT:
        raise PrecisionError(
            f"the integral over the bias window reached a relative error of {error:.1e} only, not "
            f"{LIMIT:.0e}; a level may be all but decoupled from the leads"
        )
    return value, bulk


def _cut(points: Array, apart: list[Narrow]) -> tuple[Array, Array, Array]:
    """Return start and width of the pieces, and the resonance that each is counted from, or -1.

    About a resonance the start is the distance to its energy, exact however close.
    """
    low, high = points[0], points[-1]
    pieces: list[tuple[float, float, int]] = []
    taken = sorted((r.energy - r.reach, r.energy + r.reach) for r in apart)
    marks = np.unique(np.concatenate([points, np.clip(np.ravel(taken), low, high)]))
    for a, b in pairwise(marks):
        middle = (a + b) / 2
        if b - a > POINT * np.max(np.abs(points)) and not any(left < middle < right for left, right in taken):
            pieces.append((a, b - a, -1))
    for index, r in enumerate(apart):
        steps = [r.width]
        while steps[-1] < r.reach:
            steps.append(steps[-1] * RATIO)
        sides = np.array([-r.reach, r.reach, 0.0, *steps, *(-step for step in steps), *(points - r.energy)])
        ends = np.array([max(-r.reach, low - r.energy), min(r.reach, high - r.energy)])
        if ends[0] < ends[1]:
            sides = np.unique(np.clip(sides, *ends))
            pieces += [(a, b - a, index) for a, b in pairwise(sides)]
    if not pieces:
        pieces = [(low, 0.0, -1)]
    start, width, centre = (np.array(part) for part in zip(*pieces, strict=True))
    return start, width, centre


def _near(
    system: OpenSystem, apart: list[Narrow], centre: Array, x: Array
) -> tuple[Array, list[Array], Array]:
    """Return Green's function, broadenings and energies at x, counted from the resonance of each piece."""
    offsets = np.array([*(r.energy for r in apart), 0.0])
    energies = offsets[centre] + x
    g = np.empty((len(x), system.levels, system.levels), complex)
    for index, r in enumerate(apart):
        mine = centre == index
        g[mine] = r.green(x[mine])
    free = centre < 0
    if np.any(free):
        # A piece without a length is evaluated off the axis.
        g[free] = dressed(system, energies[free] + 0j)[0]
    return g, broadening(system, energies), energies
