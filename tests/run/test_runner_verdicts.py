"""The runner gives every check the right verdict, and tells mistakes of a check from those of the solver."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import toys
from hypothesis import assume
from hypothesis import strategies as st

from electronwind import OpenSystem, UnsupportedError
from electronwind.validation import Comparison, Problem, validate


def test_passed() -> None:
    """A check that holds counts its problems, comparisons, calls and digits."""
    record = toys.run()
    assert record.status == "passed"
    assert record.examples == record.comparisons == record.calls["force"] == 8
    assert record.digits == 16
    assert record.failure is None
    assert record.message == "8 problems, 8 comparisons."


@pytest.mark.parametrize(
    ("force", "words"),
    [
        (lambda s: 1 / 0, "force raised ZeroDivisionError: division by zero."),
        (lambda s: np.full(1, np.nan), "force returned nan at [0]; expected finite real"),
        (lambda s: np.zeros((2, 2)), "force returned shape (2, 2); expected real numbers"),
        (lambda s: [3j], "force returned the complex number 0+3j at [0]"),
    ],
)
def test_crashed(force: Any, words: str) -> None:
    """A solver that gives no usable answer is a record with words, and the run goes on."""
    record = toys.run(solver=toys.solver(force))
    assert record.status == "crashed"
    assert record.message.startswith(words)
    assert record.failure.observable == "force"
    assert record.failure.system["hamiltonian"]["re"] == [[0.0]]


def test_timeout() -> None:
    """A check that runs out of time draws no further problem, and says so."""

    def slow(given: OpenSystem) -> np.ndarray:
        time.sleep(0.05)
        return toys.right(given)

    record = toys.run(solver=toys.solver(slow), timeout=0.12)
    assert record.status == "passed"
    assert record.stopped_early
    assert 1 <= record.examples <= 4


def test_no_time_at_all() -> None:
    """One problem is judged even without time, and not the trivial one that is drawn first."""
    record = toys.run(timeout=1e-9)
    assert record.stopped_early
    assert record.examples == 1
    assert record.calls == {"force": 1}


def test_only_problem() -> None:
    """Where a check has a single problem, a quick run judges that one."""
    only = st.just(Problem(toys.system(2.0)))
    record = toys.run(check={"problems": only})
    assert record.status == "passed"
    assert record.examples == 1
    wrong = toys.run(solver=toys.solver(lambda s: toys.right(s) + 1), check={"problems": only})
    assert wrong.status == "failed"


def test_missing_function() -> None:
    """A solver without the function is not supported, which is neither passed nor failed."""
    record = toys.run(solver=SimpleNamespace(name="none"))
    assert record.status == "unsupported"
    assert record.message == "The solver does not offer force."


def test_declines_every_problem() -> None:
    """A solver that declines every problem is not supported, in its own words."""

    def declines(given: OpenSystem) -> None:
        raise UnsupportedError("needs three leads")

    record = toys.run(solver=toys.solver(declines))
    assert record.status == "unsupported"
    assert record.unsupported_examples == 8
    assert "needs three leads" in record.message


def test_declines_some_problems() -> None:
    """A solver that declines some problems passes on the rest, and the record counts both."""

    def declines(given: OpenSystem) -> np.ndarray:
        if given.hamiltonian[0, 0].real > 0:
            raise UnsupportedError("negative levels only")
        return toys.right(given)

    record = toys.run(solver=toys.solver(declines))
    assert record.status == "passed"
    assert record.examples + record.unsupported_examples == 8
    assert 0 < record.examples < 8
    assert "negative levels only" in record.message


def no_comparison(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield from ()


def empty_comparison(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("force", np.zeros(0), np.zeros(0), scale=1.0)


def breaks(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("force", [0.0], [{}["missing"]], scale=1.0)


def other_shape(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("force", np.zeros((2, 2)), np.zeros(2), scale=1.0)


def no_scale(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("force", [0.0], [0.0], scale=0.0)


def wants_nan(solver: Any, problem: Problem) -> Iterator[Comparison]:
    yield Comparison("force", [0.0], [np.nan], scale=1.0)


def assumes_too_much(solver: Any, problem: Problem) -> Iterator[Comparison]:
    assume(False)
    yield Comparison("force", [0.0], [0.0], scale=1.0)


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        (no_comparison, "compared nothing"),
        (empty_comparison, "compared nothing"),
        (breaks, "KeyError: 'missing'"),
        (other_shape, r"compared shape \(2, 2\) with shape \(2,\)"),
        (no_scale, "scale 0.0"),
        (wants_nan, "not finite"),
        (assumes_too_much, "Unsatisf"),
    ],
)
def test_suite_at_fault(judge: Any, words: str) -> None:
    """A mistake of a check is an error of the suite, never a verdict on the solver."""
    # Few problems: of all that there are, one after the other is drawn until an assumption holds.
    problems = st.builds(lambda level: Problem(toys.system(level)), st.sampled_from([-1.0, 0.0, 2.0]))
    checks = toys.suite(toys.make(judge, problems=problems))
    report = validate(toys.solver(), checks=checks, quick=True, **toys.RULES)
    (record,) = report.records
    assert record.status == "error"
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(record.message)
    assert "The check itself is at fault, not the solver" in record.message
    assert report.exit_code == 1


def breaks_when_small(solver: Any, problem: Problem) -> Iterator[Comparison]:
    if problem.numbers["power"] < 100:
        raise KeyError("power")
    yield Comparison("force", [1.0], [0.0], scale=1.0)


def test_a_mistake_of_the_check_while_shrinking() -> None:
    """What the check does on a smaller problem is told, and takes nothing back."""
    powers = st.integers(0, 1000).map(lambda k: Problem(toys.system(), {"power": k if k < 50 else 100 + k}))
    record = toys.run(breaks_when_small, check={"problems": powers}, seed=1)
    assert record.status == "failed"
    assert "On a smaller problem the check itself raised KeyError: 'power'." in record.message


def test_problems_at_fault() -> None:
    """A strategy that raises is an error of the suite too."""
    broken = st.builds(lambda: Problem(toys.system(np.nan)))
    record = toys.run(check={"problems": broken})
    assert record.status == "error"
    assert "InvalidSystemError" in record.message


def test_overflow_is_a_failure() -> None:
    """A value of the solver that overflows in a check fails, and the record is still JSON."""

    def judge(solver: Any, problem: Problem) -> Iterator[Comparison]:
        yield Comparison("force", [np.inf], [0.0], scale=1.0)

    record = toys.run(judge)
    assert record.status == "failed"
    assert record.failure.got == ["inf"]
