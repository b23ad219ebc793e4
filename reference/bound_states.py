"""Bound states: energies at which no lead broadens a level."""

from __future__ import annotations

import mpmath
import numpy as np

from electronwind.bound import BoundStates
from electronwind.doors import checked_digits, checked_system
from electronwind.system import OpenSystem

from .arithmetic import export, working
from .batch import LEAST_DIGITS, MOST_DIGITS, ROUNDING
from .problem import Problem

__all__ = ["bound_states"]


def bound_states(system: OpenSystem, digits: int = 30) -> BoundStates:
    """Bound states of a system on its leads.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the largest energy.

    Returns
    -------
    BoundStates
        Energies, weights and amplitudes as mpmath numbers. A level that touches no lead is among them, of
        weight 1; a state at the very edge of a band is not.

    Raises
    ------
    InvalidSystemError
        `digits` is not a whole number from 15 to 50.

    Notes
    -----
    E with ``(h + Sigma(E)) v = E v``, found by counting eigenvalues between the edges of the bands. The
    weight is ``Z = 1 / (1 - v^+ Sigma'(E) v)``. Source: todorov2010 Eq. A8.
    """
    checked_system(system)
    digits = checked_digits(digits, LEAST_DIGITS, MOST_DIGITS)
    found = {}
    for index in np.ndindex(system.shape):
        found[index] = Problem(system[index] if index else system, digits).sharp.bound
    most, n = max(map(len, found.values()), default=0), system.levels
    energies = np.full((*system.shape, most), mpmath.inf, dtype=object)
    weights = np.full((*system.shape, most), mpmath.mpf(0), dtype=object)
    states = np.full((*system.shape, most, n), mpmath.mpc(0), dtype=object)
    with working(digits + ROUNDING):
        for index, bound in found.items():
            for k, state in enumerate(bound):
                numbers = np.array([state.energy, state.weight], dtype=object)
                energies[(*index, k)], weights[(*index, k)] = export(numbers, "mpf", digits + ROUNDING)
                states[(*index, k)] = export(state.vector, "mpc", digits + ROUNDING)
    count = np.array([len(bound) for bound in found.values()], dtype=int).reshape(system.shape)
    return BoundStates(energies, weights, states, count)
