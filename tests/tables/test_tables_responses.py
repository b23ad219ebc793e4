"""Certified friction, noise, response and pairs of chains: what holds the reference there to 30 digits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from electronwind import OpenSystem, reference
from electronwind.validation.tables.problems import problem_set

flint = pytest.importorskip("flint", reason="the extra certify is not installed")

from electronwind.validation.tables.balls import Junction, precision  # noqa: E402 - after the check for flint
from electronwind.validation.tables.certify import certify  # noqa: E402 - after the check for flint
from electronwind.validation.tables.responses import Responses  # noqa: E402 - after the check for flint

CHAINS = ("chain-cold", "chain-two-bands", "chain-and-wide-band-cold")


def middles(balls: Any, degeneracy: int) -> Any:
    """Return the midpoints of balls as mpmath numbers, after a look at the radius."""
    assert max(float(ball.rad()) for ball in balls.ravel()) < 1e-40
    parts = [[z.real.mid().str(45, radius=False), z.imag.mid().str(45, radius=False)] for z in balls.ravel()]
    values = [mpmath.mpc(*part) * degeneracy for part in parts]
    return np.array(values, dtype=object).reshape(balls.shape)


def assert_held(name: str, system: OpenSystem, *arguments: Fraction) -> None:
    """Compare an enclosure with the reference, relative to the largest entry."""
    with mpmath.workdps(50):
        with precision(256):
            balls = getattr(Responses(Junction(system), 1e-44), name)(*arguments)
            expected = middles(balls, system.degeneracy)
        found = getattr(reference, name)(system, *map(float, arguments))
        error = np.max(abs(found - expected))
        assert error < mpmath.mpf(10) ** -30 * np.max(abs(expected))


# By day what is quick to enclose; noise and response are held at no frequency, below.
BY_DAY = [*((id, "friction") for id in CHAINS), ("chain-cold", "pair_density")]


@pytest.mark.night("two-bands", "chain-cold")
@pytest.mark.parametrize(
    ("id", "name"),
    [
        pytest.param(id, name, marks=[] if (id, name) in BY_DAY else pytest.mark.slow)
        for id in CHAINS
        for name in ("friction", "force_noise", "response", "pair_density")
    ],
)
def test_the_reference_on_chains_is_held_by_enclosures(id: str, name: str) -> None:
    """Two derivations, one of them in balls, agree to 30 digits on chains, also beside a wide band."""
    arguments = () if name == "friction" else (Fraction(-3, 16),)
    assert_held(name, problem_set()[id].system, *arguments)


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param("force_noise", marks=pytest.mark.slow), "response"])
def test_no_frequency_is_no_special_case(name: str) -> None:
    """Where the frequency vanishes all shifted edges coincide."""
    assert_held(name, problem_set()["chain-three"].system, Fraction(0))


@pytest.mark.night("response", "force_noise", "warm-2")
@pytest.mark.parametrize("name", ["friction", "force_noise", "response"])
@pytest.mark.parametrize("id", ["warm-1", "warm-2"])
def test_enclosures_hold_the_closed_forms_of_wide_bands(id: str, name: str) -> None:
    """On wide bands alone the integrals, tails included, overlap with the closed forms."""
    system = problem_set()[id].system
    argument = None if name == "friction" else 0.125
    closed = certify(name, system, argument)
    with mpmath.workdps(50), precision(256):
        arguments = () if argument is None else (Fraction(1, 8),)
        balls = getattr(Responses(Junction(system), 1e-44), name)(*arguments)
        value = middles(balls, system.degeneracy)
        real = np.array(closed.re, dtype=object)
        for index in np.ndindex(value.shape):
            assert abs(value[index].real - mpmath.mpf(real[index])) < 2 * mpmath.mpf(closed.radius)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["friction", "white_noise"])
def test_certified_digits_of_chains(name: str) -> None:
    """The route of the tables gives the digits of the reference, the degeneracy included."""
    system = problem_set()["chain-cold"].system
    found = certify(name, system)
    assert found.route == "arb-integral"
    with mpmath.workdps(40):
        expected = getattr(reference, name)(system)
        for index in np.ndindex(expected.shape):
            value = mpmath.mpf(np.array(found.re, dtype=object)[index])
            assert abs(value - expected[index]) < mpmath.mpf(10) ** -30
