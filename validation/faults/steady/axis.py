"""Integrals over energy for the solvers on trial: a rule of their own, which no check uses.

A mistake that the checks and the solver which they acquit had in common would hide in both.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from electronwind import Lead, OpenSystem

__all__ = ["fermi", "panels", "poles", "spectral"]

Array = NDArray[Any]

# Panels that grow threefold with their distance from a singularity see it two half-lengths from their middle:
# the error of k nodes falls like (2 + sqrt 3)^-2k.
GROWTH, ORDER = 3.0, 15
# What lies closer together than this, in units of where it is, is one point.
GRAIN = 2.0**-45


def spectral(system: OpenSystem) -> Array:
    """Return H = h - i Gamma/2 of a system on wide-band leads."""
    return np.asarray(system.hamiltonian - 0.5j * sum(system.broadenings))


def fermi(w: Array, lead: Lead) -> Array:
    """Return the occupation of a lead; at temperature 0 the step."""
    mu, heat = float(lead.mu), float(lead.temperature)
    if heat == 0:
        return np.where(np.asarray(w) < mu, 1.0, 0.0)
    return np.asarray(0.5 - 0.5 * np.tanh((w - mu) / (2 * heat)))


def poles(system: OpenSystem) -> tuple[Array, list[float]]:
    """Return the poles of G and of the Fermi functions next to the axis, and the edges at T = 0."""
    warm = [lead for lead in system.leads if float(lead.temperature) > 0]
    thermal = [complex(float(lead.mu), np.pi * float(lead.temperature)) for lead in warm]
    edges = [float(lead.mu) for lead in system.leads if float(lead.temperature) == 0]
    return np.concatenate([np.linalg.eigvals(spectral(system)), np.array(thermal, dtype=complex)]), edges


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
    """
    marks = [np.array([low, high, *cuts])]
    for z in np.unique(np.asarray(near, dtype=complex)):
        first = max(abs(z.imag), GRAIN * max(abs(z.real), np.finfo(float).tiny / GRAIN))
        count = max(int(np.ceil(np.log((high - low) / first) / np.log(GROWTH))), 0) + 2
        steps = first * GROWTH ** np.arange(count)
        marks.append(z.real + np.concatenate([-steps, [0.0], steps]))
    every = np.unique(np.concatenate(marks))
    every = every[(low <= every) & (every <= high)]
    kept = [every[0]]
    for mark in every[1:]:
        if mark - kept[-1] > GRAIN * max(abs(mark), abs(kept[-1])):
            kept.append(mark)
    kept[-1] = every[-1]
    x, weights = leggauss(ORDER)
    ends = np.array(list(pairwise(kept)))
    middle, half = ends.mean(axis=1)[:, None], (ends[:, 1] - ends[:, 0])[:, None] / 2
    return (middle + half * x).ravel(), (half * weights).ravel()
