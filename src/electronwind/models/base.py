"""What a family h(x) is: one formula that serves float64 and high precision alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidSystemError
from ..leads import Lead
from ..system import OpenSystem

__all__ = ["Model"]

# A matrix of numbers, of arrays over a batch, or of mpmath numbers, written row by row.
Rows = list[list[Any]]


class Model(ABC):
    """A family of systems h(x) with fixed leads.

    A family writes the entries of its Hamiltonian and of its gradient once, with `xp` for the
    elementary functions: numpy, or an mpmath context.
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
        return _matrix(self._hamiltonian(self._components(x, xp), xp))

    def gradient(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return dh/dx at x, shape (..., d, n, n); arguments as for `hamiltonian`."""
        matrices = [_matrix(rows) for rows in self._gradient(self._components(x, xp), xp)]
        return np.stack(np.broadcast_arrays(*matrices), axis=-3)

    def at(self, x: ArrayLike) -> OpenSystem:
        """Return the snapshot at x, shape (..., d); a bare number where d = 1.

        Raises
        ------
        InvalidSystemError
            x does not hold d coordinates in its last axis.
        """
        return OpenSystem(self.hamiltonian(x), self.gradient(x), self.leads, self.degeneracy)

    def _components(self, x: ArrayLike, xp: Any) -> list[Any]:
        d = len(self.coordinates)
        array = np.asarray(x)
        if array.ndim == 0 and d == 1:
            array = array[None]
        if array.ndim == 0 or array.shape[-1] != d:
            raise InvalidSystemError(
                "x", f"shape {array.shape}", f"shape (..., {d}): {', '.join(self.coordinates)}"
            )
        if xp is np:
            return [array[..., i] for i in range(d)]
        return [xp.convert(array[i]) for i in range(d)]


def _matrix(rows: Rows) -> NDArray[Any]:
    # numpy carries mpmath numbers as objects, so both algebras are stacked alike.
    entries = np.broadcast_arrays(*(np.asarray(entry) for row in rows for entry in row))
    stacked = np.stack(entries, axis=-1)
    return stacked.reshape(*stacked.shape[:-1], len(rows), len(rows))
