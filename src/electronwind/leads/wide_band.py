"""The lead without a band: the same broadening at every energy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import ComplexArray, FloatArray, positive_semidefinite, real
from ..errors import InvalidSystemError
from .base import Lead, Numbers, norm

__all__ = ["WideBandLead"]


@dataclass(frozen=True, eq=False)
class WideBandLead(Lead):
    r"""A lead whose retarded self-energy is :math:`-i\Gamma/2` at every energy.

    Parameters
    ----------
    broadening : array_like, shape (..., n, n)
        Hermitian, positive semidefinite :math:`\Gamma`. Unit: energy. The broadening (full width)
        is twice the imaginary part of the self-energy; todorov2010 writes ``Gam`` for half of it.
    mu : array_like, shape (...)
        Electrochemical potential. Unit: energy.
    temperature : array_like, shape (...)
        Temperature times k_B, >= 0. Unit: energy. Zero is a sharp Fermi step.

    Raises
    ------
    InvalidSystemError
        Not Hermitian, not positive semidefinite, not finite, or a negative temperature.

    Notes
    -----
    Source: preston2022 Eq. 27-30 (wide-band limit).
    """

    kind: ClassVar[str] = "wide-band"
    axes: ClassVar[Mapping[str, int]] = {"broadening": 2, "mu": 0, "temperature": 0}
    wide_band: ClassVar[bool] = True

    broadening: ComplexArray
    mu: FloatArray
    temperature: FloatArray

    def __init__(self, broadening: ArrayLike, mu: ArrayLike, temperature: ArrayLike) -> None:
        object.__setattr__(self, "broadening", positive_semidefinite("broadening", broadening))
        object.__setattr__(self, "mu", real("mu", mu))
        object.__setattr__(self, "temperature", real("temperature", temperature, minimum=0.0))
        self._batch_shape()

    @property
    def levels(self) -> int:
        """Number of levels."""
        return self.broadening.shape[-1]

    @property
    def channels(self) -> int:
        """Rank of the broadening, the largest of a batch."""
        return int(np.max(np.linalg.matrix_rank(self.broadening), initial=0))

    @property
    def sites(self) -> tuple[int, ...]:
        """All levels."""
        return tuple(range(self.levels))

    @property
    def width(self) -> float:
        """Norm of the broadening."""
        return norm(self.broadening)

    def nudged(self, number: Numbers, shape: tuple[int, ...], size: float, **filling: FloatArray) -> Self:
        """Return a lead next to this one, by a congruence: positive semidefinite and of the same rank."""
        core = (*shape, self.levels, self.levels)
        factor = np.eye(self.levels) + (number(core) + 1j * number(core)) / np.sqrt(2 * self.levels)
        return self._with(
            {"broadening": factor @ self.broadening @ np.conj(np.swapaxes(factor, -1, -2))} | filling
        )

    def fit(self, where: str, levels: int) -> None:
        """Refuse a broadening whose size is not `levels`."""
        if self.levels != levels:
            raise InvalidSystemError(
                f"{where}.broadening",
                f"shape {self.broadening.shape}",
                f"shape (..., {levels}, {levels}) to fit the Hamiltonian",
            )
