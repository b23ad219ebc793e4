"""What the records add up to for each observable: one table for the terminal and the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from electronwind import NAMES

from ..core.record import BAD, Cause, Record
from ..core.writing import counted
from .model import Report

__all__ = [
    "SHOWN",
    "Row",
    "Shares",
    "covered",
    "duration",
    "grouped",
    "headline",
    "hints",
    "part",
    "rows",
    "shares",
    "why",
]

# Digits from which on a wrong value looks like a right one that is not exact.
NEARLY_RIGHT = 6
# Causes that come with their simplest problem: more of them than a screen holds hide each other.
SHOWN = 3


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
    values, pairs : tuple of int or None
        Features of questions that were judged, single or in pairs, and those that are possible; None where
        questions have none.
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
    values: tuple[int, int] | None
    pairs: tuple[int, int] | None


def rows(report: Report) -> list[Row]:
    """Return a row for each observable that was tested or declined, in the order of their table."""
    found = [_row(report, name) for name in NAMES]
    return [row for row in found if row.ran or row.unsupported]


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
        values=report.coverage(name, 1),
        pairs=report.coverage(name, 2),
    )


def covered(report: Report) -> str:
    """Return in a sentence which kinds of questions were judged, of observables that the solver was asked."""
    asked = [name for name in NAMES if report.counts(name)["ran"]]
    if not asked:
        return ""
    said = []
    for strength, what in report.strengths.items():
        found = {name: report.coverage(name, strength) for name in asked}
        seen, whole = (sum(both[i] for both in found.values()) for i in (0, 1))
        words = f"{seen} of {whole} {'single features' if strength == 1 else what}"
        least = min(found, key=lambda name: found[name][0] / found[name][1])
        if seen < whole:
            words += f" (least {part(found[least])}, {least})"
        said.append(words)
    return f"Kinds of questions judged: {', '.join(said[:-1])} and {said[-1]}."


def part(both: tuple[int, int] | None) -> str:
    """Return the part that was seen in percent, 100 for nothing less than all."""
    return "" if both is None else f"{math.floor(1000 * both[0] / both[1]) / 10:.3g}%"


@dataclass(frozen=True)
class Shares:
    """Whose time a run was, in seconds: the solver's, the oracle's, and that of the suite itself.

    `recalled` is the number of values of the reference that were on file, `asked_again` that of those that it
    was asked all the same, and `refuted` that of those that it did not repeat.
    """

    solver: float
    oracle: float
    suite: float
    recalled: int = 0
    asked_again: int = 0
    refuted: int = 0

    def __str__(self) -> str:
        total = self.solver + self.oracle + self.suite
        parts = {
            "inside the solver": self.solver,
            "for right values and conditions": self.oracle,
            "in the suite itself": self.suite,
        }
        words = ", ".join(f"{seconds / total:.0%} {where}" for where, seconds in parts.items())
        if not (self.recalled or self.asked_again):
            return words
        known = f"{self.recalled} right values known beforehand, {self.asked_again} asked again"
        doubt = f", {self.refuted} NOT repeated" if self.refuted else ""
        return f"{words} ({known}{doubt})"


def shares(report: Report) -> Shares | None:
    """Return how the time of a run divides, or None where it took none.

    In several processes the checks run side by side: their times add up to more than the clock's.
    """
    solver = sum(sum(record.solver_seconds.values()) for record in report.records)
    oracle = sum(record.oracle_seconds for record in report.records)
    total = max(report.seconds, sum(record.seconds for record in report.records))
    known = [
        sum(getattr(record, name) for record in report.records)
        for name in ("recalled", "asked_again", "refuted")
    ]
    return Shares(solver, oracle, max(total - solver - oracle, 0.0), *known) if total else None


def headline(report: Report, cause: Cause) -> str:
    """Return a cause in a sentence: what is likely wrong, how much it explains, and what it is like."""
    status = {record.id: record.status for record in report.records}
    total = sum(found in ("failed", "crashed") for found in status.values())
    facts = [f"{len(cause.fits)} of {counted(total, 'failure')}{' fit' if cause.known else ''}"]
    if cause.follows:
        more = "more is" if len(cause.follows) == 1 else "more are"
        facts.append(f"{len(cause.follows)} {more} likely to follow from it")
    if cause.faults:
        alike = ", ".join(f"`{name}`" for name in cause.faults)
        facts.append(f"like planted fault{'' if len(cause.faults) == 1 else 's'} {alike}")
    if cause.known:
        start = "Most likely" if cause is report.causes[0] else "Also likely"
    else:
        crashed = any(status.get(id) == "crashed" for id in cause.fits)
        start = "Crash" if crashed else "Like no mistake that is known"
    where = f", where {cause.where}" if cause.where else ""
    return f"{start}: {cause.says}{where} ({'; '.join(facts)})."


def grouped(report: Report) -> list[tuple[Cause | None, list[Record]]]:
    """Return what counts against the solver by cause, best witness first, and last what has no cause."""
    records = {record.id: record for record in report.records if record.status in BAD}
    groups: list[tuple[Cause | None, list[Record]]] = []
    for cause in report.causes:
        # A file may name one twice, or what is not there.
        found = [records.pop(id) for id in cause.checks if id in records]
        groups.append((cause, found))
    rest = sorted(records.values(), key=lambda record: BAD.index(record.status))
    return [*groups, (None, rest)] if rest else groups


def why(cause: Cause | None, record: Record) -> str:
    """Return what is to be said of a failure besides its numbers, and fits it.

    The sentence of a check speaks of all the mistakes that it may find: it is left out where one is known.
    """
    # What the suite did wrong, what went right, and what is no value at all, is told by the message alone.
    if record.status in ("error", "unexpected-pass", "crashed"):
        return ""
    if cause is None:
        return record.says
    if record.id not in cause.follows:
        return "" if cause.known else record.says
    wrong = " and ".join(cause.observables)
    return f"A likely consequence: {wrong} {'is' if len(cause.observables) == 1 else 'are'} wrong."


def hints(report: Report) -> list[str]:
    """Return what a solver may have forgotten to say of itself, in sentences."""
    said = []
    explained = {id for cause in report.causes if cause.known for id in cause.checks}
    failed = [r for r in report.records if r.status == "failed" and r.id not in explained]
    near = [r for r in failed if r.digits and r.digits >= NEARLY_RIGHT]
    if near and not report.solver["accuracy"]:
        said.append(
            f"{_fail(len(near))} by lost digits alone. The solver claims no accuracy, so double precision is "
            "asked of it; an attribute such as accuracy = 1e-9 says what it is made for."
        )
    problems = [r.failure for r in report.records if r.status == "crashed" and r.failure is not None]
    for words, limit, has in (
        ("on chain leads", "chains", _has_chains),
        ("on a batch of systems", "batch", _is_batch),
    ):
        # What crashes on others too is no matter of limits.
        others = {failure.observable for failure in problems if not has(failure.system)}
        found = [f for f in problems if has(f.system) and f.observable not in others]
        if found:
            said.append(
                f"{_fail(len(found))} in a crash {words}. An attribute limits = {{{limit!r}: False}} keeps "
                "such problems from a solver that is not made for them."
            )
    return said


def _fail(checks: int) -> str:
    return "1 check fails" if checks == 1 else f"{checks} checks fail"


def _has_chains(system: dict[str, Any]) -> bool:
    return any(lead["kind"] == "chain" for lead in system.get("leads", ()))


def _is_batch(system: dict[str, Any]) -> bool:
    return "hamiltonian" in system and isinstance(system["hamiltonian"]["re"][0][0], list)


def duration(seconds: float | None) -> str:
    """Return a time in words that fit a table."""
    if seconds is None:
        return ""
    for factor, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
