"""Sharp states: what no lead broadens, beside or inside the bands, and what sits at the edge of a band.

Between two neighbouring edges the leads with an open band broaden the range of their Gamma. On what is left,
h + Re Sigma(E) is Hermitian and falls with E, so each of its ordered eigenvalues passes E once at most: those
above E at the left end, less those above E at the right end, count the roots. A root is a state of the system
where its vector solves ``(h + Sigma(E)) v = E v`` on all levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from electronwind.errors import PrecisionError

from .arithmetic import Array, adjoint, array, export, number
from .leads import Lead

__all__ = ["EXACT", "UNBROADENED", "Sharp", "State", "distinct"]

# Half-widths below this fraction of the largest energy count as no broadening.
UNBROADENED = 1e-12
# Digits in which it is decided whether a level is bound: twice those of the squares of the inputs.
EXACT = 80
# So close to a pole of a self-energy, in units of the largest energy, no state is looked for.
BESIDE = 1e-15
# Levels of h + Sigma at an edge that are further from it, in units of the largest energy, have poles which
# panels see by themselves.
NEARLY = 1e-2
MOST_STEPS = 1000


@dataclass(frozen=True, eq=False)
class State:
    """A sharp state: its energy, its weight Z on the levels (0 at the edge of a band) and its vector there.

    Attributes
    ----------
    fed : list of Lead
        At an edge, the leads whose band ends there on the levels of the state; empty for a bound state.
    """

    energy: Any
    weight: Any
    vector: Array
    fed: list[Lead]

    @property
    def share(self) -> Array:
        """The residue of G at the energy, Z v v^+, shape ``(n, n)``."""
        return np.asarray(np.outer(self.vector, np.conjugate(self.vector)) * self.weight)


class Sharp:
    """The search for the sharp states of one system, and what was found.

    Parameters
    ----------
    h : ndarray, shape (n, n)
        The Hamiltonian, in numbers of the arithmetic.
    leads : list
        The leads.
    scale : float
        The largest energy of the system.
    digits : int
        Digits of the energies, at least `EXACT`; to be built and used in this precision.

    Attributes
    ----------
    bound : list of State
        Bound states, by energy.
    edges : list of State
        States at the edge of a band, where G diverges like an inverse square root.
    loose : list of number
        Energies of levels that are broadened by less than rounding can tell from nothing.
    nearly : list of number
        Energies as far from an edge, to its side, as the pole that G has there on one of both sheets: a state
        that is hardly bound, or nearly. There the band has a dent that no level tells of.
    """

    def __init__(self, h: Array, leads: list[Lead], scale: float, digits: int) -> None:
        self.h, self.leads, self.scale, self.digits = h, leads, scale, digits
        self.small = number(scale) / number(10) ** (digits - 20)
        self.bound: list[State] = []
        self.edges: list[State] = []
        self.loose: list[Any] = []
        self.nearly: list[Any] = []
        edges = distinct((edge for lead in leads for edge in lead.edges), scale)
        # No eigenvalue of h + Sigma is further out than this where no chain is open.
        far = number(4 * len(h) * scale) + max((abs(edge) for edge in edges), default=number(0))
        for start, stop in self._intervals([-far, *edges, far]):
            self._search(start, stop)
        for edge in edges:
            self._at_edge(edge)
        self.bound.sort(key=lambda state: state.energy)

    def _search(self, start: Any, stop: Any) -> None:
        """Add the bound states between two neighbouring edges."""
        gamma = self._gamma(start + (stop - start) / 2)
        basis = self._kernel(gamma)
        if not basis.shape[1]:
            return
        above = [sum(w > e + m for w in self._values(basis, e)) for e, m in self._ends(start, stop)]
        k = basis.shape[1]
        roots = [self._root(basis, index, start, stop) for index in range(k - above[0], k - above[1])]
        for energy, count in self._groups(roots):
            values, vectors = self._vectors(basis, energy)
            nearest = np.argsort([float(abs(w - energy)) for w in values])[:count]
            self._add(energy, vectors[:, nearest])

    def _intervals(self, ends: list[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield what is between two ends, without what is next to a pole of a self-energy.

        An eigenvalue of h + Sigma falls below all energies at a pole, and starts above all of them anew.
        """
        beside = number(BESIDE * self.scale)
        poles = sorted(pole for lead in self.leads for pole in lead.poles)
        for start, stop in pairwise(ends):
            for pole in poles:
                if start + 4 * beside < pole < stop - 4 * beside:
                    if pole - beside > start:
                        yield start, pole - beside
                    start = pole + beside
            yield start, stop

    def _ends(self, start: Any, stop: Any) -> Iterator[tuple[Any, Any]]:
        # A level at the very edge of a band, as the perfect chain has, is no bound state.
        yield start, self.small
        yield stop, -self.small

    def _at_edge(self, edge: Any) -> None:
        """Add the states at the edge of a band: true ones, and bound ones that do not feel the band."""
        basis = self._kernel(self._gamma(edge))
        if not basis.shape[1]:
            return
        values, vectors = self._vectors(basis, edge)
        beside = [k for k, w in enumerate(values) if self.small < abs(w - edge) < NEARLY * self.scale]
        self._find_nearly(edge, [values[k] - edge for k in beside], vectors[:, beside])
        here = [k for k, w in enumerate(values) if abs(w - edge) <= self.small]
        if not here:
            return
        # Where the band that ends is felt the slope of Sigma is infinite at the edge, and huge beside it.
        strength, turn = _eighe(-self._slope_beside(vectors[:, here], edge))
        vectors = vectors[:, here] @ turn
        weak = [k for k, value in enumerate(strength) if value < number(10) ** (self.digits // 4)]
        self._add(edge, vectors[:, weak])
        strong = vectors[:, [k for k in range(len(here)) if k not in weak]]
        for vector in self._solved(edge, strong).T[:, :, None]:
            at = np.array([edge], dtype=object)
            fed = [
                lead
                for lead in self.leads
                if min((abs(edge - e) for e in lead.edges), default=number(1)) <= self.small
                and np.max(abs(lead.self_energy(at)[0] @ vector)) > self.small
            ]
            self.edges.append(State(edge, number(0), vector[:, 0], fed))

    def _add(self, energy: Any, vectors: Array) -> None:
        """Add the states of one energy among the span of `vectors`, shape ``(n, m)``."""
        true = self._solved(energy, vectors)
        if true.shape[1] < vectors.shape[1]:
            self._find_loose(energy, true.shape[1])
        if true.shape[1]:
            slope, turn = _eighe(self._slope_beside(true, energy))
            for k, value in enumerate(slope):
                self.bound.append(State(energy, 1 / (1 - value), (true @ turn)[:, k], []))

    def _solved(self, energy: Any, vectors: Array) -> Array:
        """Return those in the span of `vectors` that solve the equation on all levels, shape ``(n, k)``."""
        if not vectors.shape[1]:
            return vectors
        rest = (self.h + self._sigma(energy)) @ vectors - vectors * energy
        squares, turn = _eighe(adjoint(rest) @ rest)
        return (vectors @ turn)[:, [square <= self.small * self.scale for square in squares]]

    def _find_nearly(self, edge: Any, above: list[Any], vectors: Array) -> None:
        """Keep how far from an edge h + Sigma of levels that are so far above it meets E.

        Beside an edge Sigma changes by s q, q^2 the distance from it; so w = s q at the pole.
        """
        offset = self.small / number(10) ** 10
        for k, w in enumerate(above):
            slope = self._slope_beside(vectors[:, k : k + 1], edge)[0, 0].real
            # On the side that the band leaves closed it is s/2q, and the slope is the mean of both sides.
            squared = 16 * offset * slope**2
            if squared > 0:
                self.nearly.append(edge + number(1j) * (w * w / squared))

    def _find_loose(self, energy: Any, true: int) -> None:
        """Keep the energy of levels that hardly decay, besides the `true` ones that do not."""
        values = np.linalg.eigvals((self.h + self._sigma(energy)).astype(complex))
        near = abs(values - complex(energy)) <= 1e-3 * self.scale
        if sum(-values.imag[near] <= UNBROADENED * self.scale) > true:
            self.loose.append(energy)

    def _root(self, basis: Array, index: int, start: Any, stop: Any) -> Any:
        """Return E where the eigenvalue `index` of h + Re Sigma(E) equals E: Newton's steps, or bisection."""
        enough = number(self.scale) / number(10) ** (self.digits - 8)
        energy = start + (stop - start) / 2
        for _ in range(MOST_STEPS):
            values, vectors = self._vectors(basis, energy)
            excess = values[index] - energy
            if excess > 0:
                start = energy
            else:
                stop = energy
            slope = self._slope(vectors[:, index : index + 1], energy)[0, 0].real - 1
            step = -excess / slope
            if abs(step) <= enough or stop - start <= enough:
                return energy + step
            energy = energy + step
            if not start < energy < stop:
                energy = start + (stop - start) / 2
        raise PrecisionError(f"the bound state near energy {float(energy):.15g} did not settle")

    def _groups(self, roots: list[Any]) -> Iterator[tuple[Any, int]]:
        """Yield the different energies among the roots, and how often each is there."""
        while roots:
            same = [energy for energy in roots if abs(energy - roots[0]) <= self.small]
            yield same[0], len(same)
            roots = roots[len(same) :]

    def _slope_beside(self, vectors: Array, energy: Any) -> Array:
        """Return the slope so near to the energy that only an edge tells it apart, on both sides of it."""
        offset = self.small / number(10) ** 10
        both = [self._slope(vectors, energy + sign * offset) for sign in (-1, 1)]
        return (both[0] + both[1]) / 2

    def _sigma(self, energy: Any) -> Array:
        at = np.array([energy], dtype=object)
        return np.asarray(sum(lead.self_energy(at)[0] for lead in self.leads))

    def _gamma(self, energy: Any) -> Array:
        sigma = self._sigma(energy)
        return (sigma - adjoint(sigma)) * number(1j)

    def _slope(self, vectors: Array, energy: Any) -> Array:
        """Return v^+ dSigma/dE v, shape ``(m, m)``."""
        at = np.array([energy], dtype=object)
        slope = np.asarray(sum(adjoint(vectors) @ lead.slope(at)[0] @ vectors for lead in self.leads))
        return (slope + adjoint(slope)) / 2

    def _kernel(self, gamma: Array) -> Array:
        """Return a basis of what `gamma` does not broaden, shape ``(n, k)``."""
        values, vectors = _eighe(gamma)
        return vectors[:, [abs(value) <= UNBROADENED * self.scale for value in values]]

    def _restricted(self, basis: Array, energy: Any) -> Array:
        sigma = self._sigma(energy)
        return np.asarray(adjoint(basis) @ (self.h + (sigma + adjoint(sigma)) / 2) @ basis)

    def _values(self, basis: Array, energy: Any) -> list[Any]:
        return _eighe(self._restricted(basis, energy))[0]

    def _vectors(self, basis: Array, energy: Any) -> tuple[list[Any], Array]:
        values, vectors = _eighe(self._restricted(basis, energy))
        return values, basis @ vectors


def distinct(edges: Iterable[Any], scale: float) -> list[Any]:
    """Return the edges in order, once each: bands with two minima, or leads alike, have some twice."""
    small = number(scale) / number(10) ** (mpmath.mp.dps - 15)
    kept: list[Any] = []
    for edge in sorted(edges):
        if not kept or edge - kept[-1] > small:
            kept.append(edge)
    return kept


def _eighe(matrix: Array) -> tuple[list[Any], Array]:
    """Return ascending eigenvalues and eigenvectors, in columns, of a Hermitian matrix."""
    digits = mpmath.mp.dps
    values, vectors = mpmath.eighe(mpmath.matrix(export(matrix, "mpc", digits).tolist()))
    return [number(value) for value in values], array(vectors.tolist()).reshape(matrix.shape)
