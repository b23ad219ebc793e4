"""The correlation in time in ball arithmetic: its kernel by quadrature, its value by another integral."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from electronwind import OpenSystem, WideBandLead

flint = pytest.importorskip("flint", reason="the extra certify is not installed")
from electronwind.validation.tables.balls import Junction, precision  # noqa: E402 - needs flint
from electronwind.validation.tables.certify import enclose, floats  # noqa: E402 - needs flint
from electronwind.validation.tables.delayed import delayed_kernel  # noqa: E402 - needs flint
from electronwind.validation.tables.integrals import Integrals  # noqa: E402 - needs flint
from electronwind.validation.tables.problems import problem_set  # noqa: E402 - needs flint

POTENTIAL, DELAY = 0.25, 0.75
LEFT = 40


def by_quadrature(heat: float, z: complex, order: int) -> complex:
    """Integrate the definition: along the axis from -40 on, and from there up, where the phase decays."""

    def integrand(w: complex) -> complex:
        filled = 1 / (1 + mpmath.exp((w - POTENTIAL) / heat)) if heat else 1
        return filled * mpmath.exp(1j * w * DELAY) / (w - z) ** (order + 1)

    with mpmath.workdps(17):
        axis: Any = mpmath.quad(integrand, mpmath.linspace(-LEFT, POTENTIAL + 40 * heat, 25))
        up: Any = mpmath.quad(lambda y: 1j * integrand(-LEFT + 1j * y), [0, 1, 5, 20, 60 / DELAY])
        return complex(axis - up)


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("heat", [0.0, 0.125])
@pytest.mark.parametrize("z", [0.5 - 0.3j, 0.5 + 0.3j, 0.125 - 0.25j, 0.125 + 0.25j, 0.25 + 0.2j])
def test_the_kernel_is_the_integral_that_it_stands_for(heat: float, z: complex) -> None:
    """On both sides of the axis, and of the potential."""
    with precision(200):
        kernel = delayed_kernel(Fraction(POTENTIAL), Fraction(heat), Fraction(DELAY))
        for order in (0, 2):
            found = kernel(flint.acb(z), order)
            assert found.rad() < 1e-40
            assert complex(found.mid()) == pytest.approx(by_quadrature(heat, z, order), rel=1e-13)


@pytest.mark.thin
@pytest.mark.parametrize("heat", [0.0, 0.125])
@pytest.mark.parametrize("z", [0.5 - 0.3j, 0.5 + 0.3j])
def test_the_kernel_of_a_ball_holds_that_of_its_points(heat: float, z: complex) -> None:
    with precision(200):
        kernel = delayed_kernel(Fraction(POTENTIAL), Fraction(heat), Fraction(DELAY))
        ball = flint.acb(z) + flint.acb(flint.arb(0, 1e-6), flint.arb(0, 1e-6))
        for order in (0, 1):
            wide = kernel(ball, order)
            assert 0 < wide.rad() < 1e-2
            for step in (1e-6, -1e-6j, -7e-7 + 7e-7j):
                assert wide.contains(kernel(flint.acb(z + 0.99 * step), order))
        assert not kernel(flint.acb(0.5, flint.arb(0, 0.1)), 0).is_finite()


@pytest.mark.parametrize(
    "id",
    [
        pytest.param("warm-2", marks=pytest.mark.slow),
        "cold-2",
        *(pytest.param(id, marks=pytest.mark.slow) for id in ("single-level-at-resonant", "three-2")),
    ],
)
def test_the_closed_form_overlaps_the_integral_over_energies(id: str) -> None:
    """Resolvents and a block function against the definition, the far ends of the axis turned upwards."""
    system = problem_set()[id].system
    route, closed = enclose("force_correlation", system, DELAY, 256, 1e-25)
    assert route == "arb-closed-form"
    with precision(256):
        other = Integrals(Junction(system), 1e-25).force_correlation(Fraction(DELAY)) * system.degeneracy
        assert all(a.overlaps(b) for a, b in zip(closed.ravel(), other.ravel(), strict=True))
        assert max(float(b.rad()) for b in other.ravel()) < 1e-20


def test_a_single_full_level_correlates_with_nothing_it_can_leave_for() -> None:
    """|L|^2 (1 - n) n at once; much later what is left falls as the level decays."""
    lead = WideBandLead([[0.5]], 0.0, 0.25)
    level = OpenSystem([[0.0]], [[[2.0]]], [lead])
    (early,), (late,) = (
        floats(enclose("force_correlation", level, s, 256, 1e-25)[1])[0] for s in (2.0**-20, 16.0)
    )
    assert early == pytest.approx(4 * 0.25, rel=1e-5)
    assert abs(late) < 4 * np.exp(-0.5 * 16.0)
