"""A comparison knows its call: what diagnosis says of a failure is about what was compared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import hypothesis
import numpy as np
import pytest

from electronwind import OBSERVABLES, fast
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.core.check import Comparison
from electronwind.validation.core.tolerances import tolerance
from electronwind.validation.diagnosis.culprit import culprit
from electronwind.validation.under_test.guard import Guarded

CHECKS = all_checks()
# Held against the fast solver, which is quick: no reference is asked.
MINE = SimpleNamespace(name="mine", **{name: getattr(fast, name) for name in OBSERVABLES})
# What tables and the truth hold an observable against is its very value.
WHOLE = [
    id
    for id, check in CHECKS.items()
    if check.tier in ("table", "cross") and {*check.observables} <= {*OBSERVABLES} and check.cost != "long"
]


def drawn(id: str) -> Any:
    """Return the simplest problem of a check."""
    settings = hypothesis.settings(database=None, max_examples=1, phases=[hypothesis.Phase.generate])
    found: list[Any] = []
    hypothesis.seed(1)(
        settings(hypothesis.given(CHECKS[id].problems)(lambda problem: found.append(problem)))
    )()
    return found[0]


def compared(id: str, solver: Any) -> tuple[Any, list[Comparison]]:
    problem = drawn(id)
    return problem, list(CHECKS[id].judge(Guarded(solver), problem))


@pytest.mark.thin(most=20)
@pytest.mark.parametrize("id", WHOLE)
def test_the_call_gives_what_was_compared(id: str) -> None:
    """Asked once more, it gives the compared value, whole."""
    _, comparisons = compared(id, MINE)
    assert comparisons
    for comparison in comparisons:
        call = comparison.call
        assert call is not None
        assert comparison.whole
        assert call.observable == comparison.observable
        again = getattr(fast, call.observable)(call.system, *call.argument)
        assert np.array_equal(again, comparison.got)


@pytest.mark.parametrize("name", [id.removeprefix("table.") for id in WHOLE if id.startswith("table.")])
def test_the_call_is_found_without_judging_again(name: str) -> None:
    """Of a failure of one value, that call is asked once, and its certified value is the one compared."""
    id = f"table.{name}"
    asked: list[str] = []

    def wrong(system: Any, *argument: Any) -> Any:
        asked.append(name)
        return 1.5 * getattr(fast, name)(system, *argument) + 0.01

    solver = SimpleNamespace(name="wrong", **{name: wrong})
    problem, (comparison, *_) = compared(id, solver)
    asked.clear()
    found = culprit(CHECKS[id], solver, problem, comparison, tolerance, 0.0)
    assert asked == [name]
    assert found is not None
    assert found.system is comparison.call.system  # type: ignore[union-attr]  # of a table
    assert np.array_equal(found.want, comparison.want)  # type: ignore[arg-type]  # it is there


def test_derived_values_do_not_pass_for_answers() -> None:
    """What was made of an answer has its system, for the tolerance, and is not shown as the answer."""
    for id in ("law.positive.friction", "law.sum.current", "analytic.equilibrium.friction"):
        _, comparisons = compared(id, MINE)
        assert all(one.call is not None and not one.whole for one in comparisons)
