"""The two solvers against each other on junctions in motion: two derivations, one answer."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind import OpenSystem, Oscillation, Trajectory, WideBandLead, fast, models, reference
from electronwind.reference.floquet import periodic


def complex_junction() -> OpenSystem:
    """Return two complex levels, two coordinates, three leads of their own temperatures, one of them cold."""
    draw = np.random.default_rng(1)

    def square(rank: int) -> np.ndarray:
        return draw.normal(size=(2, rank)) + 1j * draw.normal(size=(2, rank))

    def hermitian() -> np.ndarray:
        raw = square(2)
        return (raw + raw.conj().T) / 4

    def broadening(rank: int, size: float) -> np.ndarray:
        factor = square(rank)
        return size * factor @ factor.conj().T

    h, gradient = hermitian(), [hermitian(), hermitian()]
    leads = [
        WideBandLead(broadening(1, 0.2), 0.3, 0.05),
        WideBandLead(broadening(2, 0.1), -0.4, 0.2),
        WideBandLead(broadening(1, 0.1), 0.1, 0.0),
    ]
    return OpenSystem(h, gradient, leads, degeneracy=2)


def compare(model, path, periods: float) -> None:
    times = np.linspace(0, periods * 2 * np.pi / path.frequency, int(4 * periods) + 1)
    quick = fast.driven(model, path, times)
    sure = reference.driven(model, path, times, digits=10)
    for field in ("density_matrix", "force", "current"):
        got = getattr(quick, field)
        want = np.asarray(getattr(sure, field)).astype(got.dtype)
        # Not a wrong value on both sides that happens to be zero.
        assert np.max(np.abs(want)) > 1e-3
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("periods", [0.5, pytest.param(3, marks=pytest.mark.slow)])
def test_the_solvers_agree_on_two_driven_levels(periods):
    """The junction of preston2022, driven across its region of negative friction at Omega/Gamma = 1.4."""
    compare(models.two_level(), Oscillation([-0.2], [0.2], 0.1414), periods)


@pytest.mark.slow
@pytest.mark.parametrize("periods", [0.5, pytest.param(3, marks=pytest.mark.slow)])
def test_the_solvers_agree_on_a_complex_junction(periods):
    """Complex matrices, coordinates out of phase, three temperatures, spin: agreement to 1e-9."""
    compare(
        models.tangent(complex_junction()), Oscillation([0.1, -0.2], [0.5, 0.4], 1.3, [0.0, 1.0]), periods
    )


@pytest.mark.parametrize("digits", [6, pytest.param(8, marks=pytest.mark.slow)])
def test_a_run_may_end_with_its_trajectory(digits):
    """Neither solver asks for a position past the last time, however short the run."""
    path = Trajectory([0.0, 0.125, 0.25], [[0.0], [0.01], [0.03]], [[0.0], [0.1], [0.2]])
    quick = fast.driven(models.two_level(), path, path.times)
    sure = reference.driven(models.two_level(), path, path.times, digits=digits)
    want = np.asarray(sure.density_matrix).astype(complex)
    np.testing.assert_allclose(quick.density_matrix, want, rtol=0, atol=0.1**digits)


@pytest.mark.slow
def test_stepping_reaches_the_periodic_state_of_floquet():
    """After the start is forgotten, stepping gives what Floquet algebra gives without any step."""
    model, path = models.two_level(), Oscillation([-0.2], [0.1], 0.1414)
    period = 2 * np.pi / path.frequency
    late = np.concatenate([[0.0], 25 * period + np.linspace(0, period, 5)])
    quick = fast.driven(model, path, late, accuracy=1e-11)
    sure = periodic(model, path, late[1:], digits=15)
    want = np.asarray(sure.density_matrix).astype(complex)
    assert np.ptp(want[:, 0, 0].real) > 1e-2
    np.testing.assert_allclose(quick.density_matrix[1:], want, rtol=0, atol=1e-9)
