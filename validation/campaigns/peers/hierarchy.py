"""QuTiP's hierarchy of equations of a junction between Lorentzian baths, and its steady state.

A lead with a Lorentzian band is a bath whose memory decays in a few exponentials (`junction` finds such leads
in a system). The hierarchy of equations for the density operator of the junction's electrons and for the
auxiliary operators of those exponentials is linear, dy/dt = L y, and ends exactly at depth 2 for electrons
that do not interact. The one-electron density matrix of all levels is spread over the steady state L y = 0:
that of the junction's levels in the density operator, <b^+ d> of a lead's level b in the first auxiliary
operators, and what the junction adds to <b^+ b'> in the second ones.

References
----------
N. Lambert et al., Phys. Rev. Research 5, 013181 (2023): the hierarchy, and the Lorentzian bath in Eq. 46.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import qutip
from numpy.typing import NDArray
from qutip.core.environment import LorentzianEnvironment
from qutip.solver.heom import HEOMSolver
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

from .lorentzian import Bath, Junction

__all__ = ["Hierarchy"]

Array = NDArray[Any]

# Quadratic observables of electrons that do not interact never reach a third excitation of the baths.
DEPTH = 2
# For sums over the memory of a bath by itself, where a term costs little, this many times as many as in the
# hierarchy. What is left out falls with their fourth power, to less than a thousandth.
MORE = 8


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
        self._baths, self._terms = problem.baths, terms
        self.annihilate = [qutip.fdestroy(m, i) for i in range(m)]
        self.strengths = [float(np.linalg.norm(bath.coupling)) for bath in problem.baths]
        baths = []
        for a, (bath, strength) in enumerate(zip(problem.baths, self.strengths, strict=True)):
            if not strength:
                continue
            unit = bath.coupling / strength
            operator = sum(c * d for c, d in zip(unit, self.annihilate, strict=True))
            baths.append((_band(bath, strength).approx_by_pade(terms[a], tag=a), operator))
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

    def density(self) -> Array:
        """Return <d_j^+ d_i> of the levels of the junction and of the baths, shape (m + baths, m + baths).

        Notes
        -----
        The Pade terms that the hierarchy leaves out decay faster than anything moves. What they add to
        <b^+ d_i> is their integral over time, times the amplitude c_i^* of d_i in what the bath exchanges.
        """
        m, number = len(self.annihilate), len(self._baths)
        sigma = np.zeros((m + number,) * 2, dtype=complex)
        for i, j in np.ndindex(m, m):
            sigma[i, j] = self.mean(self.annihilate[j].dag() * self.annihilate[i], self.steady)
        sigma[m:, m:] = self._gained()
        for a, bath in enumerate(self._baths):
            at_once, in_time = _moments(bath, MORE * self._terms[a])
            left_out = in_time - _moments(bath, self._terms[a])[1]
            sigma[m + a, m + a] += at_once
            sigma[:m, m + a] = self.coherences(a) - 1j * left_out * bath.coupling.conj()
            sigma[m + a, :m] = sigma[:m, m + a].conj()
        return sigma

    def coherences(self, bath: int) -> Array:
        """Return <b^+ d_i> of the level b of a bath with those of the junction, shape (m,).

        The current does not change with the Pade terms that are left out here, other products do.
        """
        if not self.strengths[bath]:
            return np.zeros(len(self.annihilate), dtype=complex)
        labels = self._solver.ados.filter(level=1, tags=[bath], types=["+"])
        rows = [self._solver.ados.idx(label) for label in labels]
        total = np.sum(self.steady[rows], axis=0, keepdims=True)
        traces = [self.mean(d, total) for d in self.annihilate]
        return np.array(traces) / self.strengths[bath]

    def _gained(self) -> Array:
        """Return what the junction adds to <b_c^+ b_a> of the levels of the baths, shape (baths, baths)."""
        ados, number = self._solver.ados, len(self._baths)
        found = np.zeros((number, number), dtype=complex)
        diagonal = np.arange(self._dim) * (self._dim + 1)
        for label in ados.filter(level=2):
            # QuTiP's annotation allows for an empty pair, which no operator of this level has.
            pair: Any = ados.exps(label)
            first, second = pair
            if first.type == second.type:
                continue
            trace = np.sum(self.steady[ados.idx(label)][diagonal])
            # The operator for (b_c^+, b_a) is minus the one for (b_a, b_c^+), of which only one is kept.
            if first.type == first.types["+"]:
                found[second.tag, first.tag] -= trace
            else:
                found[first.tag, second.tag] += trace
        norms = np.array([strength or 1.0 for strength in self.strengths])
        return found / np.outer(norms, norms)

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


def _band(bath: Bath, strength: float = 1.0) -> LorentzianEnvironment:
    """Return QuTiP's description of a bath whose coupling has this norm."""
    # Sigma^R = |c|^2/(E - center + i W), and QuTiP's is (gamma/2) W/(E - omega0 + i W).
    gamma = 2 * strength**2 / bath.width
    return LorentzianEnvironment(bath.temperature, bath.mu, gamma, bath.width, bath.center)


def _moments(bath: Bath, terms: int) -> tuple[complex, complex]:
    """Return <b^+(t) b(0)> of a bath without junction, at t = 0 and integrated over t > 0, in Pade terms."""
    exponents = [e for e in _band(bath).approx_by_pade(terms).exponents if e.type == e.types["+"]]
    at_once = sum(complex(e.coefficient) for e in exponents)
    return at_once, sum(complex(e.coefficient / e.exponent) for e in exponents)
