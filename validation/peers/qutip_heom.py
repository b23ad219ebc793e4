"""QuTiP's hierarchical equations of motion as a solver: forces without any Green's function.

A lead with a Lorentzian band is a bath whose memory decays in a few exponentials (`junction` finds such leads
in a system). The hierarchy of equations for the density operator of the junction's electrons and for the
auxiliary operators of those exponentials is linear, dy/dt = L y, and ends exactly at depth 2 for electrons
that do not interact. With the steady state L y = 0 and a motion of x_nu that changes L by dL_nu,

    response   (L + i W) dy = -dL_nu y,  response[mu, nu](W) = -Tr[dh_mu dy]
    friction   L z = dy(W = 0),          friction[mu, nu] = Tr[dh_mu z]
    curl       response at W = 0, transposed, less itself: second derivatives of h cancel

Not offered: density matrix (the hierarchy holds no coherence between the levels of two leads, nor their
occupations), transmission, and noise (a correlation of two pairs of operators needs depth 4).

References
----------
N. Lambert et al., Phys. Rev. Research 5, 013181 (2023): the hierarchy, and the Lorentzian bath in Eq. 46.
J. Hu, R. Xu and Y. Yan, J. Chem. Phys. 133, 101106 (2010): Pade terms of the Fermi function.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
import qutip
from numpy.typing import ArrayLike, NDArray
from qutip.core.environment import LorentzianEnvironment
from qutip.solver.heom import HEOMSolver
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

from electronwind import OpenSystem

from .lorentzian import Bath, Junction, junction

__all__ = ["ACCURACY", "Hierarchy", "QutipHeom", "pade_terms"]

Array = NDArray[Any]

ACCURACY = 1e-6
# Quadratic observables of electrons that do not interact never reach a third excitation of the baths.
DEPTH = 2
# Beyond these the equations take more than about ten seconds to set up.
MOST_TERMS = 32
FEWEST_TERMS = 4
MOST_LEVELS = 3
# Measured on drawn systems (docs/peers.md): the error of force and current is below this times (E/(N^2 T))^4.
PREFACTOR = 3e-3


def pade_terms(scale: float, temperature: float, accuracy: float = ACCURACY) -> int:
    """Return how many Pade terms of the Fermi function an accuracy takes, up to one more than is practical.

    Parameters
    ----------
    scale : float
        Largest energy of the system.
    temperature : float
        Of the bath.
    accuracy : float
        Relative error of the force.

    Notes
    -----
    N terms follow the Fermi function up to energies of about N^2 T. What lies beyond shrinks with the
    fourth power of that reach.
    """
    reach = scale * (PREFACTOR / accuracy) ** 0.25
    if reach > temperature * MOST_TERMS**2:
        return MOST_TERMS + 1
    return max(FEWEST_TERMS, math.ceil(math.sqrt(reach / temperature)))


class Hierarchy:
    """The equations of motion of a junction between Lorentzian baths.

    Parameters
    ----------
    problem : Junction
        The junction.
    terms : list of int
        Number of Pade terms of each bath.

    Attributes
    ----------
    steady : ndarray, shape (k, dim**2)
        The steady state: k operators on the junction's Fock space, columns stacked, the density first.
    """

    def __init__(self, problem: Junction, terms: list[int]) -> None:
        m = len(problem.hamiltonian)
        self.annihilate = [qutip.fdestroy(m, i) for i in range(m)]
        self.strengths = [float(np.linalg.norm(bath.coupling)) for bath in problem.baths]
        baths = []
        for a, (bath, strength) in enumerate(zip(problem.baths, self.strengths, strict=True)):
            if not strength:
                continue
            # Sigma^R = |c|^2/(E - center + i W), and QuTiP's is (gamma/2) W/(E - omega0 + i W).
            gamma = 2 * strength**2 / bath.width
            band = LorentzianEnvironment(bath.temperature, bath.mu, gamma, bath.width, bath.center)
            unit = bath.coupling / strength
            operator = sum(c * d for c, d in zip(unit, self.annihilate, strict=True))
            baths.append((band.approx_by_pade(terms[a], tag=a), operator))
        self._solver = HEOMSolver(self.operator(problem.hamiltonian), baths, max_depth=DEPTH)
        self._rhs = csr_array(self._solver.rhs(0).to("CSR").data.as_scipy())
        self._dim = 2**m
        _, labels = connected_components(abs(self._rhs), directed=False)
        # Charge is conserved: most elements of the operators are not coupled to the density and stay zero.
        # Reversed, the outermost operators are eliminated first, and they are not coupled to each other.
        self._kept = np.flatnonzero(labels == labels[0])[::-1]
        source = np.zeros(len(self._kept), dtype=complex)
        source[-1] = 1.0
        self.steady = self._unpack(self._factors.solve(source))

    def operator(self, matrix: Array) -> Any:
        """Return the one-electron matrix as an operator on the junction's Fock space."""
        d = self.annihilate
        return sum(matrix[i, j] * d[i].dag() * d[j] for i, j in np.ndindex(matrix.shape))

    def mean(self, operator: Any, state: Array) -> complex:
        """Return the trace of an operator with the first operator of a state."""
        density = state[0].reshape(self._dim, self._dim).T
        return complex(np.trace(operator.full() @ density))

    def change(self, operator: Any) -> Array:
        """Return what a change of the junction's Hamiltonian does to the steady state per time."""
        commutator = qutip.spre(operator) - qutip.spost(operator)
        return -1j * self.steady @ commutator.full().T

    def solve(self, right: Array, frequency: float = 0.0) -> Array:
        """Return the traceless solution y of (L + i W) y = right."""
        vector = right.reshape(-1)[self._kept]
        vector[-1] = 0.0
        return self._unpack((self._factorise(frequency) if frequency else self._factors).solve(vector))

    def coherences(self, bath: int) -> Array:
        """Return <b^+ d_i> of the level b of a bath with those of the junction, shape (m,)."""
        if not self.strengths[bath]:
            return np.zeros(len(self.annihilate), dtype=complex)
        labels = self._solver.ados.filter(level=1, tags=[bath], types=["+"])
        rows = [self._solver.ados.idx(label) for label in labels]
        total = np.sum(self.steady[rows], axis=0, keepdims=True)
        traces = [self.mean(d, total) for d in self.annihilate]
        return np.array(traces) / self.strengths[bath]

    @cached_property
    def _factors(self) -> SuperLU:
        return self._factorise(0.0)

    def _factorise(self, frequency: float) -> SuperLU:
        shift = eye_array(self._rhs.shape[0], dtype=complex) * (1j * frequency)
        matrix = csc_array(self._rhs + shift)[self._kept][:, self._kept].tolil()
        # The equations for the diagonal of the density add up to zero: one of them gives way to the trace.
        diagonal = np.arange(self._dim) * (self._dim + 1)
        matrix[-1] = np.isin(self._kept, diagonal).astype(complex)
        return splu(matrix.tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0.1)

    def _unpack(self, kept: Array) -> Array:
        full = np.zeros(self._rhs.shape[0], dtype=complex)
        full[self._kept] = kept
        return full.reshape(-1, self._dim**2)


