"""What speaks for one cause or another: the calls behind the failures, and answers to more questions."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from electronwind import OBSERVABLES, OpenSystem

from ..core.check import Check, Comparison, Problem
from ..core.record import Record
from ..core.tolerances import natural, tolerance
from ..core.values import array_of
from ..report.model import Report
from ..truth.oracle import truth
from ..under_test.guard import Guarded, Hung, SolverFault
from ..under_test.judging import judge_problem, size
from ..under_test.solver import SolverUnderTest
from .culprit import Culprit
from .panel import questions

__all__ = ["Clock", "Evidence", "ask", "extent", "gather", "is_wrong", "replay"]

# More than the condition number of any question of the panel.
POSED = 1e4
# A process that ended takes a while to start again. After so many ends, and no answer, only the simplest
# question is left to ask.
ENDS = 2
# Of what a solver says when it gives no answer, numbers are the problem's.
NUMBERS = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?j?|\bnan\b|\binf\b")


class Clock:
    """The time that may be spent.

    Parameters
    ----------
    seconds : float
        How much.
    now : callable
        Of which clock: that on the wall, or of the processor alone.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.perf_counter) -> None:
        self._now, self._end = now, now() + seconds

    def stop(self) -> None:
        """Spend what is left."""
        self._end = -math.inf

    @property
    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(self._end - self._now(), 0.0)


@dataclass
class Evidence:
    """What is known of the failures of a run.

    Attributes
    ----------
    failures : list of Record
        Failed and crashed checks.
    passed : list of Record
        Checks that passed.
    calls : dict
        By id of a failure, the call that shows it, with its value; only where there is one.
    asked : dict
        By observable, the answers to the questions of the panel.
    unanswered : dict
        By observable, those questions on which the solver gave no usable answer.
    checks : mapping
        All checks by id.
    accuracy : tuple of float
        What the solver claims: at rest, and in time.
    """

    failures: list[Record]
    passed: list[Record]
    calls: dict[str, Culprit]
    checks: Mapping[str, Check]
    accuracy: tuple[float, float]
    asked: dict[str, list[Culprit]] = field(default_factory=dict)
    unanswered: dict[str, list[Culprit]] = field(default_factory=dict)
    _progress: dict[str, int] = field(default_factory=dict)
    _ends: Counter[str] = field(default_factory=Counter)
    _extents: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def blamed(self, record: Record) -> str:
        """Return the function that is wrong, as far as a failure tells."""
        failure = record.failure
        if failure is None:
            return record.observables[0]
        return failure.call.observable if failure.call is not None else failure.observable

    def involved(self, record: Record) -> set[str]:
        """Return what may be wrong: the one function whose call shows it, or all that the check asks for."""
        call = self.calls.get(record.id)
        return set(record.observables) if call is None else {call.observable}

    def known(self, observable: str) -> list[Culprit]:
        """Return all calls of an observable whose value is known."""
        shown = [call for call in self.calls.values() if call.observable == observable]
        return [*self.asked.get(observable, []), *shown]

    def guarded(self, solver: Any) -> Guarded:
        """Return a suspect under guard, with the claims of the solver that it is held against."""
        accuracy, time_accuracy = self.accuracy
        known = SolverUnderTest.opened(solver)
        return Guarded(replace(known, accuracy=accuracy, time_accuracy=time_accuracy))


def _call_of(record: Record) -> Culprit | None:
    """Return the call that shows a failure, with what was answered and what is right."""
    failure = record.failure
    if failure is None or failure.call is None or failure.call.got is None or failure.call.want is None:
        return None
    call = failure.call
    return Culprit(
        call.observable,
        OpenSystem.from_dict(call.system),
        () if call.argument is None else (array_of(call.argument),),
        array_of(call.got),
        array_of(call.want),
        call.scale,
        failure.tolerance or 0.0,
    )


def is_wrong(call: Culprit) -> bool:
    """Return whether the answer is further from the right one than is allowed."""
    return not call.error <= call.allowed


