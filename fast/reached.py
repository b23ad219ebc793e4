r"""Bound states that a motion of frequency W takes electrons to, or out of: poles on the axis of energies.

In the response the retarded G(E + W) has a pole at E_b - W, which lies below the axis, and the advanced
G(E)^+ one at E_b above it. On an interval with the pole in its middle the pole itself leaves
:math:`\mp i\pi` times its residue; what is left of the integrand is smooth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from electronwind import PrecisionError, UnbroadenedLevelError

from . import real_axis
from .bound_states import State
from .contacts import Contacts

__all__ = ["NOTHING", "Reached", "reached", "refuse_met"]

Array = np.ndarray[Any, Any]

# Weights below count as none.
NOTHING = 1e-15
# Frequencies so close to the distance of two bound states, in units of the largest energy, meet it.
MET = 1e-13
# Half of the interval of a pole, over its distance to the next sharp point, and over any temperature.
ROOM, WARM = 0.5, 3.0
# The least room, as a fraction of the largest energy, in which rounding leaves ten digits of what is smooth.
LEAST = 1e-6


class Reached(NamedTuple):
    """Poles in the integrals of some owners, each in the middle of an interval of its own.

    Attributes
    ----------
    owner : list of int
    energy, room : list of float
        Where the pole is, and half of the interval.
    residue : list of ndarray, shape (d, d)
    side : list of int
        1 for a pole below the axis, -1 above.
    """

    owner: list[int]
    energy: list[float]
    room: list[float]
    residue: list[Array]
    side: list[int]

    @property
    def enough(self) -> float:
        """What the last coefficients of a panel may be: next to a pole rounding leaves fewer digits."""
        return real_axis.ENOUGH if self.owner else real_axis.FINE

    def cut(self, marks: Array) -> Array:
        """Return marks, shape (owners, K), with the ends of the intervals and without what is inside them."""
        marks = np.concatenate([marks, np.full((len(marks), 2 * len(self.owner)), marks[:, :1])], axis=1)
        for k, (owner, energy, room) in enumerate(zip(self.owner, self.energy, self.room, strict=True)):
            row = marks[owner]
            row[np.abs(row - energy) <= room] = energy - room
            row[-2 * k - 2 :][:2] = energy - room, energy + room
        return marks

    def smooth(self, owner: Array, e: Array, values: Array) -> Array:
        """Return values at energies, shape (K, d, d), without the poles."""
        for own, energy, room, residue in zip(self.owner, self.energy, self.room, self.residue, strict=True):
            here = (owner == own) & (np.abs(e - energy) < room)
            values[here] -= residue / (e[here] - energy)[:, None, None]
        return values

    def add(self, integrals: Array) -> Array:
        """Return integrals of smooth values, shape (owners, d, d), with what the poles leave."""
        for owner, residue, side in zip(self.owner, self.residue, self.side, strict=True):
            integrals[owner] -= side * 1j * np.pi * residue
        return integrals


def reached(
    group: Contacts,
    states: list[list[State]],
    w: Array,
    residue: Callable[[int, float, Array, float, int], Array],
    sides: tuple[int, ...],
) -> Reached:
    """Return the poles that the frequencies w put on the axis.

    Parameters
    ----------
    group : Contacts
    states : list of list of State
        The bound states of each member.
    w : ndarray, shape (W,)
    residue : callable
        ``residue(member, energy, projector, shift, side)``, shape (d, d), with the share of the state on the
        touched levels.
    sides : tuple of int
        1 for poles of G(E + W), -1 for those of G(E)^+.
    """
    found = Reached([], [], [], [], [])
    for member, some in enumerate(states):
        for column, shift in enumerate(w):
            poles = [(state, side) for state in some for side in sides] if shift else []
            places = [state.energy - shift if side > 0 else state.energy for state, side in poles]
            for k, ((state, side), energy) in enumerate(zip(poles, places, strict=True)):
                v = state.vector[group.touched]
                strength = residue(member, energy, state.weight * np.outer(v, v.conj()), shift, side)
                if np.max(np.abs(strength), initial=0.0) <= NOTHING:
                    continue
                found.owner.append(member * len(w) + column)
                found.energy.append(energy)
                found.room.append(_room(group, energy, shift, [*places[:k], *places[k + 1 :]]))
                found.residue.append(strength)
                found.side.append(side)
    return found


def _room(group: Contacts, energy: float, shift: float, others: list[float]) -> float:
    """Return half of the interval of a pole.

    Raises
    ------
    PrecisionError
        There is none.
    """
    cold = group.mu[group.temperature == 0]
    sharp = np.concatenate([group.edges, group.edges - shift, cold, cold - shift, others])
    warm = group.temperature[group.temperature > 0]
    room = min(ROOM * np.min(np.abs(sharp - energy)), WARM * np.min(warm, initial=np.inf))
    if room < LEAST * group.scale:
        raise PrecisionError(
            f"the frequency {shift:.15g} takes electrons of energy {energy:.15g} to or from a bound state, "
            "next to the edge of a band, a cold potential or another such energy: rounding decides"
        )
    return float(room)


def refuse_met(states: list[State], w: Array, scale: float, moved: Callable[[State, State], bool]) -> None:
    """Raise where a frequency is the distance of two bound states of which one is fuller.

    Parameters
    ----------
    states : list of State
    w : ndarray, shape (W,)
    scale : float
        The largest energy.
    moved : callable
        Whether a coordinate takes electrons from the first state to the second, and not as many back.

    Raises
    ------
    UnbroadenedLevelError
        Naming the energies.
    """
    for state in states:
        for other in states:
            apart = other.energy - state.energy
            if other is state or not np.any(np.abs(np.abs(w) - abs(apart)) <= MET * scale):
                continue
            if moved(state, other):
                raise UnbroadenedLevelError(
                    f"response is infinite at the frequency {abs(apart):.15g}, the distance of the bound "
                    f"states at energies {state.energy:.15g} and {other.energy:.15g}"
                )
