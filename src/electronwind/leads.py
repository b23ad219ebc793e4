"""The leads: what an electrode is, in two kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import MOST, ComplexArray, FloatArray, assembled, described, positive_semidefinite, real, whole
from .errors import InvalidSystemError

__all__ = ["ChainLead", "Lead", "WideBandLead", "lead_from_dict"]


@dataclass(frozen=True, eq=False)
class WideBandLead:
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

    broadening: ComplexArray
    mu: FloatArray
    temperature: FloatArray

    def __init__(self, broadening: ArrayLike, mu: ArrayLike, temperature: ArrayLike) -> None:
        object.__setattr__(self, "broadening", positive_semidefinite("broadening", broadening))
        object.__setattr__(self, "mu", real("mu", mu))
        object.__setattr__(self, "temperature", real("temperature", temperature, minimum=0.0))
        _batch_shape("lead", self.broadening.shape[:-2], self.mu.shape, self.temperature.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Batch shape that the parameters of the lead broadcast to."""
        return _batch_shape("lead", self.broadening.shape[:-2], self.mu.shape, self.temperature.shape)

    def fit(self, where: str, levels: int) -> None:
        """Refuse a broadening whose size is not `levels`."""
        if self.broadening.shape[-1] != levels:
            raise InvalidSystemError(
                f"{where}.broadening",
                f"shape {self.broadening.shape}",
                f"shape (..., {levels}, {levels}) to fit the Hamiltonian",
            )

    def take(self, where: NDArray[np.intp], shape: tuple[int, ...]) -> Self:
        """Return the lead at the flat positions `where` of a batch of `shape`."""
        n = self.broadening.shape[-1]
        return type(self)(
            np.broadcast_to(self.broadening, (*shape, n, n)).reshape(-1, n, n)[where],
            np.broadcast_to(self.mu, shape).reshape(-1)[where],
            np.broadcast_to(self.temperature, shape).reshape(-1)[where],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the lead as plain data that JSON can hold without loss."""
        return {
            "kind": self.kind,
            "broadening": {
                "re": self.broadening.real.tolist(),
                "im": self.broadening.imag.tolist(),
            },
            "mu": self.mu.tolist(),
            "temperature": self.temperature.tolist(),
        }


@dataclass(frozen=True, eq=False)
class ChainLead:
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
        _batch_shape("lead", *(getattr(self, name).shape for name in _CHAIN_NUMBERS))
        if np.any(self.hopping == 0):
            raise InvalidSystemError("hopping", "0", "a hopping that is not zero: a chain has a band")

    @property
    def shape(self) -> tuple[int, ...]:
        """Batch shape that the parameters of the lead broadcast to."""
        return _batch_shape("lead", *(getattr(self, name).shape for name in _CHAIN_NUMBERS))

    def fit(self, where: str, levels: int) -> None:
        """Refuse a site that the Hamiltonian does not have."""
        if self.site >= levels:
            raise InvalidSystemError(
                f"{where}.site", str(self.site), f"a site of the Hamiltonian, 0 to {levels - 1}"
            )

    def take(self, where: NDArray[np.intp], shape: tuple[int, ...]) -> Self:
        """Return the lead at the flat positions `where` of a batch of `shape`."""
        parts = {
            name: np.broadcast_to(getattr(self, name), shape).reshape(-1)[where] for name in _CHAIN_NUMBERS
        }
        return type(self)(self.site, **parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the lead as plain data that JSON can hold without loss."""
        numbers = {name: getattr(self, name).tolist() for name in _CHAIN_NUMBERS}
        return {"kind": self.kind, "site": self.site, **numbers}


Lead = WideBandLead | ChainLead
_CHAIN_NUMBERS = ("hopping", "mu", "temperature", "onsite", "coupling")


def _batch_shape(where: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise InvalidSystemError(
            where,
            f"batch shapes {', '.join(map(str, shapes))}",
            "batch shapes that broadcast together",
        ) from error


def lead_from_dict(data: dict[str, Any]) -> Lead:
    """Return the lead that `to_dict` wrote.

    Raises
    ------
    InvalidSystemError
        An unknown kind, a missing or an unknown key.
    """
    if not isinstance(data, Mapping):
        raise InvalidSystemError("lead", described(data), "an object with the keys of a lead")
    rest = dict(data)
    kind = rest.pop("kind", None)
    if not isinstance(kind, str):
        raise InvalidSystemError("lead.kind", described(kind), f"{WideBandLead.kind!r} or {ChainLead.kind!r}")
    try:
        if kind == WideBandLead.kind:
            return WideBandLead(assembled(rest.pop("broadening"), "broadening"), **rest)
        if kind == ChainLead.kind:
            return ChainLead(**rest)
    except (KeyError, TypeError) as error:
        keys = described(sorted(map(str, data)))
        raise InvalidSystemError("lead", f"keys {keys}", f"the keys of a {kind} lead ({error})") from error
    raise InvalidSystemError("lead.kind", described(kind), f"{WideBandLead.kind!r} or {ChainLead.kind!r}")
