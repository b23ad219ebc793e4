"""Units: known numbers, and the way back from each of them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from electronwind import InvalidSystemError, Units

ATOMIC, VOLT = Units.atomic(), Units()
QUANTITIES = [name.removeprefix("from_") for name in vars(Units) if name.startswith("from_")]
SYSTEMS = {"eV and angstrom": VOLT, "atomic": ATOMIC, "meV and nm": Units(1e-3, 10.0)}
# What one unit is, by CODATA 2022: hbar c in eV angstrom and the mass of 1 amu in eV, or as it is printed.
ANCHORS = [
    (VOLT, "femtosecond", 1.0, 0.6582119569),
    (VOLT, "from_amu", 1.0, 931494103.72 / 1973.269804593**2),
    (VOLT, "amu", 1.0, 1973.269804593**2 / 931494103.72),
    (VOLT, "ampere", 1 / (2 * np.pi), 3.874045864e-5),
    (VOLT, "from_kelvin", 300.0, 0.0258519997),
    (VOLT, "nanonewton", 1.0, 1.602176634),
    (VOLT, "volt", 0.5, 0.5),
    (ATOMIC, "femtosecond", 1.0, 0.02418884327),
    (ATOMIC, "from_amu", 1.0, 1822.888486),
    (ATOMIC, "nanonewton", 1.0, 82.38723509),
    (ATOMIC, "electronvolt", 1.0, 27.211386246),
    (ATOMIC, "volt", 1.0, 27.211386246),
    (ATOMIC, "angstrom", 1.0, 0.529177210544),
    (ATOMIC, "kelvin", 1.0, 315775.02480),
    (ATOMIC, "ampere", 1.0, 6.6236182375e-3),
]


@pytest.mark.parametrize(("units", "name", "value", "expected"), ANCHORS)
def test_anchors(units: Units, name: str, value: float, expected: float) -> None:
    """Each unit has the size that the tables of constants give it."""
    assert getattr(units, name)(value) == pytest.approx(expected, rel=3e-7)


def test_conductance_quantum() -> None:
    """One open channel at one volt, both spins, carries the conductance quantum 77.48 microampere."""
    assert VOLT.ampere(2 * VOLT.from_volt(1.0) / (2 * np.pi)) == pytest.approx(77.48091729e-6, rel=1e-9)


@pytest.mark.parametrize("units", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("name", QUANTITIES)
def test_way_back(units: Units, name: str) -> None:
    """What goes to the laboratory and back is what it was, number or array, and there are both ways."""
    there, back = getattr(units, name), getattr(units, f"from_{name}")
    for value in (0.3, 7, -2.0, np.float32(0.5), mpmath.mpf("0.25")):
        assert isinstance(there(value), float)
        assert back(there(value)) == pytest.approx(float(value), rel=1e-14)
    many = np.array([[1.0, -2.0], [0.0, 1e9]])
    assert there(many).shape == (2, 2)
    assert np.allclose(back(there(many)), many, rtol=1e-14)
    assert np.array_equal(there(many.tolist()), there(many))
    # A result may be worked on.
    there(many)[0, 0] = 0.0


def test_every_quantity_has_both_ways() -> None:
    """No laboratory unit can be had in one direction only."""
    public = {name for name in vars(Units) if not name.startswith("_")} - {"atomic", "energy", "length"}
    assert public == {*QUANTITIES, *(f"from_{name}" for name in QUANTITIES)}
    assert len(QUANTITIES) == 8


@pytest.mark.parametrize("name", [*QUANTITIES, *(f"from_{name}" for name in QUANTITIES)])
def test_what_is_no_number(name: str) -> None:
    """What is no finite real number is refused by the name of the quantity."""
    for value in (None, "300", "warm", [1.0, None], np.nan, np.inf, 1j, True, {}, [[1], [2, 3]]):
        with pytest.raises(InvalidSystemError, match=r"expected .* number") as caught:
            getattr(VOLT, name)(value)
        assert caught.value.argument.partition("[")[0] in (
            "energy", "length", "time", "mass", "temperature", "voltage", "current", "force"
        ), value  # fmt: skip


@pytest.mark.parametrize("size", [0.0, -1.0, np.nan, np.inf, None, "eV", [1.0, 2.0], True])
@pytest.mark.parametrize("name", ["energy", "length"])
def test_what_is_no_unit(name: str, size: object) -> None:
    """The size of a unit is a positive number."""
    with pytest.raises(InvalidSystemError, match=name):
        Units(**{name: size})  # type: ignore[arg-type]  # on purpose
