"""Questions next to one that was asked before, and energies next to the edges of bands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from electronwind import OBSERVABLES, OpenSystem, WideBandLead

from ...core.check import Comparison, Problem, check
from ...systems.any_leads import systems
from ...systems.chains import chains
from ...systems.strategies import Drawing, problems
from ...systems.transformations import changed, refilled
from ..family import family
from ..tools import ask
from .covering import judge

__all__: list[str] = []

# Relative changes that a comparison to five or to eight digits takes for none.
STEPS = (8e-6, 2e-8)
# A temperature of which no power is a number.
HAIR = 1e-200


@family(
    "cross.near",
    OBSERVABLES,
    problems=problems(systems((1, 2), (2, 2), bias=0.25)),
    source="an answer depends on the question only",
    says="The {observable} of a system that differs a little from one that was asked about before, not just "
    "the last one, must be its own. Usual mistakes: earlier systems are searched for one that is close, keys "
    "are rounded.",
    catches={"": "answers-of-neighbours"},
)
def _near(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    ask(solver, name, problem)
    ask(solver, name, problem, changed(system, hamiltonian=system.hamiltonian + np.eye(system.levels)))
    for step in STEPS:
        # A level that moves alone changes every value.
        h = system.hamiltonian + step * np.diag(1 + np.arange(system.levels))
        yield from judge(name, solver, replace(problem, system=changed(system, hamiltonian=h)))


@st.composite
def _extreme(draw: Drawing) -> Problem:
    """Draw a junction of more than sixteen levels."""
    n = draw(st.sampled_from([17, 18]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    raw = rng.integers(-24, 25, (2, 5, n, n)) / 16
    h, *slopes, one, other = (part + part.conj().T for part in (raw[0] + 1j * raw[1]) / (2 * n**0.5))
    widths = (root @ root + np.eye(n) / 8 for root in (one, other))
    leads = [WideBandLead(*part) for part in zip(widths, (0.25, -0.375), (0.125, 0.25), strict=True)]
    point = draw(st.sampled_from([0.375, -0.75]))
    return Problem(OpenSystem(h, slopes, leads), {"energy": point, "frequency": point, "delays": point})


@family(
    "cross.extreme",
    OBSERVABLES,
    problems=_extreme(),
    source="the definitions, at sizes that are no whole number of blocks and next to temperature 0",
    says="The {observable} must be right for seventeen levels and more, and where a temperature is so small "
    "that no power of it is a number. Usual mistakes: only neighbouring blocks of levels know each other, a "
    "division by the temperature.",
    catches={"": "blocks-of-eight", "force": "blocks-of-eight hair-above-zero-is-no-number"},
    cost="dear",
)
def _at_extremes(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield from judge(name, solver, problem)
    cold = refilled(problem.system, lambda a, lead: (lead.mu, lead.temperature if a else HAIR))
    yield from judge(name, solver, replace(problem, system=cold))


def _other(lead: Any, **numbers: Any) -> Any:
    return type(lead)(**(vars(lead) | numbers))


@st.composite
def _banded(draw: Drawing) -> Problem:
    """Draw a junction between chains of other bands, with energies at, inside and outside of all edges."""
    system = draw(chains((2, 3), (1, 1)))
    first, second = system.leads
    onsite = draw(st.sampled_from([0.0, 0.25, -0.5]))
    hopping = np.asarray(vars(second)["hopping"])
    leads: list[Any] = [first, _other(second, hopping=hopping / 4, onsite=onsite)]
    if draw(st.booleans()):
        leads.append(_other(second, hopping=0.75 * hopping, onsite=0.125))
    edges = [float(lead.onsite) + side * 2 * abs(float(lead.hopping)) for lead in leads for side in (-1, 1)]
    beside = [edge + side / 8 for edge in edges for side in (-1, 1)]
    energies = sorted({*edges, *beside, -8.0, 0.0, 8.0})
    return Problem(changed(system, leads=leads), {"energy": energies})


@check(
    "cross.edges.transmission",
    "transmission",
    problems=_banded(),
    source="a chain shifts levels outside its band, too",
    says="The transmission must be right in the band of one lead and outside that of another, at the very "
    "edges and beyond all bands. Usual mistakes: no self-energy outside a band, nothing transmitted outside "
    "any one band, the root by the sign of the energy, a division by the root at an edge.",
    catches=("shut-outside-any-band", "edge-of-band-divides"),
)
def _edges(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield from judge("transmission", solver, problem)
