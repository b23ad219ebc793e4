"""Bound states of systems and of batches, kept for whoever asks next."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from electronwind import BoundStates, OpenSystem
from electronwind.doors import checked_system

from .doubtful import doubtful
from .gaps import intervals, pull
from .scale import in_own_units
from .sharp_states import Found, Piece, State

__all__ = ["State", "bound_states", "found_states", "threshold_states"]

Array = np.ndarray[Any, Any]


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
            suspects = np.ravel(doubtful(system))
            _FOUND[system] = [
                _found(system[at]) if doubt else Found([], [])
                for at, doubt in zip(where, suspects, strict=True)
            ]
        else:
            _FOUND[system] = [_found(system)]
    return _FOUND[system]


def _found(system: OpenSystem) -> Found:
    scale = float(np.max(np.abs(system.hamiltonian)) + sum(pull(lead) for lead in system.leads))
    found = Found([], [])
    for interval in intervals(system, scale):
        piece = Piece(system, interval, scale)
        if piece.levels:
            piece.collect(found)
    found.bound.sort(key=lambda state: state.energy)
    return found
