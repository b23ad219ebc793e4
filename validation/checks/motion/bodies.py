"""Bodies that the electrons push: conservation, equations of motion, and the limits of each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from electronwind import ClassicalBody, Harmonic, Potential, Trajectory, fast

from ...core.check import Comparison, Problem, check
from ...numerics.quadrature import rules
from ...systems.motion import bodies
from ...systems.strategies import systems
from ...truth.oracle import truth
from ...under_test.answers import SolverFault
from ..family import family
from .laws import BODIES
from .tools import Setting, compare, observed, run, setting, size

Array = NDArray[Any]

WARM = (0.2, 0.05, 0.5)
# Further than any body that is drawn can get: there the levels drown in rounding.
FAR = 1e6
GENERAL = bodies(systems((1, 2), (1, 2), (2, 2), temperatures=WARM), (0.0, 0.25, 0.5))


def quartic(problem: Problem) -> ClassicalBody:
    """Return the body of a problem in a potential that is no parabola."""
    numbers = problem.numbers
    stiff, rest = np.array(numbers["stiffness"]), np.array(numbers["rest"])

    def energy(x: Array) -> Array:
        return np.asarray(np.sum(stiff * (x - rest) ** 4 + x, axis=-1))

    def gradient(x: Array) -> Array:
        return np.asarray(4 * stiff * (x - rest) ** 3 + 1)

    return ClassicalBody(numbers["mass"], Potential(energy, gradient))


@check(
    "link.energy.ehrenfest",
    "ehrenfest",
    problems=GENERAL,
    source="conservation of energy",
    says="Kinetic energy, potential energy and that of the electrons add up to a constant plus the work of "
    "the leads, in any potential; the first two are those of the body. Usual mistakes: energy carried by "
    "the leads is left out, force and velocity half a step apart, the spin factor, a factor 1/2.",
    catches=(
        "work-left-out",
        "ehrenfest-late-velocity",
        "electronic-per-spin",
        "kinetic-doubled",
        "ehrenfest-potential-linearised",
        "ehrenfest-fixed-step",
        "work-sign",
    ),
    cost="dear",
)
def _energy(solver: Any, problem: Problem) -> Iterator[Comparison]:
    body = quartic(problem)
    found = run(solver, "ehrenfest", replace(setting(problem), body=body))
    kinetic = np.sum(body.mass * found.velocity**2, axis=-1) / 2
    potential = body.potential.energy(found.position)
    want = {"kinetic": kinetic, "potential": potential}
    yield from compare("ehrenfest", vars_of(found, *want), want, problem.system)
    total = found.kinetic + found.potential + found.electronic - found.work
    scale = size("ehrenfest", "electronic", problem.system, [*kinetic, *potential])
    yield Comparison("ehrenfest", total, np.full_like(total, total[0]), scale, "run")
    yield Comparison("ehrenfest", found.work[0], 0.0, scale, "run")


def vars_of(found: Any, *names: str) -> dict[str, Array]:
    """Return some fields of a run by name."""
    return {name: getattr(found, name) for name in names}


@family(
    "link.newton",
    BODIES,
    problems=GENERAL,
    source="Newton's equation of motion; preston2022 Eq. 5, 6",
    says="In the {observable} run mass times velocity must change by the integral of all forces over time, "
    "and the position by that of the velocity. Usual mistakes: the force of the electrons with the wrong "
    "sign, one mass for all, a force or velocity half a step late.",
    catches={
        "ehrenfest": "ehrenfest-one-mass ehrenfest-late-velocity ehrenfest-late-force ehrenfest-force-sign",
        "langevin": "langevin-one-mass langevin-late-velocity langevin-potential-sign "
        "langevin-potential-linearised",
    },
    cost="dear",
)
def _newton(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    body = given.body
    assert body is not None
    first, last = given.times[0], given.times[-1]
    times, weights = rules((first, last), 8)
    found = run(solver, name, replace(given, times=(first, *times, last)))
    total = (found.force - body.potential.gradient(found.position))[1:-1]
    got = {"velocity": found.velocity[-1], "position": found.position[-1]}
    both = {"velocity": weights @ total / body.mass, "position": weights @ found.velocity[1:-1]}
    for field, (fine, coarse) in both.items():
        want = getattr(found, field)[0] + fine
        # The force feels the velocity that sets in at the start with a kink.
        doubt = 1e-6 + float(np.max(np.abs(fine - coarse))) / size(name, field, system, want)
        yield from compare(name, got, {field: want}, system, doubt)


@family(
    "link.standstill",
    BODIES,
    problems=GENERAL,
    source="balance of forces",
    says="A body that starts at rest where the force of the potential balances that of the electrons stays "
    "there, in the {observable} run. Usual mistakes: the electrons do not start in their steady state, the "
    "spin factor or the sign of the force.",
    catches={
        "ehrenfest": "ehrenfest-force-sign electronic-per-spin",
        "langevin": "langevin-spin-dropped langevin-potential-sign",
    },
    cost="dear",
)
def _standstill(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    x = given.start[0]
    here = given.model.at(x)
    force = truth(solver, "force", here).value
    stiff = np.array(problem.numbers["stiffness"])
    springs = Harmonic(stiff, x - force / stiff)
    held = replace(given, body=ClassicalBody(problem.numbers["mass"], springs), start=(x, 0 * x))
    count = len(given.times)
    want = {"position": np.tile(x, (count, 1)), "velocity": np.zeros((count, len(x)))}
    want["force"] = np.tile(force, (count, 1))
    if name == "ehrenfest":
        want["current"] = np.tile(truth(solver, "current", here).value, (count, 1))
        want["work"] = np.zeros(count)
        energy = np.einsum("ij,ji->", here.hamiltonian, truth(solver, "density_matrix", here).value).real
        want["electronic"] = np.full(count, here.degeneracy * energy)
    yield from compare(name, observed(solver, name, held), want, system)


@check(
    "link.trajectory.ehrenfest",
    "ehrenfest driven",
    problems=GENERAL,
    source="preston2022 Sec. II E",
    says="Electrons driven along the trajectory of an Ehrenfest run must exert the force of that run, carry "
    "its currents and have its energy Tr[h sigma]. Usual mistakes: the force of electrons that "
    "follow at once, a force one step late, an energy without the spin factor.",
    catches=(
        "adiabatic-ehrenfest",
        "ehrenfest-late-force",
        "electronic-per-spin",
        "ehrenfest-averaged-potentials",
    ),
    cost="dear",
)
def _trajectory(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    times = tuple(np.linspace(given.times[0], given.times[-1], 17))
    found = run(solver, "ehrenfest", replace(given, times=times))
    path = Trajectory(times, found.position, found.velocity)
    stops = slice(None, None, 8)
    electrons = run(solver, "driven", Setting(given.model, times[stops], path))
    h = given.model.hamiltonian(found.position[stops])
    energy = np.einsum("tij,tji->t", h, electrons.density_matrix).real
    want = {
        "force": electrons.force,
        "current": electrons.current,
        "electronic": given.model.degeneracy * energy,
    }
    got = {field: value[stops] for field, value in vars_of(found, *want).items()}
    # The cubic between the times is off by the fourth power of their distance.
    yield from compare("ehrenfest", got, want, problem.system, 1e-6)


@check(
    "link.force.langevin",
    "langevin",
    problems=GENERAL,
    source="preston2022 Eq. 9, 19",
    says="The force of a Langevin run is the adiabatic force minus friction times velocity, at every "
    "position. Usual mistakes: the sign or the transpose of the friction, its diagonal only, the spin "
    "factor, values kept from the start.",
    catches=(
        "langevin-friction-sign",
        "langevin-friction-transposed",
        "langevin-diagonal-friction",
        "langevin-no-friction",
        "langevin-frozen-friction",
        "langevin-spin-dropped",
        "langevin-averaged-potentials",
    ),
    cost="dear",
)
def _langevin_force(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    found = run(solver, "langevin", given)
    far = float(np.max(np.abs(found.position)))
    if far > FAR:
        raise SolverFault("langevin", f"went to {far:.3g}, where nothing is left of the junction")
    there = given.model.at(found.position)
    drag = np.einsum("tmv,tv->tm", fast.friction(there), found.velocity)
    want = {"force": fast.force(there) - drag}
    yield from compare("langevin", vars_of(found, "force"), want, problem.system)


@check(
    "link.ode.langevin",
    "langevin",
    problems=GENERAL,
    source="preston2022 Eq. 9 without noise",
    says="Without noise the Langevin run solves m x'' = -U' + F - friction x', an ordinary differential "
    "equation with the observables at rest. Usual mistakes: noise that was not asked for, the sign or the "
    "transpose of the friction, the masses, a step that is too long.",
    catches=(
        "langevin-noise-unasked",
        "langevin-friction-sign",
        "langevin-friction-transposed",
        "langevin-no-friction",
        "langevin-one-mass",
        "langevin-step-of-the-list",
    ),
    cost="dear",
)
def _ode(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    body, (x, v) = given.body, given.start
    assert body is not None
    d = len(x)

    def slope(_: float, state: Array) -> Array:
        here = given.model.at(state[:d])
        push = fast.force(here) - fast.friction(here) @ state[d:] - body.potential.gradient(state[:d])
        return np.concatenate([state[d:], push / body.mass])

    span = (given.times[0], given.times[-1])
    solved = scipy.integrate.solve_ivp(
        slope, span, np.concatenate([x, v]), method="DOP853", t_eval=given.times, rtol=1e-9, atol=1e-9
    )
    want = {"position": solved.y[:d].T, "velocity": solved.y[d:].T}
    yield from compare("langevin", observed(solver, "langevin", given), want, problem.system, 1e-7)
