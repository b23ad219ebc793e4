"""Larger systems between leads with bands: one observable in units of one dense eigenvalue problem."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import ChainLead, OpenSystem, PeriodicLead, fast

try:
    from .steady import paired
except ImportError:  # asv imports this file as a top-level module
    from steady import paired  # type: ignore[no-redef]  # as asv imports it

MU = (0.2, -0.2)


def chain(sites: int, disorder: float, temperature: float) -> OpenSystem:
    """Return a chain between chains, its sites at random energies."""
    h = -np.eye(sites, k=1) - np.eye(sites, k=-1)
    h += np.diag(disorder * (np.random.default_rng(1).random(sites) - 0.5))
    leads = [ChainLead(s, -1.0, mu, temperature) for s, mu in zip((0, sites - 1), MU, strict=True)]
    return OpenSystem(h, _bonds(sites), leads)


def ribbon(length: int, width: int) -> OpenSystem:
    """Return a stretch of a square-lattice ribbon with disorder between leads that continue it."""
    n = length * width
    cell = -(np.eye(width, k=1) + np.eye(width, k=-1))
    h = np.kron(np.eye(length), cell) - np.kron(np.eye(length, k=1) + np.eye(length, k=-1), np.eye(width))
    h += np.diag(0.1 * (np.random.default_rng(1).random(n) - 0.5))
    ends = range(width), range(n - width, n)
    leads = [PeriodicLead(end, cell, -np.eye(width), mu, 0.01) for end, mu in zip(ends, MU, strict=True)]
    return OpenSystem(h, _bonds(n), leads)


def _bonds(n: int) -> np.ndarray[Any, Any]:
    """Return the gradients of two atoms in the middle that move along the chain."""
    gradient = np.zeros((2, n, n))
    for nu, site in enumerate((n // 2, n // 2 + 1)):
        for other, slope in ((site - 1, -1.0), (site + 1, 1.0)):
            gradient[nu, site, other] = gradient[nu, other, site] = slope
    return gradient


class _Ratios:
    timeout = 600
    number, repeat = 1, 1
    system: OpenSystem

    def ratio(self, name: str) -> float:
        """Return the time of an observable over that of ``numpy.linalg.eig`` of h - i Gamma/2."""
        effective = np.array(self.system.hamiltonian)
        effective[0, 0] -= 0.5j
        return paired(lambda: getattr(fast, name)(self.fresh()), lambda: np.linalg.eig(effective), 5)

    def fresh(self) -> OpenSystem:
        """Return the system as an object of its own: the fast solver keeps results with the object."""
        return OpenSystem(self.system.hamiltonian, self.system.gradient, self.system.leads)


class Chains(_Ratios):
    """Chains of 10 to 400 sites, with disorder, cold and warm."""

    params = ((10, 40, 100, 200, 400), (0.0, 0.01), ("density_matrix", "force", "curl", "current"))
    param_names = ("sites", "temperature", "observable")

    def setup(self, sites: int, temperature: float, name: str) -> None:
        del name
        self.system = chain(sites, 0.1, temperature)

    def track_over_one_eig(self, sites: int, temperature: float, name: str) -> float:
        """Time in units of numpy.linalg.eig of a matrix of the same size, in turns."""
        del sites, temperature
        return self.ratio(name)

    track_over_one_eig.unit = "ratio"  # type: ignore[attr-defined]  # asv


class Ribbons(_Ratios):
    """Ribbons of 20 rows, of width 1 to 16."""

    params = ((1, 2, 4, 8, 16), ("density_matrix", "curl"))
    param_names = ("width", "observable")

    def setup(self, width: int, name: str) -> None:
        del name
        self.system = ribbon(20, width)

    def track_over_one_eig(self, width: int, name: str) -> float:
        """Time in units of numpy.linalg.eig of a matrix of the same size, in turns."""
        del width
        return self.ratio(name)

    track_over_one_eig.unit = "ratio"  # type: ignore[attr-defined]  # asv
