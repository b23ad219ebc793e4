r"""Bound states: energies at which no lead broadens a level, found by counting.

Beside its band the self-energy of a lead is Hermitian and falls with energy, so that between neighbouring
edges of bands every eigenvalue of h + Sigma(E), less E, falls with a slope of at least one: it vanishes once
or never, and its signs at the two ends tell which. States that the open leads of an interval do not reach
live in the null space of these leads; there the same count holds, and a state is kept where nothing couples
it back.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh

from electronwind import Lead, OpenSystem, PrecisionError

from .gaps import EPS, UNTOLD, Edge, Interval, beside, steepness
from .hidden import hides_nothing
from .leads import self_energy
from .secular import Secular
from .threshold import signs

__all__ = ["DARK", "Found", "Piece", "State"]

Array = np.ndarray[Any, Any]

# Widths below this fraction of the largest energy count as none.
DARK = 1e-12
# Levels closer than this fraction of the largest energy are told apart by the leads, not by their energies.
TOGETHER = 1e-6
# So close to a pole of a self-energy a state is not looked for, and so far from an edge, in the same unit.
BESIDE, FAR = 1e-9, 16.0
# What an eigenvector may leave open, in the same unit.
SOLVED = 1e-11
# Steps of Newton's method, which bisects where it would leave the bracket.
NEWTON = 60
# From this size on one eigenvector is asked for instead of all.
SMALL = 24


class State(NamedTuple):
    """An eigenvector of h + Sigma(E) at its own eigenvalue E, and its share on the levels."""

    energy: float
    weight: float
    vector: Array


class Found(NamedTuple):
    """The bound states of one system, ascending, and the states at the very edges of bands."""

    bound: list[State]
    threshold: list[State]


class Piece:
    """h + Sigma(E) between two neighbouring edges of bands, on the levels that no open lead touches.

    Attributes
    ----------
    basis : ndarray, shape (n, q)
        Those levels, an orthonormal basis.
    reached : ndarray, shape (n, n - q)
        An orthonormal basis of all others.
    whole : list of int, or None
        The levels of which `basis` is a selection.
    rows : list of (Lead, ndarray of shape (s, q))
        Leads with a Hermitian self-energy there, and their levels in the basis.
    """

    def __init__(self, system: OpenSystem, interval: Interval, scale: float) -> None:
        self.system, self.interval, self.scale = system, interval, scale
        n = system.levels
        h = system.hamiltonian if system.hamiltonian.imag.any() else system.hamiltonian.real
        strength: Array = np.zeros((n, n), complex)
        for lead, gamma in interval.open:
            strength[np.ix_(lead.sites, lead.sites)] += gamma
        self.whole: list[int] | None = None
        touched = np.flatnonzero(strength.any(axis=0))
        alone = strength[touched][:, touched]
        if np.array_equal(alone, np.diag(np.diagonal(alone))):
            self.whole = [i for i in range(n) if i not in touched]
            one = np.eye(n)
            self.basis, self.reached = one[:, self.whole], one[:, touched]
        else:
            values, vectors = np.linalg.eigh(strength if strength.imag.any() else strength.real)
            quiet = values <= DARK * values[-1]
            self.basis, self.reached = vectors[:, quiet], vectors[:, ~quiet]
        passing = [lead for lead, _ in interval.open]
        partly = passing and any(len(lead.sites) > 1 or lead not in passing for lead in interval.closed)
        if partly and self.basis.shape[1] > SMALL:
            self._keep_dark(h)
        self.levels = self.basis.shape[1]
        self.inner: Array = h if self.levels == n else self.basis.conj().T @ h @ self.basis
        self.back: Array = self.reached.conj().T @ h @ self.basis
        self.rows = [(lead, self.basis[list(lead.sites)]) for lead in interval.closed]
        self.rows = [(lead, row) for lead, row in self.rows if np.any(np.abs(row) > self._noise(lead))]

    def _noise(self, lead: Lead) -> float:
        """Return how far a vector of the basis may reach a lead and still not be coupled to it."""
        # |v_i|^2 <= v^+ Gamma v, of which rounding leaves this; only what is shut has more of v.
        passing = any(lead is one for one, _ in self.interval.open)
        return float(np.sqrt(DARK * len(self.system.leads))) if passing else 0.0

    def _keep_dark(self, h: Array) -> None:
        """Reduce the basis to what does not decay in the middle of the interval.

        In a large system nothing but its structure hides a state from an open lead, at all energies alike.
        """
        low, high = self.interval.low, self.interval.high
        matrix = np.array(h, complex)
        middle = np.array([_middle(low, high, self.scale)])
        for lead in self.system.leads:
            matrix[np.ix_(lead.sites, lead.sites)] += self_energy(lead, middle)[0]
        sites = sorted({site for lead in self.system.leads for site in lead.sites})
        if hides_nothing(matrix, sites, DARK * self.scale) or np.all(
            np.linalg.eigvals(matrix).imag < -DARK * self.scale
        ):
            self.basis, self.reached, self.whole = self.basis[:, :0], np.eye(len(h)), None
            return
        values: Array
        values, vectors = np.linalg.eig(matrix)
        dark = vectors[:, values.imag >= -DARK * self.scale]
        frame, sizes, _ = np.linalg.svd(dark, full_matrices=True)
        rank = int(np.sum(sizes > TOGETHER))
        self.basis, self.reached, self.whole = frame[:, :rank], frame[:, rank:], None

    def sigma(self, edge: Edge, side: int, x: Array) -> tuple[list[Array], float]:
        """Return the self-energies at ``edge.energy + side x^2``, (X, s, s), and their rounding error."""
        parts = [beside(lead, edge, side, x) for lead, _ in self.rows]
        return [value for value, _ in parts], sum(error for _, error in parts)

    def matrix(self, sigma: list[Array]) -> Array:
        """Return h + Sigma(E) at the first energy of self-energies."""
        m: Array = np.array(self.inner)
        for value, (_, row) in zip(sigma, self.rows, strict=True):
            extra = row.conj().T @ value[0] @ row
            m = m + (extra + extra.conj().T) / 2
        return m if m.imag.any() else m.real

    def collect(self, found: Found) -> None:
        """Add the bound states of the interval, and the threshold states at its ends."""
        low, high = self.interval.low, self.interval.high
        if not self.rows:
            self._collect_fixed(found)
            return
        nowhere = np.empty(0)
        above, at_low = (self.levels, nowhere) if low is None else self._above(low, 1, found)
        below, at_high = (0, nowhere) if high is None else self._above(high, -1, found)
        if low is not None and high is not None:
            # Beyond the other end there is another function, and a pole just before it.
            most = max(high.energy - low.energy - BESIDE * self.scale, 0.0)
            at_low, at_high = np.minimum(at_low, most), np.minimum(at_high, most)
        states = []
        basis = Secular(self.inner, [row for _, row in self.rows]) if self.levels > SMALL else None
        # The eigenvalues ascend: those above E at the low end and below it at the high end cross it.
        for k in range(self.levels - above, self.levels - below):
            if high is None or (low is not None and at_low[k] <= at_high[k]):
                assert low is not None
                states.append(self._crossing(k, low, 1, at_low[k], basis))
            else:
                states.append(self._crossing(k, high, -1, at_high[k], basis))
        found.bound.extend(self._unreached(states))

    def _collect_fixed(self, found: Found) -> None:
        """Add the levels that no lead touches at all."""
        a, b = (edge.energy if edge else side * np.inf for edge, side in
                ((self.interval.low, -1), (self.interval.high, 1)))  # fmt: skip
        values, vectors = np.linalg.eigh(self.inner)
        inside = (values >= a) & (values < b)
        states = [State(float(e), 1.0, v) for e, v in zip(values[inside], vectors.T[inside], strict=True)]
        found.bound.extend(self._unreached(states))

    def _above(self, edge: Edge, side: int, found: Found) -> tuple[int, Array]:
        """Return how many eigenvalues exceed E at an end of the interval, and how far off they may cross it.

        Just inside the interval: an eigenvalue at the edge itself counts as below it at the low end, and as
        not below it at the high end, so that it is not taken for a crossing.
        """
        # A pole is no place to stand on.
        x = 0.0 if edge.lead else float(np.sqrt(BESIDE * self.scale))
        sigma, error = self.sigma(edge, side, np.array([x]))
        m = self.matrix(sigma)
        values = np.linalg.eigvalsh(m) - edge.energy - side * x * x
        noise = UNTOLD * EPS * self.system.levels * max(self.scale, abs(edge.energy))
        noise += error
        close = np.abs(values) <= noise
        # No crossing is further from the edge than an eigenvalue, nor than all energies.
        reach = np.minimum(np.maximum(side * values, 0.0) + noise + x * x, FAR * self.scale)
        if not close.any() or edge.lead is None:
            return int(np.sum(values > 0)), reach
        above, not_below = self._told(edge, values, noise)
        if above < not_below:
            vectors = np.linalg.eigh(m)[1].T[self.levels - not_below : self.levels - above]
            states = [State(edge.energy, 0.0, v) for v in vectors]
            found.threshold.extend(self._unreached(states))
        return (above if side > 0 else not_below), reach

    def _told(self, edge: Edge, values: Array, noise: float) -> tuple[int, int]:
        """Return how many eigenvalues are above the edge, and not below it, where rounding hides some."""
        chains = [lead.chain for lead, _ in self.rows if lead.chain]
        owner = edge.lead.chain if edge.lead else None
        if owner is None or len(chains) < len(self.rows):
            # Bound by less than this the share of a state is as small: it may as well be at the edge.
            return int(np.sum(values > noise)), int(np.sum(values >= -noise))
        exact = signs(self.system, chains, owner, edge.side, self.whole) if self.whole is not None else None
        if exact is None:
            raise PrecisionError(
                f"a state lies within {noise:.1e} of the edge {edge.energy:.15g} of a band: rounding hides "
                "whether it is bound"
            )
        # `signs` counts eigenvalues of E - h - Sigma.
        below, not_above = exact
        return self.levels - not_above, self.levels - below

    def _crossing(self, k: int, edge: Edge, side: int, most: float, basis: Secular | None) -> State:
        """Return the state whose eigenvalue, the k-th one, crosses E within `most` of an edge."""
        far = float(np.sqrt(most))
        if basis is not None:
            x = basis.crossing(k, edge, side, far, lambda x: self.sigma(edge, side, x)[0])
            return self._state(k, edge, side, x, basis)[0]
        near, x = 0.0, far
        state, gap = self._state(k, edge, side, x)
        for _ in range(NEWTON):
            near, far = (x, far) if gap > 0 else (near, x)
            # The slope of the gap in x is -2 x over the weight.
            newton = x + gap * state.weight / (2 * x) if x else 0.0
            step = newton if near < newton < far else (near + far) / 2
            # The last step of Newton's method, which is none, may end at an end.
            if min(abs(step - x), abs(newton - x)) <= 2 * EPS * x:
                break
            x = step
            state, gap = self._state(k, edge, side, x)
        return state

    def _state(
        self, k: int, edge: Edge, side: int, x: float, basis: Secular | None = None
    ) -> tuple[State, float]:
        """Return the k-th eigenvector at ``edge.energy + side x^2``, and what is still to go from there."""
        sigma, _ = self.sigma(edge, side, np.array([x]))
        m = self.matrix(sigma)
        energy = edge.energy + side * x * x
        v = basis.vector(energy, [value[0] for value in sigma]) if basis else None
        if v is None or np.linalg.norm(m @ v - energy * v) > SOLVED * self.scale:
            value, v = _eigenpair(m, k)
        else:
            value = float(np.vdot(v, m @ v).real)
        slope = sum(
            float(np.vdot(row @ v, steepness(lead, edge, side, x) @ (row @ v)).real)
            for lead, row in self.rows
        )
        return State(energy, 1 / (1 - slope), v), side * (value - edge.energy) - x * x

    def _unreached(self, states: list[State]) -> list[State]:
        """Return the states that are not coupled to the levels which open leads touch, on all levels."""
        if not self.reached.shape[1]:
            return states
        kept: list[State] = []
        at = 0
        while at < len(states):
            # Of levels that all but coincide some combination may be hidden from the leads.
            end = at + 1
            while end < len(states) and states[end].energy - states[end - 1].energy <= TOGETHER * self.scale:
                end += 1
            group = states[at:end]
            vectors = np.stack([state.vector for state in group], axis=1)
            back = self.back @ vectors + self._passed_back(group[0].energy, vectors)
            _, coupling, mix = np.linalg.svd(back, full_matrices=True)
            strength = np.zeros(len(group))
            strength[: len(coupling)] = coupling
            for row in mix[strength**2 <= DARK * self.scale**2]:
                share = np.abs(row) ** 2
                energy = float(share @ [state.energy for state in group])
                weight = 1 / float(share @ [1 / (state.weight or 1.0) for state in group])
                kept.append(
                    State(energy, weight if group[0].weight else 0.0, self.basis @ (vectors @ row.conj()))
                )
            at = end
        return kept

    def _passed_back(self, energy: float, vectors: Array) -> Array:
        """Return what leads with open and with closed channels add to the coupling of states, (n - q, k)."""
        total: Array = np.zeros((self.reached.shape[1], vectors.shape[1]))
        for lead, row in self.rows:
            other = self.reached[list(lead.sites)]
            if other.any():
                sigma = self_energy(lead, np.array([energy]))[0]
                total = total + other.conj().T @ (sigma @ (row @ vectors))
        return total


def _middle(low: Edge | None, high: Edge | None, scale: float) -> float:
    """Return an energy inside an interval."""
    if low is None or high is None:
        return (low.energy + scale) if low else (high.energy - scale if high else 0.0)
    return (low.energy + high.energy) / 2


def _eigenpair(m: Array, k: int) -> tuple[float, Array]:
    if len(m) > SMALL:
        values, vectors = eigh(m, subset_by_index=[k, k])
        return float(values[0]), vectors[:, 0]
    values, vectors = np.linalg.eigh(m)
    return float(values[k]), vectors[:, k]
