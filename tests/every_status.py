"""Reports: of a solver that earns every status there is, of one that offers nothing, of a run cut short."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import toys

from electronwind import UnsupportedError
from electronwind.validation import Comparison, Problem, Report, validate
from electronwind.validation.core.record import STATUSES

EVIL = "<script>alert(1)</script>[bold]\x1b[31m\x00"


def total(solver: Any, problem: Problem) -> Iterator[Comparison]:
    """A comparison of something made from the value, with a complex and an infinite number."""
    value = solver.curl(problem.system)
    yield Comparison("curl", [[value.sum() + 1j]], [[np.float64(0)]], scale=1.0, condition=30.0)
    yield Comparison("curl", [np.inf], [0.0], scale=1.0)


def breaks(solver: Any, problem: Problem) -> Iterator[Comparison]:
    raise LookupError(EVIL)
    yield


def unlucky() -> Any:
    """A solver that earns every status there is."""

    def raises(system: Any) -> None:
        raise RuntimeError(EVIL)

    def declines(system: Any) -> None:
        raise UnsupportedError("two leads only")

    return SimpleNamespace(
        name=EVIL,
        version="1 & 2",
        accuracy=1e-9,
        force=lambda s: 2 * toys.right(s) - 1,
        friction=raises,
        curl=lambda s: np.zeros((1, 1)),
        density_matrix=declines,
        current=toys.right,
    )


def suite() -> dict[str, Any]:
    def crash(solver: Any, problem: Problem) -> Iterator[Comparison]:
        yield Comparison("friction", solver.friction(problem.system), [[0.0]], 1.0)

    def decline(solver: Any, problem: Problem) -> Iterator[Comparison]:
        yield Comparison("density_matrix", solver.density_matrix(problem.system), [[0.0]], 1.0)

    def current(solver: Any, problem: Problem) -> Iterator[Comparison]:
        got = solver.current(problem.system)
        yield Comparison("current", got, toys.right(problem.system), 1e3)

    return toys.suite(
        toys.make(toys.compare_force, "cross.force"),
        toys.make(toys.compare_force, "law.known"),
        toys.make(crash, "cross.friction", "friction"),
        toys.make(decline, "law.declined", "density_matrix"),
        toys.make(total, "link.curl", "curl"),
        toys.make(breaks, "law.broken"),
        toys.make(current, "cross.current", "current"),
        toys.make(current, "law.gone", "current"),
    )


@pytest.fixture(scope="module")
def full() -> Report:
    """A report with every status in it."""
    reasons = {"law.known": "our sign", "law.gone": "was wrong"}
    # Time enough: the number of calls must not depend on what else a machine does, or has yet to import.
    report = validate(
        unlucky(), checks=suite(), quick=True, timeout=60.0, expected_failures=reasons, **toys.RULES
    )
    assert {record.status for record in report.records} == set(STATUSES)
    return report


@pytest.fixture(scope="module")
def empty() -> Report:
    """A report of a solver that offers nothing."""
    return validate(SimpleNamespace(), checks=toys.suite(), quick=True, **toys.RULES)


@pytest.fixture(scope="module")
def partial(full: Report) -> Report:
    """A report of a run that was interrupted before its first record."""
    return Report(full.solver, full.settings, full.environment, full.started, full.planned)


@pytest.fixture(params=["full", "empty", "partial"])
def report(request: pytest.FixtureRequest) -> Report:
    found: Report = request.getfixturevalue(request.param)
    return found
