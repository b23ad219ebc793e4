"""Free-electron wires: drawn problems, and their sums over subbands, integrals over energy as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import JelliumWire, OpenSystem, WideBandLead

from ..core.check import Problem
from ..numerics.quadrature import grid
from .strategies import Drawing

__all__ = ["At", "Plain", "points_of", "wire_of", "wires"]

Array = NDArray[Any]

NODES = 40
COINCIDE = 1e-14
GROWTH = 3.0
# The wire is the problem; a check has a system all the same.
NOTHING = OpenSystem([[0.0]], [[[0.0]]], [WideBandLead([[1.0]], 0.0, 0.0)])


@st.composite
def wires(draw: Drawing) -> Problem:
    """Return a strategy for wires of some subbands with two points, well off all edges.

    Binary fractions of pi^2 would sit on an edge; these sit an irrational part of a spacing off them.
    """
    side = draw(st.integers(10, 24)) / 8
    values = {
        "side": side,
        "fermi_energy": draw(st.integers(16, 40)) / 2 + 0.03125,
        "bias": draw(st.sampled_from([-1, 1])) * draw(st.integers(1, 24)) / 16,
        "frequency": draw(st.integers(1, 16)) / 16,
        "strength": draw(st.sampled_from([-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2])),
    }
    points = [[draw(st.integers(1, 15)) * side / 32 for _ in range(2)] for _ in range(2)]
    return Problem(NOTHING, {"wire": values, "points": points})


def wire_of(problem: Problem) -> JelliumWire:
    """Return the wire of a problem."""
    return JelliumWire(**problem.numbers["wire"])


def points_of(problem: Problem) -> Array:
    """Return its points, shape (p, 2)."""
    return np.array(problem.numbers["points"])


def _between(low: float, high: float, cuts: list[float]) -> Iterator[float]:
    """Yield ends of pieces that grow with the distance from a root a little outside the interval."""
    inner = [cut for cut in cuts if low < cut < high]
    for end, other, way in ((low, min(inner, default=high), 1), (high, max(inner, default=low), -1)):
        step = min((abs(end - cut) for cut in cuts if way * (end - cut) > 0), default=np.inf)
        while step < abs(other - end) / GROWTH:
            yield end + way * step
            step *= GROWTH


class At(NamedTuple):
    """An energy by its distance from an end of a piece: next to an edge that has all digits."""

    mark: float
    beyond: float


class Plain:
    """The wire in the words of todorov2014 Eq. 39, at one point."""

    def __init__(self, wire: JelliumWire, point: Array) -> None:
        side, self.W, self.C = (float(v) for v in (wire.side, wire.frequency, wire.strength))
        self.sign = float(np.sign(wire.bias))
        half = abs(float(wire.bias)) / 2
        self.mus = float(wire.fermi_energy) + half, float(wire.fermi_energy) - half
        n = np.arange(1, int(side * np.sqrt(2 * (self.mus[0] + self.W)) / np.pi) + 2)
        self.edges = (np.pi**2 / (2 * side**2) * (n[:, None] ** 2 + n**2)).ravel()
        x, y = (np.pi * n * r / side for r in point)
        parts = [(np.sin(x) ** 2, np.sin(y) ** 2)]
        parts.append((n * np.pi / side * np.sin(2 * x), parts[0][1]))
        parts.append((parts[0][0], n * np.pi / side * np.sin(2 * y)))
        self.waves = np.array([4 / side**2 * np.multiply.outer(a, b).ravel() for a, b in parts])

    def total(self, at: At, shift: int, power: int) -> Array:
        """Return sum chi^2 k^power over subbands open at E + shift W, and its derivatives along x and y."""
        apart = at.mark + shift * self.W - self.edges
        # The mark is an edge to rounding, or is none.
        apart[np.abs(apart) < COINCIDE * at.mark] = 0.0
        k2 = 2 * (apart + at.beyond)
        return np.asarray(self.waves[:, k2 > 0] @ k2[k2 > 0] ** (power / 2))

    def integral(self, function: Callable[[At], Any], low: float, high: float) -> Any:
        """Return an integral whose integrand has roots, and their inverses, at the edges and those +- W."""
        cuts = sorted({float(e + shift * self.W) for e in self.edges for shift in (-1, 0, 1)})
        ends = sorted({low, high, *(cut for cut in cuts if low < cut < high), *_between(low, high, cuts)})
        nodes, weights = grid(0.0, np.pi / 2, nodes=NODES)
        total: Any = 0.0
        for start, stop in pairwise(ends):
            size = stop - start
            for u, w in zip(nodes, weights, strict=True):
                near = u < np.pi / 4
                at = At(start, size * np.sin(u) ** 2) if near else At(stop, -size * np.cos(u) ** 2)
                total += function(at) * w * size * np.sin(2 * u)
        return total
