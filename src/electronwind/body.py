"""The classical body that the electrons push: its masses, and its potential apart from the electrons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import FloatArray, described, real
from .errors import InvalidSystemError

__all__ = ["ClassicalBody", "Harmonic", "Potential", "Surface"]


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


@dataclass(frozen=True)
class Potential:
    """A potential given by two callables.

    Parameters
    ----------
    energy, gradient : callable
        U, shape (...), and dU/dx, shape (..., d), as functions of x, shape (..., d).

    Raises
    ------
    InvalidSystemError
        What cannot be called.
    """

    energy: Callable[[NDArray[Any]], NDArray[Any]]
    gradient: Callable[[NDArray[Any]], NDArray[Any]]

    def __post_init__(self) -> None:
        for name in ("energy", "gradient"):
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
    potential : Harmonic, Potential or any object with `energy` and `gradient`
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
