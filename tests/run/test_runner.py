"""A run of the suite: what it draws and selects, what it expects to fail, interrupts, other processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import toys

from electronwind.validation import Comparison, Problem, Report, validate
from electronwind.validation.checks.catalogue import select
from electronwind.validation.run.trial import run_check
from electronwind.validation.work.effort import Effort


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
        pytest.param("def current(system): raise ValueError('no')", "crashed", marks=pytest.mark.slow),
        pytest.param("import os\ndef current(system): os._exit(3)", "crashed", marks=pytest.mark.slow),
        pytest.param("from electronwind.fast import current", "passed", marks=pytest.mark.slow),
    ],
    ids=["raises", "ends the process", "right"],
)
def test_jobs(text: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks run in other processes give the same records, and outlive a process that ends."""
    (tmp_path / "elsewhere.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "elsewhere", raising=False)
    report = validate("elsewhere", only="law.sum.current", quick=True, timeout=0.1, jobs=2)
    assert [record.id for record in report.records] == ["law.sum.current"]
    assert [record.status for record in report.records] == [status]
    assert report.complete
