"""Potentials and paths of a user's own that misbehave: the function is named, with x or t."""

from __future__ import annotations

import numpy as np
import pytest
from bad_inputs import HOUSES, right

from electronwind import (
    ClassicalBody,
    Harmonic,
    InvalidSystemError,
    Potential,
    PrecisionError,
    Straight,
    Trajectory,
    fast,
)

SPRING = Harmonic(1.0, 0.25)
RUNS = [(house, name) for house in HOUSES for name in ("ehrenfest", "langevin")]


def broken(x):
    raise ZeroDivisionError("no force here")


# What a potential may do wrong, and what the refusal then says.
ENERGY, GRADIENT = r"potential\.energy", r"potential\.gradient"
POTENTIALS = {
    "energy of one axis too many": (Potential(lambda x: x**2 / 2, SPRING.gradient), ENERGY, "shape"),
    "energy summed over all": (Potential(lambda x: np.sum(x**2), SPRING.gradient), ENERGY, "shape"),
    "gradient without coordinates": (Potential(SPRING.energy, SPRING.energy), GRADIENT, "shape"),
    "NaN for an energy": (Potential(lambda x: np.nan * x[..., 0], SPRING.gradient), r"energy.*nan", "x = "),
    "NaN for a gradient": (Potential(SPRING.energy, lambda x: np.nan * x), r"gradient.*nan", "x = "),
    "complex gradient": (Potential(SPRING.energy, lambda x: x + 1j), GRADIENT, "complex"),
    "text": (Potential(SPRING.energy, lambda _: "steep"), GRADIENT, "steep"),
    "nothing": (Potential(lambda _: None, SPRING.gradient), ENERGY, "None"),
    "an error": (Potential(SPRING.energy, broken), GRADIENT, "ZeroDivisionError.*no force here"),
    "no argument": (Potential(lambda: 1.0, SPRING.gradient), ENERGY, "TypeError"),
}  # fmt: skip


@pytest.mark.thin
@pytest.mark.parametrize(("house", "name"), RUNS)
@pytest.mark.parametrize("mistake", POTENTIALS)
def test_a_wrong_potential_is_named(house, name, mistake):
    """Another shape, NaN, no number or an error: refused before the run, by function and place."""
    potential, place, words = POTENTIALS[mistake]
    values = right()
    body = ClassicalBody(8.0, potential)

    with pytest.raises(InvalidSystemError, match=rf"body\.(?s:.*){place}") as caught:
        getattr(HOUSES[house], name)(values["model"], body, values["start"], values["times"])
    assert caught.match(words)


@pytest.mark.parametrize(
    "options", [{}, {"noise": True, "seed": 1}, {"step": 0.05}, {"step": 0.05, "method": "spectral"}]
)
def test_a_potential_that_ends_is_blamed_and_not_the_path(options):
    """Where the coordinates run into a place without a finite gradient, that is what the run says."""
    wall = Potential(lambda x: np.zeros(x.shape[:-1]), lambda x: np.where(x < 0.02, 0.0 * x, np.nan))
    values = right()
    name = "langevin" if {"noise", "accuracy"} & {*options} else "ehrenfest"

    with pytest.raises(InvalidSystemError, match=r"gradient.*nan at x = \[0\.\d"):
        getattr(fast, name)(values["model"], ClassicalBody(8.0, wall), values["start"], [0.0, 1.0], **options)


def test_a_potential_that_ends_is_blamed_by_ehrenfest():
    """Steps that shrink until they are too short end in the same words."""
    wall = Potential(lambda x: np.zeros(x.shape[:-1]), lambda x: np.where(x < 0.02, 0.0 * x, np.nan))
    values = right()

    with pytest.raises(InvalidSystemError, match=r"gradient.*nan at x = \[0\.02"):
        fast.ehrenfest(values["model"], ClassicalBody(8.0, wall), values["start"], [0.0, 1.0])


def test_a_gradient_that_is_infinite_off_the_way_does_no_harm():
    """A step that looks too far ahead is shortened, as before: no place is refused that is never reached."""
    values = right()
    well = Potential(lambda x: x[..., 0] ** 2 / 2, lambda x: np.where(np.abs(x) < 0.5, x, np.nan))
    plain = fast.ehrenfest(values["model"], ClassicalBody(8.0, Harmonic(1.0)), values["start"], [0.0, 2.0])

    run = fast.ehrenfest(values["model"], ClassicalBody(8.0, well), values["start"], [0.0, 2.0])

    np.testing.assert_allclose(run.position, plain.position, rtol=0, atol=1e-8)


PATHS = {
    "NaN later": (lambda t: [np.nan if t > 0.25 else 0.1], r"\(0\.\d+\)", "nan"),
    "another number of coordinates": (lambda _: [0.1, 0.2], r"\(", "shape"),
    "text": (lambda _: "there", r"\(", "there"),
    "an error": (broken, r"\(", "ZeroDivisionError.*no force here"),
    "complex": (lambda t: [1j * t], r"\(", "complex"),
    "an error later": (lambda t: [0.1] if t < 0.25 else broken(t), r"\(0\.\d+\)", "ZeroDivisionError"),
}


@pytest.mark.thin
@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("mistake", PATHS)
@pytest.mark.parametrize("name", ["driven", "two_time_noise"])
def test_a_wrong_path_is_named(house, mistake, name):
    """What a path returns or raises is refused with the time at which it did."""
    path, place, words = PATHS[mistake]
    values, function = right(), getattr(HOUSES[house], name)
    argument = {"driven": "path", "two_time_noise": "trajectory"}[name]
    rest = {"driven": {"times": [0.0, 0.5]}, "two_time_noise": {"time": 0.5, "delays": [0.25], "since": 0.0}}[
        name
    ]

    with pytest.raises(InvalidSystemError, match=f"{argument}{place}") as caught:
        function(values["model"], path, **rest)
    assert caught.match(words)


@pytest.mark.parametrize("house", HOUSES)
def test_a_path_that_ends_too_early_is_refused_before_the_work(house):
    """A trajectory is asked for its last time first."""
    calls = []

    class Counted(Trajectory):
        def at(self, t, xp):
            calls.append(t)
            return super().at(t, xp)

    path = Counted([0.0, 0.4], [[0.0], [0.1]], [[0.0], [0.0]])
    with pytest.raises(InvalidSystemError, match=r"t: expected a time up to 0\.4"):
        HOUSES[house].driven(right()["model"], path, [0.0, 0.5])
    assert len(calls) <= 2


def test_errors_of_electronwind_pass_through():
    """A user's function that calls a solver itself may be told by it what is wrong."""

    def path(t):
        raise PrecisionError("out of reach")

    with pytest.raises(PrecisionError, match="out of reach"):
        fast.driven(right()["model"], path, [0.0, 0.5])


def test_a_straight_path_is_no_suspect():
    """A path of the suite is evaluated for many times at once, and is right."""
    values = right()
    one = fast.driven(values["model"], Straight([0.0], [0.125]), [0.0, 0.5])
    other = fast.driven(values["model"], lambda t: [0.125 * t], [0.0, 0.5])
    np.testing.assert_allclose(one.density_matrix, other.density_matrix, rtol=0, atol=1e-12)
