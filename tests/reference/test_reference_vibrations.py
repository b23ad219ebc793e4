"""Stiffness and vibrations of the reference: differences of the force, closed forms, laws, their equation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
from junctions import junction

from electronwind import ClassicalBody, Harmonic, InvalidSystemError, Potential, Units, models, reference

WIRES: dict[str, Any] = {
    "chain, cold": models.wire(2, bias=0.5, ends="chain", temperature=0.0),
    "matched": models.wire(2, bias=0.5, buffer=1),
}


def floats(values: Any) -> Any:
    return np.asarray(values, dtype=complex if any(isinstance(v, mpmath.mpc) for v in values.flat) else float)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["matched"])
@pytest.mark.parametrize("nus", [[0], pytest.param([1], marks=pytest.mark.slow)])
def test_is_the_derivative_of_the_force(name: str, nus: list[int]) -> None:
    """Of the electrons and the potential, by differences of eighth order."""
    wire = WIRES[name]
    body, x = wire.body(10.0), wire.rest + np.array([0.02, -0.01])
    k = floats(reference.stiffness(wire, body, x, digits=15))
    weights, step = (4 / 5, -1 / 5, 4 / 105, -1 / 280), 0.01

    def total(place: Any) -> Any:
        return floats(reference.force(wire.at(place), 15)) - body.potential.gradient(place)

    for nu in nus:
        slope = np.zeros(2)
        for j, weight in enumerate(weights, start=1):
            moved = j * step * np.eye(2)[nu]
            slope += weight * (total(x + moved) - total(x - moved)) / step
        assert np.allclose(k[:, nu], -slope, rtol=0, atol=1e-8)


def test_the_einstein_constant() -> None:
    """One atom of the perfect chain, cold and without bias: the closed form of the gold wire."""
    wire = models.wire(1, ends="chain", temperature=0.0)
    found = reference.vibrations(wire, wire.body(10.0), wire.rest, friction=False, digits=15)
    k = found.stiffness
    r, q, p = wire.spacing, 4, 11
    h = 0.007868 * 139.07 / 2 * (4.08 / r) ** q
    pair = 0.007868 * (4.08 / r) ** p
    own = 2 * p * (p + 1) * pair / r**2
    assert float(k[0, 0]) == pytest.approx(
        own - 8 * q * (2 * q + 1) * h * np.sin(0.36 * np.pi) / (np.pi * r**2), rel=1e-13
    )
    frequency = Units().from_femtosecond(1.0) * float(found.frequencies[1].real)
    assert frequency == pytest.approx(0.26493, abs=5e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chain, cold"])
def test_the_current_breaks_the_symmetry(name: str) -> None:
    """Electrons that flow the other way give the transpose; A is odd and S is even in the bias."""
    wire = WIRES[name]
    there, back = (
        reference.vibrations(w, w.body(10.0), w.rest, friction=False, digits=15)
        for w in (wire, replace(wire, bias=-wire.bias))
    )
    assert np.allclose(floats(there.stiffness), floats(back.stiffness).T, rtol=0, atol=1e-13)
    assert np.allclose(floats(there.antisymmetric), -floats(back.antisymmetric), rtol=0, atol=1e-13)
    assert np.allclose(floats(there.symmetric), floats(back.symmetric), rtol=0, atol=1e-13)
    assert abs(float(there.antisymmetric[0, 1])) > 0.1
    assert float(there.antisymmetric[0, 0]) == 0


@pytest.mark.slow
@pytest.mark.night("True")
@pytest.mark.parametrize("friction", [True, False])
@pytest.mark.parametrize("name", ["matched"])
def test_modes_solve_the_equation(name: str, friction: bool) -> None:
    """(K - i omega eta - omega^2 M) u = 0, in the order and of the size that are told."""
    wire = WIRES[name]
    body = wire.body([10.0, 12.0])
    found = reference.vibrations(wire, body, wire.rest, friction=friction, digits=15)
    k, omegas, modes = floats(found.stiffness), floats(found.frequencies), floats(found.modes)
    eta = floats(reference.friction(wire.at(wire.rest), 15)) if friction else np.zeros((2, 2))
    assert np.max(np.abs(eta)) > 0 or not friction
    for omega, u in zip(omegas, modes.T, strict=True):
        rest = k @ u - 1j * omega * (eta @ u) - omega**2 * body.mass * u
        assert np.max(np.abs(rest)) < 1e-11 * np.max(np.abs(k))
        assert np.sum(body.mass * np.abs(u) ** 2) == pytest.approx(1, abs=1e-13)
        top = u[np.argmax(np.abs(u))]
        assert top.real > 0
        assert abs(top.imag) < 1e-15 * top.real
    assert np.all(np.diff(omegas.real) > -1e-12)
    assert np.allclose(np.sort(omegas.real), np.sort(-omegas.real), rtol=0, atol=1e-13)
    assert found.growing.shape == ()
    if friction:
        assert np.all(omegas.imag < 0)
        assert found.growing == 0


def test_strong_currents_make_modes_grow() -> None:
    """Springs that leave only the antisymmetric part: one rotor grows, at the rate of the closed form."""
    model, x = junction(), np.zeros(2)
    bare = ClassicalBody(30.0, Harmonic(0.0))
    k = floats(reference.stiffness(model, bare, x, digits=15))
    springs, turn = 2 * np.eye(2) - (k + k.T) / 2, (k[0, 1] - k[1, 0]) / 2
    assert abs(turn) > 1e-3
    potential = Potential(
        lambda x: np.einsum("...i,ij,...j->...", x, springs, x) / 2, lambda x: x @ springs, lambda x: springs
    )
    found = reference.vibrations(model, ClassicalBody(30.0, potential), x, friction=False, digits=15)
    growth = np.sqrt((2 + 1j * abs(turn)) / 30).imag
    assert found.growing == 1
    assert float(found.instability) == pytest.approx(growth, rel=1e-10)
    omegas = floats(found.frequencies)
    assert np.allclose(np.abs(omegas.imag), growth, rtol=1e-10)
    # omega comes with minus its conjugate.
    for omega in omegas:
        assert np.min(np.abs(omegas + omega.conj())) < 1e-13


def test_digits_and_batches() -> None:
    """More digits change nothing that fewer gave, and a batch is its members."""
    model = models.single_level(temperature=(0.05, 0.1))
    body, x = ClassicalBody(40.0, Harmonic(1.0, 0.1)), np.array([[0.2], [-0.4]])
    few, many = (reference.stiffness(model, body, x, digits=digits) for digits in (15, 20))
    assert few.shape == (2, 1, 1)
    assert np.max(np.abs(few - many)) < 1e-14
    assert np.max(np.abs(few[1] - reference.stiffness(model, body, x[1], digits=15))) == 0
    both = reference.vibrations(model, body, x, friction=False, digits=15)
    one = reference.vibrations(model, body, x[0], friction=False, digits=15)
    assert both.modes.shape == (2, 1, 2)
    assert np.max(np.abs(both.frequencies[0] - one.frequencies)) == 0
    assert isinstance(one.frequencies[0], mpmath.mpc)
    assert isinstance(one.stiffness[0, 0], mpmath.mpf)


def test_refusals() -> None:
    """By the argument."""
    model, body = models.two_level(), ClassicalBody(40.0, Harmonic(1.0))
    for function in (reference.stiffness, reference.vibrations):
        for options in ({"x": [0.0, 1.0]}, {"digits": 5}, {"body": 3.0}, {"model": None}):
            given: dict[str, Any] = {"model": model, "body": body, "x": [0.1]} | options
            with pytest.raises(InvalidSystemError, match=f"^{next(iter(options))}"):
                function(**given)
    with pytest.raises(InvalidSystemError, match=r"^friction"):
        reference.vibrations(model, body, [0.1], friction=1)
