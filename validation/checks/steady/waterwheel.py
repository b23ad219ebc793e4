"""The rates of the two circular modes, held against what moves them: response, noise, and a closed form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...core.tolerances import condition
from ...systems.strategies import equilibrium, problems, systems
from ..tools import allowed

Array = NDArray[Any]

PLANE = (2, 2)
# Frequencies and masses, exact in binary.
MOTION = {
    "frequency": st.integers(2, 24).map(lambda k: k / 16),
    "mass": st.integers(4, 64).map(lambda k: k / 4),
}


def compared(solver: Any, problem: Problem, want: Array, source: str) -> Comparison:
    """Return the rates of the solver against those that follow from another observable of it."""
    system, w, mass = problem.system, problem.numbers["frequency"], problem.numbers["mass"]
    # A rate is a response over twice the mass and the frequency.
    unit = 2 * mass * w
    scale, kappa = condition("response", system, w)
    got = solver.mode_rates(system, w, mass)
    uncertainty = 2 * allowed(solver, source, system, w) / unit
    return Comparison("mode_rates", got, want, scale / unit, "value", kappa, uncertainty)


@check(
    "link.waterwheel.response",
    "mode_rates response",
    problems=problems(systems((1, 3), PLANE), **MOTION),
    source="todorov2011 Eq. 29-30, 33-34",
    says="The rate of a mode is the mean work of the response on its circle over the energy of the "
    "oscillator: for the anticlockwise one, (1, i), -Im[(1, -i) R (1, i)^T]/(2 M W). Usual mistakes: both "
    "modes exchanged, the antisymmetric part of R for the curl, which is twice as large, the mass or the "
    "frequency left out.",
    catches=(
        "modes-exchanged", "mode-rates-doubled", "mode-rates-halved-curl", "mode-rates-sign",
        "mode-rates-without-mass", "mode-rates-of-energy", "mode-rates-at-rest",
        "mode-rates-without-friction", "mode-rates-friction-of-x",
    ),
)  # fmt: skip
def _work(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, w = problem.system, problem.numbers["frequency"]
    chi = np.asarray(solver.response(system, w))
    modes = [np.array([1, 1j]), np.array([1, -1j])]
    work = -np.array([np.imag(mode.conj() @ chi @ mode) for mode in modes])
    yield compared(solver, problem, work / (2 * problem.numbers["mass"] * w), "response")


@check(
    "link.waterwheel.noise",
    "mode_rates force_noise",
    problems=problems(systems((1, 3), PLANE), **MOTION),
    source="todorov2011 Eq. 28-30, the golden rule",
    says="The rate of a mode is emission minus absorption of quanta, the force noise at -W and at +W along "
    "its circle, over 4 M W. Usual mistakes: f_+ = f_x + i f_y is the operator that takes a quantum from the "
    "anticlockwise mode, not the one that gives it; factors 2; the Pauli principle in one of both.",
    catches=(
        "modes-exchanged", "mode-rates-doubled", "mode-rates-sign", "mode-rates-without-mass",
        "mode-rates-at-rest", "mode-rates-emission-alone",
    ),
)  # fmt: skip
def _golden_rule(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, w = problem.system, problem.numbers["frequency"]
    taken, given = (np.asarray(solver.force_noise(system, shift)) for shift in (w, -w))
    modes = [np.array([1, 1j]), np.array([1, -1j])]
    balance = [np.real(m @ given @ m.conj() - m.conj() @ taken @ m) for m in modes]
    yield compared(solver, problem, np.array(balance) / (4 * problem.numbers["mass"] * w), "force_noise")


@check(
    "law.waterwheel.rest",
    "mode_rates",
    problems=problems(equilibrium((1, 3), PLANE, temperatures=(0.2, 0.05)), **MOTION),
    source="second law: electrons at equilibrium take energy from any vibration",
    says="Without bias both rates must be negative, and those of real matrices equal. Usual mistakes: the "
    "sign, emission without absorption.",
    catches=("mode-rates-sign", "mode-rates-emission-alone", "mode-rates-without-friction"),
)
def _rest(solver: Any, problem: Problem) -> Iterator[Comparison]:
    rates = _rates(solver, problem)
    yield compared(solver, problem, np.minimum(rates, 0.0), "response")
    plain = real(problem)
    yield compared(solver, plain, np.full(2, np.mean(_rates(solver, plain))), "response")


@check(
    "law.waterwheel.array",
    "mode_rates",
    problems=problems(systems((1, 3), PLANE, bias=0.25), **MOTION),
    source="definition of an array argument",
    says="The rates at several frequencies must be those at each, one that comes twice among them. Usual "
    "mistakes: all are divided by the first frequency, or given in rising order.",
    catches=("mode-rates-first-frequency",),
)
def _array(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, w, mass = problem.system, problem.numbers["frequency"], problem.numbers["mass"]
    points = np.array([w, w / 2, 2 * w, w])
    many = np.asarray(solver.mode_rates(system, points, mass))
    for point, got in zip(points, many, strict=True):
        single = {"frequency": float(point), "mass": mass}
        yield compared(solver, Problem(system, single), got, "response")


def _rates(solver: Any, problem: Problem) -> Array:
    found = solver.mode_rates(problem.system, problem.numbers["frequency"], problem.numbers["mass"])
    return np.asarray(found)


def real(problem: Problem) -> Problem:
    """Return the problem with the real parts of all matrices, which no magnetic field acts on."""
    system = problem.system
    leads = [replace(lead, broadening=lead.broadening.real) for lead in system.leads]
    still = OpenSystem(system.hamiltonian.real, system.gradient.real, leads, system.degeneracy)
    return Problem(still, problem.numbers)
