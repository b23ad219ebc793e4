"""How many neutral atoms kill the curl of a bent chain: by plane waves, and by the solver at any bias."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import ChainLead, Model, fast
from electronwind.functionals import LocalNeutrality
from electronwind.models import bent_chain, family

from ..numerics.quadrature import grid
from .figure import Floats

__all__ = ["at_bias", "long_chain", "small_bias"]

# Temperatures to each side of the Fermi level that count, and must lie in the band.
REACH = 36.0


def sine_ratios(phi: Floats, most: int) -> Floats:
    """Return the integrals of sin(p t)/sin(t) from 0 to phi by their recurrence, shape (most + 1, phi)."""
    found = np.zeros((most + 1, len(phi)))
    found[1] = phi
    for p in range(2, most + 1):
        found[p] = found[p - 2] + 2 * np.sin((p - 1) * phi) / (p - 1)
    return found


def small_bias(filling: float, atoms: int, temperature: float = 0.0) -> float:
    """Return the curl per bias with so many neutral atoms about the corner, for H = -1, H' = 1, both spins.

    The response of one spin on an atom to the level of another is twice, and to a bond four times,
    -1/4 + (1/2 pi) times the integral of sin(p t)/sin(t) up to phi, averaged with -f'. No atom is the bare
    chain.
    """
    mu, half = -2 * np.cos(np.pi * filling), atoms // 2
    energies, share = _thermal(mu, temperature, 4 * half + 4)
    phi = np.arccos(-energies / 2)
    c = -0.25 + sine_ratios(phi, 4 * half + 4) @ share / (2 * np.pi)
    sites = np.arange(-half, half + 1) if atoms else np.zeros(0, int)
    chi = 2 * c[2 * np.abs(np.subtract.outer(sites, sites))]
    crossed = []
    for side in (1, -1):
        # A force operator is one bond and the potential that keeps the atoms neutral; between two waves
        # exp(i phi k) it is a sum over sites.
        held = np.linalg.solve(chi, side * 4 * c[np.abs(sites) + np.abs(sites - side)])
        crossed.append(2 * side * np.exp(1j * side * phi) - np.exp(2j * np.multiply.outer(phi, sites)) @ held)
    # D and the current are the real and the imaginary part of the projector on one wave: of the trace of
    # Eq. 24 what mixes k_F with -k_F is left.
    turned = np.imag(crossed[0].conj() * crossed[1]) / np.sin(phi) ** 2
    return float(turned @ share) / (2 * np.pi)


def _thermal(mu: float, temperature: float, most: int) -> tuple[Floats, Floats]:
    """Return energies and the weights of -f' dE there, for waves of up to so many times phi."""
    if temperature == 0:
        return np.array([mu]), np.ones(1)
    reach = REACH * temperature
    turns = most * np.ptp(np.arccos(-np.array([mu - reach, mu + reach]) / 2)) / np.pi
    nodes, weights = grid(-1.0, 1.0, nodes=240 + int(turns))
    return mu + reach * nodes, weights * REACH / (4 * np.cosh(REACH * nodes / 2) ** 2)


def long_chain(atoms: int, mu: tuple[float, float]) -> Model:
    """Return the bent chain with so many of its atoms about the corner in the system, and one at each end."""
    short, n = bent_chain(mu=mu), atoms + 2
    near = slice(n // 2 - 1, n // 2 + 2)
    others = np.diag(np.where(np.isin(np.arange(n - 1), (n // 2 - 1, n // 2)), 0.0, short.hopping), 1)

    def placed(block: Any) -> Any:
        h = np.zeros((*block.shape[:-2], n, n))
        h[..., near, near] = block
        return h

    left, right = short.leads
    return family(
        lambda x: placed(short.hamiltonian(x)) + others + others.T,
        lambda x: placed(short.gradient(x)),
        [left, ChainLead(n - 1, right.hopping, right.mu, right.temperature)],
        coordinates=("x", "y"),
        degeneracy=2,
    )


def at_bias(filling: float, atoms: int, bias: float) -> float:
    """Return the curl per bias with so many neutral atoms about the corner, at any bias, by the solver."""
    mu = -2 * np.cos(np.pi * filling)
    model = long_chain(max(atoms, 1), (mu + bias / 2, mu - bias / 2))
    if not atoms:
        return float(fast.curl(model.at([0.0, 0.0]))[0, 1]) / bias
    found = fast.self_consistent(model, LocalNeutrality(range(1, atoms + 1), 2 * filling), [0.0, 0.0])
    return float(fast.curl(found.system)[0, 1]) / bias if found.converged else float("nan")
