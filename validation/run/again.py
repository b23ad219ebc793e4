"""Running the check of a record a second time, on the very problems of the first."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ..core.check import Check
from ..core.record import Record
from ..under_test.judging import Digits, Tolerance
from ..work.effort import Effort
from .difference import difference
from .trial import run_check

__all__ = ["differs"]


def differs(
    record: Record,
    check: Check,
    solver: Any,
    *,
    effort: Effort,
    seed: int,
    tolerance: Tolerance | None = None,
    digits: Digits | None = None,
) -> tuple[str, str] | None:
    """Return what a record and a second run say, in words, where they do not say the same.

    Parameters
    ----------
    record : Record
        From a report.
    check, solver
        What is run on what.
    effort : Effort
        Of the first run; there are as many problems now, whatever the time allows.
    seed, tolerance, digits
        As for `run_check`.
    """
    judged = record.examples + record.unsupported_examples
    again = replace(effort, seconds=math.inf, shrinking=0, naming=0, most=judged or None)
    return difference(
        record, run_check(check, solver, effort=again, seed=seed, tolerance=tolerance, digits=digits)
    )
