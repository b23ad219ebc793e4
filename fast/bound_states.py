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

from electronwind import BoundStates, OpenSystem, PrecisionError, WideBandLead
from electronwind.doors import checked_system

from .dressed import self_energy
from .gaps import EPS, UNTOLD, Edge, Interval, broadens, intervals, self_energy_beside
from .scale import in_own_units
from .threshold import signs

__all__ = ["bound_states", "found_states", "threshold_states"]

Array = np.ndarray[Any, Any]

# Widths below this fraction of the largest energy count as none.
DARK = 1e-12
# Eigenvalues of a batch this fraction of the largest energy from an edge are looked at one by one.
TOLD = 1e-6
# Levels closer than this fraction of the largest energy are told apart by the leads, not by their energies.
TOGETHER = 1e-6
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
    chains = [lead for lead in system.leads if not isinstance(lead, WideBandLead)]
    scale = np.max(np.abs(h), axis=(-1, -2)) + sum(np.abs(lead.coupling) for lead in chains)
    reach: Array = np.zeros((*shape, n, n), complex)
    for lead in system.leads:
        if isinstance(lead, WideBandLead):
            largest = np.max(np.abs(lead.broadening), axis=(-1, -2), keepdims=True)
            reach = reach + lead.broadening / np.maximum(largest, 1e-300)
    mixed = reach.any()
    if mixed and np.all(np.linalg.eigvalsh(reach)[..., 0] > DARK):
        return np.zeros(shape, bool)
    for lead in chains:
        reach[..., lead.site, lead.site] += broadens(lead, scale)
    # Levels out of reach of all leads, at any energy.
    decay = -np.linalg.eigvals(h - 0.5j * scale[..., None, None] * reach).imag
    doubtful: Array = np.any(decay <= DARK * scale[..., None], axis=-1)
    sides = [lead.onsite + side * 2 * np.abs(lead.hopping) for lead in chains for side in (-1, 1)]
    edges = np.sort(np.stack([np.broadcast_to(side, shape) for side in sides], axis=-1), axis=-1)
    far = np.full((*shape, 1), np.inf)
    ends = np.concatenate([-far, edges, far], axis=-1)
    middle = np.clip((ends[..., 1:] + ends[..., :-1]) / 2, edges[..., :1] - 1, edges[..., -1:] + 1)
    outside = np.stack(
        [np.abs(middle - lead.onsite[..., None]) > 2 * np.abs(lead.hopping)[..., None] for lead in chains]
    )
    gap = np.all(outside, axis=0) & (not mixed)
    # Where some leads are open and others are not, a system is looked at by itself.
    doubtful |= np.any((ends[..., 1:] > ends[..., :-1]) & ~gap & (np.any(outside, axis=0) | mixed), axis=-1)
    counts = []
    for k in range(edges.shape[-1]):
        m = np.array(h)
        for lead in chains:
            m[..., lead.site, lead.site] += self_energy(lead, edges[..., k : k + 1])[..., 0].real
        distance = np.linalg.eigvalsh(m) - edges[..., k, None]
        beside = gap[..., k] | gap[..., k + 1]
        doubtful |= beside & np.any(np.abs(distance) <= TOLD * scale[..., None], axis=-1)
        counts.append(np.sum(distance > 0, axis=-1))
    above = np.stack([np.full(shape, n), *counts, np.zeros(shape, int)], axis=-1)
    return doubtful | np.any(gap & (above[..., :-1] != above[..., 1:]), axis=-1)


