"""The multiple probes of todorov2010: electrodes of many sites, each of which leaks a little."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import scalar, whole
from ..errors import InvalidSystemError, ProbeWarning
from ..leads import WideBandLead
from .base import Model, located

__all__ = ["probe_chain"]

# Broadening times length over velocity from which on an electrode absorbs what enters it.
ENOUGH = 0.5


@dataclass(frozen=True)
class probe_chain(Model):
    """A chain whose middle atom moves in the plane, between two electrodes of many broadened sites.

    The levels are, in order, the left electrode from its far end on, the moving atom, and the right
    electrode. Bent, the left electrode comes from below and the right one leaves along x, as in `bent_chain`,
    which is the limit of long electrodes and then of vanishing broadening.

    Parameters
    ----------
    sites : int
        Atoms of each electrode.
    broadening : float
        Full width Gamma of the probe on each atom of an electrode, twice the ``Gam`` of todorov2010. Unit:
        energy.
    hopping : float
        Hopping between neighbours one bond length apart. Unit: energy.
    decay : float
        Hopping falls as ``exp(-decay (distance - 1))``. Unit: inverse bond length.
    mu, temperature : tuple of float
        Of the left and of the right electrode.
    bent : bool
        Whether there is a right angle at the moving atom.

    Warns
    -----
    ProbeWarning
        Electrodes so short that both fill the same standing waves.

    Raises
    ------
    InvalidSystemError
        A parameter that is none, by name.

    Notes
    -----
    Source: todorov2010 Sec. III and Eq. 27-29. With v the velocity at the potential and Gam = broadening/2,
    the curl is off by about ``Gam/v`` of itself (by ``-Gam/v`` with one more probe on the moving atom) and by
    a part that falls like ``exp(-2 Gam sites/v)``: below ``Gam sites/v = 1/2`` it is useless.
    """

    sites: int = 400
    broadening: float = 0.02
    hopping: float = -1.0
    decay: float = 1.0
    mu: tuple[float, float] = (-0.95, -1.05)
    temperature: tuple[float, float] = (0.0, 0.0)
    bent: bool = True

    coordinates: ClassVar[tuple[str, ...]] = ("x", "y")
    degeneracy: ClassVar[int] = 2

    def __post_init__(self) -> None:
        whole("sites", self.sites, 1, 5000)
        if scalar("broadening", self.broadening) <= 0:
            raise InvalidSystemError("broadening", f"{self.broadening:g}", "a number > 0")
        for name in ("hopping", "decay"):
            scalar(name, getattr(self, name))
        self._warn()

    def _warn(self) -> None:
        velocities = [np.sqrt(max(4 * self.hopping**2 - mu**2, 0.0)) for mu in self.mu]
        ratio = self.broadening / 2 * self.sites / max(*velocities, 1e-300)
        if ratio < ENOUGH:
            warnings.warn(
                f"electrodes of {self.sites} sites with a broadening of {self.broadening:g} absorb too "
                f"little: broadening/2 sites/velocity is {ratio:.2g}, and below {ENOUGH:g} both fill the "
                "same standing waves; make them longer or broaden them more",
                ProbeWarning,
                stacklevel=4,
            )

    @property
    def leads(self) -> tuple[WideBandLead, ...]:
        """The probes of the left and those of the right electrode."""
        n = 2 * self.sites + 1
        left = np.arange(n) < self.sites
        return tuple(
            WideBandLead(self.broadening * np.diag(1.0 * where), mu, temperature)
            for where, mu, temperature in zip((left, left[::-1]), self.mu, self.temperature, strict=True)
        )

    def _bonds(self, x: Any, y: Any, xp: Any) -> list[tuple[Any, ...]]:
        """Hopping from the moving atom to its neighbours, its derivatives along x and y, and xx, xy, yy."""
        bonds = []
        for dx, dy in ((x, y + 1) if self.bent else (x + 1, y), (x - 1, y)):
            distance = xp.sqrt(dx * dx + dy * dy)
            hop = self.hopping * xp.exp(-self.decay * (distance - 1))
            slope = -self.decay * hop / distance
            turn = -slope * (self.decay + 1 / distance) / distance
            second = (turn * dx * dx + slope, turn * dx * dy, turn * dy * dy + slope)
            bonds.append((hop, slope * dx, slope * dy, *second))
        return bonds

    def _filled(self, x: ArrayLike, xp: Any, part: int) -> NDArray[Any]:
        array = located(x, self.coordinates, xp)
        if xp is not np:
            array = np.array([xp.convert(value) for value in array], dtype=object)
        n, middle = 2 * self.sites + 1, self.sites
        matrix = np.zeros((*array.shape[:-1], n, n), array.dtype)
        if part == 0:
            for i in range(n - 1):
                matrix[..., i, i + 1] = matrix[..., i + 1, i] = (
                    xp.mpf(self.hopping) if xp is not np else self.hopping
                )
        for other, bond in zip(
            (middle - 1, middle + 1), self._bonds(array[..., 0], array[..., 1], xp), strict=True
        ):
            matrix[..., middle, other] = matrix[..., other, middle] = bond[part]
        return matrix

    def hamiltonian(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return h(x), shape (..., n, n) with n = 2 sites + 1."""
        return self._filled(x, xp, 0)

    def gradient(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return dh/dx at x, shape (..., 2, n, n)."""
        return np.stack([self._filled(x, xp, part) for part in (1, 2)], axis=-3)

    def hessian(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return d2h/dx2 at x, shape (..., 2, 2, n, n)."""
        xx, xy, yy = (self._filled(x, xp, part) for part in (3, 4, 5))
        return np.stack([np.stack(row, axis=-3) for row in ((xx, xy), (xy, yy))], axis=-4)

    def _hamiltonian(self, x: Any, xp: Any) -> Any:
        return self.hamiltonian(x, xp)

    def _gradient(self, x: Any, xp: Any) -> Any:
        return self.gradient(x, xp)
