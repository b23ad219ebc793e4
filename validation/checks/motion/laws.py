"""Laws of junctions in motion that tie a run to a transformed one: each holds for every system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from electronwind import DYNAMICS, OpenSystem, models

from ...core.check import Comparison, Cost, Problem
from ...systems.motion import bodies, motions
from ...systems.strategies import decoupled, systems
from ...systems.transformations import changed
from ..family import Judge, family
from .tools import RUNS, Setting, compare, observed, setting

Array = NDArray[Any]

WARM = (0.2, 0.05, 0.5)
GENERAL = systems((1, 2), (1, 2), (2, 2), temperatures=WARM)
BIASED = systems((1, 2), (1, 2), (2, 3), temperatures=WARM, bias=0.25)
IDLE = decoupled(levels=(1, 2), leads=(1, 2), temperatures=WARM, bias=0.25)
BODIES = tuple(name for name, row in DYNAMICS.items() if row.begins == "start")
# Noise records are dear, and other checks of theirs see what these laws would.
MOVING = tuple(name for name, row in DYNAMICS.items() if row.begins != "trajectory")
# The work of the leads counts from the energy of the electrons at the start.
LATE = 1.0


def posed(name: str, junctions: SearchStrategy[OpenSystem]) -> SearchStrategy[Problem]:
    """Return a strategy for problems that a run of this name can be asked."""
    begins = DYNAMICS[name].begins
    if begins == "start":
        return bodies(junctions, (0.0, 0.25, 0.5))
    return motions(junctions) if begins == "path" else motions(junctions).map(delayed)


def felt(problem: Problem) -> Problem:
    """Return the problem with every coordinate felt: where dh/dx is zero, by the number of electrons.

    A force without variance has no correlation time.
    """
    one = np.eye(problem.system.levels)
    slopes = [slope if np.any(slope) else one for slope in problem.system.gradient]
    return Problem(changed(problem.system, gradient=slopes), problem.numbers)


def delayed(problem: Problem) -> Problem:
    """Return the problem with delays back from the end of its path in place of times."""
    first, last = problem.numbers["times"][0], problem.numbers["times"][-1]
    times = {"times": [0.0, 0.25, 1.0], "moment": last, "since": first}
    return Problem(felt(problem).system, problem.numbers | times)


def law(
    name: str,
    runs: tuple[str, ...],
    junctions: SearchStrategy[OpenSystem],
    long: tuple[str, ...] = ("two_time_noise",),
    **words: Any,
) -> Callable[[Judge], Judge]:
    """Register a law for each of these runs, with problems that suit it; some are no part of a quick run."""

    def register(judge: Judge) -> Judge:
        for one in runs:
            cost: Cost = "long" if one in long else "dear"
            family(name, (one,), problems=posed(one, junctions), cost=cost, **words)(judge)
        return judge

    return register


def put(given: Setting, system: OpenSystem) -> Setting:
    """Return the setting with another system in motion."""
    return replace(given, model=models.tangent(system))


@law(
    "law.clock",
    RUNS,
    GENERAL,
    source="the zero of time is arbitrary",
    says="The same motion at a later hour is the same motion. The {observable} run changes. Usual mistakes: "
    "the path is evaluated at the time since the start, or the start is at t = 0 whatever the first time.",
    catches={
        "driven": "time-since-start starts-at-zero",
        "ehrenfest": "ehrenfest-starts-at-zero",
        "langevin": "langevin-starts-at-zero",
        "two_time_noise": "memory-since-zero",
    },
)
def _clock(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, hours = setting(problem), 0.625
    later = replace(given, times=tuple(t + hours for t in given.times))
    if given.path is not None:
        later = replace(later, path=given.path.altered(delay=hours))
    if DYNAMICS[name].begins == "trajectory":
        later = replace(later, times=given.times, moment=given.moment + hours)
        later = replace(later, since=(given.since or 0.0) + hours)
    want = observed(solver, name, given)
    yield from compare(name, observed(solver, name, later), want, problem.system)


@law(
    "law.times",
    MOVING,
    GENERAL,
    source="the times asked for are for the reader",
    says="Asking for more times or delays in between must not change the {observable} run. Usual mistakes: "
    "the time step is the distance of the times asked for, the path is joined by straight lines between "
    "them, the electrons start anew at each, the noise integral is a sum over the delays.",
    catches={
        "driven": "path-of-chords restarts-at-each-time step-of-the-list",
        "ehrenfest": "ehrenfest-step-of-the-list",
        "langevin": "langevin-step-of-the-list",
    },
)
def _times(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    halves = [(a + b) / 2 for a, b in zip(given.times, given.times[1:], strict=False)]
    fine = tuple(sorted([*given.times, *halves]))
    got = observed(solver, name, replace(given, times=fine))
    for field, axes in DYNAMICS[name].fields.items():
        if "t" in axes:
            got[field] = np.take(got[field], range(0, len(fine), 2), axis=axes.index("t") - len(axes))
    yield from compare(name, got, observed(solver, name, given), problem.system)


@law(
    "law.repeat",
    ("driven", "ehrenfest"),
    GENERAL,
    source="an answer depends on the question only",
    says="The same {observable} run asked for again after another one must be the same. Usual mistakes: the "
    "state of the electrons or an energy grid is kept from the last call.",
    catches={"driven": "driven-keeps-state", "ehrenfest": "ehrenfest-keeps-state"},
)
def _repeat(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    first = observed(solver, name, given)
    observed(solver, name, put(given, changed(system, hamiltonian=-system.hamiltonian)))
    yield from compare(name, observed(solver, name, given), first, system)


@law(
    "law.batch",
    BODIES,
    GENERAL,
    ("langevin",),
    source="definition of a batch",
    says="A batch of starts must give the {observable} run of each. Usual mistakes: the first start stands "
    "for all, all members feel the mean force, the batch shares one step that is too long for some.",
    catches={"ehrenfest": "ehrenfest-first-start ehrenfest-mean-force", "langevin": "langevin-first-start"},
)
def _batch(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    x, v = given.start
    starts = [(x, v), (x + 0.375, -v), (-x, v + 0.25)]
    many = tuple(np.stack(parts) for parts in zip(*starts, strict=True))
    got = observed(solver, name, replace(given, start=many))
    single = [observed(solver, name, replace(given, start=start)) for start in starts]
    want = {field: np.stack([one[field] for one in single]) for field in got}
    yield from compare(name, got, want, system)
