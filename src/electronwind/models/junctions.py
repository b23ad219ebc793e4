"""The junctions of preston2022, on wide-band leads. Atomic units, as in the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..leads import WideBandLead
from .base import Parametric, Rows

__all__ = ["single_level", "stretch_and_turn", "two_level"]


@dataclass(frozen=True)
class single_level(Parametric):
    """One level on two leads, h = h0 + slope x.

    Parameters
    ----------
    h0, slope : float
        Energy of the level at x = 0, and its derivative.
    broadening : tuple of float
        Gamma of the left and of the right lead.
    mu, temperature : tuple of float
        Electrochemical potentials and temperatures of the two leads.

    Notes
    -----
    Source: preston2022 Sec. III A, Eq. 53 and 61. The paper gives no broadening for it; that of its
    Sec. III B is the default here.
    """

    h0: float = 0.0
    slope: float = 0.1
    broadening: tuple[float, float] = (0.05, 0.05)
    mu: tuple[float, float] = (0.12, -0.12)
    temperature: tuple[float, float] = (0.001, 0.001)

    coordinates: ClassVar[tuple[str, ...]] = ("x",)

    @property
    def leads(self) -> tuple[WideBandLead, ...]:
        """The left and the right lead."""
        numbers = zip(self.broadening, self.mu, self.temperature, strict=True)
        return tuple(WideBandLead([[g]], mu, t) for g, mu, t in numbers)

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Rows:
        del xp
        return [[self.h0 + self.slope * x[0]]]

    def _gradient(self, x: Sequence[Any], xp: Any) -> list[Rows]:
        del xp
        return [[[self.slope + 0 * x[0]]]]


class _two_sites(Parametric):
    """Two levels, the left lead on the first and the right lead on the second (preston2022 Eq. 55)."""

    gamma: float
    mu: tuple[float, float]
    temperature: tuple[float, float]

    @property
    def leads(self) -> tuple[WideBandLead, ...]:
        """The left and the right lead."""
        left, right = np.diag([self.gamma, 0.0]), np.diag([0.0, self.gamma])
        return (
            WideBandLead(left, self.mu[0], self.temperature[0]),
            WideBandLead(right, self.mu[1], self.temperature[1]),
        )


@dataclass(frozen=True)
class two_level(_two_sites):
    """Two levels that x shifts against each other.

    Parameters
    ----------
    lambda_ : float
        Shift of the levels with x.
    eta : float
        Overlap of the two levels.
    gamma : float
        Broadening of each level by its lead.
    mu, temperature : tuple of float
        Electrochemical potentials and temperatures of the left and the right lead.

    Notes
    -----
    Source: preston2022 Eq. 54, 55 and the common parameters of its Sec. III B. ``Gamma`` in the paper's
    Omega/Gamma is the sum of the two broadenings.
    """

    lambda_: float = 0.1
    eta: float = 0.1
    gamma: float = 0.05
    mu: tuple[float, float] = (0.12, -0.12)
    temperature: tuple[float, float] = (0.001, 0.001)

    coordinates: ClassVar[tuple[str, ...]] = ("x",)

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Rows:
        del xp
        shift = self.lambda_ * x[0]
        return [[-shift, self.eta], [self.eta, shift]]

    def _gradient(self, x: Sequence[Any], xp: Any) -> list[Rows]:
        del xp
        slope = self.lambda_ + 0 * x[0]
        return [[[-slope, 0], [0, slope]]]


@dataclass(frozen=True)
class stretch_and_turn(_two_sites):
    """Two sites whose bond is stretched (q) and turned in the field of the bias (theta).

    Parameters
    ----------
    eta : float
        Overlap at q = 0.
    bond : float
        Bond length q0 that enters the energy of the sites in the field.
    length : float
        Length of the junction, over which the bias falls.
    gamma : float
        Broadening of each level by its lead.
    mu, temperature : tuple of float
        Electrochemical potentials and temperatures of the left and the right lead.

    Notes
    -----
    Source: preston2022 Eq. 56-59 and the parameters after Eq. 59.
    """

    eta: float = 0.1
    bond: float = 2.0
    length: float = 4.0
    gamma: float = 0.05
    mu: tuple[float, float] = (0.1, -0.1)
    temperature: tuple[float, float] = (0.001, 0.001)

    coordinates: ClassVar[tuple[str, ...]] = ("q", "theta")

    @property
    def _tilt(self) -> float:
        return (self.mu[0] - self.mu[1]) / self.length * self.bond  # Eq. 58, 59

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Rows:
        q, theta = x
        overlap = self.eta * xp.exp(-q) * (1 + q + q * q / 3)  # Eq. 57
        site = self._tilt * xp.cos(theta)
        return [[site, overlap], [overlap, -site]]

    def _gradient(self, x: Sequence[Any], xp: Any) -> list[Rows]:
        q, theta = x
        stretch = -self.eta * xp.exp(-q) * q * (1 + q) / 3
        turn = -self._tilt * xp.sin(theta)
        return [[[0, stretch], [stretch, 0]], [[turn, 0], [0, -turn]]]
