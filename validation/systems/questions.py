"""One question about any function: what the checks of the contract ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from electronwind import (
    CALLS,
    DYNAMICS,
    OBSERVABLES,
    ClassicalBody,
    Harmonic,
    JelliumWire,
    OpenSystem,
    Oscillation,
    WideBandLead,
    models,
)
from electronwind.external.caller import Question
from electronwind.functionals import Hubbard

from ..core.check import Problem
from .motion import forgetful
from .strategies import Drawing, hard
from .transformations import changed, refilled

__all__ = ["another", "large", "posed", "questions"]

# Warm, broad and soon answered.
_JUNCTION = OpenSystem(
    [[0.25, 0.5], [0.5, -0.25]],
    [[[1.0, 0.0], [0.0, -1.0]], [[0.0, 0.5], [0.5, 0.0]]],
    [WideBandLead([[1.0, 0.0], [0.0, 0.5]], 0.5, 0.25), WideBandLead([[0.5, 0.0], [0.0, 1.0]], -0.5, 0.25)],
)
# What moves here forgets at once.
_SWIFT = OpenSystem(
    [[0.25]], [[[1.0]], [[-0.5]]], [WideBandLead([[1.5]], 0.5, 0.5), WideBandLead([[1.0]], -0.5, 0.25)]
)
# Whole numbers, which come in more forms than others, in no order.
_POINTS = ([1.0, -2.0, 0.0], [0.0, 2.0, 1.0], [2.0, -1.0, 3.0])
_DELAYS = ([1.0, 0.0, 2.0], [2.0, 3.0, 1.0])
_PLACES = ([1.0, 0.0], [0.25, -0.5])
_MASSES = (2.0, 1.0, 1.5)


@st.composite
def questions(draw: Drawing, name: str) -> Problem:
    """Return a strategy for problems that hold all that a function asks for.

    Observables are asked of systems that are hard, degenerate ones among them; what moves, of junctions that
    soon forget.
    """
    moves = name in DYNAMICS
    delays = name in OBSERVABLES and OBSERVABLES[name].argument == "delays"
    if moves:
        # One will do, for it is asked dozens of times.
        system: OpenSystem = draw(st.just(_SWIFT))
    else:
        system = draw(hard((1, 2), (1, 2)) if name in OBSERVABLES else forgetful(coordinates=(2, 2)))
    numbers = {
        "points": draw(st.sampled_from(_DELAYS if delays else _POINTS[:1] if moves else _POINTS)),
        "place": draw(st.sampled_from(_PLACES[:1] if moves else _PLACES)),
        "mass": draw(st.sampled_from(_MASSES[:1] if moves else _MASSES)),
        "noise": draw(st.booleans()) if name == "langevin" else False,
        "side": 3.0,
    }
    return Problem(system, numbers)


@st.composite
def large(draw: Drawing, name: str) -> Problem:
    """Return a strategy for the one problem with long answers: a batch, or many points."""
    system = draw(st.just(_JUNCTION))
    many = (np.arange(40) / 16).tolist()
    numbers = {"points": many, "place": [0.25, -0.5], "mass": 1.5, "noise": False, "side": 3.0, "many": 32}
    if name in OBSERVABLES and not OBSERVABLES[name].argument:
        steps = np.arange(64)[:, None, None] / 64
        system = changed(system, hamiltonian=system.hamiltonian + steps * system.gradient[0])
    return Problem(system, numbers)


def another(problem: Problem) -> Problem:
    """Return a problem of the same shapes with other numbers throughout."""
    system = problem.system
    shifted = refilled(system, lambda a, lead: (lead.mu + 0.375, lead.temperature + 0.125))
    h = system.hamiltonian + np.diag(np.arange(system.levels) + 0.5)
    more = {
        "points": (np.asarray(problem.numbers["points"]) + 0.75).tolist(),
        "place": (np.asarray(problem.numbers["place"]) + 0.375).tolist(),
        "side": problem.numbers["side"] + 0.25,
    }
    return replace(
        problem,
        system=changed(shifted, hamiltonian=h, gradient=2 * system.gradient),
        numbers=problem.numbers | more,
    )


def _body(numbers: Any) -> ClassicalBody:
    return ClassicalBody([numbers["mass"], 2.0], Harmonic([1.0, 2.0], [0.0, 0.25]))


def _path(numbers: Any) -> Oscillation:
    return Oscillation(numbers["place"], [0.5, 0.25], 1.0, [0.0, 1.0])


def _start(numbers: Any) -> tuple[Any, Any]:
    return np.array(numbers["place"]), np.array([0.0, 1.0])


def _points(numbers: Any, lists: bool) -> Any:
    value = np.array(numbers["points"])
    return value if lists else float(value[0])


def _wire(numbers: Any) -> JelliumWire:
    return JelliumWire(numbers["side"], 9.0, 0.75, 0.25, 1.0)


def _inside(numbers: Any) -> Any:
    """Return points in the cross-section of the wire."""
    few = np.array([[1.0, 1.0], [2.0, 1.0]]) + (numbers["side"] - 3.0)
    return np.repeat(few, numbers.get("many", 1), axis=0)


_TIMES = np.array([0.0, 1.0])

# What a row of the tables may ask for, by the name that it has there.
_GIVEN: dict[str, Callable[[OpenSystem, Any], Any]] = {
    "system": lambda system, _: system,
    "model": lambda system, _: models.tangent(system),
    "path": lambda _, numbers: _path(numbers),
    "trajectory": lambda _, numbers: _path(numbers),
    "body": lambda _, numbers: _body(numbers),
    "start": lambda _, numbers: _start(numbers),
    "times": lambda *_: _TIMES.copy(),
    "time": lambda *_: 1.0,
    "delays": lambda *_: np.array([1.0, 0.0]),
    "x": lambda _, numbers: np.array(numbers["place"]),
    "functional": lambda *_: Hubbard((0,), 0.25, 0.5),
    "frequency": lambda _, numbers: abs(_points(numbers, numbers["lists"])) + 1.0,
    "mass": lambda _, numbers: float(numbers["mass"]),
    "wire": lambda _, numbers: _wire(numbers),
    "points": lambda _, numbers: _inside(numbers),
}


def posed(name: str, problem: Problem, lists: bool = True) -> Question:
    """Return the question that a problem poses to a function.

    Parameters
    ----------
    name : str
        The function.
    problem : Problem
        Out of `questions` or `large`.
    lists : bool
        Whether energy, frequency or delay is an array; otherwise it is one number.
    """
    system, numbers = problem.system, {**problem.numbers, "lists": lists}
    if name in OBSERVABLES:
        return Question(name, system, (_points(numbers, lists),) if OBSERVABLES[name].argument else ())
    first, *others = (_GIVEN[argument](system, numbers) for argument in CALLS[name].arguments)
    noisy = name == "langevin" and numbers["noise"]
    return Question(name, first, tuple(others), {"noise": True, "seed": 7} if noisy else {})
