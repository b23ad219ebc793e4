"""The equations of the mean fields, linear in the share of the functional that is switched on.

For a share s the equation is ``F0 + s F1 = 0`` with the Jacobian ``J0 + s J1``. At s = 0 the bare system
solves it, at s = 1 the self-consistent one. A strength U is switched on like ``s U / (1 + (1 - s) U / E)``, E
the largest energy: a strong one, even one without bound, is felt at the pace of a weak one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from electronwind import InvalidSystemError, OpenSystem
from electronwind._arrays import hermitian
from electronwind.functionals import Functional, Hubbard, LocalNeutrality, MeanField
from electronwind.watched import called

from .narrow import size
from .susceptibility import Entries, Levels, answer

__all__ = ["Equation", "Point", "equation"]

Array = np.ndarray[Any, Any]

# A trial density that has no symmetry, by which the entries of a potential are found.
TRIAL = np.random.default_rng(20100)


class Point(NamedTuple):
    """The equation at one potential.

    Attributes
    ----------
    value : tuple of ndarray, shape (B, K)
        F0 and F1.
    jacobian : tuple of ndarray, shape (B, K, K)
        J0 and J1, derivatives along the coefficients of the potential.
    driven : ndarray, shape (B, K, d)
        Derivative of F0 + F1 along the coordinates at fixed potential.
    residual : ndarray, shape (B,)
        What is left of the equation at s = 1, the largest entry.
    """

    value: tuple[Array, Array]
    jacobian: tuple[Array, Array]
    driven: Array
    residual: Array

    def at(self, share: Array) -> tuple[Array, Array]:
        """Return value and Jacobian for shares of shape (B,)."""
        value = self.value[0] + share[:, None] * self.value[1]
        return value, self.jacobian[0] + share[:, None, None] * self.jacobian[1]

    def take(self, where: Array) -> Point:
        """Return the members at a mask."""
        pairs = [(pair[0][where], pair[1][where]) for pair in (self.value, self.jacobian)]
        return Point(pairs[0], pairs[1], self.driven[where], self.residual[where])

    def put(self, where: Array, other: Point) -> None:
        """Replace the members at a mask."""
        for mine, new in zip(
            (*self.value, *self.jacobian, self.driven, self.residual),
            (*other.value, *other.jacobian, other.driven, other.residual),
            strict=True,
        ):
            mine[where] = new


class Equation(Protocol):
    """What a functional asks of the potential, in K real unknowns.

    Attributes
    ----------
    unknowns : int
        K.
    stiff : ndarray, shape (K,)
        What the Jacobian would be at s = 1 if the density did not answer.
    """

    unknowns: int
    stiff: Array

    def potential(self, values: Array) -> Array:
        """Return v, shape (B, n, n), for unknowns of shape (B, K)."""
        ...

    def point(self, system: OpenSystem, values: Array, which: Array) -> Point:
        """Return the equation at h + v.

        Parameters
        ----------
        system : OpenSystem
            h + v with the bare gradient, batch (B,).
        values : ndarray, shape (B, K)
            The unknowns.
        which : ndarray of int, shape (B,)
            The members of the first batch that these are.
        """
        ...


class _Charges:
    """The charge of some sites: v (1 + (1 - s) U / E) - s U (q - n), or its limit for a U without bound."""

    def __init__(self, functional: LocalNeutrality | Hubbard, bare: OpenSystem) -> None:
        sites, charges = functional.sites, functional.charges
        # Weights of v at s = 1, of (1 - s) v, and of s (q - n).
        if isinstance(functional, Hubbard):
            # Where there is no U there is no potential.
            kept = np.flatnonzero(functional.strength)
            u = functional.strength[kept]
            sites, charges = tuple(functional.sites[k] for k in kept), charges[kept]
            stiff, soft, pull = np.ones_like(u), np.abs(u), u
        else:
            stiff, soft, pull = np.zeros_like(charges), np.ones_like(charges), np.ones_like(charges)
        self._basis, self._charges = Levels(sites, bare), charges
        self.stiff, self._soft, self._pull = stiff, soft / size(bare)[:, None], pull
        self.unknowns = len(sites)

    def potential(self, values: Array) -> Array:
        return self._basis.matrix(values)

    def point(self, system: OpenSystem, values: Array, which: Array) -> Point:
        found = answer(system, self._basis)
        q, slopes = system.degeneracy * found.density, system.degeneracy * found.slopes
        k, excess, soft = self.unknowns, q - self._charges, self._soft[which]
        pulled = -self._pull[:, None] * np.swapaxes(slopes, -1, -2)
        one = np.eye(k)
        return Point(
            ((self.stiff + soft) * values, -soft * values - self._pull * excess),
            ((self.stiff + soft)[:, None] * one, -soft[:, None] * one + pulled[..., :k]),
            pulled[..., k:],
            np.max(np.abs(excess - self.stiff * values / self._pull), axis=-1, initial=0.0),
        )


class _Given:
    """A user's own functional: v (1 + (1 - s) U / E) - s V(D), entry by entry, U the size of the kernel."""

    def __init__(self, functional: Functional, bare: OpenSystem) -> None:
        self._functional = functional
        n = bare.levels
        # Entries that neither function touches for a density without symmetry are taken for zero.
        trial = TRIAL.normal(size=(2, n, n)) + 1j * TRIAL.normal(size=(2, n, n))
        trial = (trial + np.swapaxes(trial, -1, -2).conj()) / 2
        mask = (self._potential(trial[0]) != 0) | (self._kernel(trial[0], trial[1]) != 0)
        self._basis = Entries(mask | mask.T)
        self.unknowns = len(self._basis)
        self.stiff = np.ones(self.unknowns)
        self._soft = np.full(bare.shape, np.nan)
        self._scale = size(bare)

    def _potential(self, density: Array) -> Array:
        return _matrix("potential", self._functional.potential, density)

    def _kernel(self, density: Array, change: Array) -> Array:
        return _matrix("kernel", self._functional.kernel, density, change)

    def potential(self, values: Array) -> Array:
        return self._basis.matrix(values)

    def point(self, system: OpenSystem, values: Array, which: Array) -> Point:
        found = answer(system, self._basis)
        density, slopes = system.degeneracy * found.density, system.degeneracy * found.slopes
        v = np.stack([self._potential(one) for one in density])
        dv = np.array(
            [
                [self._kernel(one, change) for change in some]
                for one, some in zip(density, slopes, strict=True)
            ]
        )
        pulled = -np.swapaxes(self._basis.coefficients(dv), -1, -2)
        # The bare densities, which come first, tell how strong the kernel is.
        for member, one in zip(which, density, strict=True):
            if np.isnan(self._soft[member]):
                strengths = [np.max(np.abs(self._kernel(one, part))) for part in self._basis.parts]
                self._soft[member] = max(strengths, default=0.0) / self._scale[member]
        k, soft = self.unknowns, self._soft[which][:, None]
        one = np.eye(k)
        return Point(
            ((1 + soft) * values, -soft * values - self._basis.coefficients(v)),
            ((1 + soft)[..., None] * one, -soft[..., None] * one + pulled[..., :k]),
            pulled[..., k:],
            np.max(np.abs(v - self._basis.matrix(values)), axis=(-1, -2)),
        )


def equation(functional: MeanField, bare: OpenSystem) -> Equation:
    """Return the equation of a functional for a batch with one axis."""
    return _Given(functional, bare) if isinstance(functional, Functional) else _Charges(functional, bare)


def _matrix(name: str, function: Callable[..., Any], *densities: Array) -> Array:
    """Return what a user's function makes of densities, refusing what is no Hermitian matrix of their shape.

    Raises
    ------
    InvalidSystemError
        Naming the function.
    """
    place = f"functional.{name}"
    value = called(place, function, *(density.copy() for density in densities))
    matrix = hermitian(place, value)
    if matrix.shape != densities[0].shape:
        expected = f"shape {densities[0].shape}, that of the density"
        raise InvalidSystemError(place, f"shape {matrix.shape}", expected)
    return matrix
