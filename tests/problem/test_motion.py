"""The problem in time: prescribed motions, the body, and the family that is linear in its coordinates."""

from __future__ import annotations

import json

import mpmath
import numpy as np
import pytest

from electronwind import (
    ClassicalBody,
    Harmonic,
    InvalidSystemError,
    OpenSystem,
    Oscillation,
    Path,
    Potential,
    Straight,
    Trajectory,
    models,
    path_from_dict,
)

PATHS = {
    "straight": Straight([0.1, -0.2], [0.3, 0.05]),
    "oscillation": Oscillation([0.1, 0.2], [0.3, 0.4], 2.0, [0.0, 0.5]),
    "trajectory": Trajectory(
        [0.0, 1.0, 2.5], [[0.0, 1.0], [1.0, 2.0], [0.0, 3.0]], [[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]
    ),
}


@pytest.fixture(params=PATHS.values(), ids=PATHS)
def path(request) -> Path:
    return request.param


def test_a_path_takes_any_shape_of_times(path):
    """Times of shape (...) give positions of shape (..., d), each as if asked for alone."""
    times = np.linspace(0, 2, 6).reshape(2, 3)
    many = path(times)
    assert many.shape == (2, 3, 2)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(many[index], path(times[index]))


def test_both_arithmetics_follow_the_same_path(path):
    """High precision evaluates the very same motion, to the rounding of double precision."""
    for t in (0.0, 0.3, 1.0, 1.7, 2.5):
        exact = path.at(mpmath.mp.convert(t), mpmath.mp)
        np.testing.assert_allclose(path(t), exact.astype(float), rtol=1e-14, atol=1e-15)


def test_a_path_survives_json(path):
    """JSON holds a path without loss."""
    again = path_from_dict(json.loads(json.dumps(path.to_dict())))
    assert type(again) is type(path)
    times = np.linspace(0, 2.5, 7)
    np.testing.assert_array_equal(again(times), path(times))


def test_a_trajectory_takes_its_values_and_slopes():
    """The interpolant passes through the positions with the velocities, and rests before the first time."""
    path = PATHS["trajectory"]
    np.testing.assert_allclose(path(path.times), path.position, rtol=0, atol=1e-15)
    slope = (path(path.times[1] + 1e-6) - path(path.times[1] - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope, path.velocity[1], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(path([-5.0, 0.0]), [path.position[0]] * 2)
    np.testing.assert_array_equal(path.at(mpmath.mp.convert(-5), mpmath.mp).astype(float), path.position[0])
    with pytest.raises(ValueError, match="past the end of the trajectory"):
        path(2.6)


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: Straight([0.0], [np.nan]), "velocity"),
        (lambda: Straight([0.0, 1.0], [1.0]), "velocity"),
        (lambda: Straight([[0.0]], [[1.0]]), "start"),
        (lambda: Oscillation([0.0], [1.0], 0.0), "frequency"),
        (lambda: Oscillation([0.0], [1.0], np.inf), "frequency"),
        (lambda: Oscillation([0.0], [1.0, 2.0], 1.0), "amplitude"),
        (lambda: Trajectory([0.0], [[0.0]], [[0.0]]), "times"),
        (lambda: Trajectory([0.0, 0.0], [[0.0]] * 2, [[0.0]] * 2), "times"),
        (lambda: Trajectory([0.0, 1.0], [[0.0]] * 3, [[0.0]] * 2), "position"),
        (lambda: Trajectory([0.0, 1.0], [[0.0]] * 2, [[0.0, 1.0]] * 2), "velocity"),
        (lambda: path_from_dict({"kind": "Spiral"}), "kind"),
        (lambda: ClassicalBody(0.0, Harmonic(1.0)), "mass"),
        (lambda: ClassicalBody([1.0, -1.0], Harmonic(1.0)), "mass"),
        (lambda: ClassicalBody(1.0, None), "potential"),
        (lambda: Harmonic(np.nan), "stiffness"),
        (lambda: models.tangent(models.two_level().at([[0.1], [0.2]])), "system"),
    ],
)
def test_bad_input_is_refused_by_name(make, argument):
    """The error names the argument that is wrong."""
    with pytest.raises(InvalidSystemError) as caught:
        make()
    assert caught.value.argument.startswith(argument)


