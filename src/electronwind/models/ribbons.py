"""The test particle of todorov2011: a weak scatterer that moves over a ribbon under current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import scalar, whole
from ..errors import InvalidSystemError
from ..leads import PeriodicLead
from .base import Model, located

__all__ = ["ribbon_particle"]

MOST_WIDE, MOST_LONG = 200, 200


@dataclass(frozen=True)
class ribbon_particle(Model):
    """A scatterer of strength C over a square lattice between hard walls, on leads that continue the ribbon.

    The potential of the particle at (x, y) on the site (i, j) is C w(x - i) w(y - j), w the cubic spline
    with its knots on whole numbers: smooth, two sites wide to each side, and its sum is C at any position.

    Parameters
    ----------
    width : int
        Sites across the ribbon, along y: 0 to width - 1. The wave functions vanish at -1 and at `width`.
    length : int
        Sites along the ribbon, along x, that are part of the system, at least 4. The current flows along x.
    strength : float
        C, the integral of the potential over the plane. Unit: energy times length squared.
    hopping : float
        Between neighbours, not zero. With a negative one the bottom of the band, at ``4 hopping``, is that of
        free electrons of mass ``1/(2 |hopping|)``. Unit: energy.
    mu : tuple of float
        Electrochemical potentials of the left and the right lead.
    temperature : tuple of float
        Their temperatures.

    Raises
    ------
    InvalidSystemError
        A parameter that is none, by name; a position whose particle reaches beyond the columns of the
        system.

    Notes
    -----
    Lengths are in lattice constants, hbar = 1. Source: todorov2011 Eq. 2-11 and Fig. 1. To second order in C
    the curl of the force is a property of the flow alone, ``4 pi C^2`` times the sum over sites of
    ``d_x w_i d_y w_j D_ij Im rho_ji`` for each spin; for waves that are long against the lattice it is
    ``2 pi m C^2 rot(D j)`` (Eq. 7), D the density of states of one spin and j the particle current of both.
    Levels are counted column by column.
    """

    width: int = 6
    length: int = 5
    strength: float = 0.1
    hopping: float = -1.0
    mu: tuple[float, float] = (-2.15, -2.25)
    temperature: tuple[float, float] = (0.0, 0.0)

    coordinates: ClassVar[tuple[str, ...]] = ("x", "y")
    degeneracy: ClassVar[int] = 2

    def __post_init__(self) -> None:
        whole("width", self.width, 1, MOST_WIDE)
        whole("length", self.length, 4, MOST_LONG)
        scalar("strength", self.strength)
        if scalar("hopping", self.hopping) == 0:
            raise InvalidSystemError("hopping", "0", "a number that is not zero")

    @property
    def leads(self) -> tuple[PeriodicLead, ...]:
        """The ribbon to the left of the first and to the right of the last column."""
        column, onwards = self._column(), self.hopping * np.eye(self.width)
        last = (self.length - 1) * self.width
        ends = zip((0, last), self.mu, self.temperature, strict=True)
        return tuple(
            PeriodicLead(range(first, first + self.width), column, onwards, mu, heat)
            for first, mu, heat in ends
        )

    @property
    def mass(self) -> float:
        """Of an electron at the bottom of the band, ``1/(2 |hopping|)``."""
        return 1 / (2 * abs(self.hopping))

    def _column(self) -> NDArray[np.float64]:
        return np.asarray(self.hopping * (np.eye(self.width, k=1) + np.eye(self.width, k=-1)))

    def weights(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return the weight of each site and its first and second derivatives, shape (..., 3, 3, n).

        The entry [j, k] is the j-th derivative along x and the k-th along y of w(x - i) w(y - j).

        Raises
        ------
        InvalidSystemError
            A particle that reaches beyond the columns of the system.
        """
        array = located(x, self.coordinates, xp)
        if xp is not np:
            array = np.array([xp.convert(value) for value in array], dtype=object)
        along = np.asarray(array[..., 0], dtype=float)
        out = (along < 1) | (along > self.length - 2)
        if np.any(out):
            where = f"1 to {self.length - 2}: the particle is two sites wide to each side"
            raise InvalidSystemError("x[..., 0]", f"{float(along[out].flat[0]):g}", where)
        wx = _spline(array[..., 0, None] - np.arange(self.length))
        wy = _spline(array[..., 1, None] - np.arange(self.width))
        joined = wx[..., :, None, :, None] * wy[..., None, :, None, :]
        return np.asarray(joined.reshape(*joined.shape[:-2], -1))

    def hamiltonian(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return h(x), shape (..., n, n) with n = length times width."""
        along = np.eye(self.length, k=1) + np.eye(self.length, k=-1)
        bare = np.kron(np.eye(self.length), self._column()) + self.hopping * np.kron(
            along, np.eye(self.width)
        )
        return np.asarray(bare + self._diagonal(self.weights(x, xp)[..., 0, 0, :]))

    def gradient(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return dh/dx at x, shape (..., 2, n, n)."""
        w = self.weights(x, xp)
        return self._diagonal(np.stack([w[..., 1, 0, :], w[..., 0, 1, :]], axis=-2))

    def hessian(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return d2h/dx2 at x, shape (..., 2, 2, n, n)."""
        w = self.weights(x, xp)
        rows = [[w[..., 2, 0, :], w[..., 1, 1, :]], [w[..., 1, 1, :], w[..., 0, 2, :]]]
        return self._diagonal(np.stack([np.stack(row, axis=-2) for row in rows], axis=-3))

    def _diagonal(self, weights: NDArray[Any]) -> NDArray[Any]:
        return np.asarray((self.strength * weights)[..., None] * np.eye(weights.shape[-1], dtype=int))

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Any:
        return self.hamiltonian(np.stack(np.broadcast_arrays(*x), axis=-1), xp)

    def _gradient(self, x: Sequence[Any], xp: Any) -> Any:
        return self.gradient(np.stack(np.broadcast_arrays(*x), axis=-1), xp)


def _spline(u: NDArray[Any]) -> NDArray[Any]:
    """Return the cubic spline with knots at -2, -1, 0, 1, 2 and two derivatives, on a last but one axis."""
    far, sign = abs(u), np.sign(np.asarray(u, dtype=float))
    near, left = far < 1, np.where(far < 2, 2 - far, 0 * far)
    pieces = [
        np.where(near, (4 - 6 * far**2 + 3 * far**3) / 6, left**3 / 6),
        np.where(near, u * (3 * far - 4) / 2, -sign * left**2 / 2),
        np.where(near, 3 * far - 2, left),
    ]
    return np.stack(pieces, axis=-2)
