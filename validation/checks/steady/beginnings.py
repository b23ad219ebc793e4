"""Where a lead begins, and how much of it is called a cell, is arbitrary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from electronwind import OBSERVABLES, ChainLead, OpenSystem, PeriodicLead, WideBandLead

from ...core.check import Comparison, Problem
from ...systems.chains import chains
from ...systems.strategies import HOT, Drawing, problems, systems, wide
from ...systems.transformations import changed
from ..axes import cut, unreflected
from ..family import family
from ..tools import arguments, ask, exact

__all__: list[str] = []

ALL = tuple(OBSERVABLES)


@family(
    "law.longer_chain",
    ALL,
    problems=problems(chains((2, 3))),
    source="where a chain lead begins is arbitrary",
    says="The first site of a chain lead may as well be a level of the junction: the {observable} stays. "
    "Usual mistakes: the coupling of a chain taken for its hopping, a root of the surface Green's function "
    "that changes from energy to energy.",
    catches={
        "": "chain-coupling-ignored",
        "density_matrix": "chain-coupling-ignored root-by-modulus band-without-edges",
        "friction": "chain-coupling-ignored slope-of-self-energy-forgotten slope-of-self-energy-sign",
        "force": "chain-coupling-ignored root-by-modulus",
        "curl": "chain-coupling-ignored root-by-modulus",
    },
)
def _longer(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    n = system.levels
    first, *rest = system.leads
    h = np.pad(system.hamiltonian, (0, 1))
    h[n, n] = first.onsite
    h[n, first.site] = h[first.site, n] = first.coupling
    longer = changed(
        system,
        hamiltonian=h,
        gradient=np.pad(system.gradient, ((0, 0), (0, 1), (0, 1))),
        leads=[ChainLead(n, first.hopping, first.mu, first.temperature, first.onsite), *rest],
    )
    got, want = ask(solver, name, problem, longer), ask(solver, name, problem)
    got, want = unreflected(name, cut(name, got, n)), unreflected(name, want)
    yield exact(name, got, want, longer, *arguments(name, problem))


def _doubled(lead: ChainLead) -> PeriodicLead:
    """Return a chain in cells of two sites."""
    e, t = float(lead.onsite), float(lead.hopping)
    onsite, hopping = [[e, t], [t, e]], [[0.0, 0.0], [t, 0.0]]
    coupling = [[float(lead.coupling), 0.0]]
    return PeriodicLead(lead.sites, onsite, hopping, lead.mu, lead.temperature, coupling)


@family(
    "law.cells",
    ("density_matrix", "current", "transmission"),
    problems=problems(chains((2, 3))),
    source="how much of a lead is called a cell is arbitrary",
    says="A chain is a lead of cells of two sites: the {observable} stays. Usual mistake: the cells go on "
    "in the other direction.",
    catches={"": "surface-of-the-wrong-end"},
)
def _cells(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    first, *rest = system.leads
    got = ask(solver, name, problem, changed(system, leads=[_doubled(first), *rest]))
    yield exact(name, got, ask(solver, name, problem), system, *arguments(name, problem))


@st.composite
def _on_cells(draw: Drawing) -> OpenSystem:
    """Draw a system on a wide-band lead that reaches every level, and one of cells without any symmetry."""
    system = draw(systems((1, 2), (1, 1), (2, 2), temperatures=HOT))
    first, second = wide(system)
    reaching = WideBandLead(first.broadening + np.eye(system.levels) / 8, first.mu, first.temperature)
    one, two = (draw(st.integers(8, 24)) / 16 for _ in range(2))
    rung, aside, coupling = (draw(st.integers(2, 8)) / 16 for _ in range(3))
    cells = PeriodicLead(
        [draw(st.integers(0, system.levels - 1))],
        [[0.125, 1j * rung], [-1j * rung, -0.25]],
        [[one, 1j * aside], [0.0, two]],
        second.mu,
        second.temperature,
        [[2 * coupling, (1 + 1j) * coupling]],
    )
    return changed(system, leads=[reaching, cells])


@family(
    "law.longer_cells",
    ("density_matrix", "force", "friction", "current", "transmission", "white_noise"),
    problems=problems(_on_cells()),
    source="where a periodic lead begins is arbitrary",
    says="The first cell of a periodic lead may as well be levels of the junction: the {observable} stays. "
    "Usual mistakes: the cells go on in the other direction, the coupling is conjugated or transposed.",
    catches={"": "surface-of-the-wrong-end coupling-conjugated"},
)
def _longer_cells(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    n, (first, cells) = system.levels, system.leads
    onsite, hopping, coupling = cells.cell
    m = len(onsite)
    h = np.pad(system.hamiltonian, (0, m))
    h[n:, n:] = onsite
    h[list(cells.sites), n:] = coupling
    h[n:, list(cells.sites)] = coupling.conj().T
    longer = changed(
        system,
        hamiltonian=h,
        gradient=np.pad(system.gradient, ((0, 0), (0, m), (0, m))),
        leads=[
            first.moved(range(n), n + m),
            PeriodicLead(range(n, n + m), onsite, hopping, cells.mu, cells.temperature, hopping),
        ],
    )
    got, want = ask(solver, name, problem, longer), ask(solver, name, problem)
    got, want = unreflected(name, cut(name, got, n)), unreflected(name, want)
    yield exact(name, got, want, longer, *arguments(name, problem))
