"""The metallic wires of cunningham2014: atoms that move along a chain between fixed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import MOST, FloatArray, described, scalar, whole
from ..body import ClassicalBody, PairPotential
from ..errors import InvalidSystemError
from ..laws import Law, PowerLaw, reach_of
from ..leads import ChainLead, Lead, WideBandLead
from ..units import Units
from .base import Model, located
from .bonds import Bonds, evaluated, refuse_contact

__all__ = ["wire"]

Array = NDArray[Any]

# cunningham2014 after Eq. 2: eps, c and a of gold.
EPSILON, COHESION, LENGTH = 0.007868, 139.07, 4.08
GOLD_HOPPING = PowerLaw(-EPSILON * COHESION / 2, LENGTH, 4)
GOLD_REPULSION = PowerLaw(EPSILON, LENGTH, 11)
# Fixed atoms beside the moving ones on each side, where nothing else is asked for.
BUFFER = {"matched": 30, "chain": 1, "probes": 50}


@dataclass(frozen=True)
class wire(Model):
    """A chain of atoms, `atoms` of which move along it; electrons hop between neighbours.

    The coordinates are the positions of the moving atoms, the last fixed atom on their left being at 0.
    Electronvolt and angstrom, with hbar = 1; `Units` converts what is in other units.

    Parameters
    ----------
    atoms : int
        Number of atoms that move.
    spacing : float
        Length of the bonds of the perfect chain. Unit: angstrom.
    filling : float
        Filled part of the band, electrons per site and spin, between 0 and 1.
    bias : float
        mu_L - mu_R; the potentials are half of it above and below the Fermi energy. Unit: eV.
    temperature : float
        Temperature of both leads times k_B, >= 0. Unit: eV.
    ends : {"matched", "chain", "probes"}
        What is beyond the fixed atoms: "matched", a wide-band lead on each outermost site that reflects no
        electron at the Fermi energy; "chain", the perfect chain without end; "probes", wide-band leads on
        every atom of long electrodes, as in the simulations of the paper.
    buffer : int, optional
        Fixed atoms on each side of the moving ones, before the electrodes: 30 for "matched", 1 for "chain",
        50 for "probes".
    electrode : int
        Atoms of each electrode, for "probes".
    broadening : float
        Gamma of each of them, the full width. Unit: eV.
    hopping, repulsion : callable
        Laws of the length r of a bond: each returns the value and its first two derivatives at lengths of
        any shape. A `PowerLaw`, or any function of that kind; gold by default.

    Raises
    ------
    InvalidSystemError
        A parameter that is none, by name; a spacing at which second neighbours are within reach of a law.

    Notes
    -----
    Source: cunningham2014 Sec. II. The paper prints a spacing of 2.37 and no filling; its hopping of
    -4.78 eV, equilibrium spacing of 2.52 and Einstein frequency of 0.265 / fs hold together for the spacing
    and filling that are the defaults here. `as_printed` takes the printed numbers and half a filled band.

    Only neighbours in the chain are bonded. Atoms that pass each other, and second neighbours within
    the reach of a law, are refused: the model would be another one.

    Examples
    --------
    >>> gold = wire(4, bias=0.5, ends="chain")
    >>> gold.at(gold.rest).levels, round(float(gold.bonds(gold.rest).hopping[0]), 6)
    (6, -4.780986)
    >>> silver = wire(4, hopping=PowerLaw(-0.547, 4.09, 3), repulsion=PowerLaw(0.00333, 4.09, 12))
    """

    atoms: int
    spacing: float = 2.373
    filling: float = 0.36
    bias: float = 0.0
    temperature: float = 0.02
    ends: str = "matched"
    buffer: int | None = None
    electrode: int = 250
    broadening: float = 0.5
    hopping: Law = GOLD_HOPPING
    repulsion: Law = GOLD_REPULSION

    def __post_init__(self) -> None:
        if not isinstance(self.ends, str) or self.ends not in BUFFER:
            raise InvalidSystemError("ends", described(self.ends), " or ".join(map(repr, BUFFER)))
        buffer = BUFFER[self.ends] if self.buffer is None else self.buffer
        kept: dict[str, Any] = {
            "atoms": whole("atoms", self.atoms, 1, MOST),
            "buffer": whole("buffer", buffer, 1, MOST),
            "electrode": whole("electrode", self.electrode, 1, MOST),
            "spacing": scalar("spacing", self.spacing),
            "filling": scalar("filling", self.filling),
            "bias": scalar("bias", self.bias),
            "temperature": scalar("temperature", self.temperature, 0.0),
            "broadening": scalar("broadening", self.broadening, 0.0),
        }
        for name, least, most in (
            ("spacing", 0.0, np.inf),
            ("filling", 0.0, 1.0),
            ("broadening", 0.0, np.inf),
        ):
            if not least < kept[name] < most:
                words = "a number > 0" if most == np.inf else f"a number between {least:g} and {most:g}"
                raise InvalidSystemError(name, f"{kept[name]:g}", words)
        # The class is frozen.
        for name, value in kept.items():
            object.__setattr__(self, name, value)
        for name in ("hopping", "repulsion"):
            values = evaluated(name, getattr(self, name), np.array([self.spacing]))
            if name == "hopping" and values[0][0] == 0:
                raise InvalidSystemError(
                    name, f"0 at a length of {self.spacing:g}", "a hopping: a chain has a band"
                )
        reach = self.reach
        if reach is not None and 2 * self.spacing < reach:
            expected = f"more than half the reach of the laws, {reach:g}: only neighbours are bonded"
            raise InvalidSystemError("spacing", f"{self.spacing:g}", expected)

    @classmethod
    def as_printed(cls, atoms: int, **options: Any) -> Self:
        """Return the wire with the spacing that the paper prints, 2.37, and half a filled band."""
        return cls(atoms, **{"spacing": 2.37, "filling": 0.5, **options})

    @property
    def coordinates(self) -> tuple[str, ...]:  # type: ignore[override]  # a field in the base
        """Names of the coordinates."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(f"x{i + 1}" for i in range(self.atoms))

    @property
    def degeneracy(self) -> int:  # type: ignore[override]  # a field in the base
        """Spin factor."""
        return 2

    @property
    def sites(self) -> slice:
        """The levels that belong to the moving atoms, in order."""
        first = (self.buffer or 0) + (self.electrode if self.ends == "probes" else 0)
        return slice(first, first + self.atoms)

    @property
    def levels(self) -> int:
        """Number n of levels."""
        return self.sites.start + self.sites.stop

    @property
    def reach(self) -> float | None:
        """Distance from which second neighbours do not feel each other, where both laws have an end."""
        ends = [reach_of(law) for law in (self.hopping, self.repulsion)]
        return None if None in ends else max(end for end in ends if end is not None)

    @cached_property
    def perfect(self) -> float:
        """Hopping of the perfect chain. Unit: eV."""
        return float(self._still[0][0])

    @cached_property
    def _still(self) -> tuple[Array, Array, Array]:
        """Hopping of the perfect chain and its derivatives, shape (1,)."""
        return evaluated("hopping", self.hopping, np.array([self.spacing]))

    @property
    def mu(self) -> float:
        """Fermi energy of the perfect chain without bias. Unit: eV."""
        return -2 * abs(self.perfect) * float(np.cos(np.pi * self.filling))

    @cached_property
    def rest(self) -> FloatArray:
        """Positions of the moving atoms in the perfect chain, shape (d,)."""
        rest = self.spacing * np.arange(1.0, self.atoms + 1)
        rest.setflags(write=False)
        return rest

    @cached_property
    def onsite(self) -> FloatArray:
        """Energies of the levels, shape (n,): zero, but at the ends of a matched chain."""
        onsite = np.zeros(self.levels)
        if self.ends == "matched":
            # The real part of the self-energy of the perfect chain at the Fermi energy.
            onsite[[0, -1]] = self.mu / 2
        onsite.setflags(write=False)
        return onsite

    @cached_property
    def broadenings(self) -> FloatArray:
        """Diagonal of the broadening of the left and of the right lead, shape (2, n); zero for "chain"."""
        widths = np.zeros((2, self.levels))
        if self.ends == "matched":
            widths[0, 0] = widths[1, -1] = np.sqrt(4 * self.perfect**2 - self.mu**2)
        elif self.ends == "probes":
            widths[0, : self.electrode] = widths[1, -self.electrode :] = self.broadening
        widths.setflags(write=False)
        return widths

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The left and the right lead."""
        return self._leads

    @cached_property
    def _leads(self) -> tuple[Lead, ...]:
        numbers = [(self.mu + side * self.bias / 2, self.temperature) for side in (1, -1)]
        if self.ends == "chain":
            places = (0, self.levels - 1)
            return tuple(ChainLead(site, self.perfect, *n) for site, n in zip(places, numbers, strict=True))
        return tuple(
            WideBandLead(np.diag(width), *n) for width, n in zip(self.broadenings, numbers, strict=True)
        )

    def body(self, mass: ArrayLike) -> ClassicalBody:
        """Return the atoms as a classical body with their pair potential.

        Parameters
        ----------
        mass : array_like, shape (d,) or scalar
            Masses. Unit: amu.
        """
        right = self.spacing * (self.atoms + 1)
        return ClassicalBody(Units().from_amu(mass), PairPotential(self.repulsion, 0.0, right))

    def bonds(self, x: ArrayLike, xp: Any = np) -> Bonds:
        """Return the hopping of every bond of the chain with its first two derivatives.

        Parameters
        ----------
        x : array_like, shape (..., d)
            Positions of the moving atoms. Unit: angstrom.
        xp : module or context
            numpy, or an mpmath context for object arrays of its numbers.

        Returns
        -------
        Bonds
            Of the n - 1 bonds; those between fixed atoms are perfect.

        Raises
        ------
        InvalidSystemError
            Atoms that are not in order, or second neighbours within the reach of the laws.
        """
        place = located(x, self.coordinates, xp)
        start, end = (0 * place[..., :1] + wall for wall in (0.0, self.spacing * (self.atoms + 1)))
        chain = np.concatenate([start, place, end], axis=-1)
        refuse_contact(chain, self.reach)
        values = evaluated("hopping", self.hopping, np.diff(chain, axis=-1))
        still = self._still
        if place.dtype.kind == "O":
            still = evaluated("hopping", self.hopping, self.spacing + 0 * place[..., :1])
        first, last = self.sites.start - 1, self.sites.stop
        parts = [np.empty((*place.shape[:-1], self.levels - 1), value.dtype) for value in values]
        for part, moving, fixed in zip(parts, values, still, strict=True):
            part[..., :first] = part[..., last:] = fixed
            part[..., first:last] = moving
        return Bonds(*parts)

    def hamiltonian(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return h(x), shape (..., n, n); see `Model.hamiltonian`."""
        hopping = self.bonds(x, xp).hopping
        n = self.levels
        h = np.zeros((*hopping.shape[:-1], n, n), hopping.dtype)
        i = np.arange(n)
        h[..., i, i] = self.onsite
        h[..., i[:-1], i[1:]] = h[..., i[1:], i[:-1]] = hopping
        return h

    def gradient(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return dh/dx, shape (..., d, n, n); see `Model.gradient`. Four entries of each matrix are not 0."""
        slope = self.bonds(x, xp).slope
        n, d = self.levels, np.arange(self.atoms)
        result = np.zeros((*slope.shape[:-1], self.atoms, n, n), slope.dtype)
        for side, sign in ((-1, 1), (0, -1)):
            bond = self.sites.start + d + side
            result[..., d, bond, bond + 1] = result[..., d, bond + 1, bond] = sign * slope[..., bond]
        return result

    def hessian(self, x: ArrayLike, xp: Any = np) -> Array:
        """Return d2h/dx2, shape (..., d, d, n, n), for short wires: it is all but empty."""
        curvature = self.bonds(x, xp).curvature
        n, d = self.levels, np.arange(self.atoms)
        result = np.zeros((*curvature.shape[:-1], self.atoms, self.atoms, n, n), curvature.dtype)
        for side in (-1, 0):
            bond = self.sites.start + d + side
            result[..., d, d, bond, bond + 1] = result[..., d, d, bond + 1, bond] = curvature[..., bond]
        i, bond = d[:-1], self.sites.start + d[:-1]
        for a, b in ((i, i + 1), (i + 1, i)):
            result[..., a, b, bond, bond + 1] = result[..., a, b, bond + 1, bond] = -curvature[..., bond]
        return result

    def _hamiltonian(self, x: Sequence[Any], xp: Any) -> Any:
        return np.moveaxis(self.hamiltonian(np.stack(x, axis=-1), xp), (-2, -1), (0, 1))

    def _gradient(self, x: Sequence[Any], xp: Any) -> Any:
        return np.moveaxis(self.gradient(np.stack(x, axis=-1), xp), (-3, -2, -1), (0, 1, 2))
