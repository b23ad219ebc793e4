"""Friction, noise and response of the fast solver by other ways: in time, and by self-energies."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import ChainLead, OpenSystem, WideBandLead, fast

Array = np.ndarray[Any, Any]
H = np.array([[0.25, 0.5 - 0.25j], [0.5 + 0.25j, -0.125]])
L = np.array([[[0.5, 0.25j], [-0.25j, -0.25]], [[0.125, 0.75], [0.75, 0.5]]])
# Of a lead: its level, coupling, half-width, potential and temperature.
LORENTZIANS = ((0.375, 0.5, 0.75, 0.25, 0.125), (-0.25, 0.75, 0.5, -0.375, 0.25))


def traces(x: Array, y: Array) -> Array:
    """Return Tr[L_mu X L_nu Y] at every energy or time."""
    return np.einsum("aij,ejk,bkl,eli->eab", L, x, L, y, optimize=True)


def embedded() -> OpenSystem:
    """Return the two levels with a level for each Lorentzian lead, and a wide band on that."""
    h = np.zeros((4, 4), complex)
    h[:2, :2], gradient, leads = H, np.zeros((2, 4, 4), complex), []
    gradient[:, :2, :2] = L
    for k, (level, coupling, half, mu, T) in enumerate(LORENTZIANS):
        h[2 + k, 2 + k] = level
        h[k, 2 + k] = h[2 + k, k] = coupling
        leads.append(WideBandLead(np.diag(np.eye(4)[2 + k]) * 2 * half, mu, T))
    return OpenSystem(h, gradient, leads)


def on_axis(E: Array) -> tuple[Array, Array, Array, Array]:
    """Return G, dG/dE, N and P with the self-energies c^2 / (E - e + i w) of the leads."""
    sigma, slope = np.zeros((len(E), 2, 2), complex), np.zeros((len(E), 2, 2), complex)
    full, empty = np.zeros((len(E), 2)), np.zeros((len(E), 2))
    for k, (level, coupling, half, mu, T) in enumerate(LORENTZIANS):
        sigma[:, k, k] = coupling**2 / (E - level + 1j * half)
        slope[:, k, k] = -((coupling / (E - level + 1j * half)) ** 2)
        x = np.clip((E - mu) / T, -700, 700)
        gamma = -2 * np.imag(sigma[:, k, k])
        full[:, k], empty[:, k] = gamma / (1 + np.exp(x)), gamma / (1 + np.exp(-x))
    g = np.linalg.inv(E[:, None, None] * np.eye(2) - H - sigma)
    back = np.swapaxes(g, -1, -2).conj()
    change = -g @ (np.eye(2) - slope) @ g
    return g, change, g @ (full[..., None] * back), g @ (empty[..., None] * back)


def test_a_lorentzian_lead_is_a_level_on_a_wide_band() -> None:
    """Friction, noise and response of the self-energy on the real axis, and of the levels in its place."""
    x, weight = np.polynomial.legendre.leggauss(24)
    ends = np.concatenate([-np.geomspace(1e7, 4, 60), np.linspace(-4, 4, 65)[1:-1], np.geomspace(4, 1e7, 60)])
    half = np.diff(ends)[:, None] / 2
    E, dE = (ends[:-1, None] + half * (1 + x)).ravel(), (half * weight).ravel() / (2 * np.pi)
    W, system = 0.375, embedded()
    _, change, N, _ = on_axis(E)
    later, earlier = on_axis(E + W), on_axis(E - W)
    moved = traces(later[0], N) + traces(N, np.swapaxes(earlier[0], -1, -2).conj())
    want = {
        "friction": -2 * np.tensordot(dE, traces(change, N), 1).imag,
        "force_noise": np.tensordot(dE, traces(later[3], N), 1),
        "response": -np.tensordot(dE, moved, 1),
    }

    for name, value in want.items():
        found = getattr(fast, name)(system, *(() if name == "friction" else (W,)))
        assert np.max(np.abs(found - value)) < 1e-12 * np.max(np.abs(value)), name


def test_a_long_finite_chain_in_time() -> None:
    """Exact propagation with 200 sites on either side: the correlation of the force, and its friction."""
    T, mu, sites = 0.125, -0.25, 200
    system = OpenSystem(H, L, [ChainLead(k, -1.0, mu, T, coupling=0.75) for k in range(2)])
    h = np.zeros((2 + 2 * sites,) * 2, complex)
    h[:2, :2] = H
    for k in range(2):
        chain = slice(2 + k * sites, 2 + (k + 1) * sites)
        h[chain, chain] = -np.eye(sites, k=1) - np.eye(sites, k=-1)
        h[k, 2 + k * sites] = h[2 + k * sites, k] = 0.75
    energies, states = np.linalg.eigh(h)
    near, full = states[:2], 1 / (np.exp((energies - mu) / T) + 1)

    def propagated(weights: Array, times: Array) -> Array:
        phases = np.exp(-1j * times[:, None] * energies) * weights
        return np.einsum("ik,sk,jk->sij", near, phases, near.conj(), optimize=True)

    delays = np.array([0.5, 3.0, 20.0])
    later, now = propagated(1 - full, delays), propagated(full, -delays)
    found = fast.force_correlation(system, delays)
    assert np.max(np.abs(found - traces(later, now))) < 1e-12 * np.max(np.abs(found))

    # Friction is the first moment of the response in time, cut off smoothly before echoes come back.
    x, weight = np.polynomial.legendre.leggauss(16)
    ends = np.linspace(0, 160, 161)
    s = (ends[:-1, None] + (1 + x) / 2).ravel()
    response = -2 * traces(propagated(np.ones_like(full), s), propagated(full, -s)).imag
    fading = np.exp(-((s / 90) ** 8))
    friction = np.tensordot(np.tile(weight / 2, 160) * s * fading, response, 1)
    found = fast.friction(system)
    assert np.max(np.abs(friction - found)) < 1e-8 * np.max(np.abs(found))
