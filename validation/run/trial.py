"""One check on one solver: drawing problems, shrinking a failure, and keeping the record."""

from __future__ import annotations

import contextlib
import hashlib
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from hypothesis.errors import HypothesisException

from ..core.check import Check, Comparison, Problem
from ..core.record import Failure, Record, Sample, plain
from ..diagnosis.kept import Beyond, Kept
from ..truth.archive import RECALLED
from ..under_test.guard import Guarded, Hung, SolverFault, Unsupported
from ..under_test.judging import COARSE, Digits, Tolerance, default_rules, judge_problem
from ..under_test.solver import SolverUnderTest
from ..work.effort import FULL, Effort, Patience
from ..work.stopwatch import ORACLE
from .drawing import draw

__all__ = ["run_check"]


# Enough dots for a plot; the worst comparison is kept apart.
SAMPLES = 40


class _Stop(BaseException):
    """Leave hypothesis at once; it lets through what is no `Exception`."""


class _Deviates(Exception):  # noqa: N818 - tells hypothesis, and no user
    """A comparison failed: tells hypothesis to shrink."""


class _Faulty(Exception):  # noqa: N818 - tells hypothesis, and no user
    """The solver gave no usable answer: tells hypothesis to shrink."""


@dataclass
class _Trial:
    """One check on one solver, while it runs."""

    check: Check
    solver: SolverUnderTest
    guarded: Guarded
    effort: Effort
    tolerance: Tolerance
    digits: Digits
    record: Record
    seed: int
    started: float = field(default_factory=time.perf_counter)
    kept: Kept | None = None
    oracle: float = field(default_factory=lambda: ORACLE.seconds)
    worst: dict[str, Sample] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    declined: str = ""
    broke: str = ""
    skipped: Problem | None = None

    def example(self, problem: Problem) -> None:
        """Judge one problem; raise where hypothesis is to look for a smaller one, or to stop."""
        if self.effort.skip_simplest and self.skipped is None:
            self.skipped = problem
            return
        now = time.perf_counter()
        if self.kept is not None and now - self.kept.since > self.effort.shrinking:
            raise _Stop
        shrinking = self.kept is not None
        compared, whole = 0, False
        try:
            for comparison, allowed in judge_problem(self.check, self.guarded, problem, self.tolerance):
                compared += 1
                if not self._note(comparison, allowed, problem):
                    raise _Deviates
            # Of an empty batch nothing is compared but the shape.
            whole = self.check.covering is not None
        except Unsupported as error:
            self.declined = str(error)
            if not compared:
                self._count(unsupported_examples=1)
        except SolverFault as fault:
            self._keep(fault, problem)
            # A smaller problem would cost as much waiting again.
            if isinstance(fault, Hung):
                raise _Stop from fault
            raise _Faulty from fault
        except (HypothesisException, _Deviates):
            raise
        # Anything else is a mistake of the check: it must be seen, and not be put on the solver.
        except Exception as error:
            if self.kept is None:
                self.blame_suite(error, problem)
            self.broke = f" On a smaller problem the check itself raised {type(error).__name__}: {error}."
            raise _Stop from error
        finally:
            # The problems of a shrinking are many and alike: they are no evidence of their own.
            if not shrinking and (compared or self.kept or whole):
                self._count(examples=1, comparisons=compared)
        self._stop_in_time()

    def _stop_in_time(self) -> None:
        """Leave before another problem is drawn, where the time is up and one was judged."""
        record = self.record
        done = record.examples + record.unsupported_examples
        left = self.planned - done
        late = time.perf_counter() - self.started > self.effort.seconds and done >= self.least
        late = late or done == self.effort.most
        # One problem is judged whatever it takes: a check without any says nothing.
        if late and left > 0 and record.examples and self.kept is None:
            self.record = replace(record, stopped_early=True)
            raise _Stop

    @cached_property
    def questions(self) -> Sequence[Problem]:
        """The problems of a check that covers kinds of them; none of another."""
        covering = self.check.covering
        return () if covering is None else covering.questions(self.effort.strength, self.seed)

    @cached_property
    def least(self) -> int:
        """Number of problems that are judged whatever time they take."""
        covering = self.check.covering
        return 0 if covering is None else len(covering.questions(1, self.seed))

    @property
    def planned(self) -> int:
        """Number of problems that the effort grants the check."""
        if self.check.covering is not None:
            return len(self.questions)
        planned = self.effort.cheap if self.check.cost == "cheap" else self.effort.dear
        return planned - (self.effort.skip_simplest and planned > 1)

    def cover(self) -> None:
        """Judge every question; after a failure look for a simpler one, feature by feature."""
        covering = self.check.covering
        assert covering is not None
        try:
            for problem in self.questions:
                self.example(problem)
        except (_Deviates, _Faulty):
            while any(map(self._simplified, covering.simpler(self.smallest))):
                pass

    @property
    def smallest(self) -> Problem:
        """The smallest problem that failed."""
        assert self.kept is not None
        return self.kept.problem

    def _simplified(self, problem: Problem) -> bool:
        """Judge a problem and return whether it is the smallest that failed."""
        with contextlib.suppress(_Deviates, _Faulty):
            self.example(problem)
        return self.smallest is problem

    @property
    def judged_none(self) -> bool:
        """Whether no problem led to a verdict, nor was declined by the solver."""
        record = self.record
        return not (record.examples or record.unsupported_examples or record.failure or self.kept)

    def _count(self, **more: int) -> None:
        counts = {name: getattr(self.record, name) + n for name, n in more.items()}
        self.record = replace(self.record, **counts)

    def _note(self, comparison: Comparison, allowed: float, problem: Problem) -> bool:
        error = comparison.error
        digits = self.digits(error)
        passed = bool(error <= allowed)
        if passed and self.kept is None:
            sample = Sample(comparison.observable, digits, comparison.condition, passed)
            if len(self.samples) < SAMPLES:
                self.samples.append(sample)
            known = self.worst.get(sample.observable)
            if known is None or digits < known.digits:
                self.worst[sample.observable] = sample
            if self.record.error is None or error > self.record.error:
                self.record = replace(
                    self.record,
                    digits=digits,
                    error=error,
                    tolerance=allowed,
                    condition=comparison.condition,
                )
        if not passed:
            self._keep(Beyond(comparison, allowed), problem)
        return passed

    def _judged(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(sorted(words)) for name, words in sorted(self.guarded.judged.items())}

    def _keep(self, finding: Beyond | SolverFault, problem: Problem) -> None:
        if self.kept is None:
            # Those of a shrinking depend on the time that it had.
            self.record = replace(self.record, judged=self._judged())
            self.kept = Kept.start(finding, problem)
        else:
            self.kept = self.kept.offered(finding, problem, self.check.covering is not None)

    def blame_suite(self, error: Exception, problem: Problem | None) -> None:
        """Record a mistake of the check itself, and stop."""
        words = f"The check itself is at fault, not the solver: {type(error).__name__}: {error}"
        system = problem.system.to_dict() if problem else {}
        numbers = plain(problem.numbers) if problem else {}
        failure = Failure("", system, numbers, details="".join(traceback.format_exception(error)))
        self.record = replace(self.record, status="error", message=words, failure=failure)
        raise _Stop

    def finish(self) -> Record:
        """Return the record with its verdict."""
        if self.kept is not None:
            rules, naming = (self.tolerance, self.digits), self.effort.naming
            try:
                found = self.kept.describe(self.record, self.check, self.solver, rules, naming)
                self.record = replace(found, message=found.message + self.broke)
            except Exception as error:
                with contextlib.suppress(_Stop):
                    self.blame_suite(error, self.kept.problem)
        known = RECALLED.take()
        samples = list(dict.fromkeys([*self.samples, *self.worst.values()]))
        failure = self.record.failure
        if failure is not None and failure.digits is not None and failure.condition is not None:
            samples.append(Sample(failure.observable, failure.digits, failure.condition, False))
        record = replace(
            self.record,
            seconds=time.perf_counter() - self.started,
            calls=dict(self.guarded.calls),
            solver_seconds=dict(self.guarded.seconds),
            oracle_seconds=ORACLE.seconds - self.oracle,
            recalled=known.values,
            asked_again=known.asked_again,
            refuted=known.refuted,
            rests_on=tuple(known.recalled),
            samples=tuple(samples),
            judged=self._judged() if self.kept is None else self.record.judged,
        )
        if record.failure is not None:
            return record
        if record.examples:
            words = f"{record.examples} problems, {record.comparisons} comparisons."
            if self.declined:
                words += f" {record.unsupported_examples or 'Parts'} not supported: {self.declined}."
            return replace(record, status="passed", message=words)
        if self.declined:
            return replace(record, status="unsupported", message=f"{self.declined}.")
        if (claimed := max(self.guarded.accuracy, self.guarded.time_accuracy)) > COARSE:
            claim = f"The accuracy that the solver claims, {claimed:g},"
            words = f"{claim} is too coarse for this check to judge."
            return replace(record, status="unsupported", message=words)
        words = "The check itself is at fault, not the solver: it compared nothing to a digit."
        return replace(record, status="error", message=words)


