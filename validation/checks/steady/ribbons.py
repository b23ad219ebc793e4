"""The test particle of todorov2011, and the work around a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...core.tolerances import condition
from ...numerics.quadrature import grid
from ...systems.ribbons import WEAK, particles, ribbon_of, to_second_order
from ...systems.strategies import HOT, problems, systems
from ...systems.transformations import changed
from ..tools import allowed
from .links import step

__all__: list[str] = []

Array = NDArray[Any]


@check(
    "analytic.ribbon.curl",
    "curl",
    problems=particles(),
    source="todorov2011 Eq. 1-7, on a lattice",
    says="The curl on a weak test particle over a ribbon is 4 pi C^2 sum d_x w_i d_y w_j D_ij Im rho_ji of "
    "the flow without it, D of one spin. Usual mistakes: both spins in D, 2 pi for 4 pi, the potentials "
    "exchanged, leads of rows that do not know each other.",
    catches=("curl-halved", "curl-transposed", "swapped-potentials", "ribbon-lead-of-rows"),
    cost="dear",
)
def _particle(solver: Any, problem: Problem) -> Iterator[Comparison]:
    x = np.array(problem.numbers["x"])
    want = to_second_order(ribbon_of(problem), x)
    # What is odd in C goes.
    both = [solver.curl(ribbon_of(problem, side * WEAK).at(x))[0, 1] for side in (1, -1)]
    model = ribbon_of(problem)
    slopes = model.weights(x)
    unit = float(np.max(np.abs(slopes[1, 0]))) * float(np.max(np.abs(slopes[0, 1]))) / model.hopping**2
    unit *= abs(problem.numbers["ribbon"]["mu"][0] - problem.numbers["ribbon"]["mu"][1])
    scale = max(abs(want), unit)
    doubt = 64 * WEAK**2 / abs(model.hopping) ** 2 * scale
    yield Comparison("curl", sum(both) / (2 * WEAK**2), want, scale, uncertainty=doubt)


@check(
    "link.work",
    "curl force",
    problems=problems(systems((2, 3), (2, 2), bias=0.25, temperatures=HOT)),
    source="Stokes; todorov2010 Eq. 1",
    says="The work of the force around a small square must be the integral of the curl over it. Usual "
    "mistakes: the order of indices of the curl, a factor of 2, the sign of the force.",
    catches=("curl-transposed", "curl-halved", "curl-doubled", "force-sign", "force-doubled"),
    cost="dear",
)
def _work(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    side = 6 * step(system)
    fx, fy = system.gradient

    def at(x: float, y: float) -> OpenSystem:
        return changed(system, hamiltonian=system.hamiltonian + x * fx + y * fy)

    works, areas = [], []
    for order in (3, 2):
        s, w = grid(0.0, side, nodes=order)
        along = [[solver.force(at(u, y))[0] for u in s] for y in (0.0, side)]
        across = [[solver.force(at(x, u))[1] for u in s] for x in (side, 0.0)]
        works.append(w @ (np.array(along[0]) - along[1] + across[0] - across[1]))
        curls = np.array([[solver.curl(at(u, v))[0, 1] for v in s] for u in s])
        areas.append(w @ curls @ w)
    scale, kappa = condition("curl", system)
    noise = 4 * side * allowed(solver, "force", system) + side**2 * allowed(solver, "curl", system)
    doubt = noise + abs(works[0] - works[1]) + abs(areas[0] - areas[1])
    unit = side**2 * scale
    yield Comparison(
        "curl", areas[0] / side**2, works[0] / side**2, scale, "value", kappa, doubt * scale / unit
    )
