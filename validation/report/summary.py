"""What the records add up to for each observable: one table for the terminal and the page."""

from __future__ import annotations

from dataclasses import dataclass

from electronwind import NAMES

from .model import Report

__all__ = ["Row", "duration", "rows"]


@dataclass(frozen=True)
class Row:
    """One observable.

    Attributes
    ----------
    observable : str
        Its name.
    ran, passed, failed, crashed, expected, unsupported : int
        Numbers of checks; `failed` holds unexpected passes and errors of the suite too.
    digits, condition : float or None
        Of the comparison with the fewest digits.
    per_call : float or None
        Mean time of a call of the solver, in seconds.
    calls : int
        Number of those calls.
    """

    observable: str
    ran: int
    passed: int
    failed: int
    crashed: int
    expected: int
    unsupported: int
    digits: float | None
    condition: float | None
    per_call: float | None
    calls: int


def rows(report: Report) -> list[Row]:
    """Return one row per observable, in the order of the table of observables."""
    return [_row(report, name) for name in NAMES]


def _row(report: Report, name: str) -> Row:
    counts = report.counts(name)
    samples = [s for r in report.records for s in r.samples if s.observable == name]
    worst = min(samples, key=lambda sample: sample.digits, default=None)
    calls = sum(r.calls.get(name, 0) for r in report.records)
    seconds = sum(r.solver_seconds.get(name, 0.0) for r in report.records)
    return Row(
        observable=name,
        ran=counts["ran"],
        passed=counts["passed"],
        failed=counts["failed"] + counts["unexpected-pass"] + counts["error"],
        crashed=counts["crashed"],
        expected=counts["expected-failure"],
        unsupported=counts["unsupported"],
        digits=None if worst is None else worst.digits,
        condition=None if worst is None else worst.condition,
        per_call=seconds / calls if calls else None,
        calls=calls,
    )


def duration(seconds: float | None) -> str:
    """Return a time in words that fit a table."""
    if seconds is None:
        return ""
    for factor, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
