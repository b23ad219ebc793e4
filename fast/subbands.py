"""The subbands of a wire with hard walls: their edges, and sums over them at points of the cross section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind.jellium import JelliumWire

__all__ = ["Sines", "Subbands", "root_step", "roots"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Subbands:
    """The numbers of one wire, with mu1 >= mu2, and its subbands e_nm = unit (n^2 + m^2)."""

    side: float
    unit: float
    mu1: float
    mu2: float
    bias: float
    sign: float
    frequency: float
    strength: float

    @classmethod
    def of(cls, wire: JelliumWire) -> Subbands:
        """Return the subbands of a wire without batch axes."""
        side, bias, middle = float(wire.side), float(wire.bias), float(wire.fermi_energy)
        half = abs(bias) / 2
        return cls(
            side,
            (np.pi / side) ** 2 / 2,
            middle + half,
            middle - half,
            abs(bias),
            float(np.sign(bias)),
            float(wire.frequency),
            float(wire.strength),
        )

    def most(self, energy: float) -> int:
        """Return the largest n of a subband with its edge below the energy, or 0."""
        return int(np.sqrt(max(energy / self.unit - 1, 0.0)))

    def edges(self, most: int) -> Floats:
        """Return e_nm for n and m from 1 to `most`, shape (most, most)."""
        return np.asarray(self.squares(most) * self.unit, dtype=float)

    def squares(self, most: int) -> NDArray[np.int64]:
        """Return n^2 + m^2 for n and m from 1 to `most`, shape (most, most)."""
        n = np.arange(1, most + 1) ** 2
        return n[:, None] + n

    @cached_property
    def windows(self) -> list[tuple[float, float, NDArray[np.bool_]]]:
        """The open subbands by what of the bias window they carry: start, width, and which, shape (N, N).

        Those that are open at mu2 carry all of it; those that open inside begin at their own edge.
        """
        squares = self.squares(self.most(self.mu1))
        edges = squares * self.unit
        found = [(self.mu2, self.bias, edges < self.mu2)]
        for square in np.unique(squares[(edges >= self.mu2) & (edges < self.mu1)]):
            start = float(square) * self.unit
            found.append((start, self.mu1 - start, squares == square))
        return [part for part in found if np.any(part[2])]


class Sines:
    """The squares of the standing waves along one direction, at positions x, shape (p,).

    A position beyond the middle is mirrored, so that all is as exact next to either wall.
    """

    def __init__(self, x: Floats, side: float, most: int) -> None:
        beyond = x > side / 2
        self.wall = np.where(beyond, side - x, x)
        n = np.arange(1, most + 1)
        phase = (np.pi / side) * self.wall[:, None] * n
        self.density: Floats = (2 / side) * np.sin(phase) ** 2
        self._turn = np.where(beyond, -1.0, 1.0)[:, None] * n * (2 * np.pi / side**2)
        self._phase = phase

    @cached_property
    def slope(self) -> Floats:
        """Derivatives of the density along x, shape (p, N)."""
        return np.asarray(self._turn * np.sin(2 * self._phase), dtype=np.float64)


def weighted(left: Floats, weights: NDArray[Any], right: Floats) -> Floats:
    """Return sum_nm left_pn weights_nm right_pm, shape (p,)."""
    n, m = weights.shape
    return np.asarray(np.sum((left[:, :n] @ weights) * right[:, :m], axis=-1))


def roots(energy: Floats | float, edges: Floats | float) -> Floats:
    """Return Re sqrt(2 (E - e)): the wave number of an open subband, 0 of a closed one."""
    return np.asarray(np.sqrt(np.maximum(2 * (np.asarray(energy) - edges), 0.0)), dtype=float)


def root_step(low: Floats, high: Floats, gap: float) -> Floats:
    """Return high - low of two such roots whose energies differ by `gap`, without cancellation."""
    total = low + high
    square = np.where(low > 0, 2 * gap, high * high)
    return np.divide(square, total, out=np.zeros_like(total), where=total > 0)
