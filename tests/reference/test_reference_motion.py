"""The reference on bodies that electrons push, and its refusals of motions."""

from __future__ import annotations

import numpy as np
import pytest
from junctions import broad
from reference_values import Array, largest
from scipy.integrate import solve_ivp

from electronwind import (
    ChainLead,
    ClassicalBody,
    Harmonic,
    InvalidSystemError,
    OpenSystem,
    Potential,
    PrecisionError,
    Straight,
    Trajectory,
    UnbroadenedLevelError,
    UnsupportedError,
    WideBandLead,
    fast,
    models,
    reference,
)
from electronwind.reference.floquet import periodic

# --------------------------------------------------------------------------- bodies


@pytest.mark.slow
def test_energy_is_conserved() -> None:
    """Body, electrons and the work of the leads add up; the force is that along the motion found."""
    model, body = broad(), ClassicalBody(15.0, Harmonic(1.0, -0.2))
    times = np.linspace(0.0, 0.25, 3)
    run = reference.ehrenfest(model, body, ([[-0.4], [0.3]], [[0.1], [0.0]]), times, digits=7)
    assert run.position.shape == (2, 3, 1)
    total = run.kinetic + run.potential + run.electronic - run.work
    assert largest(total - total[:, :1]) < 1e-9
    assert largest(run.work[:, -1]) > 1e-5
    path = Trajectory(times, run.position[0].astype(float), run.velocity[0].astype(float))
    again = reference.driven(model, path, [0.0, 0.25], digits=6)
    assert largest(again.force[-1] - run.force[0, -1]) < 1e-6
    assert largest(again.current[-1] - run.current[0, -1]) < 1e-6


def test_a_heavy_body_hardly_notices() -> None:
    """A body too heavy to be pushed flies straight, whatever kind of potential it is given."""
    flat = Potential(lambda x: 0 * np.cos(x[..., 0].astype(float)), lambda x: 0 * np.sin(x))
    run = reference.ehrenfest(broad(), ClassicalBody(1e12, flat), ([0.1], [0.2]), [0.0, 0.25], digits=6)
    assert largest(run.position[:, 0] - [0.1, 0.15]) < 1e-10


def test_langevin_against_runge_kutta() -> None:
    """Without noise the Langevin motion is that of an adaptive integrator on the fast solver."""
    model, body = broad(), ClassicalBody(5.0, Harmonic(1.0, -0.2))

    def slope(_: float, y: Array) -> Array:
        system = model.at(y[:1])
        push = fast.force(system) - fast.friction(system) @ y[1:] - body.potential.gradient(y[:1])
        return np.concatenate([y[1:], push / 5.0])

    expected = solve_ivp(slope, (0.0, 0.125), [-0.4, 0.3], method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
    run = reference.langevin(model, body, ([-0.4], [0.3]), [0.0, 0.0625, 0.125], digits=5)
    assert largest([run.position[-1, 0] - expected[0], run.velocity[-1, 0] - expected[1]]) < 1e-5
    system = model.at(expected[:1])
    push = fast.force(system) - fast.friction(system) @ expected[1:]
    assert largest(run.force[-1] - push) < 1e-5


# --------------------------------------------------------------------------- refusals


def test_refusals() -> None:
    """What cannot be answered is refused in words that name the argument."""
    model, body = broad(), ClassicalBody(5.0, Harmonic(1.0))
    path = Straight([0.0], [0.1])
    with pytest.raises(InvalidSystemError, match="times"):
        reference.driven(model, path, [1.0, 0.0])
    with pytest.raises(InvalidSystemError, match=r"path\(0\)"):
        reference.driven(model, lambda _: [0.0, 1.0], [0.0])
    with pytest.raises(ValueError, match="digits"):
        reference.driven(model, path, [0.0], digits=100)
    with pytest.raises(InvalidSystemError, match="an Oscillation"):
        periodic(model, path, [0.0])
    with pytest.raises(InvalidSystemError, match=r"start\[1\]"):
        reference.ehrenfest(model, body, ([0.0], [0.0, 1.0]), [0.0, 1.0])
    with pytest.raises(InvalidSystemError, match=r"body\.mass"):
        reference.ehrenfest(model, ClassicalBody([1.0, 2.0], Harmonic(1.0)), ([0.0], [0.0]), [0.0, 1.0])
    with pytest.raises(UnsupportedError, match="noise=True"):
        reference.langevin(model, body, ([0.0], [0.0]), [0.0, 1.0], noise=True)
    with pytest.raises(InvalidSystemError, match="delays"):
        reference.two_time_noise(model, path, 0.0, [-1.0])
    with pytest.raises(InvalidSystemError, match="since"):
        reference.two_time_noise(model, path, 0.0, [1.0], since=1.0)


def test_other_leads_and_levels() -> None:
    """A chain has a memory of its own, and a level without broadening no steady state to begin with."""
    chain = models.tangent(OpenSystem([[0.0]], [[[1.0]]], [ChainLead(0, 1.0, 0.0, 0.1)]))
    with pytest.raises(UnsupportedError, match="ChainLead"):
        reference.driven(chain, Straight([0.0], [0.1]), [0.0, 1.0])
    lead = WideBandLead([[1.0, 0.0], [0.0, 0.0]], 0.0, 0.1)
    dark = models.tangent(OpenSystem(np.diag([0.0, 1.0]), [[[0.0, 1.0], [1.0, 0.0]]], [lead]))
    with pytest.raises(UnbroadenedLevelError):
        reference.driven(dark, Straight([0.0], [0.1]), [0.0, 1.0])


def test_a_kink_is_refused() -> None:
    """A path that is not smooth inside is not answered with digits that are not there."""
    with pytest.raises(PrecisionError, match="smooth"):
        reference.driven(models.single_level(broadening=(1, 1)), lambda t: [abs(t - 0.4)], [0, 1], digits=7)
