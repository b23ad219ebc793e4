"""Links of driven junctions: to the steady observables, to conservation laws, and to themselves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import Oscillation, Straight, Trajectory, models

from ...core.check import Comparison, Problem, check
from ...numerics.quadrature import rules
from ...systems.matrices import numbers
from ...systems.motion import SMOOTH, motions
from ...systems.strategies import exceptional, systems
from ...truth.oracle import truth
from ...under_test.guard import Unsupported
from .tools import compare, observed, setting, size

Array = NDArray[Any]

GENERAL = motions(
    st.one_of(
        systems((1, 2), (1, 2), (2, 3), temperatures=(0.2, 0.05, 0.5, 0.01)),
        exceptional(temperatures=(0.2, 0.05)),
    )
)
STEADY = ("density_matrix", "force", "current")


@check(
    "link.start.driven",
    "driven",
    problems=GENERAL,
    source="electrons start in the steady state at x(times[0])",
    says="A driven run begins in the steady state at its first position, in whatever velocity the path has, "
    "and stays there while the path rests. Usual mistakes: an empty junction, the friction of a velocity "
    "that is not yet felt, the state at the origin of the coordinates, a step whose steady state "
    "is another one.",
    catches=(
        "empty-start",
        "starts-at-origin",
        "velocity-felt-at-start",
        "step-without-i",
        "truncated-grid",
        "coarse-grid",
        "driven-one-temperature",
        "driven-current-sign",
        "driven-density-transposed",
        "revival",
    ),
    cost="dear",
)
def _start(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    assert given.path is not None
    x = np.asarray(given.path(given.times[0]))
    here = given.model.at(x)
    rest = replace(given, path=Straight(x, 0 * x), times=(0.0, 1.0, 8.0))
    want = {name: truth(solver, name, here).value for name in STEADY}
    moving = observed(solver, "driven", replace(given, times=given.times[:2]))
    yield from compare("driven", {name: moving[name][0] for name in want}, want, here)
    still = observed(solver, "driven", rest)
    held = {name: np.broadcast_to(value, still[name].shape) for name, value in want.items()}
    yield from compare("driven", still, held, here)


@check(
    "link.pauli.driven",
    "driven",
    problems=GENERAL,
    source="Pauli principle",
    says="At every time the density matrix must be Hermitian with eigenvalues between 0 and 1. Usual "
    "mistakes: G^T for G^+, a step that is not stable, an evolution without damping.",
    catches=("driven-not-hermitian", "backward-damping", "driven-pi-for-two-pi"),
    cost="dear",
)
def _pauli(solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = observed(solver, "driven", setting(problem))["density_matrix"]
    levels, vectors = np.linalg.eigh((found + np.conj(np.swapaxes(found, -1, -2))) / 2)
    bounded = np.clip(levels, 0, 1)[..., None, :]
    want = (vectors * bounded) @ np.conj(np.swapaxes(vectors, -1, -2))
    yield from compare("driven", {"density_matrix": found}, {"density_matrix": want}, problem.system)


@st.composite
def _named(draw: Any) -> Problem:
    """Draw the junction of preston2022 whose dh/dx depends on the coordinates, warmed up, in motion."""
    x = np.array([2.0, 0.5]) + [draw(numbers(8)) for _ in range(2)]
    path = Oscillation(x, [draw(numbers(8)) + 0.25, draw(numbers(8)) + 0.25], 0.25, [0.0, 1.5])
    system = models.stretch_and_turn().at(path(0.0))
    return Problem(system, {"family": "stretch_and_turn", "path": path.to_dict(), "times": [0.0, 2.0, 8.0]})


@check(
    "link.force.driven",
    "driven",
    problems=st.one_of(GENERAL, _named()),
    source="preston2022 Eq. 11",
    says="At every time the force must be minus the trace of dh/dx, at that time's position, times the "
    "density matrix at that time, times the spin factor. Usual mistakes: dh/dx at the start, the density "
    "matrix one step late, the sign, a sum over products of entries.",
    catches=(
        "frozen-gradient",
        "driven-late-force",
        "driven-force-sign",
        "driven-force-doubled",
        "driven-elementwise-force",
        "driven-spin-dropped",
        "driven-force-reversed",
    ),
    cost="dear",
)
def _force(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    assert given.path is not None
    found = observed(solver, "driven", given)
    slopes = np.array([given.model.gradient(given.path(t)) for t in given.times])
    traces = np.einsum("tmij,tji->tm", slopes, found["density_matrix"]).real
    want = -given.model.degeneracy * traces
    # A solver may interpolate the two fields separately: each is as right as it claims of runs.
    yield from compare("driven", found, {"force": want}, problem.system)


@check(
    "link.continuity.driven",
    "driven",
    problems=motions(systems((1, 2), (1, 2), (2, 3), temperatures=(0.2, 0.05, 0.5))),
    source="continuity: d Tr sigma/dt = sum of currents",
    says="What flows in from the leads must stay in the junction: the integral of the currents over time is "
    "the change of the number of electrons. Usual mistakes: the current formula of a junction at rest, "
    "currents forced to add up to zero, their sign, the spin factor in one of the two.",
    catches=(
        "quasistatic-current",
        "currents-add-to-zero",
        "driven-current-sign",
        "driven-current-doubled",
        "driven-spin-dropped",
        "steady-current",
    ),
    cost="dear",
)
def _continuity(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    kinks = given.path.times if isinstance(given.path, Trajectory) else np.array(given.times)
    times, weights = rules(kinks, 10)
    found = observed(solver, "driven", replace(given, times=(kinks[0], *times, kinks[-1])))
    number = given.model.degeneracy * np.trace(found["density_matrix"], axis1=-2, axis2=-1).real
    flow = np.sum(found["current"], axis=-1)
    fine, coarse = weights @ flow[1:-1]
    # The velocity sets in at once: the current has a kink t^2 log t there, and the rules see it.
    yield Comparison(
        "driven",
        fine,
        number[-1] - number[0],
        size("driven", "current", problem.system) + problem.system.levels * problem.system.degeneracy,
        "run",
        uncertainty=1e-6 + abs(fine - coarse),
    )


@check(
    "link.causal.driven",
    "driven",
    problems=motions(systems((1, 2), (1, 2), (2, 2), temperatures=(0.2, 0.05, 0.5)), kinds=(Trajectory,)),
    source="causality",
    says="What a path does later must not change the run before: here two trajectories part at a knot. Usual "
    "mistakes: the step looks ahead, or over the knot; the energy grid or the time step is chosen for the "
    "whole path and is too coarse.",
    catches=("looks-ahead",),
    cost="dear",
)
def _causal(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    path, (*early, last) = given.path, given.times
    assert isinstance(path, Trajectory)
    turn = float(path.times[1])
    other = Trajectory(path.times, [*path.position[:-1], path.position[-1] + 2.0], path.velocity)
    asked = replace(given, times=(*(t for t in early if t < turn), turn, last))
    runs = (observed(solver, "driven", replace(asked, path=way)) for way in (other, path))
    got, want = ({field: value[:-1] for field, value in run.items()} for run in runs)
    yield from compare("driven", got, want, problem.system)


@check(
    "link.callable.driven",
    "driven",
    problems=motions(systems((1, 2), (1, 2), (2, 2), temperatures=(0.2, 0.05, 0.5)), kinds=SMOOTH),
    source="a path is any callable",
    says="A path given as a plain function must give the run of the same path as an object. Usual mistakes: "
    "only the parameters of known paths are read, functions are sampled coarsely.",
    catches=("plain-path-sampled",),
    cost="dear",
)
def _callable(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    path = given.path
    assert path is not None
    want = observed(solver, "driven", given)
    got = solver.driven(given.model, lambda t: path(float(t)), np.array(given.times))
    yield from compare("driven", {field: getattr(got, field) for field in want}, want, problem.system)


# --- orders of convergence ------------------------------------------------------------------------

# Of a solver with a fine claim a tenth of this scale is all the doubt that counts: a whole order is seen.
ONE_ORDER = 8.0


@check(
    "link.order.driven",
    "driven",
    problems=motions(systems((2, 2), (1, 2), (2, 2), temperatures=(0.2, 0.5)), (0.0, 0.5)).map(
        lambda problem: _swung(problem)
    ),
    source="preston2022 Sec. II E: first order; Magnus: second and fourth",
    says="With order=k and step=dt the error of a driven run must fall as dt^k: an observed order that is "
    "lower tells of h taken at the wrong moment of the step. Usual mistakes: h(t_n) where the midpoint "
    "belongs, weights of the two Gauss points exchanged, force and electrons half a step apart.",
    catches=("left-point-step", "fourth-order-is-second"),
    cost="dear",
)
def _order(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    if not solver.orders:
        raise Unsupported("driven: no orders= and step= are offered")
    best = observed(solver, "driven", given)["density_matrix"][-1]
    for order in solver.orders:
        coarse = 1 / 8 if order > 1 else 1 / 32
        values = [
            observed(solver, "driven", given, order=order, step=coarse / 2**k)["density_matrix"][-1]
            for k in range(4)
        ]
        falls = [float(np.linalg.norm(a - b)) for a, b in itertools.pairwise(values)]
        # By that much a solver may differ from itself, whatever the step. A lower order falls more slowly.
        if falls[-1] < max(1e-9, 10 * float(solver.time_accuracy)):
            continue
        seen = [np.log2(a / b) for a, b in itertools.pairwise(falls)]
        # The next power of dt shifts what is seen by an amount that halves with the step. A logarithm shifts
        # it by s = 1/log(c/dt), which then falls by log(2) s^2: leads remember as 1/t, and dt^k/t adds up to
        # dt^k log(1/dt). What does not come from the steps, as large as the solver claims, shifts it too.
        drift = np.sqrt(abs(seen[1] - seen[0]) / np.log(2))
        # Each entry may be off by the claim: two matrices of n levels differ by up to 2 n times that.
        blur = 2 * problem.system.levels * float(solver.time_accuracy)
        shift = blur * (1 / falls[-2] + 1 / falls[-1]) / np.log(2)
        doubt = 0.08 * order + float(drift + shift)
        yield Comparison("driven", seen[1], order, ONE_ORDER, "run", uncertainty=doubt)
        ratio = 2.0**order
        last = (ratio * values[-1] - values[-2]) / (ratio - 1)
        yield Comparison("driven", last, best, 1.0, "run", uncertainty=falls[-1] / 4)


def _swung(problem: Problem) -> Problem:
    """Return the problem on a path that starts with velocity zero and moves the levels by much."""
    d = problem.system.coordinates
    path = Oscillation([0.0] * d, [0.5, 0.375][:d], 1.5)
    return Problem(problem.system, problem.numbers | {"path": path.to_dict()})
