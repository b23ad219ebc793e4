"""The classical body that the electrons push: its masses, and its potential apart from the electrons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import FloatArray, described, real, scalar
from .errors import InvalidSystemError
from .laws import Law

__all__ = ["ClassicalBody", "Harmonic", "PairPotential", "Potential", "Surface"]


class Surface(Protocol):
    """A potential U(x), apart from the electrons."""

    def energy(self, x: NDArray[Any], /) -> NDArray[Any]:
        """Return U(x), shape (...), for x of shape (..., d)."""
        ...

    def gradient(self, x: NDArray[Any], /) -> NDArray[Any]:
        """Return dU/dx, shape (..., d), for x of shape (..., d)."""
        ...


@dataclass(frozen=True)
class Harmonic:
    """U(x) = sum_nu stiffness_nu (x_nu - rest_nu)^2 / 2.

    Parameters
    ----------
    stiffness, rest : array_like, shape (d,) or scalar
        Force constants and position of rest.

    Raises
    ------
    InvalidSystemError
        What is no finite number, or shapes that differ.

    Notes
    -----
    Source: preston2022 Eq. 10.
    """

    stiffness: FloatArray
    rest: FloatArray

    def __init__(self, stiffness: ArrayLike, rest: ArrayLike = 0.0) -> None:
        object.__setattr__(self, "stiffness", _per_coordinate("stiffness", stiffness))
        object.__setattr__(self, "rest", _per_coordinate("rest", rest))
        if len({len(self.stiffness), len(self.rest)} - {1}) > 1:
            raise InvalidSystemError("rest", f"shape {self.rest.shape}", f"shape {self.stiffness.shape}")

    def energy(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return U(x), shape (...), for x of shape (..., d)."""
        return np.asarray(np.sum(self.stiffness * (x - self.rest) ** 2, axis=-1) / 2)

    def gradient(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return dU/dx, shape (..., d), for x of shape (..., d)."""
        return np.asarray(self.stiffness * (x - self.rest))

    def hessian(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return d2U/dx2, shape (..., d, d), for x of shape (..., d)."""
        return np.asarray((0 * x + self.stiffness)[..., None] * np.eye(np.shape(x)[-1]))


@dataclass(frozen=True)
class PairPotential:
    """The sum of a law of the distance between neighbours on a line: d moving atoms between two fixed ones.

    Parameters
    ----------
    law : callable
        ``law(r)`` returns the value and its first two derivatives at distances r, each of the shape of r:
        a `PowerLaw`, or any function of that kind.
    left, right : float
        Positions of the fixed neighbours of the first and of the last atom. Unit: length.

    Raises
    ------
    InvalidSystemError
        What cannot be called, or positions that are not finite or not in order.

    Notes
    -----
    Source: cunningham2014 Eq. 2. The coordinates are positions, in order.
    """

    law: Law
    left: float
    right: float

    def __post_init__(self) -> None:
        if not callable(self.law) or isinstance(self.law, type):
            expected = "a PowerLaw, or a function of distances that returns value, slope and curvature"
            raise InvalidSystemError("law", described(self.law), expected)
        for name in ("left", "right"):
            object.__setattr__(self, name, scalar(name, getattr(self, name)))
        if self.left >= self.right:
            raise InvalidSystemError("right", f"{self.right:g}", f"a position above {self.left:g}, the left")

    def energy(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return U(x), shape (...), for x of shape (..., d)."""
        return np.asarray(np.sum(self._terms(x)[0], axis=-1))

    def gradient(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return dU/dx, shape (..., d), for x of shape (..., d)."""
        slope = self._terms(x)[1]
        return np.asarray(slope[..., :-1] - slope[..., 1:])

    def hessian(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return d2U/dx2, shape (..., d, d), for x of shape (..., d)."""
        stiff = self._terms(x)[2]
        d = stiff.shape[-1] - 1
        result = np.zeros((*stiff.shape[:-1], d, d), dtype=stiff.dtype)
        i = np.arange(d)
        result[..., i, i] = stiff[..., :-1] + stiff[..., 1:]
        result[..., i[1:], i[:-1]] = result[..., i[:-1], i[1:]] = -stiff[..., 1:-1]
        return result

    def _terms(self, x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        x = np.asarray(x)
        first, last = 0 * x[..., :1] + self.left, 0 * x[..., :1] + self.right
        value, slope, curvature = self.law(np.diff(np.concatenate([first, x, last], axis=-1), axis=-1))
        return np.asarray(value), np.asarray(slope), np.asarray(curvature)


@dataclass(frozen=True)
class Potential:
    """A potential given by callables.

    Parameters
    ----------
    energy, gradient : callable
        U, shape (...), and dU/dx, shape (..., d), as functions of x, shape (..., d).
    hessian : callable, optional
        d2U/dx2, shape (..., d, d), for the stiffness; where it is left out it is worked out of `gradient`.

    Raises
    ------
    InvalidSystemError
        What cannot be called.
    """

    energy: Callable[[NDArray[Any]], NDArray[Any]]
    gradient: Callable[[NDArray[Any]], NDArray[Any]]
    hessian: Callable[[NDArray[Any]], NDArray[Any]] | None = None

    def __post_init__(self) -> None:
        names = ("energy", "gradient") if self.hessian is None else ("energy", "gradient", "hessian")
        for name in names:
            function = getattr(self, name)
            if not callable(function) or isinstance(function, type):
                raise InvalidSystemError(name, described(function), "a function of x, shape (..., d)")


@dataclass(frozen=True)
class ClassicalBody:
    """Masses, and the potential apart from the electrons.

    Parameters
    ----------
    mass : array_like, shape (d,) or scalar
        Positive masses.
    potential : Harmonic, PairPotential, Potential or any object with `energy` and `gradient`
        U(x).

    Raises
    ------
    InvalidSystemError
        A mass that is not finite and positive, or a potential without the two functions.

    Notes
    -----
    Source: preston2022 Eq. 5.
    """

    mass: FloatArray
    potential: Surface

    def __init__(self, mass: ArrayLike, potential: Surface) -> None:
        masses = _per_coordinate("mass", mass)
        if np.any(masses <= 0):
            raise InvalidSystemError("mass", f"{np.min(masses)}", "positive masses")
        missing = [name for name in ("energy", "gradient") if not callable(getattr(potential, name, None))]
        if missing or isinstance(potential, type):
            expected = "a Harmonic, a Potential, or an object with the functions energy and gradient"
            raise InvalidSystemError("potential", described(potential), expected)
        object.__setattr__(self, "mass", masses)
        object.__setattr__(self, "potential", potential)


def _per_coordinate(name: str, value: ArrayLike) -> FloatArray:
    """Return one number, or one for each coordinate, as an array of one axis."""
    array = real(name, value)
    if array.ndim > 1 or not array.size:
        raise InvalidSystemError(name, f"shape {array.shape}", "one number, or shape (d,)")
    return array.reshape(-1)
