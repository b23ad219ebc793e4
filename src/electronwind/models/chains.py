"""The atomic chains of todorov2010, on leads that continue the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..leads import ChainLead
from .base import Parametric, Rows

__all__ = ["bent_chain"]


@dataclass(frozen=True)
class bent_chain(Parametric):
    """An infinite chain with a right angle; the corner atom moves in the plane.

    The levels are, in order, the atom at (0, -1), the corner at (x, y) and the atom at (1, 0). The left
    lead continues the chain below the first, the right lead beyond the last.

    Parameters
    ----------
    hopping : float
        Hopping between neighbours one bond length apart, negative. Unit: energy.
    decay : float
        Hopping falls as ``exp(-decay (distance - 1))``, so its derivative is ``-decay hopping`` at one
        bond length. Unit: inverse bond length.
    mu : tuple of float
        Electrochemical potentials of the left and the right lead.
    temperature : tuple of float
        Their temperatures.

    Notes
    -----
    Source: todorov2010 Sec. V and Eq. 26-33, without screening. The paper leaves filling and bias open;
    here they default to one third and ``eV = 0.1 |hopping|``. Lengths are in bond lengths, and (x, y)
    is (0, 0) at the ideal position.
    """

    hopping: float = -1.0
    decay: float = 1.0
    mu: tuple[float, float] = (-0.95, -1.05)
    temperature: tuple[float, float] = (0.0, 0.0)

    coordinates: ClassVar[tuple[str, ...]] = ("x", "y")
    degeneracy: ClassVar[int] = 2

    @property
    def leads(self) -> tuple[ChainLead, ...]:
        """The chains beyond the first and beyond the last of the three sites."""
        return (
            ChainLead(0, self.hopping, self.mu[0], self.temperature[0]),
            ChainLead(2, self.hopping, self.mu[1], self.temperature[1]),
        )

    def _bonds(self, x: Sequence[Any], xp: Any) -> list[tuple[Any, Any, Any]]:
        """Hopping to each neighbour of the corner, and its derivatives along x and y."""
        bonds = []
        for dx, dy in ((x[0], x[1] + 1), (x[0] - 1, x[1])):
            distance = xp.sqrt(dx * dx + dy * dy)
            hop = self.hopping * xp.exp(-self.decay * (distance - 1))
            slope = -self.decay * hop / distance
            bonds.append((hop, slope * dx, slope * dy))
        return bonds

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Rows:
        (left, *_), (right, *_) = self._bonds(x, xp)
        return _bond_matrix(left, right)

    def _gradient(self, x: Sequence[Any], xp: Any) -> list[Rows]:
        left, right = self._bonds(x, xp)
        return [_bond_matrix(left[i], right[i]) for i in (1, 2)]


def _bond_matrix(left: Any, right: Any) -> Rows:
    return [[0, left, 0], [left, 0, right], [0, right, 0]]
