r"""Bound states: energies at which no lead broadens a level, found by counting.

Beside its band the self-energy of a lead is Hermitian and falls with energy, so that between neighbouring
edges of bands every eigenvalue of h + Sigma(E), less E, falls with a slope of at least one: it vanishes once
or never, and its signs at the two ends tell which. States that the open leads of an interval do not reach
live in the null space of these leads; there the same count holds, and a state is kept where nothing couples
it back.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from scipy.linalg import eigh

from electronwind import BoundStates, ChainLead, OpenSystem, PrecisionError
from electronwind.doors import checked_system

from .gaps import EPS, UNTOLD, Edge, Interval, beside, broadens, intervals, pull, steepness
from .leads import edges as edges_of
from .leads import ranges, self_energy
from .scale import in_own_units
from .secular import Secular
from .threshold import signs

__all__ = ["bound_states", "found_states", "threshold_states"]

Array = np.ndarray[Any, Any]

# Widths below this fraction of the largest energy count as none.
DARK = 1e-12
# Eigenvalues of a batch this fraction of the largest energy from an edge are looked at one by one.
TOLD = 1e-6
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


def bound_states(system: OpenSystem) -> BoundStates:
    """Return the states that no lead broadens, beside and inside the bands of the leads.

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    BoundStates
        Energies, weights and amplitudes on the levels.

    Raises
    ------
    PrecisionError
        A state at the edge of a band, of which rounding hides whether it is bound.

    Notes
    -----
    A state at the very edge of a band is none that is bound. Relative error of energies about 1e-14 times the
    largest energy; a state of weight Z below 1e-7 is so close to an edge that its weight loses digits.
    """
    return in_own_units(checked_system(system), _bound_states)


def _bound_states(system: OpenSystem, unit: float) -> BoundStates:
    energies, weights, states, count = _padded(system, [found.bound for found in found_states(system)])
    return BoundStates(energies * unit, weights, states, count)


def threshold_states(system: OpenSystem) -> BoundStates:
    """Return the states at the very edges of bands, in the layout of bound states, all of weight 0."""
    return BoundStates(*_padded(system, [found.threshold for found in found_states(system)]))


def _padded(system: OpenSystem, members: list[list[State]]) -> tuple[Array, Array, Array, Array]:
    count = np.array([len(states) for states in members], dtype=int).reshape(system.shape)
    k, n = int(np.max(count, initial=0)), system.levels
    energies, weights = np.full((len(members), k), np.inf), np.zeros((len(members), k))
    vectors = np.zeros((len(members), k, n), complex)
    for i, states in enumerate(members):
        for j, state in enumerate(states):
            energies[i, j], weights[i, j], vectors[i, j] = state
    shape = (*system.shape, k)
    return energies.reshape(shape), weights.reshape(shape), vectors.reshape(*shape, n), count


_FOUND: WeakKeyDictionary[OpenSystem, list[Found]] = WeakKeyDictionary()


def found_states(system: OpenSystem) -> list[Found]:
    """Return the states of each member of a batch, in flat order.

    Raises
    ------
    PrecisionError
        A state at the edge of a band, of which rounding hides whether it is bound.
    """
    if system not in _FOUND:
        if system.shape:
            where = list(np.ndindex(system.shape))
            doubtful = np.ravel(_doubtful(system))
            _FOUND[system] = [
                _found(system[at]) if doubt else Found([], [])
                for at, doubt in zip(where, doubtful, strict=True)
            ]
        else:
            _FOUND[system] = [_found(system)]
    return _FOUND[system]


def _doubtful(system: OpenSystem) -> Array:
    """Return which members may have a bound state or one at an edge, all at once, shape (...)."""
    n, shape = system.levels, system.shape
    h = system.hamiltonian
    wide = [lead for lead in system.leads if not edges_of(lead).shape[-1]]
    banded = [lead for lead in system.leads if edges_of(lead).shape[-1]]
    reach: Array = np.zeros((*shape, n, n), complex)
    for lead in wide:
        gamma = -2 * self_energy(lead, np.zeros(1))[..., 0, :, :].imag
        reach = reach + gamma / np.maximum(np.max(np.abs(gamma), axis=(-1, -2), keepdims=True), 1e-300)
    if wide and np.all(np.linalg.eigvalsh(reach)[..., 0] > DARK):
        return np.zeros(shape, bool)
    if any(len(lead.sites) > 1 or ranges(lead).shape[-2] > 1 for lead in banded):
        return np.ones(shape, bool)
    scale = np.max(np.abs(h), axis=(-1, -2)) + sum(pull(lead) for lead in banded)
    for lead in banded:
        (site,) = lead.sites
        reach[..., site, site] += broadens(lead, scale)
    # Levels out of reach of all leads, at any energy.
    decay = -np.linalg.eigvals(h - 0.5j * scale[..., None, None] * reach).imag
    doubtful: Array = np.any(decay <= DARK * scale[..., None], axis=-1)
    sides = [np.broadcast_to(edges_of(lead), (*shape, 2)) for lead in banded]
    edges = np.sort(np.concatenate(sides, axis=-1), axis=-1)
    far = np.full((*shape, 1), np.inf)
    ends = np.concatenate([-far, edges, far], axis=-1)
    middle = np.clip((ends[..., 1:] + ends[..., :-1]) / 2, edges[..., :1] - 1, edges[..., -1:] + 1)
    outside = np.stack([(middle < side[..., :1]) | (middle > side[..., 1:]) for side in sides])
    gap = np.all(outside, axis=0) & (not wide)
    # Where some leads are open and others are not, a system is looked at by itself.
    partly = ~gap & (np.any(outside, axis=0) | bool(wide))
    doubtful |= np.any((ends[..., 1:] > ends[..., :-1]) & partly, axis=-1)
    counts = []
    for k in range(edges.shape[-1]):
        m = np.array(h)
        for lead in banded:
            (site,) = lead.sites
            m[..., site, site] += self_energy(lead, edges[..., k : k + 1])[..., 0, 0, 0].real
        distance = np.linalg.eigvalsh(m) - edges[..., k, None]
        next_to = gap[..., k] | gap[..., k + 1]
        doubtful |= next_to & np.any(np.abs(distance) <= TOLD * scale[..., None], axis=-1)
        counts.append(np.sum(distance > 0, axis=-1))
    above = np.stack([np.full(shape, n), *counts, np.zeros(shape, int)], axis=-1)
    return doubtful | np.any(gap & (above[..., :-1] != above[..., 1:]), axis=-1)


def _found(system: OpenSystem) -> Found:
    scale = float(np.max(np.abs(system.hamiltonian)) + sum(pull(lead) for lead in system.leads))
    found = Found([], [])
    for interval in intervals(system, scale):
        piece = _Piece(system, interval, scale)
        if piece.levels:
            piece.collect(found)
    found.bound.sort(key=lambda state: state.energy)
    return found


class _Piece:
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
        self.rows = [(lead, row) for lead, row in self.rows if row.any()]

    def _keep_dark(self, h: Array) -> None:
        """Reduce the basis to what does not decay in the middle of the interval.

        In a large system nothing but its structure hides a state from an open lead, at all energies alike.
        """
        low, high = self.interval.low, self.interval.high
        matrix = np.array(h, complex)
        middle = np.array([_middle(low, high, self.scale)])
        for lead in self.system.leads:
            matrix[np.ix_(lead.sites, lead.sites)] += self_energy(lead, middle)[0]
        poles: Array = np.linalg.eigvals(matrix)
        if np.all(poles.imag < -DARK * self.scale):
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
        chains = [lead for lead, _ in self.rows if isinstance(lead, ChainLead)]
        if not isinstance(edge.lead, ChainLead) or len(chains) < len(self.rows):
            # Bound by less than this the share of a state is as small: it may as well be at the edge.
            return int(np.sum(values > noise)), int(np.sum(values >= -noise))
        exact = (
            signs(self.system, chains, edge.lead, edge.side, self.whole) if self.whole is not None else None
        )
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
            step = x + gap * state.weight / (2 * x) if x else 0.0
            step = step if near < step < far else (near + far) / 2
            if abs(step - x) <= 2 * EPS * x:
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
