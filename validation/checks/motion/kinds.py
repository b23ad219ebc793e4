"""Every function beyond the observables on questions of every kind, by pairs of features.

Others are held against the fast solver. Where they differ, the reference decides what it answers soon, and of
the rest the fast solver answers for itself: what it says with coordinates, places and points asked for
otherwise must be what it said. The fast solver is held against that alone, of runs in time against the
steady state that they begin in, as longer runs have checks of their own, and of a record of the noise
against what the reference says of the junction at rest and its own electrons of the state at that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from electronwind import CALLS, DYNAMICS, OpenSystem, fast, reference
from electronwind.external.caller import Question

from ...core.check import Comparison, Covering, Problem
from ...systems.call_questions import asked, posed_call
from ...systems.combinations import apart, rows
from ...systems.features import KIND, decoded, words_of
from ...truth.oracle import is_police
from ...under_test.answers import Raised
from ...under_test.guard import Guarded
from ...work.stopwatch import ORACLE
from ..family import family
from .tools import compare

__all__ = ["answer", "compared", "wanted"]

Array = NDArray[Any]
Fields = dict[str, Array]

# What rounding may become in the eigenvalues, the iterations and the quadratures behind these answers.
LOSES = 1e5
# Of fields that follow no small change: yes or no, and how many.
DISCRETE = ("converged", "growing", "residual")
# Frequencies closer than this part of the largest share their modes.
TOGETHER = 1e-4
# Digits of the reference, and where it has them within a second.
DIGITS = 15
SOON = (
    "stiffness",
    "vibrations",
    "mode_rates",
    "jellium_curl",
    "jellium_friction",
    "jellium_vector_potential",
)
# Both solvers follow a run to this, relatively.
FOLLOWED = 2e-9
# What the steps of a record leave open beside a junction at rest, relatively.
RESTED = 2e-8
# Of a path without a beginning: what was so long before the record is forgotten to 2e-9.
FORGOTTEN = 16.0


def questions(name: str, strength: int, seed: int) -> Sequence[Problem]:
    """Return questions about a function that have every tuple of so many features."""
    return [posed_call(name, row, seed) for row in rows(name, strength)]


def drawn(name: str) -> SearchStrategy[Problem]:
    """Return a strategy for these questions."""
    return st.builds(partial(posed_call, name), st.sampled_from(rows(name, 2)), st.integers(0, 2**16))


def simpler(name: str, problem: Problem) -> Iterator[Problem]:
    """Yield questions with one feature less of those that a plain question has not."""
    row = decoded(name, problem.numbers[KIND])
    for feature, values in words_of(name).items():
        plain = row | {feature: next(iter(values))}
        if plain != row and not apart(plain):
            yield posed_call(name, plain, problem.numbers["seed"])


def judge(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold an answer against the fast solver, or its own answer against itself put otherwise."""
    question = asked(name, problem)
    if not is_police(solver):
        yield from _held(question, answer(solver, question), problem)
    elif name == "two_time_noise":
        yield from _recorded(question, solver, problem)
    elif name in DYNAMICS:
        yield from _begun(question, solver, problem)
    else:
        yield from compared(question, answer(solver, question), _otherwise(question, partial(answer, solver)))


def answer(solver: Any, question: Question, **options: Any) -> Fields:
    """Return the fields of an answer, in the order of the frequencies where there are modes.

    An error may refuse whole numbers, which are then asked as fractions; a wrong number may not.
    """
    ask = partial(getattr(solver, question.name), question.problem, **question.options, **options)
    try:
        found = ask(*question.arguments)
    except Raised:
        fractions = tuple(_fractions(value) for value in question.arguments)
        if all(one is other for one, other in zip(fractions, question.arguments, strict=True)):
            raise
        found = ask(*fractions)
    if isinstance(found, np.ndarray):
        return {"value": found}
    return {field: getattr(found, field) for field in CALLS[question.name].fields}


def _fractions(value: Any) -> Any:
    """Return an argument with doubles for whole numbers: itself where it has none."""
    if isinstance(value, tuple):
        parts = tuple(map(_fractions, value))
        return value if all(one is other for one, other in zip(parts, value, strict=True)) else parts
    whole = type(value) is int or (isinstance(value, np.ndarray) and value.dtype.kind in "iu")
    return np.asarray(value, dtype=float) if whole else value


@ORACLE.times
def wanted(question: Question) -> Fields:
    """Return what the fast solver answers."""
    return answer(Guarded(fast), question)


