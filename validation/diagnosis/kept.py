"""The failure of a check that is kept: the smallest problem that shows it, and what is said of it."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from electronwind import SolverProcessError

from ..core.check import Check, Comparison, Problem
from ..core.record import Call, Failure, Record, plain
from ..under_test.answers import Misbehaved
from ..under_test.guard import Hung, SolverFault
from ..under_test.judging import Digits, Tolerance, size
from .culprit import Culprit, crashing, culprit
from .symptoms import diagnose

__all__ = ["Beyond", "Kept"]


@dataclass(frozen=True)
class Beyond:
    """A comparison whose error is beyond what is allowed."""

    comparison: Comparison
    allowed: float


Finding = Beyond | SolverFault


@dataclass(frozen=True)
class Kept:
    """The smallest failing problem, whatever hypothesis makes of it later.

    A solver that does not repeat itself would otherwise make the failure disappear.

    Attributes
    ----------
    finding : Beyond or SolverFault
        What is wrong.
    problem, first : Problem
        The smallest problem that shows it, and the first one, which hides less.
    since : float
        When the first one was found.
    extent : tuple of float
        Size of the smallest problem.
    """

    finding: Finding
    problem: Problem
    first: Problem
    since: float
    extent: tuple[float, ...]

    @classmethod
    def start(cls, finding: Finding, problem: Problem) -> Kept:
        """Keep the first failure."""
        return cls(finding, problem, problem, time.perf_counter(), size(problem))

    def offered(self, finding: Finding, problem: Problem, simpler: bool = False) -> Kept:
        """Return what is to be kept: the new failure where it is of the same kind and no larger.

        Where it is known to be simpler, its size does not count.
        """
        alike = isinstance(finding, Beyond) == isinstance(self.finding, Beyond)
        extent = size(problem)
        if alike and (simpler or extent <= self.extent):
            return replace(self, finding=finding, problem=problem, extent=extent)
        return self

    def describe(
        self, record: Record, check: Check, solver: Any, rules: tuple[Tolerance, Digits], seconds: float
    ) -> Record:
        """Return the record with the failure in words and as data.

        Parameters
        ----------
        record : Record
            Of the check.
        check, solver
            What ran on what; the solver is asked once more.
        rules : tuple
            Tolerance and digits of the run.
        seconds : float
            Time for the search of the call that is wrong, and again for that of a planted fault.
        """
        tolerance, digits = rules
        finding, problem = self.finding, self.problem
        if isinstance(finding, SolverFault):
            failure, words = _crash(finding, problem), f"{finding}."
            # Another call would cost as much waiting again.
            call = None if isinstance(finding, Hung) else crashing(check, solver, problem, tolerance, seconds)
        else:
            failure, words = _failure(finding, problem, digits), ""
            call = culprit(check, solver, problem, finding.comparison, tolerance, seconds)
            said = [_by_how_much(finding, digits), *_likeness(finding, call, digits)]
            if call is not None:
                said.append(self._planted(call, check, solver, tolerance, seconds))
            words = " ".join(filter(None, said))
        crashed = isinstance(finding, SolverFault) and not isinstance(finding, Misbehaved)
        return replace(
            record,
            status="crashed" if crashed else "failed",
            message=words,
            failure=replace(failure, call=None if call is None else _plain(call)),
            digits=failure.digits,
            error=failure.error,
            tolerance=failure.tolerance,
            condition=failure.condition,
        )

    def _planted(self, call: Culprit, check: Check, solver: Any, tolerance: Tolerance, seconds: float) -> str:
        """Return which planted faults answer as the solver did, in words."""
        # Imported late: they are needed where something is wrong, and take a while to load.
        from .likeness import likely, sentence

        end = time.perf_counter() + seconds
        names = likely(call, first=check.catches, seconds=seconds)
        # A problem as small as that makes mistakes look alike that differ on the first one.
        left = end - time.perf_counter()
        if len(names) > 1 and left > 0 and isinstance(self.finding, Beyond):
            large = culprit(check, solver, self.first, self.finding.comparison, tolerance, left)
            if large is not None and large.observable == call.observable:
                left = max(end - time.perf_counter(), 0.0)
                names = likely(large, among=names, seconds=left) or names
        return sentence(names)


def _failure(finding: Beyond, problem: Problem, digits: Digits) -> Failure:
    comparison = finding.comparison
    return Failure(
        comparison.observable,
        problem.system.to_dict(),
        plain(problem.numbers),
        plain(np.asarray(comparison.got)),
        plain(np.broadcast_to(comparison.want, np.shape(comparison.got))),
        comparison.scale,
        comparison.error,
        finding.allowed,
        digits(comparison.error),
        comparison.condition,
    )


def _crash(fault: SolverFault, problem: Problem) -> Failure:
    cause = fault.__cause__
    if isinstance(cause, SolverProcessError):
        details = cause.details
    else:
        details = "".join(traceback.format_exception(cause)) if cause else ""
    return Failure(fault.observable, problem.system.to_dict(), plain(problem.numbers), details=details)


def _by_how_much(finding: Beyond, digits: Digits) -> str:
    error = finding.comparison.error
    return (
        f"{finding.comparison.observable}{finding.comparison.when} is off by {error:.2g} of its scale "
        f"({max(0.0, digits(error)):.1f} digits); {finding.allowed:.1g} is allowed."
    )


def _likeness(finding: Beyond, call: Culprit | None, digits: Digits) -> list[str]:
    """Return what the wrong value looks like: that of the one call where it is known."""
    compared = finding.comparison
    if call is None or call.got is None or call.want is None:
        return [diagnose(compared.got, compared.want, compared.scale)]
    looks = diagnose(call.got, call.want, call.scale, call.observable)
    right = f"{call.observable} has {max(0.0, digits(call.error)):.1f} digits"
    if right == f"{compared.observable} has {max(0.0, digits(compared.error)):.1f} digits":
        return [looks]
    return [f"One call shows it: {right} of the certified value.", looks]


def _plain(call: Culprit) -> Call:
    return Call(
        call.observable,
        call.system.to_dict(),
        plain(np.asarray(call.argument[0])) if call.argument else None,
        None if call.want is None else plain(call.want),
        call.scale,
        None if call.got is None else plain(call.got),
        call.allowed,
    )
