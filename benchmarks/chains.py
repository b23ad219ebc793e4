"""Single systems, large between leads with bands and small, in units of one dense eigenvalue problem."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from electronwind import OBSERVABLES, ChainLead, OpenSystem, PeriodicLead, WideBandLead, fast

try:
    from . import baselines
    from .steady import paired, seconds
except ImportError:  # asv imports this file as a top-level module
    import baselines  # type: ignore[no-redef]  # as asv imports it
    from steady import paired, seconds  # type: ignore[no-redef]  # as asv imports it

MU = (0.2, -0.2)
# Of what is asked at one frequency, or after one delay.
FREQUENCY = 0.1
ROUNDS = 5


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


def junction(levels: int) -> OpenSystem:
    """Return a junction of complex h between two wide-band leads that touch all of its levels."""
    raw = np.random.default_rng(levels).normal(size=(10, levels, levels)) / np.sqrt(levels)
    parts = raw[::2] + 1j * raw[1::2]
    h, *gradient = (parts[:3] + np.conj(np.swapaxes(parts[:3], -1, -2))) / 2
    leads = [WideBandLead(part @ part.conj().T / 2, mu, 0.05) for part, mu in zip(parts[3:], MU, strict=True)]
    return OpenSystem(h, gradient, leads)


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
    make: Callable[[], OpenSystem]

    def ratio(self, name: str) -> float:
        """Return the time of an observable over that of ``numpy.linalg.eig`` of h - i Gamma/2.

        The fast solver keeps results with systems and with leads: each round makes both anew.
        """
        effective = np.array(self.make().hamiltonian, complex)
        effective[0, 0] -= 0.5j
        asked = [FREQUENCY] if OBSERVABLES[name].argument else []
        ratios = []
        for _ in range(ROUNDS):
            system = self.make()
            spent = seconds(partial(getattr(fast, name), system, *asked))
            ratios.append(spent / seconds(lambda: np.linalg.eig(effective)))
        return float(np.median(ratios))


class Chains(_Ratios):
    """Chains of 10 to 400 sites, with disorder, cold and warm."""

    params = (
        (10, 40, 100, 200, 400),
        (0.0, 0.01),
        ("density_matrix", "force", "curl", "current", "friction", "white_noise", "response"),
    )
    param_names = ("sites", "temperature", "observable")

    def setup(self, sites: int, temperature: float, name: str) -> None:
        del name
        self.make = partial(chain, sites, 0.1, temperature)

    def track_over_one_eig(self, sites: int, temperature: float, name: str) -> float:
        """Time in units of numpy.linalg.eig of a matrix of the same size, in turns."""
        del sites, temperature
        return self.ratio(name)

    track_over_one_eig.unit = "ratio"  # type: ignore[attr-defined]  # asv


class Ribbons(_Ratios):
    """Ribbons of 20 rows, of width 1 to 16."""

    params = (
        (1, 2, 4, 8, 16),
        ("density_matrix", "force", "curl", "current", "friction", "white_noise", "response"),
    )
    param_names = ("width", "observable")

    def setup(self, width: int, name: str) -> None:
        del name
        self.make = partial(ribbon, 20, width)

    def track_over_one_eig(self, width: int, name: str) -> float:
        """Time in units of numpy.linalg.eig of a matrix of the same size, in turns."""
        del width
        return self.ratio(name)

    track_over_one_eig.unit = "ratio"  # type: ignore[attr-defined]  # asv


class Small(_Ratios):
    """One junction of few levels: what counts is the number of calls, not the numbers."""

    params = ((2, 8, 16), tuple(OBSERVABLES))
    param_names = ("levels", "observable")

    def setup(self, levels: int, name: str) -> None:
        del name
        self.make = partial(junction, levels)

    def track_over_one_eig(self, levels: int, name: str) -> float:
        """Time in units of numpy.linalg.eig of a matrix of the same size, in turns."""
        del levels
        return self.ratio(name)

    track_over_one_eig.unit = "ratio"  # type: ignore[attr-defined]  # asv


class Spectrum(_Ratios):
    """Response of 60 levels at 50 frequencies."""

    def track_over_one_eig(self) -> float:
        """Time in units of numpy.linalg.eig of a matrix of the same size, in turns."""
        w, matrix = np.linspace(-1, 1, 50), junction(60).hamiltonian - 0.5j * np.eye(60)
        return paired(lambda: fast.response(junction(60), w), lambda: np.linalg.eig(matrix), 5)

    def track_gauss_panels(self) -> float:
        """Time of Gauss panels in numpy at 1e-10, for one of the frequencies, in units of the fast solver."""
        w, system = np.linspace(-1, 1, 50), junction(60)
        start = time.process_time()
        found = baselines.response(system, FREQUENCY)
        spent = time.process_time() - start
        want = fast.response(system, FREQUENCY)
        assert np.max(np.abs(found - want)) < 1e-10 * np.max(np.abs(want))
        best = np.inf
        for _ in range(ROUNDS):
            system = junction(60)
            start = time.process_time()
            fast.response(system, w)
            best = min(best, time.process_time() - start)
        return float(spent / (best / len(w)))

    track_over_one_eig.unit = track_gauss_panels.unit = "ratio"  # type: ignore[attr-defined]  # asv