def _held(question: Question, got: Fields, problem: Problem) -> Iterator[Comparison]:
    name, want = question.name, wanted(question)
    found = list(compared(question, got, want))
    if name in DYNAMICS or all(one.error <= LOSES * 64 * np.finfo(float).eps for one in found):
        yield from found
        return
    if name in SOON:
        want = _certified(question)
    else:
        again = _otherwise(question, partial(answer, Guarded(fast)))
        found = [
            replace(
                one,
                uncertainty=2 * float(np.max(np.abs(np.asarray(a.got) - np.asarray(a.want)), initial=0.0)),
            )
            for one, a in zip(found, compared(question, again, want), strict=True)
        ]
        yield from found
        return
    yield from compared(question, got, want)


@ORACLE.times
def _certified(question: Question) -> Fields:
    return answer(Guarded(reference), question, digits=DIGITS)


def compared(question: Question, got: Fields, want: Fields) -> Iterator[Comparison]:
    """Yield the comparisons of an answer with the one that is wanted."""
    name = question.name
    if name in DYNAMICS:
        system = question.problem.at(np.zeros(len(question.problem.coordinates)))
        yield from compare(name, got, want, system, FOLLOWED)
        return
    if "modes" in want:
        got, want = _in_order(got, want)
    for field, value in want.items():
        size = float(np.max(np.abs(value), initial=0.0)) or 1.0
        # The parts of a stiffness may vanish.
        if field in ("symmetric", "antisymmetric", "instability"):
            other = "frequencies" if field == "instability" else "stiffness"
            size = float(np.max(np.abs(want[other]), initial=0.0)) or 1.0
        # A level that is kept neutral does not follow the coordinates.
        if field == "gradient":
            bare = question.problem.gradient(np.asarray(question.arguments[1], dtype=float))
            size = max(size, float(np.max(np.abs(bare), initial=0.0)))
        if field not in DISCRETE:
            yield Comparison(name, got[field], value, size, condition=LOSES)
    # How far it converged is the solver's own affair, but no distance is below zero.
    if "residual" in want:
        yield Comparison(name, np.minimum(got["residual"], 0.0), np.zeros_like(want["residual"]), 1.0)
    if "converged" in want:
        yield Comparison(name, got["converged"], want["converged"], 1.0)


def _in_order(got: Fields, want: Fields) -> tuple[Fields, Fields]:
    """Return both with frequencies in one order, and with the sizes of modes in place of modes.

    Two frequencies that all but coincide come in any order and share their modes, which are left out.
    """
    # Loads slowly, as every start of a command would notice.
    from scipy.optimize import linear_sum_assignment

    w, sizes = want["frequencies"], np.abs(want["modes"])
    v, others = got["frequencies"], np.abs(got["modes"])
    batch = w.shape[:-1]
    v_of, sizes_of, others_of = np.array(v), np.array(sizes), np.array(others)
    for index in np.ndindex(batch):
        order = linear_sum_assignment(np.abs(w[index][:, None] - v[index]))[1]
        v_of[index], others_of[index] = v[index][order], others[index][:, order]
        apart_by = np.abs(w[index][:, None] - w[index]) + np.diag(np.full(w.shape[-1], np.inf))
        shared = np.min(apart_by, axis=-1) < TOGETHER * np.max(np.abs(w[index]))
        sizes_of[index][:, shared] = others_of[index][:, shared] = 0.0
    turned = {"frequencies": v_of, "modes": others_of}
    return got | turned, want | {"frequencies": w, "modes": sizes_of}


def _otherwise(question: Question, answer: Callable[[Question], dict[str, Array]]) -> dict[str, Array]:
    """Return the answer to a question at rest, put together of one question for each place or point.

    Frequencies are asked for one by one, and places and points in reverse order.
    """
    name, given = question.name, list(question.arguments)
    at, ends = {
        "mode_rates": (0, 0),
        "stiffness": (1, 1),
        "vibrations": (1, 1),
        "self_consistent": (1, 1),
    }.get(name, (0, 1))
    axis = np.asarray(given[at])
    cells = axis.shape[: axis.ndim - ends]
    found = {}
    for cell in reversed(list(np.ndindex(cells))):
        one = axis[cell].astype(float)
        rest = (*given[:at], one if ends else float(one), *given[at + 1 :])
        found[cell] = answer(replace(question, arguments=rest))
    whole = {}
    for field, first in found[next(iter(found))].items():
        # Frequencies and points come after the axes of a batch of systems or wires.
        front = question.problem.shape if name not in ("stiffness", "vibrations", "self_consistent") else ()
        tail = first.shape[len(front) :]
        values = np.empty((*front, *cells, *tail), dtype=first.dtype)
        for cell, fields in found.items():
            values[(*(slice(None),) * len(front), *cell)] = fields[field]
        whole[field] = values
    return whole


