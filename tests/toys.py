"""Toy checks, problems and tolerances: the judge is judged without real physics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from electronwind import OpenSystem, WideBandLead
from electronwind.external import Bounds
from electronwind.validation import validate
from electronwind.validation.core.check import Asked, Check, Comparison, Judge, Problem


def system(level: float = 0.0, shape: tuple[int, ...] = ()) -> OpenSystem:
    """One level on one lead."""
    h = np.full((*shape, 1, 1), level)
    return OpenSystem(h, np.ones((1, 1, 1)), [WideBandLead([[1.0]], 0.0, 0.1)])


PROBLEMS = st.builds(
    lambda level, power: Problem(system(level), {"power": power}),
    st.floats(-1e3, 1e3),
    st.integers(0, 1000),
)


def tolerance(comparison: Comparison, levels: int, accuracy: float) -> float:
    """A thousand roundings, or ten times the claim."""
    del comparison, levels
    return max(1e-12, 10 * accuracy)


def digits(error: float) -> float:
    """Correct digits, at most 16."""
    return min(16.0, -math.log10(max(error, 1e-300)))


RULES: dict[str, Any] = {"tolerance": tolerance, "digits": digits}


def compare_force(solver: Any, problem: Problem) -> Iterator[Comparison]:
    """The force of a toy solver is minus the level."""
    want = -problem.system.hamiltonian[..., 0].real
    call = Asked("force", problem.system)
    yield Comparison("force", solver.force(problem.system), want, scale=1e3, call=call, whole=True)


def make(judge: Judge, id: str = "law.toy", observables: str = "force", **more: Any) -> Check:
    """A check that is not registered."""
    fields = {
        "source": "a toy",
        "says": "the force is minus the level",
        "catches": ("a slip",),
        "problems": PROBLEMS,
    }
    return Check(
        id=id,
        tier=id.partition(".")[0],  # type: ignore[arg-type]  # a tier by its name
        observables=tuple(observables.split()),
        judge=judge,
        **(fields | more),
    )


def suite(*checks: Check) -> dict[str, Check]:
    """The checks by id, as `validate` takes them; the force check where none is given."""
    return {check.id: check for check in checks or (make(compare_force),)}


def right(given: OpenSystem) -> np.ndarray:
    """The right force of the toy."""
    return -given.hamiltonian[..., 0].real


def solver(force: Any = right, **attributes: Any) -> SimpleNamespace:
    """A solver that offers the force only."""
    return SimpleNamespace(name="toy", version="1", force=force, **attributes)


def run(judge: Any = compare_force, solver: Any = None, **more: Any) -> Any:
    """Return the only record of a run on one toy check."""
    checks = suite(make(judge, **more.pop("check", {})))
    given = SimpleNamespace(name="toy", version="1", force=right) if solver is None else solver
    options: dict[str, Any] = {"quick": True} | RULES | more
    return validate(given, checks=checks, **options).records[0]


def compare_current(solver: Any, problem: Problem) -> Iterator[Comparison]:
    """Nothing flows through a toy."""
    yield Comparison("current", solver.current(problem.system), [0.0], scale=1.0)


# One problem is enough, and every restart of a process takes its time.
_ONE = st.just(Problem(system(2.0), {"power": 1}))
APART = suite(
    make(compare_force, "law.force", problems=_ONE),
    make(compare_current, "law.current", "current", problems=_ONE),
)


def run_apart(spec: str, bounds: Bounds | None) -> Any:
    """Run a check of the force, then one of the current; return the record of the force.

    Whatever a solver in a process of its own does about the force, the run goes on.
    """
    report = validate(spec, checks=APART, quick=True, bounds=bounds, **RULES)
    force, current = report.records
    assert current.status == "passed", current.message
    assert report.complete
    return force
