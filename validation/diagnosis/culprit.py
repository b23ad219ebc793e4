"""The one call behind a failure: a check may make many, and a reader wants the one that is wrong."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem
from electronwind.observables import Observable

from ..core.check import Check, Comparison, Problem, Tier
from ..core.tolerances import condition
from ..truth.oracle import agreement, arbitrate, truth
from ..under_test.guard import Guarded, SolverFault, Unsupported
from ..under_test.judging import Tolerance, judge_problem, size

__all__ = ["Culprit", "crashing", "culprit"]

# What these hold a value against is certified; laws and links compare values of the solver itself.
CERTIFIED: tuple[Tier, ...] = ("analytic", "table", "cross")
# Errors of at least this fraction of the largest one are mistakes as well.
COMPARABLE = 0.1
# Seconds for a search in which the reference may be asked for a value that the solver did not give: in a run
# where much goes wrong, the later failures have less.
LONG_ENOUGH = 0.25
# What these find is in the order of calls: a cache that is asked anew may be right.
HISTORY = ("law.memory.", "law.repeat.")


@dataclass(frozen=True, eq=False)
class Culprit:
    """A call of the solver that shows a failure on its own.

    Attributes
    ----------
    observable : str
        The function.
    system : OpenSystem
        What it was given.
    argument : tuple
        Energy or frequency, where the observable has one.
    got, want : ndarray or None
        What it returned, and the certified value; None where it gave no usable answer.
    scale, allowed : float
        Size that errors are measured against, and the error that is allowed in units of it.
    """

    observable: str
    system: OpenSystem
    argument: tuple[ArrayLike, ...]
    got: NDArray[Any] | None = None
    want: NDArray[Any] | None = None
    scale: float = 1.0
    allowed: float = 0.0

    @property
    def error(self) -> float:
        """Largest deviation in units of `scale`; 0 where there is nothing to compare."""
        if self.got is None or self.want is None:
            return 0.0
        return float(np.max(np.abs(self.got - self.want), initial=0.0)) / self.scale


@dataclass(frozen=True, eq=False)
class _Answer:
    """A call of the solver and what it returned."""

    observable: str
    system: OpenSystem
    argument: tuple[ArrayLike, ...]
    value: NDArray[Any]

    def found(self, want: ArrayLike, scale: float, allowed: float) -> Culprit:
        right = np.broadcast_to(np.asarray(want), self.value.shape)
        return Culprit(self.observable, self.system, self.argument, self.value, right, scale, allowed)


class _Taped(Guarded):
    """A solver under guard that remembers what it was asked, and what it answered."""

    def __init__(self, solver: Any) -> None:
        super().__init__(solver)
        self.answers: list[_Answer] = []
        self.unanswered: Culprit | None = None

    def _call(self, row: Observable, system: OpenSystem, *argument: ArrayLike) -> NDArray[Any]:
        self.unanswered = Culprit(row.name, system, argument)
        value = super()._call(row, system, *argument)
        self.unanswered = None
        self.answers.append(_Answer(row.name, system, argument, value))
        return value


def culprit(
    check: Check,
    solver: Any,
    problem: Problem,
    comparison: Comparison,
    tolerance: Tolerance,
    seconds: float,
) -> Culprit | None:
    """Return the call that made a comparison fail, with the certified value.

    Parameters
    ----------
    check : Check
        The check, which is judged once more where the comparison is not that of one answer.
    solver : object
        The solver, not under guard.
    problem : Problem
        The problem on which the comparison failed.
    comparison : Comparison
        What failed.
    tolerance : callable
        As in `judge_problem`.
    seconds : float
        After this time no further call is held against the truth.

    Returns
    -------
    Culprit or None
        None where no single call shows the failure: answers that depend on earlier calls, or a value
        that is right to the tolerance of each call.
    """
    start = time.perf_counter()
    taped = _Taped(solver)
    if check.tier in CERTIFIED and (itself := _answered(taped, comparison)) is not None:
        allowed = tolerance(comparison, itself.system.levels, taped.accuracy)
        return itself.found(comparison.want, comparison.scale, allowed)
    with suppress(Exception):
        for _ in judge_problem(check, taped, problem, tolerance):
            pass
    if check.id.startswith(HISTORY) or _forgetful(taped.answers):
        return None
    wrong: list[Culprit] = []
    for call in sorted(taped.answers, key=lambda call: size(Problem(call.system))):
        if time.perf_counter() - start > seconds:
            break
        # The oracle is ours, but may decline what a law makes of a system.
        with suppress(Exception):
            wrong += _policed(call, taped, tolerance)
    # Lost digits must not take the blame for a mistake, and among mistakes the smallest system is shown.
    worst = max((call.error for call in wrong), default=0.0)
    found = next((call for call in wrong if call.error >= COMPARABLE * worst), None)
    return None if found is None else _certified(found, taped, tolerance)


def crashing(
    check: Check, solver: Any, problem: Problem, tolerance: Tolerance, seconds: float
) -> Culprit | None:
    """Return the call that gave no usable answer, or None where all do now.

    With it comes the certified value, which a solver that was mended is held against; not where the time for
    it is spent, or the reference has none.
    """
    taped = _Taped(solver)
    with suppress(Exception):
        for _ in judge_problem(check, taped, problem, tolerance):
            pass
    call = taped.unanswered
    if call is None or seconds < LONG_ENOUGH:
        return call
    with suppress(Exception):
        right = arbitrate(call.observable, call.system, *call.argument)
        scale, kappa = condition(call.observable, call.system, *call.argument)
        comparison = Comparison(call.observable, right.value, right.value, scale, condition=kappa)
        allowed = tolerance(comparison, call.system.levels, taped.accuracy)
        return replace(call, want=right.value, scale=scale, allowed=allowed)
    return call


def _answered(taped: _Taped, comparison: Comparison) -> _Answer | None:
    """Return the call whose very answer is compared, where it is answered so again."""
    call = comparison.call
    if call is None or not comparison.whole:
        return None
    with suppress(SolverFault, Unsupported):
        again = getattr(taped, call.observable)(call.system, *call.argument)
        if np.array_equal(again, comparison.got):
            return taped.answers[-1]
    return None


def _policed(call: _Answer, taped: Guarded, tolerance: Tolerance) -> list[Culprit]:
    """Return the call with the value it is held against where it is wrong, nothing where it is right."""
    want = truth(taped, call.observable, call.system, *call.argument)
    scale, kappa = condition(call.observable, call.system, *call.argument)
    comparison = Comparison(call.observable, call.value, want.value, scale, "value", kappa, want.uncertainty)
    allowed = tolerance(comparison, call.system.levels, taped.accuracy)
    return [call.found(want.value, scale, allowed)] if comparison.error > allowed else []


def _certified(found: Culprit, taped: Guarded, tolerance: Tolerance) -> Culprit | None:
    """Return the call with the certified value; None where the reference takes its side, or it drifts."""
    try:
        again = getattr(taped, found.observable)(found.system, *found.argument)
    # It answered before: what it says depends on how often it is asked.
    except (SolverFault, Unsupported):
        return None
    if found.got is None or not np.array_equal(again, found.got):
        return None
    answer = {found.observable: lambda *_: again}
    known = SimpleNamespace(name=taped.name, accuracy=taped.accuracy, **answer)
    comparison = agreement(known, found.observable, found.system, *found.argument)
    if comparison.error <= found.allowed:
        return None
    return replace(found, want=np.asarray(comparison.want))


def _forgetful(calls: list[_Answer]) -> bool:
    """Return whether one question got two answers: then no call stands for itself."""
    answers: dict[Any, NDArray[Any]] = {}
    for call in calls:
        key = (call.observable, call.system.to_json(), *(np.asarray(a).tobytes() for a in call.argument))
        if not np.array_equal(answers.setdefault(key, call.value), call.value):
            return True
    return False
