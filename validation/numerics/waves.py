"""Leads by the waves that run in them: self-energies and their slopes, and the edges of their bands.

The waves of a periodic lead are the solutions u lambda^j of its cells. What is put into the first cell leaves
by those that run outwards or decay: psi_(j+1) = F psi_j, g = (E - onsite - hopping F)^-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eig

from electronwind import Lead, OpenSystem
from electronwind.leads import Cell

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
    if lead.wide_band:
        sigma[:] = -0.5j * lead.peak
        return sigma, slope
    if lead.cell is None:
        raise TypeError(f"no waves are known of a {type(lead).__name__}")
    C = lead.cell.coupling
    ends = _chain(lead.cell, E) if C.shape[-1] == 1 else _crystal(lead.cell, E)
    block = np.ix_(range(len(E)), lead.sites, lead.sites)
    for value, place in zip(ends, (sigma, slope), strict=True):
        place[block] = C @ value @ C.conj().T
    return sigma, slope


def _chain(cell: Cell, E: Array) -> tuple[Array, Array]:
    """Return g and dg/dE at the end of a chain: the wave e^{ik} that runs off or decays."""
    centre, hopping = float(cell.onsite[0, 0].real), float(np.abs(cell.hopping[0, 0]))
    x = (E - centre) / (2 * hopping)
    inside = np.abs(x) < 1
    # sqrt((1 - x)(1 + x)) keeps the digits next to an edge.
    root = np.where(inside, 1j, -np.sign(x)) * -np.sqrt(np.abs((1 - x) * (1 + x)))
    g = (x + np.where(inside, root, -root)) / hopping
    slope = -g / np.where(inside, -root, root) / (2 * hopping)
    return g[:, None, None], slope[:, None, None]


def _crystal(cell: Cell, E: Array) -> tuple[Array, Array]:
    """Return g and dg/dE of the first cell."""
    g, slope = zip(*(_at(cell, float(e)) for e in E), strict=True)
    return np.array(g), np.array(slope)


def _at(cell: Cell, E: float) -> tuple[Array, Array]:
    """Return g and dg/dE of the first cell at one energy."""
    h, t = cell.onsite, cell.hopping
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
        if lead.cell is not None:
            found |= _turning(lead.cell)
    together: list[float] = []
    for edge in sorted(found):
        if not together or edge - together[-1] > 1e-12 * max(1.0, abs(edge)):
            together.append(edge)
    return together


def _turning(cell: Cell) -> set[float]:
    """Return the extrema of the bands of a cell."""
    h, t = cell.onsite, cell.hopping
    if len(h) == 1:
        centre, width = float(h[0, 0].real), 2 * float(np.abs(t[0, 0]))
        return {centre - width, centre + width}
    # Loads slowly, as every start of a command would notice.
    from scipy.optimize import minimize_scalar

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
