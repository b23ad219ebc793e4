"""A batch of places or of wires is its members, also beyond the observables of a system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from electronwind import JelliumWire
from electronwind.external.caller import Question

from ...core.check import Comparison, Problem
from ...systems.jellium import points_of, wire_of, wires
from ...systems.wires import family_of, turning
from ..family import family
from .kinds import answer, compared

__all__: list[str] = []

# Places of a batch, from where the problem is.
STEPS = np.array([[0.0, 0.0], [0.125, -0.0625], [-0.0625, 0.1875]])
BATCH = "definition of a batch"


def _held(solver: Any, whole: Question, members: list[Question]) -> Iterator[Comparison]:
    """Yield the comparison of each field of a batch with those of its members."""
    each = [answer(solver, one) for one in members]
    want = {field: np.stack([one[field] for one in each]) for field in each[0]}
    yield from compared(whole, answer(solver, whole), want)


@family(
    "law.batch",
    ("stiffness", "vibrations"),
    problems=turning(),
    source=BATCH,
    says="A batch of positions must give the {observable} at each. Usual mistake: the friction or the "
    "stiffness of the first position for all.",
    catches={"stiffness": "stiffness-of-first-place", "vibrations": "vibrations-first-friction"},
)
def _places(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, body, x = family_of(problem)
    whole, *members = (Question(name, model, (body, place)) for place in (x + STEPS, *(x + STEPS)))
    yield from _held(solver, whole, members)


@family(
    "law.batch",
    ("jellium_curl", "jellium_friction", "jellium_vector_potential"),
    problems=wires(),
    source=BATCH,
    says="A batch of wires must give the {observable} of each. Usual mistake: the first wire stands for all.",
    catches={"": "jellium-first-wire"},
    cost="dear",
)
def _wires(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    one, points = wire_of(problem), points_of(problem)
    numbers = {field.name: getattr(one, field.name) for field in fields(one)}
    # Both potentials stay, off all edges.
    two = {"bias": numbers["bias"] * [1.0, -1.0], "strength": numbers["strength"] * [1.0, 0.75]}
    many = JelliumWire(**(numbers | two))
    members = [Question(name, many[i], (points,)) for i in range(2)]
    yield from _held(solver, Question(name, many, (points,)), members)