def gather(report: Report, solver: Any, checks: Mapping[str, Check]) -> Evidence:
    """Return what the records of a run say; nothing is asked yet."""
    failures = [r for r in report.records if r.status in ("failed", "crashed")]
    passed = [r for r in report.records if r.status == "passed"]
    calls: dict[str, Culprit] = {}
    for record in failures:
        # A report that is resumed may hold what no run wrote.
        with suppress(Exception):
            if (call := _call_of(record)) is not None and np.isfinite(call.error):
                calls[record.id] = call
    known = SolverUnderTest.opened(solver)
    return Evidence(failures, passed, calls, checks, (known.accuracy, known.time_accuracy))


def ask(evidence: Evidence, solver: Any, observable: str, clock: Clock, most: int = 99) -> None:
    """Ask the solver for an observable of the panel, unless that was done, as long as there is time."""
    if observable not in OBSERVABLES:
        return
    guarded = Guarded(solver)
    found = evidence.asked.setdefault(observable, [])
    unanswered = evidence.unanswered.setdefault(observable, [])
    for number, (system, argument) in enumerate(questions(observable)):
        if number < evidence._progress.get(observable, 0):
            continue
        if number >= most or not clock.left:
            return
        evidence._progress[observable] = number + 1
        if not found and evidence._ends[observable] >= ENDS:
            if evidence._ends[observable] > ENDS:
                return
            if system.levels > 1:
                continue
        try:
            found.append(_answer(guarded, observable, system, argument))
        except SolverFault as fault:
            unanswered.append(Culprit(observable, system, argument))
            evidence._ends[observable] += guarded.under_test.ended
            # The next question would cost as much waiting again.
            if isinstance(fault, Hung):
                clock.stop()
        # What it declines, and what we cannot judge, says nothing.
        except Exception:
            continue


def _answer(guarded: Guarded, observable: str, system: OpenSystem, argument: tuple[Any, ...]) -> Culprit:
    got = getattr(guarded, observable)(system, *argument)
    want = truth(guarded, observable, system, *argument)
    scale = max(float(np.max(np.abs(want.value), initial=0.0)), natural(observable, system, *argument))
    comparison = Comparison(observable, got, want.value, scale, condition=POSED)
    allowed = tolerance(comparison, system.levels, guarded.accuracy)
    return Culprit(observable, system, argument, got, want.value, scale, allowed)


def replay(evidence: Evidence, record: Record, suspect: Any) -> bool:
    """Return whether a check finds of a suspect just what it found of the solver."""
    failure, check = record.failure, evidence.checks.get(record.id)
    if failure is None or check is None or not failure.system:
        return False
    with suppress(Exception):
        problem = Problem(OpenSystem.from_dict(failure.system), failure.numbers)
        try:
            for comparison, allowed in judge_problem(check, evidence.guarded(suspect), problem, tolerance):
                if not comparison.error <= allowed:
                    return record.status == "failed" and _alike(record, comparison, allowed)
        except SolverFault as fault:
            return record.status == "crashed" and _said(f"{fault}.") == _said(record.message)
    return False


def _alike(record: Record, comparison: Comparison, allowed: float) -> bool:
    failure = record.failure
    if failure is None or failure.observable != comparison.observable or failure.got is None:
        return False
    got, seen = array_of(failure.got), np.asarray(comparison.got)
    if got.shape != seen.shape:
        return False
    off = comparison.error * comparison.scale
    near = max(1e-4 * off, min(1e-2 * off, allowed * comparison.scale))
    return bool(np.max(np.abs(got - seen), initial=0.0) <= near)


def _said(words: str) -> str:
    return NUMBERS.sub("#", words)


def extent(evidence: Evidence, record: Record) -> tuple[float, ...]:
    """Return what makes the problem of a failure large for a reader, compared from the first entry on."""
    if record.id not in evidence._extents:
        evidence._extents[record.id] = _extent(evidence, record)
    return evidence._extents[record.id]


def _extent(evidence: Evidence, record: Record) -> tuple[float, ...]:
    failure = record.failure
    if failure is None or not failure.system:
        return (np.inf,)
    with suppress(Exception):
        given = failure.system if failure.call is None else failure.call.system
        return (record.id not in evidence.calls, *size(Problem(OpenSystem.from_dict(given))))
    return (np.inf,)
