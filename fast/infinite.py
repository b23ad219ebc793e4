r"""Friction, noise and response that are infinite, where a state that never decays is not surely filled.

A bound state b adds :math:`f_b (1 - f_b) |Z <v|L|v>|^2` to the correlation of the force, for ever; a state
right at the edge of a band lets it fall off like the inverse of time only: its integral is a logarithm.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from electronwind import OpenSystem, UnbroadenedLevelError

from .bound_states import State, found_states
from .contour import occupation
from .levels import refuse_unfilled
from .narrow import size
from .reached import refuse_met

__all__ = ["ALONE", "refuse_infinite"]

Array = np.ndarray[Any, Any]

# Occupations whose fluctuation, or difference, is smaller count as full, empty or equal: those so many
# temperatures from a potential.
NOTHING, ALONE = 1e-15, 34.5
# A state that a coordinate shifts by less than this fraction of its gradient is not shifted.
STILL = 1e-9


def refuse_infinite(system: OpenSystem, name: str, frequency: Array, *, by: str = "fluctuation") -> None:
    """Raise where an observable is infinite, or a bound state is filled differently by different leads.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    name : str
        Of the observable.
    frequency : ndarray, shape (W,)
        Zero for friction and white noise.
    by : {"fluctuation", "difference", "occupation"}
        What makes it infinite at zero frequency: that occupations fluctuate, that those of two leads differ,
        or that there is an electron.

    Raises
    ------
    UnbroadenedLevelError
        Naming the energy.
    """
    refuse_unfilled(system)
    still = bool(np.any(frequency == 0))
    for index, found in enumerate(found_states(system)):
        if not found.bound and not found.threshold:
            continue
        one = system[np.unravel_index(index, system.shape)] if system.shape else system
        states = [(state, "bound") for state in found.bound]
        states += [(state, "threshold") for state in found.threshold]
        for state, kind in states:
            if still and _shifted(one, state.vector) and _weight(one, state.energy, by) > NOTHING:
                what = "is bound" if kind == "bound" else "is at the very edge of a band"
                raise UnbroadenedLevelError(
                    f"{name} is infinite: the state at energy {state.energy:.15g} {what}, a coordinate "
                    "shifts it, and its occupation is not certain"
                )
        if by == "difference":
            refuse_met(found.bound, frequency, float(size(one)), partial(_unequal, one))


def _shifted(system: OpenSystem, v: Array) -> bool:
    shift = np.abs(np.einsum("i,dij,j->d", v.conj(), system.gradient, v))
    return bool(np.any(shift > STILL * np.max(np.abs(system.gradient), axis=(-1, -2), initial=0.0)))


def _unequal(system: OpenSystem, state: State, other: State) -> bool:
    """Tell whether a coordinate couples two states that are not filled alike."""
    element = np.abs(np.einsum("i,dij,j->d", other.vector.conj(), system.gradient, state.vector))
    coupled = np.any(element > STILL * np.max(np.abs(system.gradient), axis=(-1, -2), initial=0.0))
    filled = [_occupations(system, one.energy) for one in (state, other)]
    return bool(coupled and np.max(np.abs(filled[0] - filled[1])) > NOTHING)


def _weight(system: OpenSystem, energy: float, by: str) -> float:
    f = _occupations(system, energy)
    if by == "occupation":
        return float(np.max(f))
    difference = np.ptp(f)
    return float(difference if by == "difference" else max(difference, np.max(f * (1 - f))))


def _occupations(system: OpenSystem, energy: float) -> Array:
    e = np.array([energy])
    return np.array([occupation(e, lead.mu, lead.temperature)[0].real for lead in system.leads])
