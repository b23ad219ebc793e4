"""The vote: which mistakes explain the failures of a run, the one that explains most first."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from electronwind import NAMES

from ..core.check import Check
from ..core.record import Cause, Record
from ..faults.catalogue import FAULTS
from ..report.model import Report
from .evidence import Clock, Evidence, extent, gather
from .strays import attach, rooted
from .suspects import LEAST_FIT, Suspect, suspects
from .trigger import failed, told
from .words import listed, of_fault, problem_lines

__all__ = ["conclude"]

# Of the time for everything else, what makes a function wrong may take this part besides.
TELLING = 2
# Names of planted faults that are kept for one cause.
MOST = 3
# What a check says of a mistake by name weighs less than any number that fits.
NAMED = 0.02
# Cheap checks before those that follow from them.
ORDER = ("law", "analytic", "table", "cross", "link", "statistical")


def conclude(report: Report, solver: Any, checks: Mapping[str, Check], *, seconds: float) -> list[Cause]:
    """Return the likely causes of the failures of a run.

    Parameters
    ----------
    report : Report
        With all of its records.
    solver : object
        The solver under test, which is asked a few more questions.
    checks : mapping
        All checks by id.
    seconds : float
        Time for questions and comparisons.

    Notes
    -----
    A mistake explains a failure where it gives the very answer of the solver; it is held against all that
    the solver answered, right or wrong. One mistake at a time takes what it explains, until none does.
    """
    clock = Clock(seconds)
    evidence = gather(report, solver, checks)
    if not evidence.failures:
        return []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # The solver was heard during the run.
        warnings.simplefilter("ignore")
        found = suspects(evidence, solver, clock)
    left = {record.id: record for record in evidence.failures}
    causes: list[Cause] = []
    while left:
        best = max(found, key=lambda s: _weight(evidence, s, left), default=None)
        if best is None or not best.fits & left.keys() or best.consistency < LEAST_FIT / 2:
            break
        causes.append(_cause(evidence, best, found, left))
        for id in causes[-1].fits:
            del left[id]
    found_causes = rooted(evidence, attach(evidence, causes, left.values()))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return told(found_causes, solver, Clock(seconds / TELLING), failed(evidence))


def _weight(evidence: Evidence, suspect: Suspect, left: Mapping[str, Record]) -> tuple[float, ...]:
    """Return how much speaks for a suspect, compared from the first entry on."""
    explained = suspect.fits & left.keys()
    if not explained:
        return (0.0,)
    named = sum(_names(evidence, left[id], suspect) for id in explained)
    against = sum(_names(evidence, record, suspect) for record in evidence.passed)
    doubt = NAMED * np.tanh((named - against) / 4)
    weight = len(explained) * suspect.consistency**2
    # What a value looks like says more to a reader than the name of a fault that does the same.
    physics = suspect.planted and FAULTS[suspect.name].kind == "physics"
    return (round(weight, 6), not suspect.planted, round(float(doubt), 6), physics, -len(suspect.observables))


def _names(evidence: Evidence, record: Record, suspect: Suspect) -> bool:
    check = evidence.checks.get(record.id)
    return suspect.planted and check is not None and suspect.name in check.catches


def _cause(evidence: Evidence, best: Suspect, found: list[Suspect], left: Mapping[str, Record]) -> Cause:
    explained = best.fits & left.keys()
    rivals = [s for s in found if s.planted and s.fits & left.keys() >= explained]
    rivals = [s for s in rivals if s.consistency >= best.consistency - 1e-9]
    rivals.sort(key=lambda s: _weight(evidence, s, left), reverse=True)
    involved = {name for id in explained for name in evidence.involved(left[id])}
    wrong = tuple(name for name in NAMES if name in involved & set(best.observables))
    if best.planted:
        says = of_fault(best.name)
    else:
        says = f"{listed(wrong)} {'is' if len(wrong) == 1 else 'are'} {best.name}"
    fits = sorted((left[id] for id in explained), key=lambda record: _place(evidence, record, wrong))
    faults = tuple(s.name for s in rivals[:MOST])
    return Cause(
        says, True, wrong, best.where, faults, tuple(record.id for record in fits), (), _shown(evidence, fits)
    )


def _place(evidence: Evidence, record: Record, wrong: tuple[str, ...]) -> tuple[Any, ...]:
    """Return where a failure stands in its group: what shows the cause by itself before what follows."""
    involves = set(record.observables) - set(wrong)
    alone = len(record.observables) == 1
    return (
        bool(involves),
        record.id not in evidence.calls,
        not alone,
        ORDER.index(record.tier),
        extent(evidence, record),
    )


def _shown(evidence: Evidence, records: list[Record]) -> tuple[str, ...]:
    """Return the simplest problem of a group."""
    return problem_lines(min(records, key=lambda record: extent(evidence, record)))
