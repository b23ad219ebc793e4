"""Runs in time against the truth that we compute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from electronwind import Trajectory

from ...core.check import Comparison, Problem
from ...core.fingerprint import written_by
from ...systems.motion import SMOOTH, bodies, forgetful, motions
from ...systems.strategies import systems
from ...truth.oracle import RUN_DIGITS, run_agreement
from ..family import family
from . import tools as time_tools
from .laws import delayed
from .tools import compare, observed, setting

# How a run is made of the numbers of a problem: another way is another question.
MADE = written_by(time_tools)
SHORT = (0.0, 0.125, 0.25)


def brief(problem: Problem) -> Problem:
    """Return the problem of a record with few delays: the reference takes its time over each."""
    asked = delayed(problem)
    return Problem(asked.system, asked.numbers | {"times": [0.0, 0.125]})


JUNCTIONS = systems((1, 2), (1, 2), (2, 3), temperatures=(0.2, 0.05, 0.5), bias=0.25)
# The reference remembers for as long as the junction does.
BRIEF = forgetful(least=2.0, levels=(2, 2), coordinates=(1, 1), temperatures=(0.5,), bias=0.25)
POSED = {
    "driven": motions(JUNCTIONS, SHORT, SMOOTH),
    "ehrenfest": bodies(systems((1, 2), (1, 1), (2, 2), temperatures=(0.2, 0.5), bias=0.25), SHORT),
    "two_time_noise": motions(BRIEF, (0.0, 0.0625, 0.125)).map(brief),
}
COMMON = {
    "driven": "driven-swapped-potentials driven-one-temperature adiabatic-electrons quasistatic-current "
    "driven-density-transposed driven-elementwise-force source-sign looks-ahead",
    "ehrenfest": "adiabatic-ehrenfest ehrenfest-averaged-potentials ehrenfest-force-sign work-sign",
    "two_time_noise": "memory-adiabatic memory-conjugated memory-late",
}


def judge(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold the fields of one run against the truth."""
    given = setting(problem)
    got = observed(solver, name, given)
    digits = 6 if name == "two_time_noise" else RUN_DIGITS
    yield from run_agreement(
        solver,
        {"run": name, "system": problem.system.to_dict(), "numbers": problem.numbers, "made": MADE},
        lambda house, **options: observed(house, name, given, **options),
        got,
        lambda one, want: list(compare(name, one, want, problem.system, 10.0**-digits)),
        problem.system.levels,
        digits,
    )


# A Langevin run without noise follows from the observables at rest: `link.ode.langevin`.
for run in POSED:
    family(
        "cross.general",
        (run,),
        problems=POSED[run],
        source="the definitions, in the time domain",
        says="The {observable} run differs from the certified one. If only this check fails, look for a "
        "mistake that breaks no law: leads exchanged, one temperature for all leads, a convention of sign, "
        "order of indices, or of the time in h(t).",
        catches={run: COMMON[run]},
        cost="long",
    )(judge)

family(
    "cross.knots",
    ("driven",),
    problems=motions(JUNCTIONS, SHORT, (Trajectory,)),
    source="the definitions, in the time domain, panels shrinking towards every knot",
    says="The {observable} run along a trajectory given at a few times differs from the certified one. "
    "Usual mistakes: the velocities are not read and the positions splined, or joined by straight lines.",
    catches={"driven": "splined-trajectory driven-swapped-potentials adiabatic-electrons path-of-chords"},
    cost="long",
)(judge)
