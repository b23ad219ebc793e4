r"""Systems of which the leads touch few levels: the Green's function from one eigenvalue problem of h.

With P the levels that leads touch and R = (z - h)^-1 in the eigenbasis of h, the columns of G on P and G are

.. math:: G P = R P (1 - \Sigma R_{PP})^{-1},\qquad G = R + G P\,\Sigma\,P^+ R,

with matrices of the size of P alone to invert at each energy. At a distance delta from an eigenvalue of h
rounding costs the columns eps/delta and G itself eps/delta^2, so that G is asked for off the real axis only,
and h is shifted on P where a potential comes too close.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from electronwind import Lead, OpenSystem

from .leads import broadening, edges, self_energy

__all__ = ["Attached", "attached", "few_levels"]

Array = np.ndarray[Any, Any]

# From this size on, and with this many levels for each that a lead touches, the eigenbasis of h pays.
LARGE, SHARE = 9, 3
# Distance of a potential from the levels of h, in units of their mean spacing, below which h is shifted; the
# shifts that are tried, in units of the largest energy.
CLOSE, SHIFTS = 0.05, (0.0, 0.37, -0.53, 0.81)
# Fixed-point steps of a level towards its resonance.
SETTLING = 4
EPS = float(np.finfo(float).eps)


def few_levels(system: OpenSystem) -> bool:
    """Tell whether the leads touch few levels of the system."""
    if system.levels < LARGE:
        return False
    sites = {lead.sites[row] for lead in system.leads for row in touched(lead)}
    return SHARE * len(sites) <= system.levels


def touched(lead: Lead) -> list[int]:
    """Return the rows of the self-energy of a lead that are not zero in the whole batch."""
    if edges(lead).shape[-1]:
        return list(range(len(lead.sites)))
    strength = np.abs(broadening(lead, np.zeros(1)))
    return [int(i) for i in np.flatnonzero(np.any(strength > 0, axis=tuple(range(strength.ndim - 1))))]


class Attached:
    """A system without batch axes in the eigenbasis of its Hamiltonian.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Eigenvalues of h, shifted on P.
    vectors : ndarray, shape (n, n)
        Its eigenvectors.
    tips : ndarray, shape (n, p)
        P in the eigenbasis.
    parts : list of ndarray of int
        For each lead the places of its levels in P.
    """

    def __init__(self, system: OpenSystem) -> None:
        self.system = system
        n = system.levels
        self._rows = [touched(lead) for lead in system.leads]
        sites = [[lead.sites[i] for i in rows] for lead, rows in zip(system.leads, self._rows, strict=True)]
        ends = sorted(set().union(*sites))
        self.parts = [np.array([ends.index(site) for site in part], dtype=int) for part in sites]
        h = system.hamiltonian if system.hamiltonian.imag.any() else system.hamiltonian.real
        scale = float(np.max(np.abs(h)))
        for share in SHIFTS:
            self.shift = share * scale
            moved = np.array(h)
            moved[ends, ends] += self.shift
            self.values, self.vectors = np.linalg.eigh(moved)
            if self._clear(scale):
                break
        self.tips: Array = self.vectors[ends].conj().T
        self._pairs = (self.tips.conj()[:, :, None] * self.tips[:, None, :]).reshape(n, -1)

    def _clear(self, scale: float) -> bool:
        """Tell whether no potential comes too close to a level of the shifted h."""
        spacing = max(float(np.ptp(self.values)), scale) / len(self.values)
        return all(
            float(lead.temperature) > CLOSE * spacing
            or np.min(np.abs(self.values - float(lead.mu))) > CLOSE * spacing
            for lead in self.system.leads
        )

    def lead_self_energies(self, z: Array) -> list[Array]:
        """Return the self-energy of each lead on its own levels, shape (E, s, s)."""
        return [
            self_energy(lead, z)[:, rows][:, :, rows]
            for lead, rows in zip(self.system.leads, self._rows, strict=True)
        ]

    def self_energy(self, z: Array, parts: list[Array] | None = None) -> Array:
        """Return the self-energy of all leads on P, less the shift, shape (E, p, p)."""
        p = self.tips.shape[1]
        parts = self.lead_self_energies(z) if parts is None else parts
        sigma = np.zeros((len(z), p, p), complex)
        sigma[:, range(p), range(p)] = -self.shift
        for part, value in zip(self.parts, parts, strict=True):
            sigma[:, part[:, None], part] += value
        return sigma

    def _resolvent(self, z: Array) -> tuple[Array, Array]:
        """Return R in the eigenbasis, shape (E, n), and on P, shape (E, p, p)."""
        p = self.tips.shape[1]
        r = 1 / (z[:, None] - self.values)
        return r, (r @ self._pairs).reshape(-1, p, p)

    def columns(self, e: Array) -> tuple[Array, list[Array]]:
        """Return G P in the eigenbasis at real energies, (E, n, p), and each lead's broadening, (E, s, s)."""
        z = e + 0j
        parts = self.lead_self_energies(z)
        r, inside = self._resolvent(z)
        matrix = np.eye(inside.shape[-1]) - self.self_energy(z, parts) @ inside
        gammas = [1j * (part - np.swapaxes(part, -1, -2).conj()) for part in parts]
        return np.asarray(r[:, :, None] * (self.tips @ np.linalg.inv(matrix))), gammas

    def summed(self, z: Array, weights: Array) -> Array:
        """Return the sum of weights times G in the eigenbasis, shape (n, n)."""
        r, inside = self._resolvent(z)
        sigma = self.self_energy(z)
        t = np.linalg.solve(np.eye(inside.shape[-1]) - sigma @ inside, sigma)
        n = len(self.values)
        left = np.moveaxis(r[:, :, None] * (self.tips @ (weights[:, None, None] * t)), 0, 1).reshape(n, -1)
        right = np.moveaxis(r[:, :, None] * self.tips.conj(), 0, 1).reshape(n, -1)
        return np.asarray(np.diag(weights @ r) + left @ right.T)

    def trace(self, z: Array, weights: Array) -> complex:
        """Return the trace of `summed`, for less."""
        r, inside = self._resolvent(z)
        sigma = self.self_energy(z)
        t = np.linalg.solve(np.eye(inside.shape[-1]) - sigma @ inside, sigma)
        square = ((r * r) @ self._pairs).reshape(t.shape)
        return complex(weights @ (np.sum(r, axis=1) + np.einsum("eab,eba->e", t, square)))

    def back(self, x: Array) -> Array:
        """Return a matrix of the eigenbasis in the basis of the system."""
        return np.asarray(self.vectors @ x @ self.vectors.conj().T)

    def resonances(self) -> Array:
        """Return energy - i half-width of the resonance next to each level, about right where it is narrow.

        A level sees itself through the leads: z = e_k + <k|P T P^+|k> with T from all others.
        """
        e = np.array(self.values)
        z = e + 0j
        p = self.tips.shape[1]
        for _ in range(SETTLING):
            gaps = e[:, None] - self.values
            near = np.abs(gaps) <= 64 * EPS * np.max(np.abs(self.values))
            near[range(len(e)), range(len(e))] = True
            others = np.where(near, 0.0, 1 / np.where(near, 1.0, gaps))
            inside = (others @ self._pairs).reshape(-1, p, p)
            sigma = self.self_energy(e)
            t = np.linalg.solve(np.eye(p) - sigma @ inside, sigma)
            z = self.values + np.einsum("ka,kab,kb->k", self.tips, t, self.tips.conj())
            e = z.real
        return z


_ATTACHED: WeakKeyDictionary[OpenSystem, Attached] = WeakKeyDictionary()


def attached(system: OpenSystem) -> Attached:
    """Return a system in its eigenbasis, computed once for each system object."""
    if system not in _ATTACHED:
        _ATTACHED[system] = Attached(system)
    return _ATTACHED[system]


def alike(a: Lead, b: Lead) -> bool:
    """Tell whether two leads have the same occupation at every energy."""
    return bool(a.mu == b.mu and a.temperature == b.temperature)
