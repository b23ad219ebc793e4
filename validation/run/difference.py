"""What a record and that of a second run must have in common, and what may differ between machines."""

from __future__ import annotations

import math

from ..core.record import Record
from ..core.tolerances import EPS, SAFETY

__all__ = ["TURNED", "difference"]

# What the user's list of expected failures makes of a status, and what it was before.
TURNED = {"expected-failure": ("failed", "crashed"), "unexpected-pass": ("passed",)}
# What is said of a solver that gave no answer in time; see `electronwind.external`.
HUNG = "did not answer within"
# The same problems on another machine: roundings differ, and with them the digits of the worst one.
SLACK = 2.0


def difference(before: Record, again: Record) -> tuple[str, str] | None:
    """Return what a record and that of the second run say, in words, where they do not say the same.

    Parameters
    ----------
    before : Record
        From a report.
    again : Record
        Of the same problems, by the same solver.
    """
    if again.status not in TURNED.get(before.status, (before.status,)) and not _hung(before, again):
        return before.status, again.status
    if again.status != "passed":
        return None
    if _counts(before) != _counts(again):
        return _counts(before), _counts(again)
    if before.judged != again.judged:
        return _kinds(before), _kinds(again)
    if _below(before, floor := _floor(again)) and _below(again, floor):
        return None
    then, now = _digits(before), _digits(again)
    for name in sorted(then.keys() | now.keys()):
        left, right = then.get(name, math.nan), now.get(name, math.nan)
        # Not `>`: what is missing on one side differs.
        if not abs(left - right) <= SLACK:
            return f"{left:.1f} digits of {name}", f"{right:.1f}"
    return None


def _counts(record: Record) -> str:
    declined = f", {record.unsupported_examples} declined" if record.unsupported_examples else ""
    return f"{record.examples} problems, {record.comparisons} comparisons{declined}"


def _kinds(record: Record) -> str:
    told = "; ".join(f"{name} {' '.join(words)}" for name, words in record.judged.items())
    return f"features {told or 'none'}"


def _hung(before: Record, again: Record) -> bool:
    """Return whether a wrong answer came in time once, and not the other time."""
    both = {before.status, again.status} == {"failed", "crashed"}
    return both and any(HUNG in record.message for record in (before, again))


def _floor(record: Record) -> float:
    """Return the error below which digits are a matter of roundings, whatever the solver claims."""
    if record.tolerance is None or record.condition is None:
        return 0.0
    return min(record.tolerance / 10, SAFETY * EPS * record.condition)


def _below(record: Record, floor: float) -> bool:
    return record.error is not None and record.error < floor


def _digits(record: Record) -> dict[str, float]:
    """Return the fewest digits of each observable, and those that the record itself states."""
    found: dict[str, float] = {}
    if record.digits is not None:
        found["the worst comparison"] = record.digits
    if record.error is not None:
        found["the worst comparison, by its error"] = -math.log10(max(record.error, EPS**2))
    for sample in record.samples:
        found[sample.observable] = min(sample.digits, found.get(sample.observable, math.inf))
    return found
