"""What a failing user is told: the smallest problem, by how much it is off, and what the mistake is like."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import toys

from electronwind import OpenSystem, fast
from electronwind.validation import Comparison, Problem
from electronwind.validation.diagnosis.symptoms import diagnose
from electronwind.validation.run.runner import validate
from electronwind.validation.run.trial import run_check
from electronwind.validation.work.effort import Effort, Patience


def test_shrinks() -> None:
    """A failure is reported on the smallest problem that fails."""

    def judge(solver: Any, problem: Problem) -> Iterator[Comparison]:
        solver.force(problem.system)
        yield Comparison("force", [float(problem.numbers["power"] > 10)], [0.0], scale=1.0)

    record = toys.run(judge, SimpleNamespace(name="right", force=fast.force), quick=False)
    assert record.status == "failed"
    assert record.failure.numbers == {"power": 11}
    assert record.failure.system["hamiltonian"]["re"] == [[0.0]]
    assert record.failure.error == 1.0
    assert (record.failure.got, record.failure.want) == ([1.0], [0.0])
    assert record.failure.call is None


def test_sentence() -> None:
    """A failing user reads by how much, what is allowed, and what kind of mistake it looks like."""
    wrong = toys.solver(lambda s: 2 * toys.right(s) + 0.0)
    record = toys.run(
        solver=wrong,
        check={
            "id": "cross.toy",
            "problems": toys.PROBLEMS.filter(lambda p: p.system.hamiltonian[0, 0] > 100),
        },
    )
    assert record.message.startswith("force is off by 0.1 of its scale (1.0 digits); 1e-12 is")
    assert record.message.endswith("expected value times 2 (the spin factor, or Gamma for Gamma/2).")
    assert record.failure.call.want == record.failure.want


def test_traceback_is_kept() -> None:
    """The traceback of an error inside the solver is in the record."""
    record = toys.run(solver=toys.solver(lambda s: 1 / 0))
    assert "ZeroDivisionError" in record.failure.details
    assert "test_diagnosis.py" in record.failure.details


def test_does_not_repeat() -> None:
    """A failure that does not come back is a failure all the same."""
    dice = random.Random(5)
    record = toys.run(solver=toys.solver(lambda s: toys.right(s) + (dice.random() < 0.3)))
    assert record.status == "failed"
    assert record.failure.error == pytest.approx(1e-3)


def test_shrinking_is_bounded() -> None:
    """The search for a smaller problem ends in time, and what was found so far is reported."""

    def slow(given: OpenSystem) -> np.ndarray:
        time.sleep(0.05)
        return toys.right(given) + 1

    check = toys.make(toys.compare_force, problems=toys.PROBLEMS.filter(lambda p: p.numbers["power"] > 100))
    start = time.perf_counter()
    record = run_check(check, toys.solver(slow), effort=Effort(shrinking=0.2), **toys.RULES)
    assert time.perf_counter() - start < 3
    assert record.status == "failed"


def test_many_failures_share_the_time_of_the_searches(monkeypatch) -> None:
    """The first failure is searched as long as it may, each later one in its part of what is left."""
    effort = Effort(shrinking=1.0, naming=0.5)
    patience = Patience(effort)
    assert patience.grant(effort) == effort
    patience.spend(7.5)
    half = patience.grant(effort)
    assert (half.shrinking, half.naming) == pytest.approx((0.5, 0.25))
    patience.spend(1e6)
    assert 0 < patience.grant(effort).shrinking < 0.1
    spent: list[float] = []
    monkeypatch.setattr(Patience, "spend", lambda self, seconds: spent.append(seconds))
    suite = toys.suite(*(toys.make(toys.compare_force, id=f"law.{n}") for n in ("one", "two")))
    validate(toys.solver(), checks=suite, quick=True, **toys.RULES)
    assert not spent
    validate(toys.solver(lambda s: toys.right(s) + 1), checks=suite, quick=True, **toys.RULES)
    assert len(spent) == 2


def test_a_number_is_diagnosed_too() -> None:
    """A comparison of one number has no indices that might be exchanged."""
    assert "times -1" in diagnose(-1.5, 1.5)
    assert diagnose(0.3, 1.5, observable="current") == diagnose(0.3 + 2j, 1.5) == ""


def test_a_failure_that_cannot_be_described_does_not_end_the_run(monkeypatch) -> None:
    """Whatever goes wrong in the description is told in its place."""

    def broken(*_: object) -> str:
        raise IndexError("too many indices")

    monkeypatch.setattr("electronwind.validation.diagnosis.kept._by_how_much", broken)
    suite = toys.suite(*(toys.make(toys.compare_force, id=f"law.{n}") for n in ("one", "two")))
    report = validate(toys.solver(lambda s: toys.right(s) + 1), checks=suite, quick=True, **toys.RULES)
    assert [record.status for record in report.records] == ["error", "error"]
    assert all("IndexError: too many indices" in record.message for record in report.records)


RIGHT = np.array([[1.0, 2.0 + 1j], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (-RIGHT, "times -1"),
        (2 * np.pi * RIGHT, "2 pi"),
        (RIGHT.T, "indices exchanged"),
        ((RIGHT + RIGHT.T) / 2, "symmetric part"),
        ((RIGHT - RIGHT.T) / 2, "antisymmetric part"),
        (RIGHT.conj(), "complex conjugate"),
        (np.real(RIGHT), "real part"),
        (RIGHT[:, ::-1], "last index in reverse order"),
        (0 * RIGHT, "zero"),
        (RIGHT, ""),
        (RIGHT * [[1.0, 1.1], [1.3, 1.0]], ""),
        (1.01 * RIGHT, ""),
    ],
)
def test_diagnose(wrong: Any, words: str) -> None:
    """A frequent mistake is named, and a value without a likeness is not."""
    said = diagnose(wrong, RIGHT)
    assert words in said
    assert bool(words) == bool(said)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda t: t[[0, 2, 1]][:, [0, 2, 1]], "leads 1 and 2 swapped"),
        (lambda t: t[::-1, ::-1], "leads 0 and 2 swapped"),
        (lambda t: t.T, "two indices exchanged"),
        (lambda t: t[[1, 2, 0]][:, [1, 2, 0]], ""),
    ],
)
def test_swapped_leads(wrong: Any, words: str) -> None:
    """Two leads that stand for each other are named."""
    right = np.array([[0.1, 0.2, 0.3], [0.25, 0.4, 0.5], [0.35, 0.45, 0.6]])
    said = diagnose(wrong(right), right, 1.0, "transmission")
    assert words in said
    assert bool(words) == bool(said)
    assert "leads" not in diagnose(wrong(right), right, 1.0, "friction")


def test_swapped_leads_of_the_current() -> None:
    """Currents have one index of leads."""
    said = diagnose([0.2, 0.1, -0.3], [0.1, 0.2, -0.3], 1.0, "current")
    assert "leads 0 and 1 swapped" in said