def test_the_harmonic_potential_and_its_gradient_belong_together():
    """The gradient is the derivative of the energy, for batches too."""
    spring = Harmonic([2.0, 0.5], [0.1, -0.2])
    x = np.array([[0.3, 0.4], [-1.0, 2.0]])
    assert spring.energy(x).shape == (2,)
    for nu in range(2):
        shift = 1e-6 * np.eye(2)[nu]
        slope = (spring.energy(x + shift) - spring.energy(x - shift)) / 2e-6
        np.testing.assert_allclose(spring.gradient(x)[:, nu], slope, rtol=0, atol=1e-8)


def test_any_pair_of_callables_makes_a_potential():
    """A body takes a potential of its user's own."""
    body = ClassicalBody([1.0, 2.0], Potential(lambda x: x[..., 0] ** 4, lambda x: 4 * x**3))
    assert body.potential.energy(np.array([2.0, 0.0])) == 16


def test_the_tangent_family_copies_no_gradient():
    """That of a large snapshot is hundreds of megabytes; in numpy it is lent, and h(x) is what rows give."""
    start = models.two_level().at([0.3])
    more = [*start.gradient, [[0.0, 2j], [-2j, 0.5]]]
    family = models.tangent(OpenSystem(start.hamiltonian, more, start.leads))
    points = np.array([[0.25, -1 / 3], [1.5, 0.0], [0.0, 0.7]])

    lent = family.gradient(points)

    assert np.shares_memory(lent, family.system.gradient)
    assert not lent.flags.writeable
    for x, h, slopes in zip(points, family.hamiltonian(points), lent, strict=True):
        assert np.array_equal(h, np.array(family._hamiltonian(list(x), np)))
        assert np.array_equal(slopes, np.array(family._gradient(list(x), np)))


def test_the_tangent_family_is_linear_through_the_snapshot():
    """A snapshot set in motion is itself at x = 0, and for a family linear in x it is that family."""
    family = models.two_level()
    tangent = models.tangent(family.at(-0.2))
    x = np.linspace(-0.5, 0.5, 5)[:, None]
    np.testing.assert_allclose(tangent.hamiltonian(x), family.hamiltonian(x - 0.2), rtol=0, atol=1e-16)
    np.testing.assert_allclose(tangent.gradient(x), family.gradient(x), rtol=0, atol=1e-16)
    assert tangent.at([0.0]).to_dict()["leads"] == family.at(-0.2).to_dict()["leads"]
    assert tangent.degeneracy == family.degeneracy


def test_the_tangent_family_serves_high_precision():
    """Its entries are exact in the arithmetic of the reference."""
    tangent = models.tangent(models.stretch_and_turn().at([1.0, 0.5]))
    with mpmath.workdps(30):
        x = [mpmath.mpf(1) / 3, mpmath.mpf(0)]
        h = tangent.hamiltonian(x, mpmath.mp)
        system = tangent.system
        want = mpmath.mpf(float(system.hamiltonian[0, 1].real)) + x[0] * mpmath.mpf(
            float(system.gradient[0, 0, 1].real)
        )
        assert abs(h[0, 1] - want) < mpmath.mpf(10) ** -29


def test_an_altered_path_is_the_motion_seen_otherwise(path):
    """Later, faster and in mixed coordinates a path is of its kind still, and takes the same places."""
    mix = np.array([[2.0, 1.0], [0.0, -0.5]])
    other = path.altered(delay=0.625, speed=2.0, mix=mix)
    assert type(other) is type(path)
    for t in (0.0, 0.3, 1.0, 2.5):
        np.testing.assert_allclose(other(0.625 + t / 2), mix @ path(t), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(path.altered()(1.25), path(1.25), rtol=1e-15, atol=1e-15)
