"""The density matrix of one junction, and how it answers to any change of its Hamiltonian.

With the occupation f_r of one lead split off,

    sigma = int dE/2pi i f_r (G - G^+) + int dE/2pi sum_a (f_a - f_r) X_a.

The first integral goes along a path above the real axis, where G is analytic: what it takes for occupied are
the bands and the bound states alike, and nothing is sharp there, not even at the edge of a band. A change of
h by B changes G by G B G everywhere. Only the bias window is left for the real axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from electronwind.leads import Lead as GivenLead

from .arithmetic import Array, adjoint, array, inverses, number, pi
from .leads import Lead, fermi, precise
from .quadrature import Cosine, Line, Piece, Quadrature, Tail

__all__ = ["Junction"]

SLACK = 10  # digits beyond those asked for in which a difference of occupations is none


class Junction:
    """A family at one position, apart from a potential that is added to its Hamiltonian.

    Parameters
    ----------
    leads : sequence of WideBandLead, ChainLead or PeriodicLead
        Without batch axes.
    levels : int
        Levels of the Hamiltonian.
    digits : int
        Digits of the integrals.

    Notes
    -----
    To be built and used inside `working`, in a precision that exceeds `digits`.
    """

    def __init__(self, leads: Sequence[GivenLead], levels: int, digits: int) -> None:
        self.digits = digits
        self.levels = levels
        self.leads: list[Lead] = [precise(lead, levels) for lead in leads]
        self.unit = np.eye(levels, dtype=int) * number(1 + 0j)
        self.edges = sorted({edge for lead in self.leads for edge in lead.edges})

    def density(self, h: Array, changes: Sequence[Array] = ()) -> Array:
        """Return sigma of the Hamiltonian h, and its derivatives along `changes`, shape ``(1 + k, n, n)``."""
        filled = self._filled(h, changes)
        result = (filled - adjoint(filled)) * number(1j)
        result[0] = result[0] + self.unit * number(0.5)
        if self.biased:
            result = result + self._window(h, changes)
        return np.asarray(result)

    @property
    def biased(self) -> bool:
        """Whether the leads differ in their occupations."""
        first = self.leads[0]
        return any((lead.mu, lead.temperature) != (first.mu, first.temperature) for lead in self.leads)

    def _green(self, h: Array, energies: Array) -> Array:
        sigma = sum(lead.self_energy(energies) for lead in self.leads)
        return inverses(energies[:, None, None] * self.unit - h - sigma)

    def _scale(self, h: Array) -> Any:
        mu = self.leads[0].mu
        sizes = [np.max(abs(h - self.unit * mu)), *(abs(edge - mu) for edge in self.edges)]
        at = self._green(h, np.array([mu + number(1j)]))
        broad = [np.max(abs(lead.self_energy(np.array([mu + number(1j)])))) for lead in self.leads]
        return max(*sizes, *broad, 1 / np.max(abs(at)))

    def _filled(self, h: Array, changes: Sequence[Array]) -> Array:
        """Return int dE/2pi f_r G, less a part whose sum with its adjoint is known, and int f_r G B G.

        At T = 0 straight up from mu, otherwise along Im E = 2 pi T, where f is what it is on the real axis;
        the one pole below is added. 1 / (E - mu + i s) is taken off G, which falls off like 1 / E otherwise:
        of a Lorentzian about mu one half is filled.
        """
        mu, T = self.leads[0].mu, self.leads[0].temperature
        i, scale = number(1j), self._scale(h)

        def values(energies: Array) -> Array:
            G = self._green(h, energies)
            first = G - self.unit / (energies - mu + i * scale)[:, None, None]
            return np.stack([first, *(G @ B @ G for B in changes)], axis=1)

        singular = [edge - mu for edge in self.edges]
        singular += [number(complex(e)) - mu for e in np.linalg.eigvals(np.asarray(h, dtype=complex))]
        reach = 2 * scale
        if T == 0:
            pieces = [Piece(Line(), number(0), reach), Piece(Tail(reach), number(0), number(1))]
            upward = Quadrature(
                pieces, [s / i for s in singular], [], lambda y: values(mu + y * i) * -i, self.digits
            )
            return upward.integrate(lambda at: at) / (2 * pi())
        height = 2 * pi() * T
        end = T * ((self.digits + SLACK) * math.log(10))
        reach = max(reach, 2 * end)
        pieces = [Piece(Tail(-reach), number(0), number(1)), Piece(Line(), -reach, end)]
        line = Quadrature(
            pieces,
            [*(s - height * i for s in singular), pi() * T * i],
            [],
            lambda x: values(mu + x + height * i) * fermi(x, number(0), T)[:, None, None, None],
            self.digits,
        )
        pole = values(np.array([mu + pi() * T * i]))[0]
        return line.integrate(lambda at: at) / (2 * pi()) - pole * (i * T)

    def _window(self, h: Array, changes: Sequence[Array]) -> Array:
        """Return int dE/2pi of N_ex = sum_a (f_a - f_r) X_a, and of G B N_ex and its adjoint."""
        least = number(10) ** -(self.digits + SLACK)
        reach = (self.digits + SLACK) * math.log(10)
        start = min(lead.mu - lead.temperature * reach for lead in self.leads)
        stop = max(lead.mu + lead.temperature * reach for lead in self.leads)

        def values(energies: Array) -> Array:
            G = self._green(h, energies)
            f = [fermi(energies, lead.mu, lead.temperature) for lead in self.leads]
            excess = 0 * G
            for lead, occupied in zip(self.leads[1:], f[1:], strict=True):
                sigma = lead.self_energy(energies)
                # What is below the digits asked for is left out: at an edge it may meet a divergence.
                kept = np.array([d if abs(d) > least else number(0) for d in occupied - f[0]])
                excess = excess + (sigma - adjoint(sigma)) * (kept * number(1j))[:, None, None]
            N = G @ excess @ adjoint(G)
            turned = [G @ B @ N for B in changes]
            return np.stack([N, *(part + adjoint(part) for part in turned)], axis=1)

        cuts = [start, *(edge for edge in self.edges if start < edge < stop), stop]
        pieces = [
            Piece(Cosine(a, b), number(0), pi() / 2)
            for a, b in pairwise(cuts)
            if any(lead.open(a + (b - a) / 2) for lead in self.leads)
        ]
        if not pieces:
            return np.zeros((1 + len(changes), self.levels, self.levels), dtype=int) * number(0j)
        singular: list[Any] = [*self.edges, *self._resonances(h)]
        singular += [lead.mu + pi() * lead.temperature * number(1j) for lead in self.leads]
        axis = Quadrature(pieces, singular, [lead.mu for lead in self.leads], values, self.digits)
        return axis.integrate(lambda at: at) / (2 * pi())

    def _resonances(self, h: Array) -> list[Any]:
        """Return roughly where G varies fastest: each level with the self-energies at its own energy."""
        found = []
        for e in np.linalg.eigvals(np.asarray(h, dtype=complex)):
            energy = array(np.array([e.real]))
            sigma: Any = sum(lead.self_energy(energy)[0] for lead in self.leads)
            dressed = np.linalg.eigvals((h + sigma).astype(complex))
            found += [number(complex(z.real, abs(z.imag))) for z in dressed]
        return found
