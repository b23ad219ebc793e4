"""Laws on the value itself: what it tends to without temperature, and at nearly equal potentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem

from ...core.check import Comparison, Problem
from ...systems.any_leads import hard, near_equal, systems
from ...systems.strategies import COLD, WARM, problems
from ...systems.transformations import refilled
from ..family import family
from ..tools import allowed, arguments, ask, exact, value

__all__: list[str] = []

Array = NDArray[Any]


def heated(system: OpenSystem, temperature: float) -> OpenSystem:
    """Return the system with one temperature for all leads."""
    return refilled(system, lambda a, lead: (lead.mu, temperature))


LIMIT = "continuity in the temperature"
# A temperature that has no inverse, next to no temperature.
HAIR = 2.0**-700
FROZEN = (
    "The {observable} at T = 0 must be the limit of small T. Usual mistakes: a logarithm or arctangent on "
    "the wrong branch in the code for T = 0, a division by a T that is next to it."
)


@family(
    "law.cold",
    [name for name, row in OBSERVABLES.items() if row.occupied and name != "curl"],
    problems=problems(hard(temperatures=COLD)),
    source=LIMIT,
    says=FROZEN,
    catches={
        "": "cold-branch",
        "density_matrix": "cold-branch wrong-below-a-temperature arctangent-branch",
        "force": "cold-branch arctangent-branch hair-above-zero-is-no-number",
        "response": "cold-branch arctangent-branch",
    },
)
@family(
    "law.cold",
    ("curl",),
    # It vanishes for one level, for one coordinate, and where leads agree.
    problems=problems(systems((2, 3), (2, 2), temperatures=COLD, bias=0.25)),
    source=LIMIT,
    says=FROZEN,
    catches={"": "cold-branch arctangent-branch"},
)
def _cold(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    heat = 2.0**-17
    cold, warm, hot, hotter = (ask(solver, name, problem, heated(system, t * heat)) for t in (0, 1, 2, 4))
    # From 4T over 2T to T it moves as much as from T to 0 where it goes as the root of T, as at a potential
    # where a band ends, and more otherwise; half as much again is for what comes after the root.
    moved = 1.5 * float(np.max(np.abs(hot - warm)) + np.max(np.abs(hotter - hot)))
    noise = 3 * allowed(solver, name, heated(system, heat), *arguments(name, problem))
    yield value(name, cold, warm, system, *arguments(name, problem), uncertainty=moved + noise)
    hair = ask(solver, name, problem, heated(system, HAIR))
    yield exact(name, hair, cold, system, *arguments(name, problem))


@family(
    "law.near_equal",
    ("curl", "white_noise", "force_noise", "current"),
    problems=problems(near_equal(leads=(2, 2), coordinates=(2, 2), temperatures=WARM)),
    source="continuity in the bias",
    says="The {observable} must go smoothly to its value at equal potentials. Usual mistakes: the formula "
    "with 1/(mu_a - mu_b) where the two meet, a term left out in the code for equal potentials.",
    catches={"": "equal-potential-branch"},
)
def _near_equal(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    first, second = system.leads
    delta = second.mu - first.mu

    def biased(factor: float) -> Array:
        mus = (first.mu, first.mu + factor * delta)
        return ask(solver, name, problem, refilled(system, lambda a, lead: (mus[a], lead.temperature)))

    zero, one, two = (biased(factor) for factor in (0, 1, 2))
    # The second difference is of order (delta/T)^2: nothing at delta = 1e-8 T.
    yield exact(name, 2 * one - zero, two, system, *arguments(name, problem))
