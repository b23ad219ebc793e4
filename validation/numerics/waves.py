"""Leads by the waves that run in them: self-energies and their slopes, and the edges of their bands.

The waves of a periodic lead are the solutions u lambda^j of its cells. What is put into the first cell leaves
by those that run outwards or decay: psi_(j+1) = F psi_j, g = (E - onsite - hopping F)^-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eig

from electronwind import ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead

__all__ = ["edges", "self_energy"]

Array = NDArray[Any]

# Waves whose modulus differs from 1 by less neither decay nor grow; their velocity decides.
RUNNING = 1e-9
# Wave numbers among which the ends of a band are looked for.
WAVES = 257


def self_energy(lead: Lead, levels: int, E: Array) -> tuple[Array, Array]:
    """Return the retarded self-energy and its slope, each of shape ``(energies, levels, levels)``."""
    shape = (len(E), levels, levels)
    sigma, slope = np.zeros(shape, complex), np.zeros(shape, complex)
    if isinstance(lead, WideBandLead):
        sigma[:] = -0.5j * lead.broadening
        return sigma, slope
    if isinstance(lead, ChainLead):
        ends, weight = _chain(lead, E), float(lead.coupling) ** 2
        for value, place in zip(ends, (sigma, slope), strict=True):
            place[:, lead.site, lead.site] = weight * value
        return sigma, slope
    assert isinstance(lead, PeriodicLead)
    C = np.asarray(lead.coupling)
    block = np.ix_(range(len(E)), lead.sites, lead.sites)
    found = [_cell(lead, float(e)) for e in E]
    for k, place in enumerate((sigma, slope)):
        place[block] = C @ np.array([pair[k] for pair in found]) @ C.conj().T
    return sigma, slope


def _chain(lead: ChainLead, E: Array) -> tuple[Array, Array]:
    """Return g and dg/dE at the end of a chain: the wave e^{ik} that runs off or decays."""
    x = (E - float(lead.onsite)) / (2 * abs(float(lead.hopping)))
    inside = np.abs(x) < 1
    # sqrt((1 - x)(1 + x)) keeps the digits next to an edge.
    root = np.where(inside, 1j, -np.sign(x)) * -np.sqrt(np.abs((1 - x) * (1 + x)))
    g = (x + np.where(inside, root, -root)) / abs(float(lead.hopping))
    slope = -g / np.where(inside, -root, root) / (2 * abs(float(lead.hopping)))
    return g, slope


def _cell(lead: PeriodicLead, E: float) -> tuple[Array, Array]:
    """Return g and dg/dE of the first cell at one energy."""
    h, t = np.asarray(lead.onsite), np.asarray(lead.hopping)
    m, td = len(h), t.conj().T
    one, zero = np.eye(m), np.zeros((m, m))
    values, vectors = eig(np.block([[E * one - h, -td], [one, zero]]), np.block([[t, zero], [zero, one]]))
    u = vectors[m:] / np.linalg.norm(vectors[m:], axis=0)
    finite = np.isfinite(values)
    values = np.where(finite, values, np.inf)
    running = finite & (np.abs(np.abs(values) - 1) < RUNNING)
    # dE/dk of a wave.
    speed = -2 * np.imag(np.where(finite, values, 0) * np.einsum("ik,ij,jk->k", u.conj(), t, u))
    # Those that decay first, the fastest that run out next, the others last.
    order = np.lexsort((-speed, np.where(running, 1, np.where(np.abs(values) < 1, 0, 2))))[:m]
    F = u[:, order] * values[order] @ np.linalg.inv(u[:, order])
    g = np.linalg.inv(E * one - h - t @ F)
    # g' = -g (1 - t g' t^+) g
    left, right = g @ t, td @ g
    slope = np.linalg.solve(np.eye(m * m) - np.kron(left, right.T), -(g @ g).ravel()).reshape(m, m)
    return g, slope


def edges(system: OpenSystem) -> list[float]:
    """Return the energies where a wave of a lead begins or ceases to run."""
    found: set[float] = set()
    for lead in system.leads:
        if isinstance(lead, ChainLead):
            centre, width = float(lead.onsite), 2 * abs(float(lead.hopping))
            found |= {centre - width, centre + width}
        elif isinstance(lead, PeriodicLead):
            found |= _turning(lead)
    together: list[float] = []
    for edge in sorted(found):
        if not together or edge - together[-1] > 1e-12 * max(1.0, abs(edge)):
            together.append(edge)
    return together


def _turning(lead: PeriodicLead) -> set[float]:
    """Return the extrema of the bands of a cell."""
    # Loads slowly, as every start of a command would notice.
    from scipy.optimize import minimize_scalar

    h, t = np.asarray(lead.onsite), np.asarray(lead.hopping)

    def bands(k: float) -> Array:
        one = t * np.exp(1j * k)
        return np.linalg.eigvalsh(h + one + one.conj().T)

    waves = np.linspace(-np.pi, np.pi, WAVES)
    heights = np.array([bands(k) for k in waves[:-1]])
    found = set()
    step = waves[1] - waves[0]
    for band in range(len(h)):
        for side in (1, -1):
            y = side * heights[:, band]
            for i in np.flatnonzero((y <= np.roll(y, 1)) & (y <= np.roll(y, -1))):
                lowest = minimize_scalar(
                    lambda k, side=side, band=band: side * bands(k)[band],
                    bracket=(waves[i] - step, waves[i] + 1e-3 * step, waves[i] + step),
                    tol=1e-10,
                )
                found.add(side * float(lowest.fun))
    return found