def _begun(question: Question, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold the first row of a run against the junction at rest there."""
    name, given = (
        question.name,
        dict(zip(CALLS[question.name].arguments, (question.problem, *question.arguments), strict=True)),
    )
    short = replace(question, arguments=(*question.arguments[:-1], given["times"][:1]))
    got = answer(solver, short)
    x, v = given["start"] if "start" in given else (given["path"](given["times"][0]), 0.0)
    x, v = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(v, dtype=float))
    system = given["model"].at(x)
    force = fast.force(system)
    if name == "langevin":
        force = force - np.einsum("...ij,...j->...i", fast.friction(system), v)
    want = {"force": force[..., None, :]}
    if "current" in got:
        want["current"] = fast.current(system)[..., None, :]
    yield from compare(name, got, want, problem.system, FOLLOWED)


def _recorded(question: Question, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold a record against the junction at rest, and its variance against the electrons of that time."""
    name, model, got = question.name, question.problem, answer(solver, question)
    path, time, delays = question.arguments
    system = model.at(path(time))
    still = _correlated(system, np.concatenate([[0.0], delays]))
    want = {"adiabatic": still[1:]}
    resting = decoded(name, problem.numbers[KIND])["path"] == "at rest"
    if resting:
        want["exact"] = still[1:]
    yield from compare(name, got, want, system, RESTED)
    variance = still[0] if resting else _variance(question)
    spread = np.real(np.diag(variance))
    # A coordinate that the electrons do not feel has no noise, and no time of it.
    want = {
        "correlation_time": np.divide(
            np.diag(got["white"]), spread, out=np.zeros_like(spread), where=spread != 0
        )
    }
    now = got["exact"][delays == 0]
    if now.size:
        got, want = got | {"exact": now}, want | {"exact": np.broadcast_to(variance, now.shape)}
    yield from compare(name, got, want, system, FOLLOWED)


@ORACLE.times
def _correlated(system: OpenSystem, delays: Array) -> Array:
    return np.asarray(reference.force_correlation(system, delays, digits=DIGITS))


@ORACLE.times
def _variance(question: Question) -> Array:
    """Return s Tr[L (1 - sigma) L sigma] of the state at the time of a record, shape ``(d, d)``."""
    model, (path, time, _) = question.problem, question.arguments
    since = question.options.get("since", time - FORGOTTEN)
    sigma = fast.driven(model, path, [since, time], accuracy=FOLLOWED).density_matrix[-1]
    slope = model.gradient(path(time))
    holes = np.eye(len(sigma)) - sigma
    return np.asarray(model.degeneracy * np.einsum("mij,jk,vkl,li->mv", slope, holes, slope, sigma))


CATCHES = {
    "stiffness": "stiffness-of-whole-numbers stiffness-by-forward-steps stiffness-without-potential",
    "vibrations": "vibrations-modes-unweighted vibrations-unit-mass vibrations-first-friction",
    "self_consistent": "screening-spinless screening-force-sign screening-residual-sign "
    "screening-diagonal-potential screening-diagonal-gradient",
    "mode_rates": "modes-exchanged mode-rates-doubled",
    "jellium_curl": "jellium-curl-sign jellium-curl-halved",
    "jellium_friction": "jellium-first-wire jellium-friction-sign jellium-friction-doubled",
    "jellium_vector_potential": "jellium-potential-sign",
    "driven": "driven-force-sign driven-current-sign",
    "ehrenfest": "ehrenfest-leaks ehrenfest-one-mass ehrenfest-force-sign",
    "langevin": "langevin-one-mass langevin-friction-sign",
    "two_time_noise": "memory-vertices-of-now memory-conjugated memory-transposed "
    "memory-whole-numbers memory-delays-sorted memory-since-zero memory-twin-at-earlier",
}

for _name in CALLS:
    family(
        "cross.kinds",
        (_name,),
        problems=drawn(_name),
        covering=Covering(partial(questions, _name), partial(simpler, _name)),
        source="the definitions, on inputs of every kind",
        says="The {observable} is wrong for some kind of input: of one or many levels or coordinates, for "
        "batches, points that come twice, whole numbers, unusual masses, potentials, paths or times.",
        catches={_name: CATCHES[_name]},
        cost="dear",
    )(judge)
