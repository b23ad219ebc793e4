"""The family that is linear in the coordinates: any snapshot, set in motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import described
from ..errors import InvalidSystemError
from ..leads import Lead
from ..system import OpenSystem
from .base import Model, Rows

__all__ = ["tangent"]


@dataclass(frozen=True)
class tangent(Model):
    """h(x) = h + sum_nu x_nu dh/dx_nu, with h, dh/dx_nu, leads and degeneracy of a snapshot.

    Parameters
    ----------
    system : OpenSystem
        One snapshot, not a batch; it is the family at x = 0.

    Raises
    ------
    InvalidSystemError
        A batch of snapshots.
    """

    system: OpenSystem

    def __post_init__(self) -> None:
        if not isinstance(self.system, OpenSystem):
            raise InvalidSystemError("system", described(self.system), "an OpenSystem, one snapshot")
        if self.system.shape:
            raise InvalidSystemError("system", f"a batch of shape {self.system.shape}", "one snapshot")

    @property
    def coordinates(self) -> tuple[str, ...]:  # type: ignore[override]  # a field in the base
        """Names of the coordinates."""
        return tuple(f"x{nu}" for nu in range(self.system.coordinates))

    @property
    def degeneracy(self) -> int:  # type: ignore[override]  # a field in the base
        """Spin factor of the snapshot."""
        return self.system.degeneracy

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The leads of the snapshot."""
        return self.system.leads

    def hamiltonian(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return h(x), shape (..., n, n); arguments as for any `Model`."""
        if xp is not np:
            return super().hamiltonian(x, xp)
        found: NDArray[Any] = self.system.hamiltonian
        for y, slope in zip(self._components(x, np), self.system.gradient, strict=True):
            found = found + np.asarray(y)[..., None, None] * slope
        return found

    def gradient(self, x: ArrayLike, xp: Any = np) -> NDArray[Any]:
        """Return dh/dx, shape (..., d, n, n): in numpy a view of that of the snapshot, which may be large."""
        if xp is not np:
            return super().gradient(x, xp)
        shape = np.shape(self._components(x, np)[0])
        return np.broadcast_to(self.system.gradient, (*shape, *self.system.gradient.shape))

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Rows:
        del xp
        n = self.system.levels
        h, slopes = self.system.hamiltonian.tolist(), self.system.gradient.tolist()
        return [
            [sum((y * s[i][j] for y, s in zip(x, slopes, strict=True)), h[i][j]) for j in range(n)]
            for i in range(n)
        ]

    def _gradient(self, x: Sequence[Any], xp: Any) -> list[Rows]:
        del xp
        return [
            [[entry + 0 * x[0] for entry in row] for row in slope] for slope in self.system.gradient.tolist()
        ]
