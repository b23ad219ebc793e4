"""Integrals over energy and time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.special import expit, roots_legendre

from electronwind import (
    Lead,
    OpenSystem,
)

from .matrices import spectral

__all__ = ["GRAIN", "fermi", "grid", "interpolated", "panels", "poles", "rules", "window"]

Array = NDArray[Any]


_NODES, _WEIGHTS = roots_legendre(16)


# The shortest panel, in units of where it is.
GRAIN = 2.0**-45


def fermi(w: Array, lead: Lead) -> Array:
    """Return the occupation of a lead; at temperature 0 the step."""
    if float(lead.temperature) == 0:
        return np.asarray((w < float(lead.mu)).astype(float))
    return np.asarray(expit((float(lead.mu) - w) / float(lead.temperature)))


def poles(system: OpenSystem) -> tuple[Array, list[float]]:
    """Return the poles of G and of the Fermi functions next to the axis, and the edges at T = 0."""
    found = list(np.linalg.eigvals(spectral(system)))
    edges = []
    for lead in system.leads:
        mu, heat = float(lead.mu), float(lead.temperature)
        if heat > 0:
            found.append(mu + 1j * np.pi * heat)
        else:
            edges.append(mu)
    return np.array(found), edges


def panels(near: Array, cuts: list[float], low: float, high: float) -> tuple[Array, Array]:
    """Return nodes and weights for an integral over [low, high].

    Parameters
    ----------
    near : ndarray of complex
        Singularities of the integrand.
    cuts : list of float
        Points where it jumps.
    low, high : float
        Ends.

    Notes
    -----
    A panel is halved until it is no longer than its distance to the nearest singularity; 16 nodes are then
    exact to double precision.
    """
    ends = sorted({low, high, *(cut for cut in cuts if low < cut < high)})
    waiting, done = list(pairwise(ends)), []
    while waiting:
        a, b = waiting.pop()
        middle, half = (a + b) / 2, (b - a) / 2
        away = np.hypot(np.maximum(np.abs(np.real(near) - middle) - half, 0), np.imag(near))
        # Where a wrong solver puts a singularity on the axis itself, halving would have no end.
        if 2 * half > max(float(np.min(away)), GRAIN * max(abs(a), abs(b))):
            waiting += [(a, middle), (middle, b)]
        else:
            done.append((a, b))
    left, right = np.array(sorted(done)).reshape(-1, 2).T
    nodes = (left + right)[:, None] / 2 + (right - left)[:, None] / 2 * _NODES
    return nodes.ravel(), ((right - left)[:, None] / 2 * _WEIGHTS).ravel()


def interpolated(nodes: Array, values: Array, places: Array) -> Array:
    """Return values at other places than the nodes of `panels`, shape ``(nodes, k)``, as ``(places, k)``.

    On a panel that is no longer than its distance to the nearest singularity ten digits remain.
    """
    order = len(_NODES)
    rows, heights = nodes.reshape(-1, order), values.reshape(-1, order, values.shape[-1])
    # Panels end as far beyond their outer nodes as on [-1, 1].
    stops = rows.mean(axis=1) + (rows[:, -1] - rows[:, 0]) / 2 / _NODES[-1]
    owner = np.minimum(np.searchsorted(stops, places), len(rows) - 1)
    found = np.empty((len(places), values.shape[-1]), dtype=values.dtype)
    for k in np.unique(owner):
        found[owner == k] = scipy.interpolate.BarycentricInterpolator(rows[k], heights[k])(places[owner == k])
    return found


def window(system: OpenSystem) -> tuple[Array, Array]:
    """Return nodes and weights over the energies where the Fermi functions of the leads differ."""
    reaches = [
        float(lead.mu) + side * 40 * float(lead.temperature) for lead in system.leads for side in (-1, 1)
    ]
    low, high = min(reaches), max(reaches)
    if low == high:
        return np.zeros(0), np.zeros(0)
    near, cuts = poles(system)
    return panels(near, cuts, low, high)


def grid(begin: float, end: float, pieces: int = 1, nodes: int = 12) -> tuple[Array, Array]:
    """Return nodes and weights of Gauss and Legendre on equal pieces of an interval."""
    x, w = leggauss(nodes)
    ends = np.linspace(begin, end, pieces + 1)
    parts = [((a + b) / 2 + (b - a) / 2 * x, (b - a) / 2 * w) for a, b in pairwise(ends)]
    return np.concatenate([p for p, _ in parts]), np.concatenate([q for _, q in parts])


def rules(ends: Sequence[float] | Array, nodes: int) -> tuple[Array, Array]:
    """Return times between the ends, and weights of two rules there, shape ``(2, t)``: the finer first.

    What the rules differ by is the error of the coarser one, and bounds that of the other.
    """
    parts = [[grid(a, b, pieces, nodes) for a, b in pairwise(ends)] for pieces in (3, 2)]
    times = np.concatenate([x for rule in parts for x, _ in rule])
    fine, coarse = (np.concatenate([w for _, w in rule]) for rule in parts)
    weights = np.zeros((2, len(times)))
    weights[0, : len(fine)], weights[1, len(fine) :] = fine, coarse
    order = np.argsort(times)
    return times[order], weights[:, order]
