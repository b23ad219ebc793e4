"""The checks as test cases of pytest, in a third party's own test file."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from electronwind.solvers import solver_name

from ..checks.catalogue import all_checks, refuse_unknown, select
from ..core.check import Check
from ..core.record import Record
from ..report.script import problem
from ..run.audit import audited
from ..run.trial import run_check
from ..under_test.loading import load
from ..under_test.solver import SolverUnderTest
from ..work.effort import FULL, QUICK, Effort

if TYPE_CHECKING:
    import pytest

__all__ = ["BoundCheck", "CheckFailedError", "SuiteError", "parametrize_with_checks", "unsupported"]

ExpectedFailures = Mapping[str, str] | Callable[[Any], Mapping[str, str]]


class CheckFailedError(AssertionError):
    """The solver under test failed a check; the message is what the report says."""


class SuiteError(RuntimeError):
    """The check itself is at fault, and says nothing about the solver."""


@dataclass(frozen=True)
class BoundCheck:
    """A check that is called with a solver, and raises where the solver fails it.

    Attributes
    ----------
    check : Check
        The check.
    effort : Effort
        Number of problems and time.
    seed : int
        Fixes what is drawn.
    """

    check: Check
    effort: Effort
    seed: int

    @property
    def electronwind_tier(self) -> str:
        """The tier, for the marker that the plugin of pytest sets."""
        return self.check.tier

    def __call__(self, solver: Any) -> None:
        """Judge `solver`.

        Raises
        ------
        CheckFailedError
            It gave a wrong value, or none.
        SuiteError
            The check is at fault.
        pytest.skip.Exception
            It supports none of the problems.
        """
        __tracebackhide__ = True
        found = run_check(self.check, solver, effort=self.effort, seed=self.seed)
        # A session has many checks: one value of one in ten is a few per cent of the time.
        (record,) = audited([found], 0.0, few=int(secrets.randbelow(10) == 0))
        if record.status == "unsupported":
            import pytest

            pytest.skip(f"unsupported: {record.message}")
        if record.status == "error":
            raise SuiteError(_words(record))
        if record.status != "passed":
            raise CheckFailedError(_words(record))


def _words(record: Record) -> str:
    """Return what the report says of a failure, and the smallest problem that shows it."""
    lines = [f"{record.id} {record.status}", f"{record.message} {record.says}", f"Source: {record.source}"]
    if record.failure is not None:
        lines += [*problem(record).splitlines(), *record.failure.details.splitlines()]
    return "\n".join(lines)


def unsupported(check: Check, solver: SolverUnderTest) -> str:
    """Return why `solver` cannot be given to `check`, or an empty string."""
    words = solver.lacking(check.observables)
    return words and f"unsupported: {words}"


def parametrize_with_checks(
    solvers: Sequence[Any],
    *,
    expected_failures: ExpectedFailures | None = None,
    only: str | None = None,
    tiers: Iterable[str] | None = None,
    quick: bool = False,
    seed: int = 0,
) -> pytest.MarkDecorator:
    """Return a decorator that makes a test of every check and every solver.

    Parameters
    ----------
    solvers : sequence
        Modules or objects with functions named as in `OBSERVABLES`, or what `load_solver` takes.
    expected_failures : mapping or callable, optional
        Reason in words by check id, or what gives that for a solver. Strict: a check that passes after
        all fails, and so does an id that is none.
    only, tiers : optional
        Selection, as in `electronwind.validation.run.runner.select`.
    quick : bool
        Few problems per check.
    seed : int
        Fixes what is drawn.

    Raises
    ------
    pytest.UsageError
        No solver, a selection without checks, or an expected failure of an unknown id or without a
        reason.
    SolverLoadError
        A solver that is given by name could not be loaded.

    Examples
    --------
    >>> @parametrize_with_checks(["fast"], tiers=["law"])
    ... def test_solver(solver, check):
    ...     check(solver)
    """
    import pytest

    if isinstance(solvers, str) or not solvers:
        raise pytest.UsageError(f"solvers: expected a list of at least one solver, got {solvers!r}")
    checks = all_checks()
    effort = QUICK if quick else FULL
    cases = []
    for given in solvers:
        solver = load(given) if isinstance(given, str) else given
        found = expected_failures(solver) if callable(expected_failures) else expected_failures
        reasons = dict(found or {})
        try:
            refuse_unknown(reasons, checks)
            chosen = select(checks, only, tiers)
        except ValueError as error:
            raise pytest.UsageError(str(error)) from error
        known = SolverUnderTest.opened(solver)
        for check in chosen:
            marks = []
            if words := unsupported(check, known):
                marks.append(pytest.mark.skip(reason=words))
            elif check.id in reasons:
                reason = reasons[check.id]
                marks.append(pytest.mark.xfail(reason=reason, strict=True, raises=CheckFailedError))
            bound = BoundCheck(check, effort, seed)
            cases.append(pytest.param(solver, bound, marks=marks, id=f"{solver_name(solver)}-{check.id}"))
    return pytest.mark.parametrize(("solver", "check"), cases)
