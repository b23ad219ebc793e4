"""What is asked beyond the observables of a system, against the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from electronwind import OpenSystem

from ...core.check import Comparison, Problem
from ...systems.jellium import NOTHING
from ...tables import CallTable, call_tables
from ...tables.calls import arguments
from ..family import family

# What iterations and quadratures may lose, relatively.
ROUNDING = 1e-10

FAULTS = {
    "jellium_curl": "jellium-curl-halved jellium-curl-spin jellium-curl-sign",
    "jellium_friction": "jellium-friction-sign jellium-friction-doubled",
    "jellium_vector_potential": "jellium-potential-cut jellium-potential-sign",
    "mode_rates": "modes-exchanged mode-rates-doubled mode-rates-halved-curl",
    "self_consistent": "screening-spinless screening-potential-sign screening-force-sign",
}


def stored(call: str) -> SearchStrategy[Problem]:
    """Return a strategy for the questions of a row that are answered in the tables."""

    def problem(table: CallTable) -> Problem:
        system = OpenSystem.from_dict(table.data["system"]) if "system" in table.data else NOTHING
        return Problem(system, {"table": table.id})

    def choice() -> SearchStrategy[Problem]:
        return st.sampled_from([table for table in call_tables().values() if table.call == call]).map(problem)

    return st.deferred(choice)


def judge(call: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Hold every stored field of one answer against its value."""
    table = call_tables()[problem.numbers["table"]]
    result = getattr(solver, call)(*arguments(call, table.data))
    for field, value in table.values.items():
        want = value.midpoint
        size = float(np.max(np.abs(want)))
        got = result if field == "value" else getattr(result, field)
        yield Comparison(
            call, got, want, size, condition=value.condition, uncertainty=value.radius + ROUNDING * size
        )


for _call, _catches in FAULTS.items():
    family(
        "table",
        (_call,),
        problems=stored(_call),
        source="closed forms in ball arithmetic, or 28 digits by quadrature that a second route confirms",
        says="The {observable} differs from the value that is stored: enclosed, or found in two ways.",
        catches={_call: _catches},
    )(judge)
