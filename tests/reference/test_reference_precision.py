"""The numbers of the reference: their digits at any precision, their shapes and kinds, its arguments."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from reference_values import X, assert_close, compute

from electronwind import (
    OBSERVABLES,
    OpenSystem,
    UnbroadenedLevelError,
    WideBandLead,
    models,
    reference,
)
from electronwind.reference import arithmetic

# --------------------------------------------------------------------------- precision


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("name", OBSERVABLES)
@pytest.mark.parametrize("digits", [15, pytest.param(30, marks=pytest.mark.slow)])
def test_digits_agree(name: str, digits: int) -> None:
    """So many digits are those of a computation with 15 more, on a cold and a hot lead."""
    # One level by day: what is asked at frequencies takes long.
    family = models.single_level if digits == 15 and OBSERVABLES[name].argument else models.two_level
    system = family(temperature=(1e-4, 0.2)).at(-0.2)
    few, most = (compute(name, system, digits=d) for d in (digits, digits + 15))
    assert_close(few, most, 10.0 ** (1 - digits))


@pytest.mark.parametrize("temperature", [1e-8, pytest.param(1e-30, marks=pytest.mark.slow)])
def test_cold_limit(temperature: float) -> None:
    """The friction approaches its value at T = 0 as T^2."""
    cold = reference.friction(models.two_level(temperature=(0.0, 0.0)).at(-0.2)).item()
    value = reference.friction(models.two_level(temperature=(temperature,) * 2).at(-0.2)).item()
    assert abs(float(value - cold)) <= 1e5 * temperature**2 + 1e-29


def test_narrow_level() -> None:
    """A level a billion times narrower than the others is integrated to all digits."""
    gamma = 1e-9
    lead = WideBandLead([[gamma]], 0.0, 0.0)
    system = OpenSystem([[gamma]], [[[1.0]]], [lead])
    with mpmath.workdps(40):
        expected = X(1) / 2 - mpmath.atan(2) / mpmath.pi
    assert_close(reference.density_matrix(system), [[expected]], 1e-29)


@pytest.mark.parametrize("digits", [15, pytest.param(30, marks=pytest.mark.slow)])
def test_without_gmpy2(digits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers of mpmath alone give the same digits."""
    system = models.single_level().at(0.5)
    with_gmpy2 = reference.friction(system, digits=digits)
    monkeypatch.setattr(arithmetic, "gmpy2", None)
    assert_close(reference.friction(system, digits=digits), with_gmpy2, 10.0 ** (1 - digits))


def test_precision_is_left_alone() -> None:
    """The caller's mpmath precision is the same after a call, and after one that fails."""
    before = mpmath.mp.prec
    reference.force(models.two_level().at(0.1), digits=40)
    with pytest.raises(UnbroadenedLevelError):
        reference.force(OpenSystem(np.eye(2), [np.eye(2)], [WideBandLead(np.diag([1.0, 0.0]), 0.0, 0.0)]))
    assert mpmath.mp.prec == before


# --------------------------------------------------------------------------- shapes and arguments


@pytest.mark.night(
    "pair_density", "response", "noise", "curl", "friction", "bond", "correlation", "force", "current"
)
@pytest.mark.parametrize("name", OBSERVABLES)
def test_shapes_and_kinds(name: str) -> None:
    """Batch axes come first, an array argument adds its axes, and entries are mpmath numbers."""
    row = OBSERVABLES[name]
    system = models.two_level(temperature=(0.2, 0.2)).at([[[0.1], [0.2]]])
    argument = np.array([0.1, 0.3]) if row.argument else np.float64(0)
    value = compute(name, system, argument)
    assert value.dtype == object
    assert value.shape == row.shape(system, argument.shape)
    kind = mpmath.mpc if row.complex else mpmath.mpf
    assert {type(entry) for entry in value.ravel()} == {kind}
    single = compute(name, system[0, 1], 0.3)
    assert_close(value[(0, 1, 1) if row.argument else (0, 1)], single, 1e-15)


@pytest.mark.parametrize("digits", [14, 51, 30.0, True, "30"])
def test_digits_are_checked(digits: Any) -> None:
    """Digits outside 15 to 50 are refused in words that name the argument and the value."""
    with pytest.raises(ValueError, match=f"digits: expected .* 15 to 50, got {digits!r}"):
        reference.force(models.two_level().at(0.0), digits=digits)


@pytest.mark.parametrize("value", [1j, float("nan"), float("inf"), [0.1, float("nan")], "a"])
def test_arguments_are_checked(value: Any) -> None:
    """Complex numbers, NaN and infinity are no frequency and no energy."""
    system = models.two_level().at(0.0)
    with pytest.raises(ValueError, match=r"frequency.*: expected .*(real|finite) number.*, got"):
        reference.response(system, value)
    with pytest.raises(ValueError, match=r"energy.*: expected .*(real|finite) number.*, got"):
        reference.transmission(system, value)


def test_frequency_of_any_precision() -> None:
    """A frequency may be an mpmath number, and is taken as it is."""
    system = models.single_level(temperature=(0.1, 0.1)).at(0.0)
    with mpmath.workdps(40):
        tiny = X(1) / 3 * X(10) ** -12
    noise = reference.force_noise(system, [tiny, 0.0])
    assert 0 < abs(noise[0] - noise[1]).item() < 1e-12
