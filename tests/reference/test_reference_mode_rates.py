"""The reference on circular modes: the golden rule against the work of the linear response."""

from __future__ import annotations

from itertools import product

import mpmath
import numpy as np
import pytest

from electronwind import InvalidSystemError, OpenSystem, WideBandLead, reference
from electronwind.reference.mode_rates import mode_rates


def junction(seed: int, temperature=(0.1, 0.03), mu=(0.3, -0.2), complex_h=True, degeneracy=1) -> OpenSystem:
    """Return two drawn levels, two coordinates and two leads that commute with nothing."""
    rng = np.random.default_rng(seed)

    def hermitian(*shape):
        a = rng.normal(size=shape) + 1j * complex_h * rng.normal(size=shape)
        return (a + np.swapaxes(a, -1, -2).conj()) / 2

    def broadening():
        a = rng.normal(size=(2, 2)) + 1j * complex_h * rng.normal(size=(2, 2))
        return 0.2 * a @ a.conj().T + 0.02 * np.eye(2)

    h, g = hermitian(2, 2), hermitian(2, 2, 2)
    leads = [WideBandLead(broadening(), m, t) for m, t in zip(mu, temperature, strict=True)]
    return OpenSystem(h, g, leads, degeneracy)


CASES = {
    "biased": junction(1),
    "real": junction(2, complex_h=False),
    "equilibrium": junction(3, (0.1, 0.1), (0.2, 0.2)),
    "cold": junction(4, (0.0, 0.0)),
    "both spins": junction(5, degeneracy=2),
}


# Each case at one frequency by day, and at both at night.
TURNS = list(product(CASES, [0.35, 1.7]))
NIGHT = TURNS[1::4] + TURNS[2::4]


@pytest.mark.night("equilibrium")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    ("name", "frequency"),
    [pytest.param(*turn, marks=[pytest.mark.slow] if turn in NIGHT else []) for turn in TURNS],
)
def test_the_golden_rule_is_the_work_of_the_response(name, frequency):
    """(L_XX + L_YY) / 2M plus and minus (K_XY - K_YX) / 2Mw: todorov2011 Eq. 30, at any bias."""
    system, mass = CASES[name], 3.0
    chi = reference.response(system, frequency, digits=20)
    with mpmath.workdps(30):
        w, M = mpmath.mpf(frequency), mpmath.mpf(mass)
        # The response is -(K + i w L).
        drag = -(chi[0, 0] + chi[1, 1]).imag / w / (2 * M)
        turn = -(chi[0, 1] - chi[1, 0]).real / (2 * M * w)
        found = mode_rates(system, frequency, mass, digits=20)
        scale = abs(drag) + abs(turn)
        assert abs(found[0] - (drag + turn)) < scale * mpmath.mpf("1e-17")
        assert abs(found[1] - (drag - turn)) < scale * mpmath.mpf("1e-17")


@pytest.mark.slow
def test_the_mean_power_on_the_orbit_is_the_rate():
    """The force of the response, integrated over one turn anticlockwise, gains the rate times the energy."""
    system, w, mass, radius = CASES["biased"], 0.35, 3.0, 0.1
    chi = np.array(reference.response(system, w, digits=15), complex)
    rates = mode_rates(system, w, mass, digits=15)
    t = np.linspace(0, 2 * np.pi / w, 64, endpoint=False)
    for k, turn in enumerate((1, -1)):
        # x = A cos wt, y = +-A sin wt = Re(+-i A e^{-iwt}).
        amplitude = radius * np.array([1, turn * 1j])
        force = np.real(np.multiply.outer(np.exp(-1j * w * t), chi @ amplitude))
        velocity = np.real(np.multiply.outer(-1j * w * np.exp(-1j * w * t), amplitude))
        power = np.mean(np.sum(force * velocity, axis=-1))
        energy = mass * w**2 * radius**2
        assert float(rates[k]) == pytest.approx(power / energy, rel=1e-12)


@pytest.mark.parametrize("digits", [15, pytest.param(20, marks=pytest.mark.slow)])
def test_without_current_both_modes_are_damped(digits):
    """At equilibrium with real wave functions the rates are equal and negative."""
    rates = mode_rates(junction(2, (0.1, 0.1), (0.2, 0.2), complex_h=False), 0.35, 1.0, digits=digits)
    assert abs(rates[0] - rates[1]) < 10.0 ** (1 - digits)
    assert rates[0] < 0


def test_axes_of_frequency_and_batch():
    """A number adds no axis, a list one, after those of the batch; mass divides."""
    one = CASES["cold"]
    pair = OpenSystem(np.stack([one.hamiltonian, 2 * one.hamiltonian]), one.gradient, one.leads)
    many = mode_rates(pair, [0.35], 2.0, digits=15)
    assert many.shape == (2, 1, 2)
    single = mode_rates(one, 0.35, 1.0, digits=15)
    assert np.allclose((2 * many[0, 0]).astype(float), single.astype(float), rtol=1e-14)


WRONG = [
    ({"frequency": 0.0}, "frequency"),
    ({"frequency": [0.1, -1.0]}, "frequency[1]"),
    ({"mass": 0.0}, "mass"),
    ({"digits": 51}, "digits"),
]


@pytest.mark.parametrize(("change", "argument"), WRONG)
def test_refusals(change, argument):
    """Frequencies and masses are positive."""
    values = {"frequency": 0.35, "mass": 1.0, "digits": 15} | change
    with pytest.raises(InvalidSystemError) as caught:
        mode_rates(CASES["biased"], **values)
    assert caught.value.argument == argument


def test_one_coordinate_turns_nowhere():
    """Another number of coordinates than two is refused."""
    one = CASES["biased"]
    with pytest.raises(InvalidSystemError, match="two coordinates"):
        mode_rates(OpenSystem(one.hamiltonian, one.gradient[:1], one.leads), 0.35, 1.0)