def _scale(system: OpenSystem, bath: Bath) -> float:
    """Return the largest energy that a bath meets."""
    return max(float(np.linalg.norm(system.hamiltonian, 2)), bath.width, abs(bath.mu - bath.center))


class QutipHeom:
    """Solver: QuTiP's hierarchy for junctions between leads with Lorentzian bands.

    Parameters
    ----------
    terms : int, optional
        Pade terms of every bath; by default as many as `accuracy` takes.

    Raises
    ------
    NotImplementedError
        From every function, for a system of another kind or one too cold.
    """

    name = "qutip-heom"
    version = qutip.__version__
    accuracy = ACCURACY
    limits = {"chains": False, "batch": False}  # noqa: RUF012 - what the interface of solvers asks for

    def __init__(self, terms: int | None = None) -> None:
        self.terms = terms

    def force(self, system: OpenSystem) -> Array:
        """Return the mean force, shape ``(d,)``."""
        _, hierarchy, motions = self._prepare(system)
        means = [-hierarchy.mean(motion, hierarchy.steady).real for motion in motions]
        return system.degeneracy * np.array(means)

    def friction(self, system: OpenSystem) -> Array:
        """Return the friction, shape ``(d, d)``."""
        _, hierarchy, motions = self._prepare(system)
        lags = [hierarchy.solve(self._moved(hierarchy, motion)) for motion in motions]
        return system.degeneracy * np.real(self._table(hierarchy, motions, lags))

    def curl(self, system: OpenSystem) -> Array:
        """Return the curl of the force, shape ``(d, d)``."""
        slope = np.real(self.response(system, 0.0))
        return slope.T - slope

    def response(self, system: OpenSystem, frequency: ArrayLike) -> Array:
        """Return the linear response of the force, shape ``(..., d, d)`` for frequencies ``(...)``."""
        _, hierarchy, motions = self._prepare(system)
        points = np.asarray(frequency, dtype=float)
        tables = [
            -self._table(hierarchy, motions, [self._moved(hierarchy, motion, w) for motion in motions])
            for w in points.ravel().tolist()
        ]
        d = len(motions)
        return system.degeneracy * np.array(tables).reshape(*points.shape, d, d)

    def current(self, system: OpenSystem) -> Array:
        """Return the currents from the leads, shape ``(leads,)``."""
        problem, hierarchy, _ = self._prepare(system)
        found = np.zeros(len(system.leads))
        for a, bath in enumerate(problem.baths):
            flow = -2 * float(np.imag(bath.coupling @ hierarchy.coherences(a)))
            for lead, share in bath.shares.items():
                found[lead] = share * flow
        return system.degeneracy * found

    def bond_current(self, system: OpenSystem) -> Array:
        """Return the currents between levels, shape ``(n, n)``.

        Raises
        ------
        NotImplementedError
            The basis mixes levels of leads: their coherence is not known, and no bond must need it.
        """
        problem, hierarchy, _ = self._prepare(system)
        m = len(problem.hamiltonian)
        if np.any(np.count_nonzero(problem.basis[:, m:], axis=0) > 1):
            raise NotImplementedError("a basis that mixes the level of a lead with others")
        sigma = np.zeros(2 * problem.basis.shape[1:], dtype=complex)
        for i, j in np.ndindex(m, m):
            pair = hierarchy.annihilate[j].dag() * hierarchy.annihilate[i]
            sigma[i, j] = hierarchy.mean(pair, hierarchy.steady)
        for a in range(len(problem.baths)):
            sigma[:m, m + a] = hierarchy.coherences(a)
            sigma[m + a, :m] = sigma[:m, m + a].conj()
        local = problem.basis @ sigma @ problem.basis.conj().T
        return np.asarray(system.degeneracy * 2 * np.imag(system.hamiltonian.T * local))

    def _prepare(self, system: OpenSystem) -> tuple[Junction, Hierarchy, list[Any]]:
        """Return the junction, its equations, and dh/dx as operators."""
        problem = junction(system)
        levels, baths = len(problem.hamiltonian), problem.baths
        if levels > MOST_LEVELS:
            raise NotImplementedError(f"{levels} levels besides those of the leads; at most {MOST_LEVELS}")
        terms = [self.terms or pade_terms(_scale(system, bath), bath.temperature) for bath in baths]
        if max(terms) > MOST_TERMS:
            coldest = min(bath.temperature for bath in baths)
            raise NotImplementedError(f"temperature {coldest:g}: it takes more than {MOST_TERMS} Pade terms")
        hierarchy = Hierarchy(problem, terms)
        return problem, hierarchy, [hierarchy.operator(part) for part in problem.gradient]

    @staticmethod
    def _moved(hierarchy: Hierarchy, motion: Any, frequency: float = 0.0) -> Array:
        """Return dy, the change of the steady state with a coordinate."""
        return hierarchy.solve(-hierarchy.change(motion), frequency)

    @staticmethod
    def _table(hierarchy: Hierarchy, motions: list[Any], states: list[Array]) -> Array:
        """Return Tr[dh_mu state_nu]."""
        rows = [[hierarchy.mean(motion, state) for state in states] for motion in motions]
        return np.array(rows, dtype=complex).reshape(len(motions), len(motions))
