"""A solver under test is opened once: what it says of itself is read at the beginning, and counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from electronwind import SolverLoadError, fast
from electronwind.validation.run.runner import validate
from electronwind.validation.truth.oracle import is_police
from electronwind.validation.under_test.guard import Guarded
from electronwind.validation.under_test.solver import CLAIMS, SolverUnderTest

SAID = ("version", *CLAIMS)
# One is wrong, and asked for at little cost.
FUNCTIONS: dict[str, Any] = {"transmission": lambda s, e: -fast.transmission(s, e), "current": fast.current}


class Watched:
    """A solver that counts how often it is asked for what it says of itself."""

    name = "watched"

    def __init__(self, **said: Any) -> None:
        self.read: Counter[str] = Counter()
        self.said = said

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "not_carried":
            raise AttributeError(name)
        self.read[name] += 1
        if name in SAID:
            return self.said.get(name)
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return FUNCTIONS[name]


def test_a_run_reads_every_claim_once() -> None:
    """From loading to the likely causes, with checks that pass, fail and are looked into."""
    solver = Watched(version="7")
    report = validate(solver, quick=True, only="analytic.one_level.*")
    assert {record.status for record in report.records} >= {"passed", "failed", "unsupported"}
    assert report.solver["version"] == "7"
    assert {name: solver.read[name] for name in SAID} == dict.fromkeys(SAID, 1)


def test_what_was_opened_is_not_opened_again() -> None:
    """The guard of every check is about the very same object."""
    known = SolverUnderTest.opened(Watched(accuracy=1e-6, orders=(2,), limits={"levels": 2}))
    assert SolverUnderTest.opened(known) is known
    guards = [Guarded(known) for _ in range(2)]
    assert all(guard.under_test is known for guard in guards)
    assert (guards[0].accuracy, guards[0].orders, guards[0].limits) == (1e-6, (2,), known.limits)
    assert guards[0].calls is not guards[1].calls
    assert known.offers == ("current", "transmission")
    assert known.lacking(["current", "curl"]) == "the solver does not offer curl"


def test_a_claim_that_changes_is_none() -> None:
    """What a solver claims later does not loosen what it is held to."""
    solver = Watched()
    known = SolverUnderTest.opened(solver)
    solver.said["accuracy"] = 1e-2
    assert Guarded(known).accuracy == 0


@pytest.mark.parametrize("claim", [{"accuracy": 0.5}, {"time_accuracy": "x"}, {"orders": 3}, {"limits": 1}])
def test_a_claim_that_is_none_is_refused_at_once(claim: dict[str, Any]) -> None:
    """Before the first check, by name."""
    with pytest.raises(SolverLoadError, match=next(iter(claim))):
        SolverUnderTest.opened(Watched(**claim))


def test_the_role_is_said() -> None:
    """One is held against the reference, all others against it."""
    assert SolverUnderTest.opened(fast).role == "police"
    assert SolverUnderTest.opened(Watched(role="police")).role == "on trial"
    assert is_police(fast)
    assert not is_police(Guarded(Watched()))
