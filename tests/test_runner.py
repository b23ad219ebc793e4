"""The runner gives every check the right verdict, and keeps the smallest failure."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import toys
from hypothesis import assume
from hypothesis import strategies as st

from electronwind import OpenSystem, SolverLoadError, UnsupportedError
from electronwind.validation import Comparison, Problem, Report, validate
from electronwind.validation.effort import Effort
from electronwind.validation.runner import select
from electronwind.validation.trial import run_check


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
    report = validate(toys.solver(), checks=toys.suite(toys.make(judge)), quick=True, **toys.RULES)
    (record,) = report.records
    assert record.status == "error"
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(record.message)
    assert "The check itself is at fault, not the solver" in record.message
    assert report.exit_code == 1


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
    report = validate(solver, checks=checks, quick=True, **toys.RULES)
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


def test_expected_failure() -> None:
    """A failure with a reason does not fail the run, and keeps its details."""
    wrong = toys.solver(lambda s: toys.right(s) + 1)
    expected = {"law.toy": "our sign convention"}
    report = validate(wrong, checks=toys.suite(), quick=True, expected_failures=expected, **toys.RULES)
    (record,) = report.records
    assert record.status == "expected-failure"
    assert "our sign convention" in record.message
    assert record.failure is not None
    assert report.exit_code == 0
    assert report.verdict == "No unexpected failure: 1 of 1 check ran, 1 failed as expected."


def test_unexpected_pass() -> None:
    """A check that passes after all, against the user's list, fails the run."""
    record = toys.run(expected_failures={"law.toy": "our sign convention"})
    assert record.status == "unexpected-pass"


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"law.toi": "x"}, "no check is called 'law.toi'; did you mean"),
        ({"law.toy": " "}, "reason"),
    ],
)
def test_expected_failures_are_strict(expected: dict[str, str], words: str) -> None:
    """An unknown id or an empty reason is refused before anything runs."""
    with pytest.raises(ValueError, match=words):
        toys.run(expected_failures=expected)


def drawn(seed: int, id: str = "law.toy") -> list[Any]:
    """The problems that a run draws."""
    seen: list[Any] = []

    def judge(solver: Any, problem: Problem) -> Iterator[Comparison]:
        seen.append((problem.system.to_json(), problem.numbers))
        yield Comparison("force", [0.0], [0.0], scale=1.0)

    toys.run(judge, seed=seed, check={"id": id})
    return seen


def test_seed() -> None:
    """The same seed draws the same problems; another seed or another check draws others."""
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert drawn(1) != drawn(1, id="law.other")


def test_claim_widens_tolerance() -> None:
    """The accuracy that a solver claims enters the tolerance, and the report names it."""
    sloppy = lambda s: toys.right(s) + 1e-4  # noqa: E731
    assert toys.run(solver=toys.solver(sloppy)).status == "failed"
    report = validate(toys.solver(sloppy, accuracy=1e-7), checks=toys.suite(), quick=True, **toys.RULES)
    assert report.records[0].status == "passed"
    assert report.solver["accuracy"] == 1e-7


def test_interrupt() -> None:
    """An interrupt keeps what was found so far, in a report that is marked incomplete."""

    def interrupted(solver: Any, problem: Problem) -> Iterator[Comparison]:
        raise KeyboardInterrupt
        yield

    checks = toys.suite(toys.make(toys.compare_force), toys.make(interrupted, "law.second"))
    report = validate(toys.solver(), checks=checks, quick=True, **toys.RULES)
    assert [record.id for record in report.records] == ["law.toy"]
    assert not report.complete
    assert report.planned == 2
    assert report.exit_code == 130
    assert report.verdict == "Interrupted: 1 of 2 checks ran."


def test_nothing_ran() -> None:
    """A run without a single verdict is not green."""
    report = validate(SimpleNamespace(), checks=toys.suite(), quick=True, **toys.RULES)
    assert report.exit_code == 5
    assert report.verdict.startswith("Nothing was tested")


def test_select() -> None:
    """Checks are chosen by tier, by part of the id, or by a pattern for the whole id."""
    ids = ["law.curl", "link.curl", "link.force"]
    checks = toys.suite(*(toys.make(toys.compare_force, id) for id in ids))
    assert [c.id for c in select(checks, "curl")] == ids[:2]
    assert [c.id for c in select(checks, "link.*")] == ids[1:]
    assert [c.id for c in select(checks, None, ["law"])] == ids[:1]
    with pytest.raises(ValueError, match=r"close: link.force"):
        select(checks, "link.forse")
    with pytest.raises(ValueError, match="tier: expected one of law"):
        select(checks, None, ["lore"])


def test_jobs_need_a_name() -> None:
    """A solver that is an object cannot be sent to other processes, and is refused with words."""
    with pytest.raises(ValueError, match="jobs: expected 1"):
        validate(toys.solver(), jobs=2)


def test_on_record() -> None:
    """The caller sees every record as soon as it is there."""
    seen: list[tuple[int, str]] = []

    def note(report: Report, record: Any) -> None:
        seen.append((len(report.records), record.id))

    checks = toys.suite(*(toys.make(toys.compare_force, f"law.{i}") for i in range(3)))
    validate(toys.solver(), checks=checks, quick=True, on_record=note, **toys.RULES)
    assert seen == [(1, "law.0"), (2, "law.1"), (3, "law.2")]


def test_quick_is_less() -> None:
    """A dear check gets fewer problems than a cheap one."""
    cheap = toys.make(toys.compare_force)
    effort = Effort(cheap=8, dear=3)
    for check, examples in ((cheap, 8), (replace(cheap, cost="dear"), 3)):
        assert run_check(check, toys.solver(), effort=effort, **toys.RULES).examples == examples


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("def current(system): raise ValueError('no')", "crashed"),
        ("import os\ndef current(system): os._exit(3)", "crashed"),
        ("from electronwind.fast import current", "passed"),
    ],
    ids=["raises", "ends the process", "right"],
)
def test_jobs(text: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks run in other processes give the same records, and outlive a process that ends."""
    (tmp_path / "elsewhere.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "elsewhere", raising=False)
    report = validate("elsewhere", only="law.sum.current", quick=True, jobs=2)
    assert [record.id for record in report.records] == ["law.sum.current"]
    assert [record.status for record in report.records] == [status]
    assert report.complete
