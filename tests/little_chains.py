"""Chains of a few levels whose inner sites move, as a user may write them: hopping decays with the bond."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from electronwind import ClassicalBody, Potential, WideBandLead
from electronwind.models import Model


@dataclass(frozen=True)
class LittleChain(Model):
    """`atoms` moving sites between `fixed` ones on each side, on wide-band leads.

    Lengths of the bonds are 1 at rest, energies those of the hopping there.
    """

    atoms: int = 2
    fixed: int = 1
    bias: float = 0.6
    temperature: tuple[float, float] = (0.05, 0.02)
    width: float = 1.7
    probes: int = 1
    degeneracy: int = 2  # type: ignore[misc]  # a field in the base

    @property
    def coordinates(self) -> tuple[str, ...]:  # type: ignore[override]  # a field in the base
        """Names of the positions."""
        return tuple(f"x{i}" for i in range(self.atoms))

    @property
    def levels(self) -> int:
        """Number of levels."""
        return self.atoms + 2 * self.fixed

    @property
    def sites(self) -> slice:
        """Levels that move."""
        return slice(self.fixed, self.fixed + self.atoms)

    @property
    def onsite(self) -> Any:
        """Energies of the levels."""
        return 0.2 * np.cos(2.0 * np.arange(self.levels))

    @property
    def broadenings(self) -> Any:
        """Widths by lead and level: on the first and on the last sites."""
        widths = np.zeros((2, self.levels))
        widths[0, : self.probes] = self.width
        widths[1, self.levels - self.probes :] = 1.2 * self.width
        return widths

    @property
    def leads(self) -> Any:
        """The two leads."""
        both = zip(self.broadenings, (1, -1), self.temperature, strict=True)
        return tuple(WideBandLead(np.diag(w), -0.3 + s * self.bias / 2, t) for w, s, t in both)

    @property
    def rest(self) -> Any:
        """Positions of the perfect chain."""
        return np.arange(1.0, self.atoms + 1)

    def bonds(self, x: Any, xp: Any = np) -> Any:
        """Return hopping and slope of all bonds."""
        x = np.asarray(x)
        lengths = np.ones((*x.shape[:-1], self.levels - 1)) * (x[..., :1] * 0 + 1)
        ends = [0 * x[..., :1], 0 * x[..., :1] + self.atoms + 1]
        lengths[..., self.fixed - 1 : self.fixed + self.atoms] = np.diff(
            np.concatenate([ends[0], x, ends[1]], axis=-1), axis=-1
        )
        hopping = -np.exp(-1.4 * (lengths - 1))
        return SimpleNamespace(hopping=hopping, slope=-1.4 * hopping, curvature=1.96 * hopping)

    def _matrix(self, values: Any) -> Any:
        return [
            [values[min(i, j)] if abs(i - j) == 1 else 0 for j in range(self.levels)]
            for i in range(self.levels)
        ]

    def _hamiltonian(self, x: Any, xp: Any) -> Any:
        hops = self._hops(x, xp)
        rows = self._matrix(hops)
        for i in range(self.levels):
            rows[i][i] = float(self.onsite[i])
        return rows

    def _hops(self, x: Any, xp: Any) -> list[Any]:
        places = [0 * x[0], *x, 0 * x[0] + self.atoms + 1]
        moving = [-xp.exp(-1.4 * (b - a - 1)) for a, b in itertools.pairwise(places)]
        still = [0 * x[0] - 1.0] * (self.fixed - 1)
        return [*still, *moving, *still]

    def _gradient(self, x: Any, xp: Any) -> Any:
        slopes = [-1.4 * hop for hop in self._hops(x, xp)]
        found = []
        for site in range(self.fixed, self.fixed + self.atoms):
            own = [0 * x[0]] * (self.levels - 1)
            own[site - 1], own[site] = slopes[site - 1], -slopes[site]
            found.append(self._matrix(own))
        return found


def springs(atoms: int, mass: float = 30.0, stiffness: float = 20.0) -> ClassicalBody:
    """Return a body of atoms on springs of unit length between neighbours and the fixed ends."""

    def lengths(x: Any) -> Any:
        ends = [0 * x[..., :1], 0 * x[..., :1] + atoms + 1]
        return np.diff(np.concatenate([ends[0], x, ends[1]], axis=-1), axis=-1)

    return ClassicalBody(
        mass,
        Potential(
            lambda x: np.sum(stiffness * (lengths(x) - 0.9) ** 2, axis=-1) / 2,
            lambda x: -np.diff(stiffness * (lengths(x) - 0.9), axis=-1),
        ),
    )
