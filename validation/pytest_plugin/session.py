"""The checks as items of a pytest session, without any test file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pytest

from electronwind import SolverLoadError

from ..checks.catalogue import all_checks, select
from ..core.check import Check
from ..under_test.loading import load
from ..under_test.solver import SolverUnderTest
from ..work.effort import FULL, QUICK
from .parametrize import BoundCheck, CheckFailedError, unsupported

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged:
    """The solver of a session, and what it is to be judged by.

    Attributes
    ----------
    solver : SolverUnderTest
        The solver.
    checks : list of Check
        What was selected.
    quick : bool
        Few problems per check.
    seed : int
        Fixes what is drawn.
    """

    solver: SolverUnderTest
    checks: Sequence[Check]
    quick: bool
    seed: int

    @classmethod
    def load(cls, spec: str, tiers: Iterable[str] | None, quick: bool, seed: int) -> Self:
        """Return the solver that `spec` names with the checks of some tiers.

        Raises
        ------
        pytest.UsageError
            It cannot be loaded, or the selection holds no check.
        """
        try:
            return cls(SolverUnderTest.opened(load(spec)), select(all_checks(), None, tiers), quick, seed)
        except (SolverLoadError, ValueError) as error:
            raise pytest.UsageError(f"electronwind: {error}") from error

    @property
    def header(self) -> str:
        """The line at the head of the session."""
        missing = sum(bool(self.solver.lacking(check.observables)) for check in self.checks)
        effort = "quick, " if self.quick else ""
        return (
            f"electronwind: solver {self.solver.name} {self.solver.version}".rstrip()
            + f", {len(self.checks)} checks, {missing} of them not supported ({effort}seed {self.seed})"
        )

    def items(self, session: pytest.Session) -> Iterator[pytest.Item]:
        """Yield an item per check."""
        parent = _Checks.from_parent(session, name="electronwind", nodeid="electronwind")
        parent.judged = self
        yield from parent.collect()


class _Checks(pytest.Collector):
    """The node above the items."""

    judged: Judged

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item per check."""
        effort = QUICK if self.judged.quick else FULL
        for check in self.judged.checks:
            item: _CheckItem = _CheckItem.from_parent(self, name=check.id)
            item.electronwind_check = BoundCheck(check, effort, self.judged.seed)
            item.solver = self.judged.solver
            if words := unsupported(check, self.judged.solver):
                item.add_marker(pytest.mark.skip(reason=words))
            yield item


class _CheckItem(pytest.Item):
    """One check on the solver of the session."""

    electronwind_check: BoundCheck
    solver: Any

    def runtest(self) -> None:
        """Judge the solver."""
        self.electronwind_check(self.solver)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what the report says, without a traceback through the suite."""
        if isinstance(excinfo.value, CheckFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Say where the item is: in no file; a skipped one must have a line nevertheless."""
        return "electronwind", 0, f"electronwind: {self.name}"
