"""Laws of the calls: a batch and an array are their members, and a question has one answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES

from ...core.check import Comparison, Problem
from ...systems.any_leads import hard, stacks, systems
from ...systems.strategies import problems
from ...systems.transformations import changed
from ..family import family
from ..tools import arguments, ask, exact

Array = NDArray[Any]

ALL = tuple(OBSERVABLES)


@family(
    "law.batch",
    ALL,
    problems=problems(stacks(hard())),
    source="definition of a batch",
    says="A batch of systems must give the {observable} of each. Usual mistakes: the first member "
    "stands for all, axes are summed over, leads are not broadcast along.",
    catches={
        "": "first-of-batch",
        "current": "first-of-batch wrong-in-batches batch-reversed batch-averaged first-mu-of-batch "
        "batch-of-n-misaligned",
        "force": "first-of-batch last-of-batch-lost first-broadening-of-batch",
    },
)
def _batch(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = np.stack([ask(solver, name, problem, system[i]) for i in range(system.shape[0])])
    yield exact(name, ask(solver, name, problem), want, system, *arguments(name, problem))


@family(
    "law.array",
    [name for name in ALL if OBSERVABLES[name].argument],
    problems=problems(stacks(systems(), 2)),
    source="definition of an array argument",
    says="An array of energies or frequencies must give the {observable} at each, on an axis of its own "
    "between those of the batch and those of the matrix, and at one that comes twice, twice.",
    catches={
        "": "first-of-array array-without-repeats",
        "transmission": "first-of-array array-reversed array-sorted array-without-repeats",
        "response": "first-of-array array-before-batch writes-into-argument array-without-repeats",
    },
)
def _array(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    (point,) = arguments(name, problem)
    points = np.array([point, 0.375, -1.125, point])
    want = np.stack([getattr(solver, name)(system, float(p)) for p in points], axis=1)
    yield exact(name, getattr(solver, name)(system, points), want, system, points)


@family(
    "law.repeat",
    ALL,
    problems=problems(systems()),
    source="an answer depends on the question only",
    says="The {observable} of the same system must be the same when it is asked for again after another "
    "system. Usual mistakes: a grid kept from the last call, work arrays shared between calls.",
    catches={
        "": "depends-on-history",
        "density_matrix": "depends-on-history every-third-call noise-of-threads",
        "force": "depends-on-history writes-into-hamiltonian replaces-hamiltonian",
    },
)
def _repeat(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    other = changed(
        system,
        hamiltonian=system.hamiltonian + np.diag(np.arange(system.levels) + 0.5),
        gradient=2 * system.gradient,
    )
    first = ask(solver, name, problem, other)
    middle = ask(solver, name, problem)
    again = ask(solver, name, problem, other)
    fresh = ask(solver, name, problem, changed(system))
    yield exact(name, again, first, other, *arguments(name, problem))
    yield exact(name, fresh, middle, system, *arguments(name, problem))
