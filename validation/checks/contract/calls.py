"""Laws of calling: forms of arguments, answers that are kept, threads, and the rest of the process.

These reach the solver itself. What the guard spares it elsewhere, by copies and by one type for all
numbers, is the point here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from electronwind import CALLS, DYNAMICS, NAMES, OBSERVABLES
from electronwind.external.caller import STATES, Found, Question, given_as, kept, states, together
from electronwind.external.forms import FORMS

from ...core.check import Comparison, Cost, Problem, check
from ...systems.questions import another, posed, questions
from ...under_test.answers import Misbehaved, Unsupported, checked
from ..tools import exact

__all__ = ["contract", "held"]

# What rounding may become in a root or an iteration, and in what is divided by a small difference.
LOSES = 1e6
# They do not follow small changes: a basis, and yes or no.
DISCRETE = ("modes", "growing", "converged")

Judge = Callable[[str, Any, Problem], Iterator[Comparison]]


def contract(
    law: str,
    names: Iterable[str],
    source: str,
    says: str,
    catches: Mapping[str, str],
    *,
    problems: Callable[[str], SearchStrategy[Problem]] = questions,
    cost: Cost = "dear",
) -> Callable[[Judge], Judge]:
    """Register a law of calling as a check per function, ``contract.law.function``.

    Parameters
    ----------
    law, source, says, cost
        As for `family`, with ``{function}`` in what it says. Checks of runs in time are long ones.
    names : iterable of str
        The functions.
    catches : mapping
        Mistakes by function; those under ``runs`` of all runs in time, those under ``""`` of all others.
    problems : callable
        Returns the strategy for a function.
    """

    def register(judge: Judge) -> Judge:
        for name in names:
            moves = name in DYNAMICS
            check(
                f"contract.{law}.{name}",
                name,
                problems=problems(name),
                source=source,
                says=says.format(function=name.replace("_", " ")),
                catches=catches.get(name, catches["runs" if moves else ""]).split(),
                cost="long" if moves else cost,
            )(partial(judge, name))
        return judge

    return register


def held(
    solver: Any, question: Question, found: Found, one: str, other: str, when: str
) -> Iterator[Comparison]:
    """Yield that an answer under the prefix `other` is that under the prefix `one`.

    `when` says how the solver was asked for the other, after the name of the function.
    """
    name, row = question.name, CALLS.get(question.name)
    for part, shape in solver.shapes(question).items():
        if f"{one}{part}" not in found or part in DISCRETE:
            continue
        label = "" if part == "value" else part
        of_complex = OBSERVABLES[name].complex if row is None else part in row.complex
        want, got = (checked(name, found[prefix + part], shape, of_complex, label) for prefix in (one, other))
        if row is None:
            yield replace(exact(name, got, want, question.problem, *question.arguments), when=when)
            continue
        scale = float(np.max(np.abs(want), initial=0.0)) or 1.0
        yield Comparison(name, got, want, scale, "run" if name in DYNAMICS else "value", LOSES, when=when)


@contract(
    "forms",
    [name for name in NAMES if name in CALLS or OBSERVABLES[name].argument],
    "a number is the same however it is written",
    "The {function} must not depend on the type nor on the layout of what it is given: whole numbers, single "
    "precision, lists, views with gaps or in reverse. An error may refuse a form, a wrong number may not. "
    "Usual mistakes: results made like the argument, the address of the first number handed to a library, an "
    "unsigned number that is negated.",
    {"": "integer-results strides-ignored", "runs": "run-integer-results run-strides-ignored"},
)
def _forms(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    # A number and an array: each has forms of its own.
    for lists in (False, True) if solver.limits.lists else (False,):
        question = posed(name, problem, lists)
        found = solver.beside(given_as, question)
        yield from held(solver, question, found, "usual.", "usual.", "")
        for form in FORMS:
            if any(key.startswith(f"{form}.") for key in found):
                yield from held(solver, question, found, "usual.", f"{form}.", f", given {form},")
        if not _has_point(name):
            return


def _has_point(name: str) -> bool:
    """Return whether a function takes an energy, a frequency or a delay, or an array of them."""
    return name == "mode_rates" or (name in OBSERVABLES and bool(OBSERVABLES[name].argument))


_LATER = {
    "arguments": ", where its arguments were overwritten after the call,",
    "next": ", read again after the next call,",
    "written": ", asked again once its answer was written into,",
}


@contract(
    "kept",
    NAMES,
    "an answer belongs to the caller, and so does what was given",
    "The {function} must stay what it was when it is read after the next call, and when the caller has other "
    "use for its arrays, those of the arguments and of the answer; and no call may change what it is given. "
    "Usual mistakes: one output buffer for all calls, a cache that hands out its own array, times divided by "
    "their unit in place, an answer that is computed when it is read.",
    {
        "": "one-output-buffer cache-handed-out",
        "runs": "run-one-output-buffer run-cache-handed-out run-reads-late run-times-in-place",
    },
)
def _kept(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    question, other = (posed(name, one, solver.limits.lists) for one in (problem, another(problem)))
    found = solver.beside(kept, question, other)
    if found["changed"]:
        raise Misbehaved(name, "changed arrays that it was given")
    for prefix, when in _LATER.items():
        yield from held(solver, question, found, "usual.", f"{prefix}.", when)


@contract(
    "threads",
    NAMES,
    "an answer depends on the question only",
    "The {function} must be the same to eight threads at once as to one after another. Usual mistakes: work "
    "arrays, or a generator of random numbers, that all calls share.",
    {"": "shared-work-array", "runs": "run-shared-work-array"},
)
def _threads(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    if not solver.limits.threads:
        raise Unsupported(f"{name}: the solver declares threads false")
    questions = [posed(name, one, solver.limits.lists) for one in (problem, another(problem))]
    found = solver.beside(together, *questions)
    for k, question in enumerate(questions):
        when = ", asked by eight threads at once,"
        yield from held(solver, question, found, f"{k}.alone.", f"{k}.threads.", when)


@contract(
    "states",
    NAMES,
    "an answer depends on the question only, and is all that a call does",
    "The {function} must not depend on the generators of random numbers of numpy and Python, which belong to "
    "the caller, nor move them; and it leaves alone the folder, the environment, the precision of mpmath and "
    "how numpy prints. Usual mistakes: a start vector of an iteration from np.random, np.random.seed for "
    "answers that repeat.",
    {
        "": "seeds-the-generator draws-from-the-generator",
        "runs": "run-seeds-the-generator run-draws-from-the-generator",
    },
)
def _states(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    question = posed(name, problem, solver.limits.lists)
    found = solver.beside(states, question)
    if changed := [state for state in STATES if found[state]]:
        raise Misbehaved(name, f"changed {' and '.join(changed)}")
    yield from held(
        solver, question, found, "usual.", "other.", ", on another state of the generators of random numbers,"
    )
