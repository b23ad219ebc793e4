"""Conversion between the natural units of a calculation, hbar = k_B = e = 1, and the laboratory's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import real, scalar
from .errors import InvalidSystemError

__all__ = ["Units"]


def _codata() -> Any:
    """Return the module of constants: loading scipy takes longer than all else that a problem needs."""
    from scipy import constants

    return constants


@dataclass(frozen=True)
class Units:
    """The size of one unit of energy and one of length; all other units follow.

    The method with the name of a laboratory unit says what a result is in it, and the one with ``from_``
    before it what a number in that unit is in the calculation. Both take numbers and arrays.

    Parameters
    ----------
    energy : float
        One unit of energy in electronvolt.
    length : float
        One unit of length in angstrom.

    Raises
    ------
    InvalidSystemError
        A unit that is not finite and positive; in a method, what is no finite real number.

    Notes
    -----
    The unit of time is hbar over that of energy, 0.658 fs for an electronvolt; that of mass is
    hbar^2 / (energy length^2), 7.62 electron masses for electronvolt and angstrom.
    Constants: CODATA 2022, as scipy carries them.

    Examples
    --------
    >>> hartree = Units.atomic()
    >>> round(hartree.kelvin(0.001), 3)
    315.775
    >>> units = Units(energy=1.0, length=1.0)
    >>> round(units.from_femtosecond(10), 3), round(units.from_kelvin(300), 5)
    (15.193, 0.02585)
    """

    energy: float = 1.0
    length: float = 1.0

    def __post_init__(self) -> None:
        for name in ("energy", "length"):
            size = scalar(name, getattr(self, name))
            if size <= 0:
                raise InvalidSystemError(name, f"{size:g}", "the size of a unit, a number > 0")
            object.__setattr__(self, name, size)

    @classmethod
    def atomic(cls) -> Units:
        """Return hartree and bohr, the units of preston2022."""
        return cls(
            _codata().value("Hartree energy in eV"),
            _codata().value("Bohr radius") / _codata().angstrom,
        )

    def electronvolt(self, energy: ArrayLike) -> Any:
        """Return an energy in electronvolt."""
        return _scaled("energy", energy, self.energy)

    def from_electronvolt(self, energy: ArrayLike) -> Any:
        """Return the energy that is so many electronvolt."""
        return _scaled("energy", energy, 1 / self.energy)

    def angstrom(self, length: ArrayLike) -> Any:
        """Return a length in angstrom."""
        return _scaled("length", length, self.length)

    def from_angstrom(self, length: ArrayLike) -> Any:
        """Return the length that is so many angstrom."""
        return _scaled("length", length, 1 / self.length)

    def femtosecond(self, time: ArrayLike) -> Any:
        """Return a time in femtosecond."""
        return _scaled("time", time, self._second / _codata().femto)

    def from_femtosecond(self, time: ArrayLike) -> Any:
        """Return the time that is so many femtosecond."""
        return _scaled("time", time, _codata().femto / self._second)

    def amu(self, mass: ArrayLike) -> Any:
        """Return a mass in unified atomic mass units."""
        return _scaled("mass", mass, self._kilogram / _codata().atomic_mass)

    def from_amu(self, mass: ArrayLike) -> Any:
        """Return the mass that is so many unified atomic mass units."""
        return _scaled("mass", mass, _codata().atomic_mass / self._kilogram)

    def kelvin(self, temperature: ArrayLike) -> Any:
        """Return a temperature in kelvin."""
        return _scaled("temperature", temperature, self._joule / _codata().k)

    def from_kelvin(self, temperature: ArrayLike) -> Any:
        """Return the temperature that is so many kelvin."""
        return _scaled("temperature", temperature, _codata().k / self._joule)

    def volt(self, voltage: ArrayLike) -> Any:
        """Return a voltage, a difference of chemical potentials over the charge, in volt."""
        return _scaled("voltage", voltage, self.energy)

    def from_volt(self, voltage: ArrayLike) -> Any:
        """Return the difference of chemical potentials that so many volt make."""
        return _scaled("voltage", voltage, 1 / self.energy)

    def ampere(self, current: ArrayLike) -> Any:
        """Return the electric current carried by `current` electrons per unit of time, in ampere."""
        return _scaled("current", current, _codata().e / self._second)

    def from_ampere(self, current: ArrayLike) -> Any:
        """Return how many electrons per unit of time carry so many ampere."""
        return _scaled("current", current, self._second / _codata().e)

    def nanonewton(self, force: ArrayLike) -> Any:
        """Return a force in nanonewton."""
        return _scaled("force", force, self._newton / _codata().nano)

    def from_nanonewton(self, force: ArrayLike) -> Any:
        """Return the force that is so many nanonewton."""
        return _scaled("force", force, _codata().nano / self._newton)

    @property
    def _joule(self) -> float:
        return self.energy * _codata().e

    @property
    def _second(self) -> float:
        return _codata().hbar / self._joule

    @property
    def _metre(self) -> float:
        return self.length * _codata().angstrom

    @property
    def _newton(self) -> float:
        return self._joule / self._metre

    @property
    def _kilogram(self) -> float:
        return _codata().hbar ** 2 / (self._joule * self._metre**2)


def _scaled(name: str, value: ArrayLike, factor: float) -> Any:
    """Return a number for a number, and an array for anything with axes."""
    numbers = real(name, value) * factor
    return numbers if np.ndim(value) else float(numbers)
