"""The lead without a band: the same broadening at every energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import ComplexArray, FloatArray, positive_semidefinite, real
from ..errors import InvalidSystemError
from .base import Lead, Numbers

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
    def peak(self) -> ComplexArray:
        """The broadening, which is the same everywhere."""
        return self.broadening

    def shifted(self, step: float | FloatArray) -> Self:
        """Return the lead with its potential moved by an energy: it has no band."""
        return replace(self, mu=self.mu + step)

    def holes(self) -> Self:
        """Return the lead of holes."""
        return replace(self, broadening=np.conj(self.broadening), mu=-self.mu)

    def strengthened(self, factor: float | FloatArray) -> Self:
        """Return the lead with its broadening times the square of a factor."""
        return replace(self, broadening=np.square(factor)[..., None, None] * self.broadening)

    def rotated(self, basis: ComplexArray) -> Self:
        """Return the lead in another basis."""
        return replace(self, broadening=basis @ self.broadening @ basis.conj().T)

    def moved(self, places: Sequence[int], levels: int) -> Self:
        """Return the lead of more levels, or of the same in another order."""
        broadening = np.zeros((*self.broadening.shape[:-2], levels, levels), dtype=complex)
        broadening[..., np.array(places)[:, None], np.array(places)] = self.broadening
        return replace(self, broadening=broadening)

    def copied(self, count: int, levels: int) -> tuple[Self, ...]:
        """Return one lead on all copies."""
        del levels
        return (replace(self, broadening=np.asarray(np.kron(np.eye(count), self.broadening), complex)),)

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
