"""The kinds of lead in high precision: self-energy and slope, edges of bands, and the Fermi function."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any, ClassVar

import numpy as np

from electronwind import leads as given

from .arithmetic import Array, adjoint, array, function, number
from .crystal import Crystal

__all__ = ["Chain", "Lead", "Periodic", "WideBand", "fermi", "precise", "surface_green"]


@dataclass(frozen=True, eq=False)
class WideBand:
    """A `WideBandLead` in high precision."""

    binds: ClassVar[bool] = False
    broadening: Array
    mu: Any
    temperature: Any

    @property
    def edges(self) -> list[Any]:
        """None: the band has no end."""
        return []

    @property
    def poles(self) -> list[Any]:
        """None."""
        return []

    def self_energy(self, energies: Array) -> Array:
        """Return -i Gamma / 2, one for all energies, shape ``(1, n, n)``."""
        del energies
        return np.asarray(self.broadening * number(-0.5j))[None]

    def slope(self, energies: Array) -> Array:
        """Return dSigma/dE = 0, shape ``(1, n, n)``."""
        del energies
        return np.asarray(self.broadening * number(0j))[None]

    def open(self, energy: Any) -> bool:
        """Tell whether the lead broadens anything at a real energy: always."""
        del energy
        return True


@dataclass(frozen=True, eq=False)
class Chain:
    """A `ChainLead` in high precision."""

    binds: ClassVar[bool] = False
    levels: int
    site: int
    hopping: Any
    coupling: Any
    onsite: Any
    mu: Any
    temperature: Any

    @property
    def edges(self) -> list[Any]:
        """Lower and upper edge of the band."""
        width = 2 * abs(self.hopping)
        return [self.onsite - width, self.onsite + width]

    @property
    def poles(self) -> list[Any]:
        """None: a chain binds no state to its end."""
        return []

    @property
    def band(self) -> tuple[Any, Any]:
        """Lower and upper edge of the band, as a pair."""
        low, high = self.edges
        return low, high

    def open(self, energy: Any) -> bool:
        """Tell whether a real energy is inside the band."""
        low, high = self.edges
        return bool(low < energy < high)

    def self_energy(self, energies: Array) -> Array:
        """Return coupling^2 g(E) on the site of the lead, shape ``(nodes, n, n)``; Im E >= 0."""
        return self._on_site([surface_green(energy - self.onsite, self.hopping)[0] for energy in energies])

    def slope(self, energies: Array) -> Array:
        """Return dSigma/dE, infinite at the edges, shape ``(nodes, n, n)``; Im E >= 0."""
        values = [surface_green(energy - self.onsite, self.hopping) for energy in energies]
        # From the equation that g solves: g' = -g / (z - 2 t^2 g).
        return self._on_site([-g / root for g, root in values])

    def _on_site(self, values: list[Any]) -> Array:
        matrix = np.full((len(values), self.levels, self.levels), number(0j), dtype=object)
        matrix[:, self.site, self.site] = [self.coupling**2 * value for value in values]
        return matrix


@dataclass(frozen=True, eq=False)
class Periodic:
    """A `PeriodicLead` in high precision.

    It may bind a state to its own end, beside the bands, where its self-energy has a pole.
    """

    binds: ClassVar[bool] = True
    levels: int
    sites: tuple[int, ...]
    crystal: Crystal
    coupling: Array
    mu: Any
    temperature: Any

    def self_energy(self, energies: Array) -> Array:
        """Return C g(E) C^+ on the sites of the lead, shape ``(nodes, n, n)``."""
        return self._placed(self.crystal.surface(energies))

    def slope(self, energies: Array) -> Array:
        """Return the derivative of the self-energy, of the same shape; none at the edges."""
        return self._placed(self.crystal.slope(self.crystal.surface(energies)))

    @property
    def edges(self) -> list[Any]:
        """Energies at which the self-energy is not analytic, sorted; crossings of bands are among them."""
        return self.crystal.edges

    @property
    def poles(self) -> list[Any]:
        """Energies between bands at which the self-energy is infinite, to some 25 digits, sorted."""
        return self.crystal.end_states()

    def open(self, energy: Any) -> bool:
        """Tell whether a real energy is inside one of the bands."""
        return any(low < energy < high for low, high in self.crystal.bands)

    def _placed(self, surface: Array) -> Array:
        sigma = np.full((len(surface), self.levels, self.levels), number(0j), dtype=object)
        rows, columns = np.ix_(self.sites, self.sites)
        sigma[:, rows, columns] = self.coupling @ surface @ adjoint(self.coupling)
        return sigma


Lead = WideBand | Chain | Periodic


@singledispatch
def precise(lead: given.Lead, levels: int) -> Lead:
    """Return a lead of a system of that many levels in high precision."""
    raise TypeError(f"electronwind.reference knows no lead of the kind {type(lead).__name__}")


@precise.register
def _(lead: given.WideBandLead, levels: int) -> WideBand:
    del levels
    return WideBand(array(lead.broadening), *_occupation(lead))


@precise.register
def _(lead: given.ChainLead, levels: int) -> Chain:
    hopping, coupling, onsite = (array(x).item() for x in (lead.hopping, lead.coupling, lead.onsite))
    return Chain(levels, lead.site, hopping, coupling, onsite, *_occupation(lead))


@precise.register
def _(lead: given.PeriodicLead, levels: int) -> Periodic:
    crystal = Crystal(array(lead.onsite), array(lead.hopping))
    return Periodic(levels, lead.sites, crystal, array(lead.coupling), *_occupation(lead))


def _occupation(lead: given.Lead) -> tuple[Any, Any]:
    return array(lead.mu).item(), array(lead.temperature).item()


def surface_green(z: Any, hopping: Any) -> tuple[Any, Any]:
    """Return g at the end of a semi-infinite chain, and z - 2 t^2 g; z = E - onsite, Im z >= 0.

    The root of ``t^2 g^2 - z g + 1 = 0`` with Im g < 0 inside the band, and the one that falls off like
    1/z outside. |t g| = 1 inside the band, so its size could not choose there.
    """
    width, sqrt = 2 * abs(hopping), function("sqrt")
    if z.imag == 0:
        x = z.real
        inside = (width - x) * (width + x)
        if inside > 0:
            root = number(1j) * sqrt(inside)
            return (x - root) * 2 / width**2, root
        root = sqrt(-inside) if x > 0 else -sqrt(-inside)
        return number(0j) + 2 / (x + root), number(0j) + root
    root = sqrt(z - width) * sqrt(z + width)
    return 2 / (z + root), root


def fermi(energies: Array, mu: Any, temperature: Any) -> Array:
    """Return 1 / (exp((E - mu) / T) + 1), or the step from 1 to 0 where T = 0."""
    if temperature == 0:
        return np.array([number(int(energy < mu)) for energy in energies], dtype=object)
    exp = np.frompyfunc(function("exp"), 1, 1)
    return np.asarray(1 / (exp((energies - mu) / temperature) + 1), dtype=object)
