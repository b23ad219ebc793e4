"""Checks of states that no lead broadens, where all leads agree on their occupation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from electronwind import ChainLead, OpenSystem

from ...core.check import Comparison, Problem
from ..family import family
from ..tools import against

# Atoms of each chain that stand for all of it: at these temperatures and distances from the band what is
# missing is below rounding.
_ATOMS = 80


@st.composite
def _stretch(draw: Any) -> Problem:
    """Draw a few sites of a chain at equilibrium, one of them so deep or high that it binds a state."""
    n = draw(st.integers(1, 3))
    onsite = [0.0] * n
    onsite[draw(st.integers(0, n - 1))] = draw(st.sampled_from([-1.5, -1.25, -1.0, 1.0, 1.5]))
    h = np.diag(onsite) - np.eye(n, k=1) - np.eye(n, k=-1)
    mu, temperature = draw(st.sampled_from([-1.0, 0.0, 0.75])), draw(st.sampled_from([0.25, 0.5]))
    leads = [ChainLead(site, -1.0, mu, temperature) for site in (0, n - 1)]
    gradient = [np.eye(n), np.eye(n, k=1) + np.eye(n, k=-1)]
    return Problem(OpenSystem(h, gradient, leads, draw(st.integers(1, 2))))


@family(
    "analytic.bound",
    ("density_matrix", "force"),
    problems=_stretch(),
    source="todorov2010 Eq. A8: the isolated part of the density matrix",
    says="A state that chains bind beside their bands is filled like the leads, where all of them agree: at "
    "equilibrium the {observable} is that of the whole chain, by f(H). Usual mistakes: an integral over the "
    "band alone, which forgets the state; a contour that holds the state and a sum that adds it again; an "
    "occupation at another energy.",
    catches={"": "bound-state-forgotten bound-state-twice bound-state-inverted bound-state-whole"},
)
def _filled(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    n, lead = system.levels, system.leads[0]
    size = n + 2 * _ATOMS
    whole = -np.eye(size, k=1) - np.eye(size, k=-1)
    part = slice(_ATOMS, _ATOMS + n)
    whole[part, part] = system.hamiltonian.real
    values, vectors = np.linalg.eigh(whole)
    occupied = 1 / (np.exp((values - float(lead.mu)) / float(lead.temperature)) + 1)
    want = (vectors[part] * occupied) @ vectors[part].T
    if name == "density_matrix":
        yield against(solver, name, want, system)
        return
    force = -system.degeneracy * np.einsum("dij,ji->d", system.gradient, want).real
    yield against(solver, name, force, system)
