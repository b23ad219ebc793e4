"""Conversion from the natural units of a calculation, hbar = k_B = e = 1, to the laboratory's."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import constants

__all__ = ["Units"]


@dataclass(frozen=True)
class Units:
    """The size of one unit of energy and one of length.

    Parameters
    ----------
    energy : float
        One unit of energy in electronvolt.
    length : float
        One unit of length in angstrom.

    Notes
    -----
    Constants: CODATA 2022, as scipy carries them.

    Examples
    --------
    >>> hartree = Units.atomic()
    >>> round(hartree.kelvin(0.001), 3)
    315.775
    """

    energy: float = 1.0
    length: float = 1.0

    @classmethod
    def atomic(cls) -> Units:
        """Return hartree and bohr, the units of preston2022."""
        return cls(
            constants.value("Hartree energy in eV"),
            constants.value("Bohr radius") / constants.angstrom,
        )

    def kelvin(self, temperature: float) -> float:
        """Return a temperature in kelvin."""
        return temperature * self.energy * constants.e / constants.k

    def ampere(self, current: float) -> float:
        """Return the electric current carried by `current` electrons per unit of time, in ampere."""
        return current * self.energy * constants.e**2 / constants.hbar

    def nanonewton(self, force: float) -> float:
        """Return a force in nanonewton."""
        return force * self.energy * constants.e / (self.length * constants.angstrom) / constants.nano

    def femtosecond(self, time: float) -> float:
        """Return a time in femtosecond."""
        return time * constants.hbar / (self.energy * constants.e) / constants.femto
