"""The lead with many bands: the semi-infinite repetition of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import MOST, ComplexArray, FloatArray, described, hermitian, matrices, real, whole
from ..errors import InvalidSystemError
from .base import Cell, Lead, Numbers

__all__ = ["PeriodicLead"]

# Wave numbers at which a flat band is told from one that disperses: no fraction of pi, on both sides of zero.
_WAVES = np.array([0.37, 1.19, 2.53, -0.71, -1.87, -2.96])
# Nudges are whole multiples of this.
_GRAIN = 2.0**-32
# Energies this close, as a fraction of the largest of the cell, are the same.
_SAME = 1e-11


@dataclass(frozen=True, eq=False)
class PeriodicLead(Lead):
    r"""The semi-infinite repetition of a cell of m orbitals, on some sites of the system.

    The retarded self-energy on those sites is :math:`C g(E) C^\dagger`, where the Green's function of the
    first cell solves :math:`g = (E - h_0 - t\,g\,t^\dagger)^{-1}` with the root whose waves decay or run
    outwards.

    Parameters
    ----------
    sites : sequence of int
        The levels that the lead touches, counted from 0, each once.
    onsite : array_like, shape (..., m, m)
        Hermitian Hamiltonian :math:`h_0` of a cell. Unit: energy.
    hopping : array_like, shape (..., m, m)
        Matrix elements :math:`t` between a cell (rows) and the next one outwards (columns). It may be
        singular. Unit: energy.
    mu : array_like, shape (...)
        Electrochemical potential. Unit: energy.
    temperature : array_like, shape (...)
        Temperature times k_B, >= 0. Unit: energy.
    coupling : array_like, shape (..., len(sites), m), optional
        Matrix elements :math:`C` between the sites (rows) and the first cell (columns); the hopping when left
        out. Unit: energy.

    Raises
    ------
    InvalidSystemError
        Sites that are no different whole numbers >= 0, an onsite matrix that is not Hermitian, shapes that do
        not fit, a flat band (a hopping of zero has no other), NaN, or a negative temperature.

    Notes
    -----
    With cells of one orbital this is a `ChainLead`; ribbons and the leads of kwant and sisl are of this kind.
    A band that does not disperse broadens nothing: its states stay where they are, and the steady state
    remembers how they were filled.
    """

    kind: ClassVar[str] = "periodic"
    axes: ClassVar[Mapping[str, int]] = {"onsite": 2, "hopping": 2, "mu": 0, "temperature": 0, "coupling": 2}

    sites: tuple[int, ...]  # pyright: ignore[reportIncompatibleMethodOverride] - a field here
    onsite: ComplexArray
    hopping: ComplexArray
    mu: FloatArray
    temperature: FloatArray
    coupling: ComplexArray

    def __init__(
        self,
        sites: Sequence[int],
        onsite: ArrayLike,
        hopping: ArrayLike,
        mu: ArrayLike,
        temperature: ArrayLike,
        coupling: ArrayLike | None = None,
    ) -> None:
        object.__setattr__(self, "sites", _checked_sites(sites))
        object.__setattr__(self, "onsite", hermitian("onsite", onsite))
        m, s = self.onsite.shape[-1], len(self.sites)
        object.__setattr__(self, "hopping", matrices("hopping", hopping, m, m))
        if coupling is None and s != m:
            raise InvalidSystemError(
                "coupling", "nothing", f"a matrix of shape (..., {s}, {m}), from {s} sites to {m} orbitals"
            )
        coupled = self.hopping if coupling is None else matrices("coupling", coupling, s, m)
        object.__setattr__(self, "coupling", coupled)
        object.__setattr__(self, "mu", real("mu", mu))
        object.__setattr__(self, "temperature", real("temperature", temperature, minimum=0.0))
        self._batch_shape()
        self._refuse_flat()

    @property
    def cell(self) -> Cell:
        """The m orbitals that it was given."""
        return Cell(self.onsite, self.hopping, self.coupling)

    @property
    def peak(self) -> ComplexArray:
        """2 C C^+/|t|, as of m chains with the norm of the hopping."""
        size = np.linalg.norm(self.hopping, ord=2, axis=(-2, -1))[..., None, None]
        return np.asarray(2 * self.coupling @ np.conj(np.swapaxes(self.coupling, -1, -2)) / size)

    def shifted(self, step: float | FloatArray) -> Self:
        """Return the lead with its bands and its potential moved by an energy."""
        return replace(self, mu=self.mu + step, onsite=self.onsite + _diagonal(step, self.onsite.shape[-1]))

    def holes(self) -> Self:
        """Return the lead of holes, its bands turned over."""
        back = self.conjugated()
        return replace(back, mu=-self.mu, onsite=-back.onsite, hopping=-back.hopping)

    def strengthened(self, factor: float | FloatArray) -> Self:
        """Return the lead with its coupling times a factor."""
        return replace(self, coupling=np.asarray(factor)[..., None, None] * self.coupling)

    def rotated(self, basis: ComplexArray) -> Self:
        """Return the lead in another basis, where it touches all levels."""
        return replace(
            self, sites=tuple(range(len(basis))), coupling=basis[:, list(self.sites)] @ self.coupling
        )

    def moved(self, places: Sequence[int], levels: int) -> Self:
        """Return the lead on ``places`` of its sites."""
        del levels
        return replace(self, sites=tuple(places[site] for site in self.sites))

    def nudged(self, number: Numbers, shape: tuple[int, ...], size: float, **filling: FloatArray) -> Self:
        """Return a lead next to this one: cell shifted, hopping stretched, all couplings changed."""
        # What is bound to commute still does, to the last bit: whole multiples of a power of two.
        shift, grown = (np.round(x / _GRAIN) * _GRAIN for x in (size * number(shape), number(shape)))
        cell = (*shape, *self.coupling.shape[-2:])
        return self._with(
            {
                "onsite": self.onsite + _diagonal(shift, self.onsite.shape[-1]),
                "hopping": self.hopping * (1 + grown[..., None, None]),
                "coupling": self.coupling * (1 + number(cell) + 1j * number(cell)),
            }
            | filling
        )

    def fit(self, where: str, levels: int) -> None:
        """Refuse a site that the Hamiltonian does not have."""
        for i, site in enumerate(self.sites):
            if site >= levels:
                raise InvalidSystemError(
                    f"{where}.sites[{i}]", str(site), f"a site of the Hamiltonian, 0 to {levels - 1}"
                )

    def _fixed(self) -> dict[str, Any]:
        return {"sites": list(self.sites)}

    def _refuse_flat(self) -> None:
        """Refuse an energy that every Bloch wave shares."""
        if np.any(~np.any(self.hopping, axis=(-1, -2))):
            raise InvalidSystemError("hopping", "0", "a hopping that is not zero: a lead has a band")
        one = self.hopping[..., None, :, :] * np.exp(1j * _WAVES)[:, None, None]
        bloch = self.onsite[..., None, :, :] + one + np.swapaxes(one, -1, -2).conj()
        energies = np.linalg.eigvalsh(bloch)
        first, others = energies[..., :1, :, None], energies[..., 1:, None, :]
        nearest = np.max(np.min(np.abs(others - first), axis=-1), axis=-2)
        size = np.max(np.abs(energies), axis=(-1, -2))[..., None]
        if np.any(flat := nearest <= _SAME * size):
            energy = energies[..., 0, :][flat][0]
            raise InvalidSystemError(
                "hopping",
                f"a flat band at the energy {energy:.6g}",
                "a cell whose bands all disperse: a flat one broadens nothing",
            )


def _diagonal(energy: float | FloatArray, size: int) -> FloatArray:
    return np.asarray(np.asarray(energy)[..., None, None] * np.eye(size))


def _checked_sites(sites: object) -> tuple[int, ...]:
    if not isinstance(sites, (Sequence, np.ndarray)) or isinstance(sites, (str, bytes)):
        raise InvalidSystemError("sites", described(sites), "a sequence of levels, such as [0, 1]")
    # What is in a row is looked at one by one: a ragged list has no shape.
    if (isinstance(sites, np.ndarray) and sites.ndim != 1) or not len(sites):
        raise InvalidSystemError("sites", described(sites), "one level at least, in one row")
    found = tuple(whole(f"sites[{i}]", site, 0, MOST) for i, site in enumerate(sites))
    if len(set(found)) < len(found):
        raise InvalidSystemError("sites", described(sites), "levels that differ: each once")
    return found
