"""What a family h(x) is: one formula that serves float64 and high precision alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import FloatArray, described, real, scalar
from ..errors import InvalidSystemError
from ..leads import Lead
from ..slope import slope_of
from ..system import OpenSystem

__all__ = ["Model", "Parametric", "located"]

# A matrix of numbers, of arrays over a batch, or of mpmath numbers, written row by row.
Rows = list[list[Any]]


# Parameters that are rates or temperatures, and those that a lead takes as they are.
NOT_NEGATIVE = ("broadening", "gamma", "temperature")
BATCHED = ("mu", "temperature")


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

    def hessian(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return d2h/dx2 at x, shape (..., d, d, n, n); arguments as for `hamiltonian`.

        The entries of the gradient are taken as analytic functions: their imaginary part at x + i s, with s
        far below rounding, is s times the derivative, and nothing cancels.
        """
        if xp is np and np.iscomplexobj(self.gradient(x)):
            # The two imaginary units would be one, and the step be lost beside it.
            points = located(x, getattr(self, "coordinates", None))
            flat = points.reshape(-1, points.shape[-1])
            found = [slope_of("the gradient", self.gradient, one, 1.0) for one in flat]
            return np.stack(found).reshape((*points.shape[:-1], *found[0].shape))
        if xp is not np:
            with xp.workdps(4 * xp.dps):
                return self._stepped(x, xp, xp.mpf(10) ** -xp.dps)
        return self._stepped(x, xp, 1e-150)

    def _stepped(self, x: ArrayLike, xp: Any, step: Any) -> NDArray[Any]:
        """Return the derivative of the gradient by steps off the real axis."""
        components = self._components(x, xp)
        slopes = []
        for nu in range(len(components)):
            moved = [c + (1j * step if k == nu else 0 * step) for k, c in enumerate(components)]
            shape = np.shape(moved[0])
            rows = [_matrix(part, shape) for part in self._gradient(moved, xp)]
            slopes.append(_imaginary(np.stack(rows, axis=-3)) / step)
        return np.stack(slopes, axis=-3 - 1)

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

    Whatever they come as, they are kept as plain floats. A potential or temperature may be an array, as that
    of a lead may be: such a family has batches of snapshots, and no runs.

    Raises
    ------
    InvalidSystemError
        A parameter that is none, by name.
    """

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # every family of this kind is a dataclass
            name, value = field.name, getattr(self, field.name)
            least = 0.0 if name in NOT_NEGATIVE else None
            kept = scalar(name, value, least) if field.type == "float" else _pair(name, value, least)
            # The class is frozen.
            object.__setattr__(self, name, kept)


def _pair(name: str, value: Any, least: float | None) -> tuple[float | FloatArray, ...]:
    """Return what the left and the right lead have of a parameter, each as a float or a batch of them."""
    # One lead may have a batch where the other has a number: as a whole that is no array.
    parts = value if isinstance(value, (list, tuple)) else real(name, value, least)
    if (parts.shape[:1] if isinstance(parts, np.ndarray) else (len(parts),)) != (2,):
        raise InvalidSystemError(name, described(value), "two numbers, for the left and right lead")
    kept: list[float | FloatArray] = []
    for i, part in enumerate(parts):
        array = real(f"{name}[{i}]", part, least)
        if not array.size or (array.ndim and name not in BATCHED):
            raise InvalidSystemError(f"{name}[{i}]", described(array), "one finite real number")
        kept.append(array if array.ndim else float(array))
    if len({np.shape(part) for part in kept} - {()}) > 1:
        raise InvalidSystemError(name, described(value), "numbers, or arrays of one shape")
    return tuple(kept)


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
        # The commonest slip: positions of one coordinate as a row.
        if array.ndim == 1 and names is not None and len(names) == 1:
            wanted += "; many positions of one coordinate are x[:, None]"
        raise InvalidSystemError("x", f"shape {array.shape}", wanted)
    return array


def _matrix(rows: Rows, shape: tuple[int, ...]) -> NDArray[Any]:
    # numpy carries mpmath numbers as objects, so both algebras are stacked alike.
    entries = np.broadcast_arrays(np.empty(shape), *(np.asarray(entry) for row in rows for entry in row))
    stacked = np.stack(entries[1:], axis=-1)
    return stacked.reshape(*stacked.shape[:-1], len(rows), len(rows))


def _imaginary(matrices: NDArray[Any]) -> NDArray[Any]:
    """Return the part of matrices A + i B that B is, both Hermitian: real and imaginary parts apart."""
    other = np.swapaxes(matrices, -1, -2)
    part = np.imag if matrices.dtype.kind == "c" else np.frompyfunc(lambda z: getattr(z, "imag", 0), 1, 1)
    symmetric, skew = part((matrices + other) / 2), part((matrices - other) / 2j)
    return np.asarray(symmetric + 1j * skew if np.any(skew != 0) else symmetric)
