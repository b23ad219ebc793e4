"""Bound states: levels beside or inside the bands of the leads that none of them broadens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["BoundStates"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class BoundStates:
    """The bound states of a batch of systems, k of them where there are most.

    Attributes
    ----------
    energies : ndarray, shape (..., k)
        Ascending. Unit: energy. Members with fewer states are padded with infinity.
    weights : ndarray, shape (..., k)
        Share Z of each state on the levels of the system, 0 < Z <= 1; the leads have the rest. Padded with 0.
    states : ndarray, shape (..., k, n)
        Amplitudes v on the levels, normalised there: ``Z v v^+`` is what a filled state adds to the density
        matrix. The phase is arbitrary, and so is the basis where energies coincide. Padded with 0.
    count : ndarray of int, shape (...)
        Number of states of each member.

    Notes
    -----
    Source: todorov2010 Eq. A8, the isolated part of C. In the steady state such a level is filled like the
    leads, where all of them are occupied alike at its energy, and has no definite occupation otherwise.
    """

    energies: Array
    weights: Array
    states: Array
    count: Array
