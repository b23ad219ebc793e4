"""Slow and small motion: a run tends to the friction at rest, and to the response at small amplitude."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OpenSystem, Oscillation, Straight, models

from ...core.check import Comparison, Problem, check
from ...core.tolerances import condition, decay
from ...numerics.differences import limit
from ...systems.matrices import numbers
from ...systems.motion import forgetful
from ...truth.oracle import truth
from .tools import Setting, noise_floor, observed, size

Array = NDArray[Any]

# What a junction may remember of its start, and how many times that much a prefactor of time can make of it.
REMEMBERED, PREFACTOR = 1e-9, 10.0


def _past(system: OpenSystem) -> float:
    """Return the time, before zero, of a start that is forgotten at zero.

    sigma forgets at twice the slowest decay of a mode, K_a at that decay and with the coldest occupation.
    """
    slowest = decay(system)
    coldest = min(float(np.min(lead.temperature)) for lead in system.leads)
    return math.log(REMEMBERED) / min(2 * slowest, slowest + np.pi * coldest)


@st.composite
def _directed(draw: Any) -> Problem:
    system = draw(forgetful(coordinates=(1, 2), bias=0.25))
    along = np.array([draw(numbers(16)) for _ in range(system.coordinates)])
    if not np.any(along):
        along[0] = 1.0
    direction = (along / np.max(np.abs(along))).tolist()
    return Problem(system, {"direction": direction, "frequency": draw(st.integers(4, 12)) / 4})


def _reach(problem: Problem, direction: Array) -> float:
    """Return the distance over which levels move by their width."""
    slope = np.tensordot(direction, problem.system.gradient, axes=1)
    return decay(problem.system) / max(float(np.linalg.norm(slope, 2)), 1e-3)


Pairs = list[tuple[dict[str, Array], dict[str, Array]]]


def _extrapolated(solver: Any, pairs: Pairs, steps: Array, odd: bool) -> dict[str, tuple[Array, float]]:
    """Return limits of the odd (over the step) or even part of each field, and their uncertainties.

    `pairs` holds the fields at each step and at minus that step.
    """
    found = {}
    for field in pairs[0][0]:
        sign = -1 if odd else 1
        values = np.array(
            [(a[field] + sign * b[field]) / (2 * s if odd else 2)
             for (a, b), s in zip(pairs, steps, strict=True)]
        )  # fmt: skip
        error = noise_floor(solver, float(np.max(np.abs(pairs[0][0][field]))) or 1.0)
        found[field] = limit(steps, values, error / (float(steps[-1]) if odd else 1.0))
    return found


@check(
    "link.slow.driven",
    "driven",
    problems=_directed(),
    source="preston2022 Eq. 16-26; F = F0 - friction v + O(v^2)",
    says="At small constant velocity the force must be the adiabatic force minus friction times velocity, "
    "and density matrix and currents those at rest. Usual mistakes: electrons that do not feel the motion, "
    "the sign of time, a path that lags by a step, Gamma for Gamma/2 in the evolution.",
    catches=(
        "adiabatic-electrons",
        "stale-hamiltonian",
        "driven-doubled-width",
        "backward-evolution",
        "driven-half-response",
        "driven-double-response",
    ),
    cost="dear",
)
def _slow(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, direction = problem.system, np.array(problem.numbers["direction"])
    model, past = models.tangent(system), _past(system)
    # Well inside the reach of the series in the velocity, or its next term would pass for its error.
    steps = _reach(problem, direction) * decay(system) / np.array([12.0, 24.0, 48.0])

    def ask(v: float) -> dict[str, Array]:
        path = Straight(0 * direction, v * direction)
        found = observed(solver, "driven", Setting(model, (past, 0.0), path))
        return {field: value[1] for field, value in found.items()}

    pairs = [(ask(v), ask(-v)) for v in steps]
    slopes = _extrapolated(solver, pairs, steps, odd=True)
    want = -truth(solver, "friction", system).value @ direction
    scale = condition("friction", system)[0]
    got, doubt = slopes["force"]
    start = PREFACTOR * REMEMBERED
    yield Comparison("driven", got, want, scale, "run", uncertainty=doubt + start * scale)
    for name, (value, doubt) in _extrapolated(solver, pairs, steps, odd=False).items():
        rest, unit = truth(solver, name, system).value, size("driven", name, system)
        yield Comparison("driven", value, rest, unit, "run", uncertainty=doubt + start * unit)


@check(
    "link.response.driven",
    "driven",
    problems=_directed(),
    source="todorov2014 Eq. 14, 20, 21; Kubo",
    says="A small oscillation must drive the force that the response at its frequency says, in phase and "
    "amplitude. Usual mistakes: the sign of time, a path that lags by a step, electrons that do not "
    "feel the motion, twice the velocity.",
    catches=(
        "adiabatic-electrons",
        "stale-hamiltonian",
        "driven-doubled-width",
        "backward-evolution",
        "looks-ahead",
        "driven-half-response",
    ),
    cost="dear",
)
def _response(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, direction = problem.system, np.array(problem.numbers["direction"])
    model, rate = models.tangent(system), float(problem.numbers["frequency"])
    count = 8
    phases = 2 * np.pi * np.arange(count) / count
    times = (_past(system), *(phases / rate))

    def ask(a: float) -> dict[str, Array]:
        path = Oscillation(0 * direction, a * direction, rate)
        force = observed(solver, "driven", Setting(model, times, path))["force"][1:]
        # dF = Re chi a e^{-iWt}
        return {"force": 2 / count * np.exp(1j * phases) @ force}

    steps = _reach(problem, direction) / np.array([4.0, 8.0])
    pairs = [(ask(a), ask(-a)) for a in steps]
    got, doubt = _extrapolated(solver, pairs, steps, odd=True)["force"]
    want = truth(solver, "response", system, rate).value @ direction
    scale = condition("response", system, rate)[0]
    yield Comparison("driven", got, want, scale, "run", uncertainty=doubt + PREFACTOR * REMEMBERED * scale)
