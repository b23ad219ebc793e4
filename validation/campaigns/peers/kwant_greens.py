"""Kwant's Green's functions as a solver: density matrix, forces and friction from a sum over energies.

Kwant has no electrons in it, only waves: it solves (E - h - Sigma) G = 1 with its sparse direct solver. Here
each wide-band lead is a self-energy on all levels, and one lead without self-energy makes Kwant return all of
G(E). With A_a = G Gamma_a G^+, N = sum_a f_a A_a and its counterpart P = sum_a (1 - f_a) A_a,

    density matrix   int dE/2pi N          friction   2 Im int dE/2pi Tr[dh_mu G^2 dh_nu N]
    curl             2 Im int dE/2pi Tr[dh_mu (N + P) dh_nu N]
    white noise      Re int dE/2pi Tr[dh_mu P dh_nu N]

The energies are nodes of Gauss-Legendre panels graded towards each singularity of the integrand, mapped to
infinity by E = m + s tan(angle).

References
----------
C. Groth, M. Wimmer, A. Akhmerov and X. Waintal, New J. Phys. 16, 063065 (2014).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import kwant  # pyright: ignore[reportMissingImports] - built from source, see docs/peers.md
import kwant.solvers.sparse  # pyright: ignore[reportMissingImports] - the same
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, roots_legendre

from electronwind import OpenSystem

__all__ = ["KwantGreens"]

Array = NDArray[Any]

NODES, WEIGHTS = roots_legendre(10)
# Below this a Fermi edge takes more energies than are worth waiting for.
COLDEST = 0.01


class _Waves:
    """Kwant's Green's function of one system, at one energy after the other."""

    def __init__(self, system: OpenSystem) -> None:
        h, n = system.hamiltonian, system.levels
        self.broadenings = system.broadenings
        lattice = kwant.lattice.chain(norbs=1)
        builder, sites = kwant.Builder(), [lattice(i) for i in range(n)]
        for site, energy in zip(sites, np.diag(h).real.tolist(), strict=True):
            builder[site] = energy
        for i, j in zip(*np.nonzero(np.triu(h, 1)), strict=True):
            builder[sites[i], sites[j]] = h[i, j]
        # The last one has no self-energy: it is there to be asked for G on all levels.
        for broadening in [*self.broadenings, np.zeros((n, n))]:
            builder.leads.append(kwant.builder.SelfEnergyLead(_constant(-0.5j * broadening), sites, ()))
        self._system = builder.finalized()
        self._probe = len(self.broadenings)
        # Kwant 1.5 on MUMPS refuses a right-hand side of one row: assert_fortran_matvec raises for any 1 x 1.
        self._solve = kwant.greens_function if n > 1 else kwant.solvers.sparse.greens_function

    def __call__(self, energies: Array) -> Array:
        """Return G at all energies, shape ``(energies, n, n)``."""
        return np.array([self._greens(energy) for energy in energies.tolist()])

    def _greens(self, energy: float) -> Array:
        lead = [self._probe]
        found = self._solve(self._system, energy, in_leads=lead, out_leads=lead, check_hermiticity=False)
        return np.asarray(found.submatrix(self._probe, self._probe))


def _constant(matrix: Array) -> Callable[..., Array]:
    def self_energy(energy: float, args: tuple[()] = (), *, params: None = None) -> Array:
        return matrix

    return self_energy


class KwantGreens:
    """Solver: integrals over Kwant's Green's functions, for wide-band leads."""

    name = "kwant"
    version = kwant.__version__
    accuracy = 1e-9
    limits = {"chains": False, "batch": False, "temperature": [COLDEST, None]}  # noqa: RUF012 - what the interface of solvers asks for

    def density_matrix(self, system: OpenSystem) -> Array:
        """Return the density matrix, shape ``(n, n)``."""
        n = system.levels
        # Half filling is known exactly: what is left falls off faster at both ends.
        half = _integrate(system, lambda g, filled, empty: (filled - empty) / 2)
        return half.reshape(n, n) + np.eye(n) / 2

    def force(self, system: OpenSystem) -> Array:
        """Return the mean force, shape ``(d,)``."""
        sigma = self.density_matrix(system)
        return -system.degeneracy * np.real(np.einsum("dij,ji->d", system.gradient, sigma))

    def bond_current(self, system: OpenSystem) -> Array:
        """Return the currents between levels, shape ``(n, n)``."""
        return system.degeneracy * 2 * np.imag(system.hamiltonian.T * self.density_matrix(system))

    def friction(self, system: OpenSystem) -> Array:
        """Return the friction, shape ``(d, d)``."""
        return 2 * _integrate(system, lambda g, filled, empty: np.imag(_traces(system, g @ g, filled)))

    def curl(self, system: OpenSystem) -> Array:
        """Return the curl of the force, shape ``(d, d)``."""
        return 2 * _integrate(
            system, lambda g, filled, empty: np.imag(_traces(system, filled + empty, filled))
        )

    def white_noise(self, system: OpenSystem) -> Array:
        """Return the white noise, shape ``(d, d)``."""
        return _integrate(system, lambda g, filled, empty: np.real(_traces(system, empty, filled)))

    def current(self, system: OpenSystem) -> Array:
        """Return the currents from the leads, shape ``(leads,)``."""
        waves = _Waves(system)
        energies, weights = _nodes(system)
        passed = _transmission(waves, energies)
        filling = _fillings(system, energies)
        flow = np.einsum("e,eab,eab->a", weights, passed, filling.T[:, :, None] - filling.T[:, None, :])
        return system.degeneracy * flow

    def transmission(self, system: OpenSystem, energy: ArrayLike) -> Array:
        """Return the transmissions, shape ``(..., leads, leads)`` for energies ``(...)``."""
        points = np.asarray(energy, dtype=float)
        found = _transmission(_Waves(system), points.ravel())
        return found.reshape(*points.shape, len(system.leads), len(system.leads))


def _transmission(waves: _Waves, energies: Array) -> Array:
    g = waves(energies)
    widths = np.array(waves.broadenings)
    return np.real(np.einsum("aij,ejk,bkl,eil->eab", widths, g, widths, g.conj(), optimize=True))


def _traces(system: OpenSystem, left: Array, right: Array) -> Array:
    """Return Tr[dh_mu left dh_nu right] at each energy, shape ``(energies, d, d)``."""
    one, other = (system.gradient[:, None] @ matrix for matrix in (left, right))
    return system.degeneracy * np.einsum("meij,neji->emn", one, other, optimize=True)


def _integrate(system: OpenSystem, term: Callable[[Array, Array, Array], Array]) -> Array:
    """Return the integral over energies of a function of G, of the filled and of the empty states."""
    waves = _Waves(system)
    energies, weights = _nodes(system)
    g = waves(energies)
    spectra = np.array([g @ width @ np.swapaxes(g.conj(), -1, -2) for width in waves.broadenings])
    filled = np.einsum("ae,aeij->eij", _fillings(system, energies), spectra)
    empty = np.einsum("ae,aeij->eij", _fillings(system, energies, -1), spectra)
    return np.einsum("e,e...->...", weights, term(g, filled, empty))


def _fillings(system: OpenSystem, energies: Array, side: int = 1) -> Array:
    """Return f of each lead, or 1 - f for side -1, shape ``(leads, energies)``."""
    return np.array(
        [expit(side * (float(lead.mu) - energies) / float(lead.temperature)) for lead in system.leads]
    )


def _nodes(system: OpenSystem) -> tuple[Array, Array]:
    """Return energies, and weights for an integral dE/2pi over all of them.

    A panel is halved until it is no longer than its distance to the nearest pole of G or of a Fermi
    function; 10 nodes then leave an error below 1e-11.
    """
    modes = np.linalg.eigvals(system.hamiltonian - 0.5j * sum(system.broadenings))
    edges = [float(lead.mu) + 1j * np.pi * float(lead.temperature) for lead in system.leads]
    poles = np.array([*modes, *edges])
    middle = float(np.mean(np.real(poles)))
    scale = 2 * float(np.max(np.abs(poles - middle)))
    near = np.arctan((poles - middle) / scale)
    across, off = np.real(near), np.imag(near)
    # Twelve to begin with: the Fermi functions are constant to double precision in the outermost ones.
    waiting = list(pairwise(np.linspace(-np.pi / 2, np.pi / 2, 13).tolist()))
    done = []
    while waiting:
        low, high = waiting.pop()
        center, half = (low + high) / 2, (high - low) / 2
        away = np.hypot(np.maximum(np.abs(across - center) - half, 0), off)
        if 2 * half > np.min(away):
            waiting += [(low, center), (center, high)]
        else:
            done.append((low, high))
    left, right = np.array(sorted(done)).T
    angles = ((left + right)[:, None] / 2 + (right - left)[:, None] / 2 * NODES).ravel()
    weights = ((right - left)[:, None] / 2 * WEIGHTS).ravel()
    return middle + scale * np.tan(angles), weights * scale / np.cos(angles) ** 2 / (2 * np.pi)
