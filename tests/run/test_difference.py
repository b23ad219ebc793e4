"""Two records of the same problems: roundings and limits of time are no difference, and all else is."""

from __future__ import annotations

import math
from typing import Any

import pytest

from electronwind.validation.core.record import Record
from electronwind.validation.core.tolerances import EPS
from electronwind.validation.run.difference import difference


def _record(**more: Any) -> Record:
    fields = {"status": "passed", "message": "", "condition": 100.0, "tolerance": 6400 * EPS}
    return Record("law.a", "law", ("force",), "", "", **(fields | more))


@pytest.mark.parametrize(
    ("before", "now", "allowed", "same"),
    [
        (1e-16, 1.2e-13, 6400 * EPS, True),
        (1.2e-13, 1e-16, 6400 * EPS, True),
        (1e-16, 1.2e-12, 6400 * EPS, False),
        # Of a claim nine tenths are no rounding.
        (1e-16, 1e-9, 1e-7, False),
        (1e-9, 1e-16, 1e-7, False),
    ],
)
def test_digits_of_roundings_may_differ(before: float, now: float, allowed: float, same: bool) -> None:
    """Where both errors are roundings, far below what is allowed, their digits say nothing."""
    records = [_record(error=e, digits=-math.log10(e), tolerance=allowed) for e in (before, now)]
    assert (difference(*records) is None) == same


@pytest.mark.parametrize(
    ("message", "same"), [("force did not answer within 60 s.", True), ("force raised ValueError.", False)]
)
def test_who_hangs_may_be_wrong_the_next_time(message: str, same: bool) -> None:
    """A failure stands for a crash only where a limit of time decided which of the two it was."""
    failed, crashed = _record(status="failed"), _record(status="crashed", message=message)
    for before, again in ((failed, crashed), (crashed, failed)):
        assert (difference(before, again) is None) == same
    assert difference(_record(), crashed) == ("passed", "crashed")
