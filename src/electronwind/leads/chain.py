"""The lead with one band: a semi-infinite chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import MOST, ComplexArray, FloatArray, real, whole
from ..errors import InvalidSystemError
from .base import Cell, Lead, Numbers
from .periodic import PeriodicLead

__all__ = ["ChainLead"]


@dataclass(frozen=True, eq=False)
class ChainLead(Lead):
    r"""A semi-infinite nearest-neighbour chain that hangs on one site.

    The retarded self-energy on that site is ``coupling**2 * g(E)``, where the surface Green's function
    solves :math:`g = 1/(E - \epsilon - t^2 g)` with the root that decays into the chain.

    Parameters
    ----------
    site : int
        The level that the chain hangs on, counted from 0.
    hopping : array_like, shape (...)
        Hopping inside the chain, not zero. Unit: energy. The band is ``onsite +- 2 |hopping|``.
    mu : array_like, shape (...)
        Electrochemical potential. Unit: energy.
    temperature : array_like, shape (...)
        Temperature times k_B, >= 0. Unit: energy.
    onsite : array_like, shape (...)
        Energy of the chain's sites, the centre of its band. Unit: energy.
    coupling : array_like, shape (...), optional
        Hopping between the chain and the site; the chain's own hopping when left out. Unit: energy.

    Raises
    ------
    InvalidSystemError
        A site that is no whole number >= 0, a hopping of zero, NaN, or a negative temperature.

    Notes
    -----
    Source: todorov2010 Eq. 29 (the end of the perfect chain).
    """

    kind: ClassVar[str] = "chain"
    axes: ClassVar[Mapping[str, int]] = {"hopping": 0, "mu": 0, "temperature": 0, "onsite": 0, "coupling": 0}

    site: int
    hopping: FloatArray
    mu: FloatArray
    temperature: FloatArray
    onsite: FloatArray
    coupling: FloatArray

    def __init__(
        self,
        site: int,
        hopping: ArrayLike,
        mu: ArrayLike,
        temperature: ArrayLike,
        onsite: ArrayLike = 0.0,
        coupling: ArrayLike | None = None,
    ) -> None:
        object.__setattr__(self, "site", whole("site", site, 0, MOST))
        object.__setattr__(self, "hopping", real("hopping", hopping))
        object.__setattr__(self, "mu", real("mu", mu))
        object.__setattr__(self, "temperature", real("temperature", temperature, minimum=0.0))
        object.__setattr__(self, "onsite", real("onsite", onsite))
        object.__setattr__(self, "coupling", self.hopping if coupling is None else real("coupling", coupling))
        self._batch_shape()
        if np.any(self.hopping == 0):
            raise InvalidSystemError("hopping", "0", "a hopping that is not zero: a chain has a band")

    @property
    def sites(self) -> tuple[int, ...]:
        """The one level that the chain hangs on."""
        return (self.site,)

    @property
    def cell(self) -> Cell:
        """One orbital."""
        return Cell(*(part[..., None, None] for part in (self.onsite, self.hopping, self.coupling)))

    @property
    def chain(self) -> ChainLead:
        """The lead itself."""
        return self

    @property
    def peak(self) -> FloatArray:
        """2 c^2/t."""
        return np.asarray(2 * self.coupling**2 / np.abs(self.hopping))[..., None, None]

    def shifted(self, step: float | FloatArray) -> Self:
        """Return the lead with its band and its potential moved by an energy."""
        return replace(self, mu=self.mu + step, onsite=self.onsite + step)

    def holes(self) -> Self:
        """Return the lead of holes, its band turned over."""
        return replace(self, mu=-self.mu, onsite=-self.onsite, hopping=-self.hopping)

    def strengthened(self, factor: float | FloatArray) -> Self:
        """Return the lead with its coupling times a factor."""
        return replace(self, coupling=np.asarray(factor) * self.coupling)

    def rotated(self, basis: ComplexArray) -> PeriodicLead:
        """Return the lead in another basis, where it touches all levels: cells of one orbital."""
        cells = PeriodicLead(
            self.sites, self.cell.onsite, self.cell.hopping, self.mu, self.temperature, self.cell.coupling
        )
        return cells.rotated(basis)

    def moved(self, places: Sequence[int], levels: int) -> Self:
        """Return the lead on ``places[site]``."""
        del levels
        return replace(self, site=places[self.site])

    def nudged(self, number: Numbers, shape: tuple[int, ...], size: float, **filling: FloatArray) -> Self:
        """Return a lead next to this one."""
        hopping, coupling = (
            np.broadcast_to(x, shape) * (1 + number(shape)) for x in (self.hopping, self.coupling)
        )
        onsite = np.broadcast_to(self.onsite, shape) + size * number(shape)
        return self._with({"hopping": hopping, "onsite": onsite, "coupling": coupling} | filling)

    def fit(self, where: str, levels: int) -> None:
        """Refuse a site that the Hamiltonian does not have."""
        if self.site >= levels:
            raise InvalidSystemError(
                f"{where}.site", str(self.site), f"a site of the Hamiltonian, 0 to {levels - 1}"
            )

    def _fixed(self) -> dict[str, Any]:
        return {"site": self.site}
