"""Laws of the software: sizes, batches and the order of calls change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OBSERVABLES, ChainLead, OpenSystem, WideBandLead

from ...core.check import Comparison, Problem
from ...systems.any_leads import systems
from ...systems.chains import chains
from ...systems.strategies import HOT, problems, wide
from ...systems.strategies import equilibrium as wide_equilibrium
from ...systems.strategies import systems as on_wide_bands
from ...systems.transformations import changed, filled, refilled, together
from ..axes import beside, lead_axes, of_leads, of_levels, shifted
from ..family import family
from ..tools import arguments, ask, energy_power, exact, rescaled

Array = NDArray[Any]

ALL = tuple(OBSERVABLES)
# Zero where one Fermi function serves all leads: these laws would hold for any mistake.
FLOWS = ("curl", "current")
GENERAL = problems(systems((1, 2), bias=0.25))


def _of_grid(lead: Any, k: Array) -> Any:
    """Return a lead of other numbers in each member."""
    return filled(lead, lead.mu - k, lead.temperature * (1 + k)).strengthened(1 + k)


def grid(system: OpenSystem, shape: tuple[int, ...]) -> OpenSystem:
    """Return a batch of that shape in which every number differs from member to member."""
    k = np.arange(int(np.prod(shape))).reshape(shape) / 8
    factor = 1 + k[..., None, None]
    leads = [_of_grid(lead, k) for lead in system.leads]
    h = system.hamiltonian + k[..., None, None] * system.gradient[0]
    return changed(system, hamiltonian=h, gradient=factor[..., None, :, :] * system.gradient, leads=leads)


@family(
    "law.grid",
    ALL,
    problems=problems(
        # With fewer levels, coordinates or potentials some observables vanish.
        st.builds(grid, systems((2, 2), (2, 2), bias=0.25), st.sampled_from([(2, 2), (1,), (3, 1)])),
    ),
    source="definition of a batch",
    says="Batches of several axes, and of one member, must give the {observable} of each. Usual mistakes: "
    "one axis taken for granted, axes exchanged, a part of the system not broadcast along.",
    catches={
        "": "wrong-in-grids wrong-for-batch-of-one",
        "density_matrix": "grid-transposed first-temperature-of-batch first-broadening-of-batch",
        "force": "wrong-in-grids first-gradient-of-batch batch-of-one-squeezed",
    },
)
def _grid(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    members = [ask(solver, name, problem, system[i]) for i in np.ndindex(*system.shape)]
    want = np.stack(members).reshape(*system.shape, *members[0].shape)
    yield exact(name, ask(solver, name, problem), want, system, *arguments(name, problem))


def lifted(system: OpenSystem, step: float) -> OpenSystem:
    """Return the same junction with another zero of energy."""
    return changed(
        system,
        hamiltonian=system.hamiltonian + step * np.eye(system.levels),
        leads=[lead.shifted(step) for lead in system.leads],
    )


@family(
    "law.memory",
    ALL,
    problems=GENERAL,
    source="an answer depends on the question only",
    says="The {observable} must not depend on which system was asked about before, however alike. Usual "
    "mistake: a cache whose key leaves out a part of the system.",
    catches={
        "": "cache-ignores-hamiltonian cache-ignores-leads",
        "friction": "cache-ignores-gradient cache-ignores-degeneracy",
        "transmission": "cache-ignores-hamiltonian",
    },
)
def _memory(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = ask(solver, name, problem)

    def other(part: OpenSystem) -> list[OpenSystem]:
        # Each differs in one part only: the rest is what a cache would know it by.
        shifted = [
            filled(lead, lead.mu + 0.375, lead.temperature).strengthened(2**0.5) for lead in part.leads
        ]
        return [
            changed(part, leads=shifted),
            changed(part, hamiltonian=part.hamiltonian + np.diag(np.arange(part.levels) + 0.5)),
            changed(part, gradient=2 * part.gradient),
            changed(part, degeneracy=part.degeneracy + 1),
        ]

    for k in range(4):
        moved = lifted(system, k + 1.25)
        extra = shifted(name, arguments(name, problem), k + 1.25)
        getattr(solver, name)(other(moved)[k], *extra)
        yield exact(name, getattr(solver, name)(moved, *extra), want, moved, *extra)


@family(
    "law.copies",
    ALL,
    problems=st.one_of(
        problems(systems((2, 2), temperatures=HOT), copies=st.just(3)),
        problems(on_wide_bands((2, 2), temperatures=HOT), copies=st.sampled_from([9, 3])),
    ),
    source="junctions side by side add up",
    says="Three copies of a junction on common leads, or nine, must give so many times the {observable}. "
    "Usual mistakes: work arrays or formulas for a few levels, blocks that know their neighbours only.",
    catches={"": "wrong-above-four-levels", "force": "wrong-above-four-levels blocks-of-eight"},
)
def _copies(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, count = problem.system, problem.numbers["copies"]
    n = count * system.levels
    # The first level of every copy comes first, so that each copy is spread over all of h.
    order = np.arange(n).reshape(count, system.levels).T.ravel()
    one, place = np.eye(count), np.argsort(order)
    leads = [[lead.moved(place[k : k + system.levels], n) for k in range(0, n, system.levels)]
             for lead in system.leads]  # fmt: skip
    many = changed(
        system,
        hamiltonian=np.kron(system.hamiltonian, one),
        gradient=np.stack([np.kron(part, one) for part in system.gradient]),
        leads=[part for parts in leads for part in parts],
    )
    want = of_levels(name, beside(name, *[ask(solver, name, problem)] * count), order)
    got = together(ask(solver, name, problem, many), len(lead_axes(name)), leads)
    yield exact(name, got, want, many, *arguments(name, problem))


@family(
    "law.one_lead",
    [name for name in ALL if name not in FLOWS],
    problems=problems(wide_equilibrium((1, 2))),
    source="leads with one Fermi function are one lead",
    says="At equilibrium all leads are one lead, and its {observable} is that of all together. Usual "
    "mistake: code that takes the second lead for granted.",
    catches={"": "wrong-for-one-lead"},
)
def _one_lead(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    first, *rest = wide(system)
    total = first.broadening + sum(lead.broadening for lead in rest)
    single = changed(system, leads=[WideBandLead(total, first.mu, first.temperature)])
    want = ask(solver, name, problem)
    for axis in lead_axes(name):
        want = np.sum(want, axis=axis, keepdims=True)
    yield exact(name, ask(solver, name, problem, single), want, system, *arguments(name, problem))


@family(
    "law.idle",
    ALL,
    problems=GENERAL,
    source="a lead that touches nothing does nothing",
    says="One more lead without coupling must leave the {observable} alone. Usual mistake: a division by "
    "the broadening of each lead.",
    catches={"": "wrong-for-idle-lead"},
)
def _idle(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    idle = WideBandLead(np.zeros((system.levels,) * 2), 0.8125, 0.125)
    want = of_leads(name, ask(solver, name, problem), list(range(len(system.leads) + 1)))
    got = ask(solver, name, problem, changed(system, leads=[*system.leads, idle]))
    yield exact(name, got, want, system, *arguments(name, problem))


def _thermal(system: OpenSystem) -> OpenSystem:
    """Return the system with one potential, and a temperature of its own for each lead."""
    return refilled(system, lambda a, lead: (system.leads[0].mu, lead.temperature + a / 8))


@family(
    "law.thermal",
    [name for name in ALL if name not in FLOWS and not lead_axes(name)],
    problems=problems(systems().map(_thermal)),
    source="the numbering of leads is arbitrary",
    says="Leads of one potential and unequal temperatures are no equilibrium: listed in another order they "
    "must give the same {observable}. Usual mistake: equal potentials are taken for equilibrium.",
    catches={"": "thermal-bias-ignored one-temperature"},
)
def _unequal(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = ask(solver, name, problem)
    got = ask(solver, name, problem, changed(system, leads=system.leads[::-1]))
    yield exact(name, got, want, system, *arguments(name, problem))


@family(
    "law.unit_chains",
    ALL,
    problems=problems(chains((2, 3))),
    source="the unit and the zero of energy are arbitrary",
    says="On chain leads, too, the {observable} must follow a change of the unit and of the zero of "
    "energy. Usual mistakes: the band of the chains centred at zero, their hopping taken for the unit.",
    catches={"": "chain-onsite-ignored chain-hopping-fixed"},
)
def _unit_chains(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    # Far from 1, both ways: what is compared with a fixed energy then falls on the other side of it.
    s = 64.0 if problem.numbers["frequency"] > 0 else 1 / 64
    step = s / 4
    leads = [
        ChainLead(
            lead.site,
            s * lead.hopping,
            s * lead.mu + step,
            s * lead.temperature,
            s * lead.onsite + step,
            s * lead.coupling,
        )
        for lead in system.leads
    ]
    moved = changed(system, hamiltonian=s * system.hamiltonian + step * np.eye(system.levels), leads=leads)
    extra = shifted(name, rescaled(name, problem, s), step)
    got = getattr(solver, name)(moved, *extra) / s ** energy_power(name)
    yield exact(name, got, ask(solver, name, problem), system, *arguments(name, problem))


@family(
    "law.batch_chains",
    ("density_matrix", "curl", "current"),
    problems=problems(chains((2, 2), (2, 2))),
    source="definition of a batch",
    says="On chain leads, too, a batch of systems must give the {observable} of each. Usual mistake: an axis "
    "counted from the front, which is another one in a batch.",
    catches={"": "first-of-batch"},
    cost="dear",
)
def _batch_chains(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    # A weaker coupling binds no state that a stronger one does not.
    steps, weaker = np.array([0.0, 0.25, -0.375]), np.array([1.0, 0.75, 0.5])
    h = system.hamiltonian
    batch = changed(
        system,
        hamiltonian=np.stack([h, h.conj(), h]),
        leads=[
            ChainLead(
                lead.site,
                lead.hopping,
                lead.mu + (1 - 2 * a) * steps,
                lead.temperature,
                lead.onsite,
                weaker * lead.coupling,
            )
            for a, lead in enumerate(system.leads)
        ],
    )
    want = np.stack([ask(solver, name, problem, batch[i]) for i in range(len(steps))])
    yield exact(name, ask(solver, name, problem, batch), want, batch, *arguments(name, problem))