def run_check(
    check: Check,
    solver: Any,
    *,
    effort: Effort = FULL,
    seed: int = 0,
    tolerance: Tolerance | None = None,
    digits: Digits | None = None,
    patience: Patience | None = None,
) -> Record:
    """Run one check on a solver.

    Parameters
    ----------
    check : Check
        The check.
    solver : object
        The solver under test.
    effort : Effort
        Number of problems and time.
    seed : int
        With the id of the check it fixes the problems that are drawn.
    tolerance, digits : callable, optional
        Instead of those of `electronwind.validation.core.tolerances`.
    patience : Patience, optional
        What the run has left for the searches after failures; the whole effort where none is given.

    Raises
    ------
    KeyboardInterrupt
        The user's; nothing else escapes.
    """
    if tolerance is None or digits is None:
        tolerance, digits = default_rules()
    blank = Record(check.id, check.tier, check.observables, check.source, check.says, "passed", "")
    known = SolverUnderTest.opened(solver)
    if words := known.lacking(check.observables):
        return replace(blank, status="unsupported", message=f"{words.capitalize()}.")
    if patience is not None:
        effort = patience.grant(effort)
    if check.covering is not None:
        effort = replace(effort, skip_simplest=False, seconds=effort.longer * effort.seconds)
    RECALLED.take()
    trial = _Trial(check, known, Guarded(known), effort, tolerance, digits, blank, seed)

    def drawn(count: int) -> None:
        draw(check.problems, trial.example, _seed(seed, check.id), count)

    with contextlib.suppress(_Stop):
        try:
            if check.covering is not None:
                trial.cover()
            else:
                drawn(effort.cheap if check.cost == "cheap" else effort.dear)
            if effort.skip_simplest and trial.judged_none:
                trial.effort = replace(effort, skip_simplest=False)
                drawn(1)
        except (_Deviates, _Faulty):
            # hypothesis takes a problem that was passed over for one that is good.
            if trial.skipped is not None:
                with contextlib.suppress(_Deviates, _Faulty):
                    trial.example(trial.skipped)
        # A failure was kept already; without one, the check cannot draw its problems.
        except Exception as error:
            if trial.kept is None:
                trial.blame_suite(error, None)
    record = trial.finish()
    if patience is not None and trial.kept is not None:
        patience.spend(time.perf_counter() - trial.kept.since)
    return record


def _seed(seed: int, id: str) -> int:
    # `hash` of a string differs from process to process.
    return int.from_bytes(hashlib.sha256(f"{seed}:{id}".encode()).digest()[:8], "big")
