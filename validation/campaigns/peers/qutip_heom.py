"""QuTiP's hierarchical equations of motion as a solver: forces without any Green's function.

`Hierarchy` has the equations L y = dy/dt of a junction between leads with Lorentzian bands, and their steady
state. A motion of x_nu changes L by dL_nu:

    response   (L + i W) dy = -dL_nu y,  response[mu, nu](W) = -Tr[dh_mu dy]
    friction   L z = dy(W = 0),          friction[mu, nu] = Tr[dh_mu z]
    curl       response at W = 0, transposed, less itself: second derivatives of h cancel

Not offered: transmission, and noise (a correlation of two pairs of operators needs depth 4).

References
----------
J. Hu, R. Xu and Y. Yan, J. Chem. Phys. 133, 101106 (2010): Pade terms of the Fermi function.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import qutip
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem

from .hierarchy import Hierarchy
from .lorentzian import Bath, Junction, junction

__all__ = ["ACCURACY", "QutipHeom", "pade_terms"]

Array = NDArray[Any]

ACCURACY = 1e-6
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

    def density_matrix(self, system: OpenSystem) -> Array:
        """Return <d_j^+ d_i> at row i and column j, per spin, shape ``(n, n)``."""
        problem, hierarchy, _ = self._prepare(system)
        return np.asarray(problem.basis @ hierarchy.density() @ problem.basis.conj().T)

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
        """Return the currents between levels, shape ``(n, n)``."""
        return np.asarray(system.degeneracy * 2 * np.imag(system.hamiltonian.T * self.density_matrix(system)))

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
