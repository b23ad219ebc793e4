"""What a solver claims of its accuracy: how far the runner grants it, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
import toys

from electronwind import OpenSystem, SolverLoadError, fast, models
from electronwind.claims import Limits
from electronwind.validation import Comparison, Problem, validate

pytestmark = pytest.mark.usefixtures("hasty")


def scattered(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("force", [1e9], [0.0], scale=1.0, uncertainty=1e12)


def scattered_run(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("force", [1e9], [0.0], scale=1.0, kind="run", uncertainty=1e12)


@pytest.mark.parametrize(
    ("judge", "claims", "status"),
    [
        (scattered, {}, "failed"),
        (scattered, {"accuracy": 1e-12}, "failed"),
        (scattered, {"accuracy": 1e-4}, "unsupported"),
        (scattered_run, {}, "failed"),
        (scattered_run, {"time_accuracy": 1e-9}, "failed"),
        (scattered_run, {"time_accuracy": 1e-4}, "unsupported"),
    ],
)
def test_scatter_is_no_excuse(judge: Any, claims: dict[str, float], status: str) -> None:
    """What values of the solver leave in doubt is granted up to a digit, unless it claims as little."""
    checks = toys.suite(toys.make(judge))
    (record,) = validate(toys.solver(**claims), checks=checks, quick=True, **toys.RULES).records
    assert record.status == status


def test_coarse_claim() -> None:
    """A claim so coarse that a check has nothing to judge is not supported, and not a pass."""

    def judge(solver: Any, problem: Problem) -> Iterator[Comparison]:
        yield Comparison("force", [0.0], [0.0], scale=1.0, uncertainty=0.5)

    record = toys.run(judge, toys.solver(accuracy=1e-2))
    assert record.status == "unsupported"
    assert record.message.endswith("claims, 0.01, is too coarse for this check to judge.")


def test_the_coarsest_claim_is_judged() -> None:
    """Two digits are claimed and one is asked for, though the right value has an uncertainty as well."""

    def judge(solver: Any, problem: Problem) -> Iterator[Comparison]:
        yield Comparison("force", [3.0], [1.0], scale=1.0, uncertainty=1e-16)

    assert toys.run(judge, toys.solver(accuracy=1e-2)).status == "failed"


def test_claims_are_those_of_the_beginning() -> None:
    """A claim that changes while the checks run is none."""
    solver = toys.solver()

    def force(given: OpenSystem) -> np.ndarray:
        solver.accuracy = 1e-2
        return toys.right(given) * (1 + 1e-4)

    solver.force = force
    checks = toys.suite(*(toys.make(toys.compare_force, f"law.{i}") for i in range(3)))
    # Time for more than the simplest problem, whose force is zero, whatever else the machine does.
    report = validate(solver, checks=checks, quick=True, timeout=60.0, **toys.RULES)
    assert [record.status for record in report.records] == ["failed"] * 3


def test_claims_that_cannot_be_read() -> None:
    """A solver is refused in words where it says of itself what nobody can read."""
    with pytest.raises(SolverLoadError, match="orders: expected a list of whole numbers above 0, got 4"):
        toys.run(solver=toys.solver(orders=4))

    class Silent:
        force = staticmethod(toys.right)

        @property
        def version(self) -> str:
            raise OSError("no licence server")

    with pytest.raises(SolverLoadError, match="name, version and claims cannot be read: OSError"):
        toys.run(solver=Silent())


def test_claim_widens_tolerance() -> None:
    """The accuracy that a solver claims enters the tolerance, and the report names it."""
    sloppy = lambda s: toys.right(s) + 1e-4  # noqa: E731 - what a user may pass
    assert toys.run(solver=toys.solver(sloppy)).status == "failed"
    report = validate(toys.solver(sloppy, accuracy=1e-7), checks=toys.suite(), quick=True, **toys.RULES)
    assert report.records[0].status == "passed"
    assert report.solver["accuracy"] == 1e-7


class Linear:
    """A solver whose runs are made for h linear in x, and break for any other."""

    limits: ClassVar[dict[str, Any]] = {"families": ["tangent"]}

    def driven(self, model: Any, *arguments: Any) -> Any:
        """Return the run of the fast solver."""
        assert type(model) is models.tangent
        return fast.driven(model, *arguments)


def test_families_that_are_declared() -> None:
    """A solver of some families is judged on these; others are unsupported, not wrong, and say why."""
    status = {}
    for id in ("link.force.driven", "law.repeat.driven"):
        (record,) = validate(Linear(), only=id, quick=True).records
        status[id] = record.status, record.message

    assert status["law.repeat.driven"][0] == "passed"
    assert status["link.force.driven"][0] == "unsupported"
    assert "the family stretch_and_turn, and the solver declares tangent" in status["link.force.driven"][1]
    assert Limits.declared({"families": ["two_level"]}).exclude_family(models.tangent(toys.system()))
    assert not Limits.declared({"families": ["two_level"]}).exclude_family(models.two_level())
    assert not Limits.declared({}).exclude_family(models.two_level())


@pytest.mark.parametrize("names", [[], "two_level", ["two-level"], [3], None, {"two_level": True}])
def test_families_that_are_none(names: Any) -> None:
    """What names no family of the suite makes no limit."""
    with pytest.raises(SolverLoadError, match="families: expected a list of some of"):
        Limits.declared({"families": names})
