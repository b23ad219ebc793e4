"""Problems that have no answer: a number, or NaN, in the place of a refusal is a wrong answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from electronwind import ChainLead, OpenSystem, WideBandLead

from ...core.check import Comparison, Problem
from ...systems.matrices import numbers
from ...systems.strategies import Drawing, systems, wide
from ...under_test.answers import Answered, Raised
from ...under_test.guard import Unsupported
from ..family import family
from ..tools import ask


def refused(solver: Any, name: str, problem: Problem, why: str) -> Iterator[Comparison]:
    """Yield that the solver refuses a problem, by whatever error.

    Raises
    ------
    Answered
        It gives a number.
    """
    try:
        got = ask(solver, name, problem)
    except (Raised, Unsupported):
        yield Comparison(name, 0.0, 0.0, 1.0, "exact")
        return
    raise Answered(name, f"returned {np.ravel(got)[0]:.6g}, ...; expected an error, since {why}")


@st.composite
def _isolated(draw: Drawing) -> Problem:
    """Draw a junction and one more level, which nothing touches, between the potentials of its leads."""
    system = draw(systems((1, 2), (1, 2), (2, 3), bias=0.25))
    n, place = system.levels, draw(st.integers(0, system.levels))
    order = np.insert(np.arange(n), place, n)

    def wider(matrix: Any, corner: float = 0.0) -> Any:
        whole = np.zeros((n + 1, n + 1), dtype=complex)
        whole[:n, :n], whole[n, n] = matrix, corner
        return whole[np.ix_(order, order)]

    mus = [float(lead.mu) for lead in system.leads]
    leads = [WideBandLead(wider(lead.broadening), lead.mu, lead.temperature) for lead in wide(system)]
    h = wider(system.hamiltonian, (min(mus) + max(mus)) / 2)
    return Problem(OpenSystem(h, [wider(part, 1.0) for part in system.gradient], leads, system.degeneracy))


@family(
    "refuse.isolated",
    ("density_matrix", "force", "friction", "white_noise"),
    problems=_isolated(),
    source="a level that no lead broadens has no steady state",
    says="The {observable} of a junction with a level that no lead reaches, and on which the leads disagree, "
    "is undefined: an error must say so. Usual mistakes: a small imaginary part of the energy that decides, "
    "an empty or half-filled level, NaN.",
    catches={"": "isolated-level-half-filled isolated-level-of-first-lead"},
)
def _no_occupation(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield from refused(
        solver, name, problem, "no lead broadens one of the levels and the leads disagree on it"
    )


@st.composite
def _perfect(draw: Drawing) -> Problem:
    """Draw a piece of a perfect chain, warm, whose atoms are pushed one by one."""
    n = draw(st.integers(2, 4))
    hopping, onsite = draw(st.sampled_from([-1.0, 0.5])), draw(numbers(16))
    h = onsite * np.eye(n) + hopping * (np.eye(n, k=1) + np.eye(n, k=-1))
    # Warm enough that the edges matter: colder, their share is below the rounding of doubles.
    heat = draw(st.sampled_from([0.25, 0.5]))
    mus = [onsite + draw(numbers(8)) for _ in range(2)]
    leads = [ChainLead(site, hopping, mu, heat, onsite) for site, mu in zip((0, n - 1), mus, strict=True)]
    gradient = [np.diag(np.eye(n)[k]) for k in range(2)]
    return Problem(OpenSystem(h, gradient, leads, draw(st.integers(1, 2))))


@family(
    "refuse.threshold",
    ("friction", "white_noise"),
    problems=_perfect(),
    source="the density of states of a chain diverges at the edges of its band",
    says="The {observable} of a perfect chain is infinite as soon as it is warm: the states at the edges of "
    "its band never leave. An error must say so. Usual mistakes: a grid of energies that misses the edges, a "
    "small imaginary part that keeps it finite.",
    catches={"": "edges-of-band-missed"},
)
def _infinite(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield from refused(solver, name, problem, "the states at the edges of the band make it infinite")


@st.composite
def _bound(draw: Drawing) -> Problem:
    """Draw a level beside the bands of its two chains, which hold a state between their potentials."""
    hopping, centre = draw(st.sampled_from([-1.0, 0.5])), draw(numbers(16))
    above = draw(st.sampled_from([-1.0, 1.0])) * draw(st.sampled_from([3.0, 4.0])) * abs(hopping)
    level, heat = centre + above, draw(st.sampled_from([0.0, 0.25]))
    mus = [level + apart * draw(st.sampled_from([1.0, 2.0])) for apart in (2.0, -2.0)]
    leads = [ChainLead(0, hopping, mu, heat, centre) for mu in mus]
    return Problem(OpenSystem([[level]], [[[1.0]]], leads, draw(st.integers(1, 2))))


@family(
    "refuse.bound",
    ("density_matrix", "force", "friction", "white_noise"),
    problems=_bound(),
    source="the occupation of a bound state is what it was at the start, unless all leads agree on it",
    says="The {observable} of a junction with a bound state on whose occupation the leads disagree is "
    "undefined: an error must say so. Usual mistakes: a mean of the occupations of the leads, the "
    "occupation of one lead, a bound state left out.",
    catches={"": "bound-state-of-mean-potential bound-state-of-first-potential"},
)
def _no_agreement(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield from refused(solver, name, problem, "the leads disagree on the occupation of a bound state")
