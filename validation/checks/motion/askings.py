"""How a run is asked for: at one time, for many starts, with delays in any order, after a long wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from electronwind import DYNAMICS, Trajectory

from ...core.check import Comparison, Problem, check
from ...systems.motion import forgetful, motions
from .laws import BODIES, GENERAL, MOVING, delayed, law
from .tools import compare, observed, setting

__all__: list[str] = []


@law(
    "law.alone",
    MOVING,
    GENERAL,
    source="a run at more times is the same run",
    says="A {observable} run at its first time alone must give the first row of a run at several times. "
    "Usual mistake: the first step is looked at where there is none.",
    catches={name: f"{name}-needs-steps" for name in MOVING},
)
def _alone(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    one = observed(solver, name, replace(given, times=given.times[:1]))
    axes = {field: row.index("t") - len(row) for field, row in DYNAMICS[name].fields.items()}
    many = observed(solver, name, given)
    want = {field: np.take(value, [0], axis=axes[field]) for field, value in many.items()}
    yield from compare(name, one, want, problem.system)


@law(
    "law.starts",
    BODIES,
    GENERAL,
    source="x and v broadcast to one batch",
    says="Positions with two batch axes and velocities with one, which broadcast: each "
    "body of the {observable} run moves as if it were alone. Usual mistake: the shape of x taken for that "
    "of both.",
    catches={name: f"{name}-velocity-of-first" for name in BODIES},
)
def _starts(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    x, v = given.start
    steps = np.array([[0.0], [0.25]])
    # Two axes of positions, one of velocities.
    start = x + steps[:, None], v + steps[1:]
    x_of, v_of = np.broadcast_arrays(*start)
    got = observed(solver, name, replace(given, start=start))
    alone = [
        observed(solver, name, replace(given, start=(x_of[i], v_of[i]))) for i in np.ndindex(x_of.shape[:-1])
    ]
    want = {f: np.stack([one[f] for one in alone]).reshape(value.shape) for f, value in got.items()}
    yield from compare(name, got, want, problem.system)


RECORDS = motions(forgetful(least=1.0, bias=0.25)).map(delayed)


@check(
    "law.delays.two_time_noise",
    "two_time_noise",
    problems=RECORDS,
    source="an array of delays is answered in its order",
    says="Delays come in any order, and the record is in that one. Usual mistake: they are sorted before the "
    "trajectory is followed backwards.",
    catches=("memory-delays-sorted",),
    cost="long",
)
def _order(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, name = setting(problem), "two_time_noise"
    order = [2, 0, 1]
    want = observed(solver, name, given)
    got = observed(solver, name, replace(given, times=tuple(given.times[k] for k in order)))
    for field in ("exact", "adiabatic"):
        want[field] = want[field][..., order, :, :]
    yield from compare(name, got, want, problem.system)


@check(
    "law.twin.two_time_noise",
    "two_time_noise",
    problems=RECORDS,
    source="preston2022 Eq. 62: the adiabatic record rests in x(t)",
    says="The adiabatic record knows the position at the time of the record, and nothing of how it was "
    "reached: it is that of a junction which always rested there. Usual mistake: the place half a delay "
    "before.",
    catches=("memory-twin-at-earlier",),
    cost="long",
)
def _twin(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, name = setting(problem), "two_time_noise"
    place = np.asarray(given.path(given.moment), dtype=float)
    first = min(given.since or 0.0, given.moment) - 1.0
    rest = Trajectory([first, given.moment], [place, place], [0 * place, 0 * place])
    want = observed(solver, name, replace(given, path=rest))["adiabatic"]
    got = observed(solver, name, given)["adiabatic"]
    yield from compare(name, {"adiabatic": got}, {"adiabatic": want}, problem.system)


# Of decay times of the junctions, and so long that a small lag adds up.
LONG = 64.0


@check(
    "law.waiting.driven",
    "driven",
    problems=motions(forgetful(coordinates=(1, 2), bias=0.25), (0.0, 0.5, 1.0)),
    source="a junction that rests stays as it is",
    says="A junction that rested for long before it moves does what one does that begins to move at once. "
    "Usual mistakes: a clock that is added up from steps and lags behind the path, a drift at rest.",
    catches=("driven-clock-lags",),
    cost="dear",
)
def _waiting(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, name = setting(problem), "driven"
    first, last = given.times[0], given.times[-1]
    start = np.asarray(given.path(first), dtype=float)
    still, end = 0 * start, start + 0.75

    def resting(before: float) -> Trajectory:
        return Trajectory([first - before, first, last], [start, start, end], [still, still, still + 0.5])

    want = observed(solver, name, replace(given, path=resting(1.0)))
    late = replace(given, path=resting(LONG), times=(first - LONG, *given.times))
    got = {field: value[1:] for field, value in observed(solver, name, late).items()}
    yield from compare(name, got, want, problem.system)
