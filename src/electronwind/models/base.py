"""What a family h(x) is: one formula that serves float64 and high precision alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import described, real, scalar
from ..errors import InvalidSystemError
from ..leads import Lead
from ..system import OpenSystem

__all__ = ["Model", "Parametric", "located"]

# A matrix of numbers, of arrays over a batch, or of mpmath numbers, written row by row.
Rows = list[list[Any]]


# Parameters that are rates or temperatures.
NOT_NEGATIVE = ("broadening", "gamma", "temperature")


class Model(ABC):
    """A family of systems h(x) with fixed leads.

    A family writes the entries of its Hamiltonian and of its gradient once, with `xp` for the
    elementary functions: numpy, or an mpmath context. Entries that do not depend on x may be plain numbers.
    `models.family` makes one of two functions.
    """

    coordinates: ClassVar[tuple[str, ...]]
    degeneracy: ClassVar[int] = 1

    @property
    @abstractmethod
    def leads(self) -> tuple[Lead, ...]:
        """The leads, which do not depend on x."""

    @abstractmethod
    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Rows: ...

    @abstractmethod
    def _gradient(self, x: Sequence[Any], xp: Any) -> list[Rows]: ...

    @property
    def exact(self) -> bool:
        """Whether h and dh/dx can be had beyond double precision."""
        return True

    def hamiltonian(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return h(x).

        Parameters
        ----------
        x : array_like, shape (..., d)
            Coordinates; a bare number where d = 1. Unit: length.
        xp : module or context
            numpy, or an mpmath context for an object array of its numbers.

        Returns
        -------
        ndarray, shape (..., n, n)
        """
        components = self._components(x, xp)
        return _matrix(self._hamiltonian(components, xp), np.shape(components[0]))

    def gradient(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return dh/dx at x, shape (..., d, n, n); arguments as for `hamiltonian`."""
        components = self._components(x, xp)
        shape = np.shape(components[0])
        return np.stack([_matrix(rows, shape) for rows in self._gradient(components, xp)], axis=-3)

    def at(self, x: ArrayLike) -> OpenSystem:
        """Return the snapshot at x, shape (..., d); a bare number where d = 1.

        Raises
        ------
        InvalidSystemError
            x does not hold d coordinates in its last axis.
        """
        return OpenSystem(self.hamiltonian(x), self.gradient(x), self.leads, self.degeneracy)

    def _components(self, x: ArrayLike, xp: Any) -> list[Any]:
        # A class of a user's own may leave the names out.
        names = getattr(self, "coordinates", None)
        array = located(x, names, xp)
        if xp is np:
            return [array[..., i] for i in range(array.shape[-1])]
        return [xp.convert(value) for value in array]


class Parametric(Model):
    """A family whose parameters are the fields of a dataclass: numbers, and pairs of them for two leads.

    Raises
    ------
    InvalidSystemError
        A parameter that is none, by name.
    """

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # every family of this kind is a dataclass
            name, value = field.name, getattr(self, field.name)
            least = 0.0 if name in NOT_NEGATIVE else None
            if field.type == "float":
                scalar(name, value, least)
            elif (pair := real(name, value, least)).shape[:1] != (2,) or not pair.size:
                raise InvalidSystemError(name, described(value), "two numbers, for the left and right lead")


def located(x: ArrayLike, names: Sequence[str] | None, xp: Any = np) -> NDArray[Any]:
    """Return the coordinates as an array with one axis at least; a bare number is one coordinate.

    Raises
    ------
    InvalidSystemError
        Not finite real numbers, or another number of coordinates than there are names.
    """
    array: NDArray[Any] = real("x", x) if xp is np else np.asarray(x)
    if array.ndim == 0 and (names is None or len(names) == 1):
        array = array[None]
    if array.ndim == 0 or (names is not None and array.shape[-1] != len(names)):
        wanted = f"shape (..., {len(names)}): {', '.join(names)}" if names is not None else "shape (..., d)"
        raise InvalidSystemError("x", f"shape {array.shape}", wanted)
    return array


def _matrix(rows: Rows, shape: tuple[int, ...]) -> NDArray[Any]:
    # numpy carries mpmath numbers as objects, so both algebras are stacked alike.
    entries = np.broadcast_arrays(np.empty(shape), *(np.asarray(entry) for row in rows for entry in row))
    stacked = np.stack(entries[1:], axis=-1)
    return stacked.reshape(*stacked.shape[:-1], len(rows), len(rows))
