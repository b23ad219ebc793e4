"""The classical body that the electrons push: its masses, and its potential apart from the electrons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import FloatArray, real
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
        What is not finite.

    Notes
    -----
    Source: preston2022 Eq. 10.
    """

    stiffness: FloatArray
    rest: FloatArray

    def __init__(self, stiffness: ArrayLike, rest: ArrayLike = 0.0) -> None:
        object.__setattr__(self, "stiffness", real("stiffness", np.atleast_1d(stiffness)))
        object.__setattr__(self, "rest", real("rest", np.atleast_1d(rest)))

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
        U and dU/dx as functions of x, shape (..., d).
    """

    energy: Callable[[NDArray[Any]], NDArray[Any]]
    gradient: Callable[[NDArray[Any]], NDArray[Any]]


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
        masses = real("mass", np.atleast_1d(mass))
        if np.any(masses <= 0):
            raise InvalidSystemError("mass", f"{np.min(masses)}", "positive masses")
        for name in ("energy", "gradient"):
            if not callable(getattr(potential, name, None)):
                raise InvalidSystemError(
                    "potential", f"{potential!r:.60}", f"an object with a function {name}"
                )
        object.__setattr__(self, "mass", masses)
        object.__setattr__(self, "potential", potential)
