"""Atomic wires in motion, asked for by what any solver of Ehrenfest dynamics offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Trajectory
from electronwind.models import wire

from ...core.check import Comparison, Problem, check
from ...numerics.wide_band import propagated
from ...systems.wires import moving, wire_of
from .tools import Setting, compare, observed, run, size

Array = NDArray[Any]

# Times at which a trajectory is kept.
KNOTS = 17
# Change of forces, in units of them, with positions in units of the length of a wire.
STEEP = 100.0


def posed(problem: Problem, model: wire, x: Array, v: Array) -> Setting:
    """Return the run of a wire from positions and velocities."""
    body = model.body(problem.numbers["mass"])
    return Setting(model, tuple(problem.numbers["times"]), body=body, start=(x, v))


@check(
    "analytic.wire.ehrenfest",
    "ehrenfest",
    problems=moving(),
    source="cunningham2014 Sec. II B; leads by Fermi poles, extrapolated to steps of no length",
    says="Atoms of a wire under current move otherwise, or carry another current, than with leads that "
    "inject into the wire as it moves. Usual mistakes: leads that inject what they did at the start, an "
    "atom that feels one of its bonds alone, half a filled band, steps that do not resolve the band.",
    catches=(
        "wire-frozen-source", "wire-one-bond", "wire-half-filled", "wire-coarse-step", "wire-bias-reversed",
        "wire-doubled-width", "wire-holes", "wire-mass-in-amu", "wire-current-per-spin",
        "wire-current-conjugate",
    ),
    cost="dear",
)  # fmt: skip
def _motion(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, x = wire_of(problem)
    given = posed(problem, model, x, np.array(problem.numbers["v"]))
    got = observed(solver, "ehrenfest", given)
    body = model.body(problem.numbers["mass"])
    want, doubts = propagated(model, body, given.start, given.times)
    for name, value in got.items():
        scale = size("ehrenfest", name, problem.system, want[name])
        yield Comparison("ehrenfest", value, want[name], scale, "run", uncertainty=doubts[name])


@check(
    "law.wire.mirror",
    "ehrenfest",
    problems=moving(),
    source="reflection symmetry",
    says="A wire that is turned round, bias and all, does what it did, turned round: atoms and leads change "
    "places, and nothing else. Usual mistakes: a lead or an atom at one end that is treated otherwise, the "
    "bias on one lead alone, a bond that is counted for one of its atoms.",
    catches=("wire-one-bond", "wire-bias-on-one-lead"),
    cost="dear",
)
def _mirror(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, x = wire_of(problem)
    v = np.array(problem.numbers["v"])
    length = model.spacing * (model.atoms + 1)
    there = observed(solver, "ehrenfest", posed(problem, model, x, v))
    turned = posed(problem, replace(model, bias=-model.bias), length - x[::-1], -v[::-1])
    back = observed(solver, "ehrenfest", turned)
    signs = {"position": -1, "velocity": -1, "force": -1, "current": 1}
    want = {name: sign * there[name][..., ::-1] for name, sign in signs.items()}
    want["position"] = want["position"] + length
    want |= {name: value for name, value in there.items() if name not in signs}
    yield from compare("ehrenfest", back, want, problem.system)


@check(
    "link.wire.trajectory",
    "ehrenfest driven",
    problems=moving(),
    source="preston2022 Sec. II E",
    says="Electrons driven along the trajectory of the atoms of a wire must pull at them, and flow, as in "
    "the run that made it. Usual mistakes: leads that inject what they did at the start, steps that do not "
    "resolve the band.",
    catches=("wire-frozen-source", "wire-coarse-step"),
    cost="dear",
)
def _along(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, x = wire_of(problem)
    given = posed(problem, model, x, np.array(problem.numbers["v"]))
    times = tuple(np.linspace(given.times[0], given.times[-1], KNOTS))
    found = run(solver, "ehrenfest", replace(given, times=times))
    path = Trajectory(times, found.position, found.velocity)
    stops = slice(None, None, KNOTS // 2)
    electrons = run(solver, "driven", Setting(model, times[stops], path))
    got = {"force": found.force[stops], "current": found.current[stops]}
    want = {"force": electrons.force, "current": electrons.current}
    # The cubic between the times is off by the fourth power of their distance. The path errs by what is
    # claimed of positions as long as the wire: bonds stretch by that, and their forces are steep.
    doubt = 1e-6 + STEEP * float(solver.time_accuracy)
    yield from compare("ehrenfest", got, want, problem.system, doubt)
