r"""The states that a crystal binds to its own end, in the gaps between its bands.

There its reflection is unitary, and every phase of it grows with the energy. At a state of the end one is
that of -i, where :math:`1 - i\rho` has no inverse. How often that happens in a step is the growth of all
phases less what is left of it at the ends of the step, over a turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .bloch import EndStateError
from .calculus import adjoint

__all__ = ["INSIDE", "end_states"]

Array = np.ndarray[Any, Any]

# Where a gap is looked at, in fractions of it: not in the middle, where symmetry puts a state.
INSIDE = np.sin(np.pi * (np.arange(64) + 0.43) / 64 / 2) ** 2
# How far from the levels of a cell, of which one may be the state; growth of phases in a step, and halvings.
NEXT, GROWTH, HALVINGS = 1e-6, 1.0, 12
# Halvings of a step with a state in it.
BISECTIONS = 40


def end_states(
    reflected: Callable[[Array], tuple[Array, Array]], gap: tuple[float, float], levels: Array
) -> Array:
    """Return the energies of the states of an end in a gap, sorted.

    Parameters
    ----------
    reflected : callable
        The reflection and its slope at energies.
    gap : (float, float)
        Its ends.
    levels : ndarray
        Those of a cell alone, about which phases grow fast where a hopping is weak.
    """
    low, high = gap
    e = low + (high - low) * INSIDE
    about = np.add.outer(levels, NEXT * (high - low) * np.array([-1.0, 1.0]))
    e = np.union1d(e, about[(about > e[0]) & (about < e[-1])])
    phases, growth = _phases(reflected, e)
    for _ in range(HALVINGS):
        fast = np.maximum(growth[1:], growth[:-1]) * np.diff(e) > GROWTH
        if not np.any(fast):
            break
        middle = (e[1:] + e[:-1])[fast] / 2
        more = _phases(reflected, middle)
        order = np.argsort(np.concatenate([e, middle]))
        e = np.concatenate([e, middle])[order]
        phases, growth = (np.concatenate(pair)[order] for pair in ((phases, more[0]), (growth, more[1])))
    grown = (growth[1:] + growth[:-1]) / 2 * np.diff(e)
    turns = np.rint((grown - np.diff(phases)) / (2 * np.pi))
    at = np.flatnonzero(turns > 0)
    return np.array([_bisected(reflected, *ends) for ends in zip(e[at], e[at + 1], strict=True)])


def _phases(reflected: Callable[[Array], tuple[Array, Array]], e: Array) -> tuple[Array, Array]:
    """Return the sum of all phases, each counted from that of a state to a turn, and its slope."""
    rho, slope = reflected(e + 0j)
    phases = np.mod(np.angle(np.linalg.eigvals(rho)) + np.pi / 2, 2 * np.pi)
    return np.sum(phases, axis=-1), np.einsum("eii->e", adjoint(rho) @ slope).imag


def _bisected(reflected: Callable[[Array], tuple[Array, Array]], low: float, high: float) -> float:
    """Return where the sum of phases falls."""
    first = _phases(reflected, np.array([low]))[0][0]
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        try:
            here = _phases(reflected, np.array([middle]))[0][0]
        except EndStateError:
            return middle
        low, high = (middle, high) if here >= first else (low, middle)
    return (low + high) / 2
