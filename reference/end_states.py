"""States that a crystal binds to its own end: poles of its Green's function there, between two bands.

Where nothing leaves, g is Hermitian and falls with energy, and so does its trace; through a pole it rises.
There are none beyond all bands: the end only takes states away from the crystal without an end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from .arithmetic import Array, number

__all__ = ["end_states"]

# Energies at which a gap is looked at, closer towards its ends: distances from the next end, over its width.
LOOKS = 0.987 * np.sort(np.concatenate([4.0 ** -np.arange(3, 19), np.arange(1, 17) / 32]))
# How an interval is cut where the trace rises, nowhere that a pole would lie for reasons of symmetry.
PARTS = np.array([0.0, 0.237, 0.489, 0.741, 1.0])
# The width it is cut down to, over its way to the ends of the gap.
CLOSE = 1e-5
# What of a rise may be rounding.
BLURRED = 1e-9
# How often more it is cut once nothing but the pole shows in the signs of the trace.
ALONE = 2
# The least width of an interval, over the largest energy.
FINEST = 1e-9
# Energies on both sides of a pole from which it is found; there 1 / trace is analytic and passes zero.
AROUND = 6


def end_states(
    gaps: list[tuple[Any, Any]],
    plain: Callable[[Any], Any],
    exact: Callable[[Array], Array],
    scale: float,
) -> list[Any]:
    """Return the energies of all states at the end of a crystal, to some 25 digits, sorted.

    Parameters
    ----------
    gaps : list of pairs of numbers
        Lower and upper ends of the gaps between bands.
    plain : callable
        Takes real energies, floats of shape ``(nodes,)``, to the trace of g there.
    exact : callable
        Takes energies, numbers of the arithmetic, to the trace of g.
    scale : float
        The largest energy of the crystal.
    """
    found = []
    for low, high in gaps:
        a, b = float(low), float(high)
        looks = np.concatenate([a + (b - a) * LOOKS, b - (b - a) * LOOKS[::-1]])
        finest = FINEST * scale
        for first, last in _rising(looks, plain, partial(_close, a, b, finest), finest):
            pole = _read_off((first + last) / 2, last - first, exact)
            if pole is not None and low < pole < high:
                found.append(pole)
    return sorted(found)


def _close(low: float, high: float, finest: float, energy: float) -> float:
    """Return the width of an interval that is short against its way to the ends of the gap."""
    return CLOSE * min(energy - low, high - energy) + 4 * finest


def _rising(
    looks: Any, plain: Callable[[Any], Any], enough: Callable[[Any], Any], finest: float
) -> Iterator[tuple[float, float]]:
    """Yield short intervals in which the trace rises through zero, as only a pole lets it."""
    rest = [(looks, 0)]
    while rest:
        energies, passed = rest.pop()
        trace = plain(energies)
        for (first, last), (before, after) in zip(pairwise(energies), pairwise(trace), strict=True):
            if after - before <= BLURRED * (abs(after) + abs(before)):
                continue
            alone = passed + 1 if before < 0 < after else 0
            if alone > ALONE and last - first <= enough((first + last) / 2):
                yield first, last
            elif last - first > finest:
                rest.append((first + (last - first) * PARTS, alone))


def _read_off(middle: float, width: float, exact: Callable[[Array], Array]) -> Any:
    """Return the zero of 1 / trace by inverse interpolation from energies about an interval; or None."""
    sides = np.concatenate([-np.arange(AROUND, 0, -1) - 0.5, np.arange(1, AROUND + 1) + 0.5])
    energies = np.array([number(middle) + number(width * side) for side in sides], dtype=object)
    inverse = 1 / exact(energies)
    # Through a pole it passes zero once, and falls nowhere.
    if not (inverse[0].real < 0 < inverse[-1].real):
        return None
    value = number(0)
    for k, energy in enumerate(energies):
        others = np.delete(inverse, k)
        value += energy * np.prod(others / (others - inverse[k]))
    return value.real
