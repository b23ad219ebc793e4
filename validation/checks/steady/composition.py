"""Laws of composition: leads cut in two, leads that touch nothing, junctions side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES

from ...core.check import Comparison, Problem
from ...systems.any_leads import decoupled, systems
from ...systems.strategies import HOT, problems
from ...systems.transformations import changed, filled, parted, together
from ..axes import beside, lead_axes, of_leads
from ..family import family
from ..tools import arguments, ask, exact

Array = NDArray[Any]

ALL = tuple(OBSERVABLES)
# Three leads, since two are always each other's partner.
BIASED = problems(systems(bias=0.25))


@family(
    "law.split",
    ALL,
    problems=BIASED,
    source="leads with one Fermi function are one lead",
    says="A lead cut into two unequal parts of the same potential and temperature is still the same lead. "
    "The {observable} changes. Usual mistakes: noise from pairs of equal leads only, a mean of the "
    "Fermi functions over leads, a self-energy made of some leads only.",
    catches={
        "": "averaged-potentials first-lead-self-energy",
        "transmission": "first-lead-self-energy",
        "white_noise": "averaged-potentials lead-diagonal-noise first-lead-self-energy",
        "force_noise": "averaged-potentials lead-diagonal-noise first-lead-self-energy",
        "density_matrix": "averaged-potentials mean-occupation first-lead-self-energy",
        "force": "averaged-potentials wrong-for-four-leads first-lead-self-energy",
    },
)
def _split(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    first, *rest = system.leads
    leads = [parted(first), *([lead] for lead in rest)]
    got = ask(solver, name, problem, changed(system, leads=[part for parts in leads for part in parts]))
    got = together(got, len(lead_axes(name)), leads)
    yield exact(name, got, ask(solver, name, problem), system, *arguments(name, problem))


@family(
    "law.decoupled",
    ALL,
    problems=problems(decoupled(bias=0.25)),
    source="a lead that touches nothing does nothing",
    says="The {observable} must not depend on the potential and the temperature of a lead without "
    "coupling. Usual mistakes: the potentials of two leads are swapped, one temperature or a mean "
    "potential serves all leads.",
    catches={
        "": "averaged-potentials swapped-potentials",
        "transmission": "energy-from-fermi-level",
    },
)
def _decoupled(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    *rest, last = system.leads
    # First in the list, so that whoever takes the first for all is found out.
    idle, other = (filled(last, last.mu + up, last.temperature + up) for up in (0, 0.75))
    got, want = (ask(solver, name, problem, changed(system, leads=[lead, *rest])) for lead in (other, idle))
    yield exact(name, got, want, system, *arguments(name, problem))


@family(
    "law.blocks",
    ALL,
    problems=problems(systems((1, 2), temperatures=HOT)),
    source="junctions side by side add up",
    says="Two junctions that share nothing but their leads must add up. The {observable} does not. Usual "
    "mistakes: division by the number of levels, small systems treated by special code.",
    catches={
        "": "averaged-over-levels wrong-above-two-levels",
        "force": "averaged-over-levels wrong-above-two-levels wrong-for-one-level",
    },
)
def _blocks(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    n, d = system.levels, system.coordinates
    other = changed(system, hamiltonian=system.hamiltonian + 0.25 * np.eye(n))
    leads = [lead.copied(2, n) for lead in system.leads]
    both = changed(
        system,
        hamiltonian=_side_by_side(system.hamiltonian, other.hamiltonian),
        gradient=np.stack([_side_by_side(*[system.gradient[mu]] * 2) for mu in range(d)]),
        leads=[part for parts in leads for part in parts],
    )
    one, two = (ask(solver, name, problem, part) for part in (system, other))
    want = beside(name, one, two)
    got = together(ask(solver, name, problem, both), len(lead_axes(name)), leads)
    yield exact(name, got, want, both, *arguments(name, problem))


def _side_by_side(a: Array, b: Array) -> Array:
    zero = np.zeros((len(a), len(b)))
    return np.block([[a, zero], [zero, b]])


@family(
    "law.order",
    ALL,
    problems=problems(systems(bias=0.25, leads=(3, 3))),
    source="the numbering of leads is arbitrary",
    says="Leads listed in another order are the same leads: entries per lead move along, all else stays. "
    "The {observable} changes. Usual mistakes: the first lead's temperature for all, code for two leads, "
    "swapped potentials.",
    catches={
        "": "swapped-potentials wrong-for-three-leads",
        "transmission": "wrong-for-three-leads",
        "current": "swapped-potentials wrong-for-three-leads leads-reversed sorted-leads",
    },
)
def _order(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    turn = [*range(1, len(system.leads)), 0]
    got = ask(solver, name, problem, changed(system, leads=[system.leads[a] for a in turn]))
    want = of_leads(name, ask(solver, name, problem), turn)
    yield exact(name, got, want, system, *arguments(name, problem))
