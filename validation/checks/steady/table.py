"""Every observable against the certified tables: proven digits, computed by nobody's solver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ...core.check import Asked, Comparison, Problem
from ...core.tolerances import EPS, natural
from ...tables import TABLED, Table, tables
from ..family import family
from ..tools import arguments
from .cross import FAULTS


def stored(name: str) -> SearchStrategy[Problem]:
    """Return a strategy for the systems that have a certified value; files are read at the first draw."""

    def problem(table: Table) -> Problem:
        return Problem(table.system, {"table": table.id, **table.arguments})

    def choice() -> SearchStrategy[Problem]:
        found = [table for table in tables().values() if name in table.values]
        return st.sampled_from(found).map(problem)

    return st.deferred(choice)


def judge(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold one observable of one system against its certified value."""
    value = tables()[problem.numbers["table"]].values[name]
    extra = arguments(name, problem)
    got = getattr(solver, name)(problem.system, *extra)
    size = float(np.max(np.abs(value.midpoint)))
    yield Comparison(
        name,
        got,
        value.midpoint,
        max(size, natural(name, problem.system, *extra)),
        condition=value.condition,
        uncertainty=value.radius + EPS * size,
        call=Asked(name, problem.system, extra),
        whole=True,
    )


for _name in TABLED:
    family(
        "table",
        (_name,),
        problems=stored(_name),
        source="closed forms and integrals in ball arithmetic, 36 proven digits",
        says="The {observable} differs from a certified value. Its digits are proven without any solver, so "
        "neither the fast solver nor the reference can be at fault.",
        catches=FAULTS,
    )(judge)