def _found(system: OpenSystem) -> Found:
    scale = float(np.max(np.abs(system.hamiltonian)))
    wide: Array = np.zeros((system.levels, system.levels), complex)
    for lead in system.leads:
        if isinstance(lead, WideBandLead):
            # Which levels a lead reaches does not hang on how strongly.
            wide = wide + lead.broadening / max(float(np.max(np.abs(lead.broadening))), 1e-300)
        else:
            scale += abs(float(lead.coupling))
    found = Found([], [])
    for interval in intervals(system, scale):
        piece = _Piece(system, interval, wide, scale)
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
    """

    def __init__(self, system: OpenSystem, interval: Interval, wide: Array, scale: float) -> None:
        self.system, self.interval, self.scale = system, interval, scale
        n = system.levels
        h = system.hamiltonian if system.hamiltonian.imag.any() else system.hamiltonian.real
        touched = sorted({lead.site for lead in interval.open})
        self.whole: list[int] | None = None
        if not wide.any():
            self.whole = [i for i in range(n) if i not in touched]
            one = np.eye(n)
            self.basis, self.reached = one[:, self.whole], one[:, touched]
        else:
            strength = wide.copy()
            strength[touched, touched] += 1
            values, vectors = np.linalg.eigh(strength)
            quiet = values <= DARK * values[-1]
            self.basis, self.reached = vectors[:, quiet], vectors[:, ~quiet]
        self.levels = self.basis.shape[1]
        self.inner: Array = h if self.levels == n else self.basis.conj().T @ h @ self.basis
        self.back: Array = self.reached.conj().T @ h @ self.basis
        self.sites = [(lead, self.basis[lead.site].conj()) for lead in interval.closed]
        self.sites = [(lead, row) for lead, row in self.sites if row.any()]

    def matrix(self, edge: Edge, side: int, x: float) -> tuple[Array, list[float], float]:
        """Return h + Sigma(E) at ``edge.energy + side x^2``, the slope of each lead, and a rounding error."""
        m, slopes = np.array(self.inner), []
        noise = UNTOLD * EPS * self.system.levels * max(self.scale, abs(edge.energy))
        for lead, row in self.sites:
            value, slope, error = self_energy_beside(lead, edge, side, x)
            m += value * np.outer(row, row.conj())
            slopes.append(slope)
            noise += error
        return m, slopes, noise

    def collect(self, found: Found) -> None:
        """Add the bound states of the interval, and the threshold states at its ends."""
        low, high = self.interval.low, self.interval.high
        if not self.sites:
            self._collect_fixed(found)
            return
        nowhere = np.empty(0)
        above, at_low = (self.levels, nowhere) if low is None else self._above(low, 1, found)
        below, at_high = (0, nowhere) if high is None else self._above(high, -1, found)
        states = []
        # The eigenvalues ascend: those above E at the low end and below it at the high end cross it.
        for k in range(self.levels - above, self.levels - below):
            states.append(self._crossing(k, at_low, at_high))
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
        m, _, noise = self.matrix(edge, side, 0.0)
        values = np.linalg.eigvalsh(m) - edge.energy
        close = np.abs(values) <= noise
        # No crossing is further from the edge than an eigenvalue.
        reach = np.maximum(side * values, 0.0) + noise
        if not close.any():
            return int(np.sum(values > 0)), reach
        exact = None
        if self.whole is not None:
            exact = signs(self.system, [lead for lead, _ in self.sites], edge.lead, edge.side, self.whole)
        if exact is None:
            raise PrecisionError(
                f"a state lies within {noise:.1e} of the edge {edge.energy:.15g} of a band: rounding hides "
                "whether it is bound"
            )
        # `signs` counts eigenvalues of E - h - Sigma.
        below, not_above = exact
        above, not_below = self.levels - not_above, self.levels - below
        if above < not_below:
            vectors = np.linalg.eigh(m)[1].T[self.levels - not_below : self.levels - above]
            states = [State(edge.energy, 0.0, v) for v in vectors]
            found.threshold.extend(self._unreached(states))
        return (above if side > 0 else not_below), reach

    def _crossing(self, k: int, at_low: Array, at_high: Array) -> State:
        """Return the state whose eigenvalue, the k-th one, crosses E inside the interval."""
        low, high = self.interval.low, self.interval.high
        if high is None or (low is not None and at_low[k] <= at_high[k]):
            assert low is not None
            edge, side, most = low, 1, at_low[k]
        else:
            edge, side, most = high, -1, at_high[k]
        near, far = 0.0, float(np.sqrt(most))
        x, gap, v, slope = far, 0.0, np.empty(0), -1.0
        for _ in range(NEWTON):
            m, slopes, _ = self.matrix(edge, side, x)
            value, v = _eigenpair(m, k)
            slope = sum(
                s * float(np.abs(np.vdot(row, v)) ** 2)
                for s, (_, row) in zip(slopes, self.sites, strict=True)
            )
            # What is still to go, counted away from the edge; it falls as x grows.
            gap = side * (value - edge.energy) - x * x
            near, far = (x, far) if gap > 0 else (near, x)
            step = x - gap / (2 * x * (slope - 1)) if x else 0.0
            step = step if near < step < far else (near + far) / 2
            if abs(step - x) <= 2 * EPS * x:
                break
            x = step
        return State(edge.energy + side * x * x, 1 / (1 - slope), v)

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
            _, coupling, mix = np.linalg.svd(self.back @ vectors, full_matrices=True)
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


def _eigenpair(m: Array, k: int) -> tuple[float, Array]:
    if len(m) > SMALL:
        values, vectors = eigh(m, subset_by_index=[k, k])
        return float(values[0]), vectors[:, 0]
    values, vectors = np.linalg.eigh(m)
    return float(values[k]), vectors[:, k]
