"""What a report advises, whose time it counts, times in words, and another schema."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from electronwind import fast
from electronwind.validation import Report, validate
from electronwind.validation.report.html import render
from electronwind.validation.report.summary import duration, hints
from electronwind.validation.run import runner
from electronwind.validation.truth.archive import anew

pytestmark = pytest.mark.usefixtures("hasty")


def test_time_for_right_values_is_counted() -> None:
    """What the reference takes is not put on the suite, nor on the solver."""
    with anew():
        report = validate("fast", only="cross.general.current", quick=True)
    (record,) = report.records
    assert 0 < record.oracle_seconds < record.seconds
    assert record.oracle_seconds > 3 * record.solver_seconds["current"]


def test_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that is nearly right, or not made for a problem, is told what it may say of itself."""
    # A smaller problem shows less that has nothing to do with it.
    monkeypatch.setattr(runner, "QUICK", replace(runner.QUICK, shrinking=5.0))

    def batch_only(given: Any) -> Any:
        if given.shape:
            raise ValueError("one at a time")
        return fast.force(given) * (1 + 1e-9)

    solver = SimpleNamespace(name="near", force=batch_only)
    report = validate(solver, only="*.batch.force", quick=True)
    assert [hint.partition(".")[0] for hint in hints(report)] == [
        "1 check fails in a crash on a batch of systems"
    ]
    report = validate(solver, only="analytic.one_level.force", quick=True)
    assert [hint.partition(".")[0] for hint in hints(report)] == ["1 check fails by lost digits alone"]
    assert hints(report)[0] in render(report)
    solver.accuracy, solver.limits = 1e-8, {"batch": False}
    assert hints(validate(solver, only="law.batch.force", quick=True)) == []
    assert hints(validate(solver, only="analytic.one_level.force", quick=True)) == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (2.5, "2.5 s"), (0.0123, "12.3 ms"), (4e-6, "4 µs")]
)
def test_duration(seconds: float | None, words: str) -> None:
    """A time is written in the unit that fits it."""
    assert duration(seconds) == words


def test_other_schema_refused() -> None:
    """What is not a report of this schema is refused with words."""
    with pytest.raises(ValueError, match="expected 'electronwind-report/1', got 'x/2'"):
        Report.from_dict({"schema": "x/2"})
