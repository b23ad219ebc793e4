"""Hypothesis strategies for atomic wires: pieces of the perfect chain, and displaced wires on wide bands."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import ChainLead, ClassicalBody, Harmonic, OpenSystem, Potential
from electronwind.models import stretch_and_turn, wire

from ..core.check import Problem
from .strategies import Drawing

__all__ = [
    "displaced",
    "family_of",
    "junction",
    "long_wires",
    "moving",
    "perfect",
    "resting",
    "turning",
    "wire_of",
]

# Hopping and its slope in units that are exact: gold is -4.78 and 8.06.
HOPPING, SLOPE = -4.75, 8.0


@st.composite
def perfect(draw: Drawing) -> Problem:
    """Return a strategy for pieces of the perfect chain of an atomic wire, on chains without end.

    The coordinates are the lengths of all bonds but the outermost, then the positions of the atoms between
    them. All energies of a lead lie in the band, its temperature included.
    """
    n = draw(st.integers(4, 6))
    h = np.diag(np.full(n - 1, HOPPING), 1)
    bonds = np.zeros((n - 3, n, n))
    for j in range(n - 3):
        bonds[j, j + 1, j + 2] = SLOPE
    stretch = bonds + np.swapaxes(bonds, -1, -2)
    atoms = stretch[:-1] - stretch[1:]
    fillings = [draw(st.integers(4, 12)) / 16 for _ in range(2)]
    heat = [draw(st.sampled_from([0.0, 0.03125, 0.0625])) for _ in range(2)]
    mus = [2 * HOPPING * float(np.cos(np.pi * filling)) for filling in fillings]
    ends = zip((0, n - 1), mus, heat, strict=True)
    leads = [ChainLead(site, HOPPING, mu, t) for site, mu, t in ends]
    system = OpenSystem(h + h.T, np.concatenate([stretch, atoms]), leads, draw(st.integers(1, 2)))
    return Problem(system, {"bonds": n - 3})


@st.composite
def displaced(draw: Drawing) -> Problem:
    """Return a strategy for short wires of gold out of place, on matched wide-band leads under bias."""
    atoms = draw(st.integers(1, 3))
    made = {
        "atoms": atoms,
        "bias": draw(st.integers(-8, 8)) / 4,
        "temperature": draw(st.sampled_from([0.0, 0.03125, 0.125])),
        "buffer": 1,
    }
    x = np.round(wire(**made).rest * 64) / 64
    x = x + np.array([draw(st.integers(-8, 8)) for _ in range(atoms)]) / 64
    return Problem(wire(**made).at(x), {"wire": made, "x": x.tolist()})


@st.composite
def long_wires(draw: Drawing) -> Problem:
    """Return a strategy for long wires under a large bias, with the forces on a few of their atoms.

    States of the bias window then turn by many cycles along the wire.
    """
    atoms = draw(st.sampled_from([60, 80]))
    made = {"atoms": atoms, "bias": draw(st.sampled_from([3.0, 4.0])), "temperature": 0.03125, "buffer": 1}
    model = wire(**made)
    ripple = draw(st.integers(2, 6)) / 64
    x = model.rest + ripple * np.cos(draw(st.integers(1, 9)) * np.arange(atoms))
    some = [0, atoms // 3, atoms - 1]
    system = model.at(x)
    few = OpenSystem(system.hamiltonian, system.gradient[some], system.leads, system.degeneracy)
    return Problem(few, {"wire": made, "x": x.tolist(), "atoms": some})


@st.composite
def moving(draw: Drawing) -> Problem:
    """Return a strategy for short wires of gold on matched leads under bias, whose atoms move."""
    atoms = draw(st.integers(1, 3))
    made = {
        "atoms": atoms,
        "bias": draw(st.sampled_from([0.5, 1.0, 2.0])),
        "temperature": draw(st.sampled_from([0.03125, 0.125])),
        "buffer": draw(st.integers(1, 2)),
    }
    x = np.round(wire(**made).rest * 64) / 64
    x = x + np.array([draw(st.integers(-4, 4)) for _ in range(atoms)]) / 64
    v = [draw(st.integers(-4, 4)) / 64 for _ in range(atoms)]
    asked = {
        "wire": made,
        "x": x.tolist(),
        "v": v,
        "mass": draw(st.integers(1, 10)),
        "times": [0.0, 0.5, 1.5],
    }
    return Problem(wire(**made).at(x), asked)


def wire_of(problem: Problem) -> tuple[wire, NDArray[np.float64]]:
    """Return the wire of a problem and the positions of its atoms."""
    return wire(**problem.numbers["wire"]), np.array(problem.numbers["x"])


@st.composite
def resting(draw: Drawing, least: int = 2, most: int = 6) -> Problem:
    """Return a strategy for short perfect wires under bias, on chains without end."""
    made = {
        "atoms": draw(st.integers(least, most)),
        "bias": draw(st.sampled_from([-1.0, -0.5, 0.5, 1.0, 2.0])),
        "temperature": draw(st.sampled_from([0.0, 0.03125, 0.0625])),
        "ends": "chain",
    }
    model = wire(**made)
    return Problem(model.at(model.rest), {"wire": made, "x": model.rest.tolist(), "mass": 10.0})


@st.composite
def turning(draw: Drawing) -> Problem:
    """Return a strategy for the junction that stretches and turns, whose h is not linear in x.

    Its body is held by springs, or by a potential that a user wrote, without second derivatives.
    """
    bias = draw(st.integers(1, 4)) / 16
    made = {
        "mu": [bias / 2, -bias / 2],
        "temperature": [draw(st.sampled_from([0.03125, 0.0625])) for _ in range(2)],
    }
    x = [1.5 + draw(st.integers(0, 8)) / 8, draw(st.integers(2, 10)) / 8]
    numbers = {"junction": made, "x": x, "mass": [draw(st.integers(1, 4)) * 64.0 for _ in range(2)]}
    numbers["written_out"] = draw(st.booleans())
    return Problem(junction(made).at(x), numbers)


def junction(made: dict[str, list[float]]) -> stretch_and_turn:
    """Return the junction with potentials and temperatures of its two leads."""
    mu, heat = made["mu"], made["temperature"]
    return stretch_and_turn(mu=(mu[0], mu[1]), temperature=(heat[0], heat[1]))


def family_of(problem: Problem) -> tuple[Any, ClassicalBody, NDArray[np.float64]]:
    """Return the family of a problem, its body and its position."""
    numbers = problem.numbers
    if "wire" in numbers:
        model, x = wire_of(problem)
        return model, model.body(numbers["mass"]), x
    springs = Harmonic([0.25, 0.5], [1.0, 0.5])
    surface = _stiffened(springs) if numbers["written_out"] else springs
    body = ClassicalBody(numbers["mass"], surface)
    return junction(numbers["junction"]), body, np.array(numbers["x"])


def _stiffened(springs: Harmonic) -> Potential:
    """Return springs that get stiffer as they are stretched, by energy and gradient alone."""

    def energy(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(springs.energy(x) + np.sum(x**4, axis=-1) / 16)

    def gradient(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(springs.gradient(x) + x**3 / 4)

    return Potential(energy, gradient)
