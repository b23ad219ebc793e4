"""The free-electron wire as a problem: what it takes, what it refuses, and how it is written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from electronwind import InvalidSystemError, JelliumWire
from electronwind.jellium import checked_points, checked_wire

NUMBERS = ("side", "fermi_energy", "bias", "frequency", "strength")
ONE = {"side": 10.1, "fermi_energy": 2 * np.pi**2, "bias": 1e-3, "frequency": 0.125, "strength": 0.7}


def test_a_wire_keeps_its_numbers():
    """Numbers come back as they were given; frequency 0 and strength 1 are what is left out."""
    wire = JelliumWire(**ONE)

    assert {name: float(getattr(wire, name)) for name in NUMBERS} == ONE
    assert wire.shape == ()
    plain = JelliumWire(10.1, 5.0, 0.5)
    assert (float(plain.frequency), float(plain.strength)) == (0.0, 1.0)


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_may_be_a_batch(name):
    """Each parameter broadcasts, a part of the batch is the wire of its number, and JSON holds all."""
    values = ONE[name] * np.array([[1.0], [1.03], [0.97]])
    wire = JelliumWire(**ONE | {name: values})

    assert wire.shape == (3, 1)
    assert float(getattr(wire[1, 0], name)) == values[1, 0]
    assert wire[1].shape == (1,)
    back = JelliumWire.from_json(wire.to_json())
    assert all(np.array_equal(getattr(back, n), getattr(wire, n)) for n in NUMBERS)
    assert "batch" in repr(wire)


def test_json_loses_no_bit():
    """Numbers without a short decimal spelling come back to the last bit."""
    wire = JelliumWire(**{name: value / 3 + 1 / 7 for name, value in ONE.items()})
    back = JelliumWire.from_json(wire.to_json())

    assert all(getattr(back, name) == getattr(wire, name) for name in NUMBERS)
    assert repr(back) == repr(wire)


@pytest.mark.parametrize("change", [{"schema": "other"}, {"side": None}, {"more": 1.0}, {"bias": "much"}])
def test_what_is_no_wire_is_not_read(change):
    """A wrong schema, a missing or unknown key, a value of another kind."""
    data = {k: v for k, v in (JelliumWire(**ONE).to_dict() | change).items() if v is not None}
    for read in (JelliumWire.from_dict, lambda d: JelliumWire.from_json(json.dumps(d))):
        with pytest.raises(InvalidSystemError):
            read(data)
    with pytest.raises(InvalidSystemError):
        JelliumWire.from_json("no JSON")


# (2 S / lambda_F)^2 is 400 = 12^2 + 16^2, 1600 = 24^2 + 32^2 and 2 = 1 + 1.
@pytest.mark.parametrize("side", [10.0, 20.0, np.sqrt(2) / 2])
@pytest.mark.parametrize("length", [1.0, 1.3, 1e-7])
def test_an_edge_on_the_fermi_energy_is_refused(side, length):
    """Sides of 10 and 20 Fermi wavelengths, in any unit of length; 1 part in 10^9 off them is a wire."""
    energy = 2 * np.pi**2 / length**2
    with pytest.raises(InvalidSystemError, match="edge of subband"):
        JelliumWire(side * length, energy, 1e-3 * energy)
    JelliumWire(side * length * (1 + 1e-9), energy, 1e-3 * energy)


@pytest.mark.parametrize("at", ["mu1", "mu2", "mu1 + W", "mu1 - W", "mu2 + W", "mu2 - W"])
def test_an_edge_on_any_energy_of_a_root_is_refused(at):
    """Each electrochemical potential and each plus or minus W; the Fermi energy at W = 0 alone."""
    unit, bias, frequency = np.pi**2 / 2 / 16, 0.5, 0.125
    shift = {"mu1": bias / 2, "mu2": -bias / 2}[at[:3]] + {"+": 1, "-": -1, "": 0}[at[4:5]] * frequency
    fermi = 13 * unit - shift  # 13 = 2^2 + 3^2
    with pytest.raises(InvalidSystemError, match=r"subband \(3, 2\), n\^2 \+ m\^2 = 13"):
        JelliumWire(4.0, fermi, bias, frequency)
    JelliumWire(4.0, 13 * unit, bias, frequency)


def test_no_edge_where_no_sum_of_two_squares():
    """n^2 + m^2 = 12 has no solution, and no subband starts at n = 0."""
    for total in (12, 9, 1, 21):
        JelliumWire(4.0, total * np.pi**2 / 32, 1e-3)


def test_an_edge_in_a_batch_is_named_by_its_place():
    """The refusal says which wire."""
    with pytest.raises(InvalidSystemError) as caught:
        JelliumWire([[10.1], [10.0]], 2 * np.pi**2, [1e-3, 2e-3])
    assert caught.value.argument == "side[1, 0]"


def test_a_wire_of_too_many_subbands_is_refused():
    """Thicker than 1000 Fermi wavelengths."""
    JelliumWire(999.9, 2 * np.pi**2, 1e-3)
    for values in ({"side": 1001.0}, {"fermi_energy": 1e300}, {"frequency": 1e9}, {"bias": -1e9}):
        with pytest.raises(InvalidSystemError, match="subbands up to"):
            JelliumWire(**ONE | values)


def test_points_are_those_of_the_cross_section():
    """The walls belong to it; what is outside of any wire of the batch is refused by its place."""
    wire = JelliumWire([4.0, 5.0], 8.5, 0.5)
    assert checked_points(wire, [[0.0, 4.0], [2.0, 1.0]]).shape == (2, 2)
    for bad, place in (([1.0, 4.1], "points[1]"), ([[1.0, 1.0], [-1e-9, 1.0]], "points[1, 0]")):
        with pytest.raises(InvalidSystemError) as caught:
            checked_points(wire, bad)
        assert caught.value.argument == place
    for bad in ([1.0, 2.0, 3.0], 1.0, np.zeros((0, 2))):
        with pytest.raises(InvalidSystemError, match="x and y"):
            checked_points(wire, bad)
    with pytest.raises(InvalidSystemError, match="JelliumWire"):
        checked_wire(8.5)
