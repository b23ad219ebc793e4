"""How screened problems are asked: in batches, with a functional written out, with one that is off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind.functionals import Functional, Hubbard

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import hermitian
from ...systems.screening import (
    HALF_WIDTH,
    THREE,
    TURNING,
    attractive,
    counted,
    functional_of,
    model_of,
    position_of,
    screened,
)
from ...systems.transformations import changed
from ...truth.oracle import truth
from .screening import ENOUGH, asked, held, like_response, solved

__all__: list[str] = []

Array = NDArray[Any]

STEPS = np.array([[0.0, 0.0], [0.0625, -0.0625]])


@check(
    "law.screening.batch",
    "self_consistent",
    problems=screened(),
    source="positions have batch axes",
    says="A batch of positions must have the states of its members, one by one. Usual mistakes: the "
    "potential or the screening of the first member for all, members in another order.",
    catches=("screening-first-of-batch", "screening-batch-reversed"),
    cost="dear",
)
def _batch(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, functional = model_of(problem), functional_of(problem)
    many = solver.self_consistent(model, functional, STEPS)
    for k, x in enumerate(STEPS):
        one = solver.self_consistent(model, functional, x)
        if not (one.converged and many.converged[k]):
            continue
        system = changed(problem.system, hamiltonian=model.hamiltonian(x) + hermitian(one.potential))
        for name, like in (("force", "force"), ("density_matrix", "density_matrix")):
            yield held(getattr(many, name)[k], getattr(one, name), like, system)
        moved = changed(system, hamiltonian=model.hamiltonian(x), gradient=model.gradient(x))
        yield like_response(many.gradient[k], one.gradient, Problem(moved, problem.numbers), one)


@check(
    "law.screening.written_out",
    "self_consistent",
    problems=screened(("hubbard",)),
    source="todorov2010 Eq. 18-23",
    says="A user's functional that is the repulsion U (q - n)^2/2 written out must give what `Hubbard` "
    "gives. Usual mistakes: the density of one spin for that of all, half of the kernel, the kernel of "
    "another density.",
    catches=("screening-functional-per-spin", "screening-no-kernel"),
    cost="dear",
)
def _written_out(solver: Any, problem: Problem) -> Iterator[Comparison]:
    functional = functional_of(problem)
    assert isinstance(functional, Hubbard)
    sites, strength, charges = list(functional.sites), functional.strength, functional.charges
    excess, on_sites = counted(sites, charges)
    given = Functional(
        lambda density: float(np.sum(strength * excess(density) ** 2) / 2),
        lambda density: on_sites(strength * excess(density), density),
        lambda _, change: on_sites(strength * np.real(np.diagonal(change))[sites], change),
    )
    own = asked(solver, problem)
    other = solver.self_consistent(model_of(problem), given, position_of(problem))
    system = solved(problem, own)
    yield held(other.force, own.force, "force", system)
    yield like_response(other.gradient, own.gradient, problem, own)


@check(
    "law.screening.off",
    "self_consistent",
    problems=screened(("hubbard",)),
    source="todorov2010 Eq. 5, 24 without a mean field",
    says="A repulsion of no strength must leave the bare system, gradient included. Usual mistakes: a "
    "division by U, screening where there is none.",
    catches=("screening-never-off", "screening-force-spin"),
    cost="dear",
)
def _off(solver: Any, problem: Problem) -> Iterator[Comparison]:
    made = problem.numbers["functional"]
    functional = Hubbard(made["sites"], 0.0, made["charges"])
    found = solver.self_consistent(model_of(problem), functional, position_of(problem))
    system = problem.system
    scale = float(np.max(np.abs(system.gradient))) or 1.0
    yield Comparison("self_consistent", found.potential, 0 * found.potential, 1.0)
    yield Comparison("self_consistent", found.gradient, system.gradient, scale)
    yield held(found.force, truth(solver, "force", system).value, "force", system)


@check(
    "law.screening.status",
    "self_consistent",
    problems=attractive([*TURNING, *THREE]),
    source="v = U (q(v) - n), q = 1/2 - arctan((e + v)/w)/pi of one level",
    says="What is said to be converged must solve its equation, whether or not the way to it turns back. "
    "Usual mistakes: whatever the last iteration left is called a solution, one iteration in place of all.",
    catches=("screening-always-converged", "screening-one-step"),
)
def _status(solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = asked(solver, problem)
    if not found.converged:
        return
    functional = functional_of(problem)
    assert isinstance(functional, Hubbard)
    v = float(found.potential[0, 0].real)
    level = float(problem.system.hamiltonian[0, 0].real) + v
    charge = 0.5 - np.arctan(level / HALF_WIDTH) / np.pi
    excess = charge - functional.charges[0]
    # As steep as the charge may be of its potential.
    steep = 1 + abs(float(functional.strength[0])) / (np.pi * HALF_WIDTH)
    yield Comparison("self_consistent", v, functional.strength[0] * excess, 1.0, "value", steep, ENOUGH)
