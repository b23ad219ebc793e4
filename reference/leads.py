"""The two kinds of lead in high precision: self-energy, band and Fermi function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .arithmetic import Array, function, number

__all__ = ["Chain", "WideBand", "fermi", "surface_green"]


@dataclass(frozen=True, eq=False)
class WideBand:
    """A `WideBandLead` in high precision."""

    broadening: Array
    mu: Any
    temperature: Any

    def self_energy(self, energies: Array) -> Array:
        """Return -i Gamma / 2, one for all energies, shape ``(1, n, n)``."""
        del energies
        return np.asarray(self.broadening * number(-0.5j))[None]


@dataclass(frozen=True, eq=False)
class Chain:
    """A `ChainLead` in high precision."""

    levels: int
    site: int
    hopping: Any
    coupling: Any
    onsite: Any
    mu: Any
    temperature: Any

    @property
    def band(self) -> tuple[Any, Any]:
        """Lower and upper edge of the band."""
        width = 2 * abs(self.hopping)
        return self.onsite - width, self.onsite + width

    def self_energy(self, energies: Array) -> Array:
        """Return coupling^2 g(E) on the site of the lead, shape ``(nodes, n, n)``."""
        sigma = np.full((len(energies), self.levels, self.levels), number(0j), dtype=object)
        sigma[:, self.site, self.site] = [
            self.coupling**2 * surface_green(energy - self.onsite, self.hopping) for energy in energies
        ]
        return sigma


def surface_green(z: Any, hopping: Any) -> Any:
    """Return g(E) at the end of a semi-infinite chain, z = E - onsite + i0.

    The root of ``t^2 g^2 - z g + 1 = 0`` with Im g < 0 inside the band, and the one that falls off like
    1/z outside. |t g| = 1 inside the band, so its size could not choose there.
    """
    inside = 4 * hopping**2 - z * z
    if inside > 0:
        return (z - number(1j) * function("sqrt")(inside)) / (2 * hopping**2)
    root = function("sqrt")(-inside)
    return number(0j) + 2 / (z + root if z > 0 else z - root)


def fermi(energies: Array, mu: Any, temperature: Any) -> Array:
    """Return 1 / (exp((E - mu) / T) + 1), or the step from 1 to 0 where T = 0."""
    if temperature == 0:
        return np.array([number(int(energy < mu)) for energy in energies], dtype=object)
    exp = np.frompyfunc(function("exp"), 1, 1)
    return np.asarray(1 / (exp((energies - mu) / temperature) + 1), dtype=object)
