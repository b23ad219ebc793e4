"""Running checks in several processes. Each loads the solver by its name."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from electronwind.external import Bounds
from electronwind.solvers import OURS

from ..checks.catalogue import all_checks
from ..core.record import Record
from ..under_test import guard
from ..under_test.loading import APART, load
from ..under_test.solver import SolverUnderTest
from ..work.effort import Effort, Patience
from ..work.executor import leave_with_parent
from ..work.spawning import FRESH
from .trial import run_check

__all__ = ["run_parallel"]

# Seconds after which a call of one of our solvers in a process of the suite is taken for one that never ends:
# no run of the reference takes as long. Any other solver has the time that it has in a process of its own,
# which watches that itself.
ENDLESS = 1800.0
# Seconds between two looks at what hangs.
LOOK = 1.0
# Seconds that a process may take to end when there is no work left.
GRACE = 5.0


@dataclass(frozen=True)
class _Task:
    """What all checks of a run have in common."""

    spec: str
    effort: Effort
    seed: int
    bounds: Bounds | None
    here: bool


def run_parallel(
    ids: Sequence[str],
    spec: str,
    effort: Effort,
    seed: int,
    jobs: int,
    bounds: Bounds | None = None,
    here: bool = False,
) -> Iterator[Record]:
    """Yield the record of each check as it is finished.

    A process that ends, or whose call of the solver does not, costs the check that it was at.

    Parameters
    ----------
    ids : sequence of str
        Checks of the suite.
    spec : str
        The solver, as `load_solver` takes it.
    effort, seed
        As for `run_check`.
    jobs : int
        Number of processes.
    bounds, here : optional
        As for `loading.load`.

    Raises
    ------
    SolverLoadError
        A process could not load the solver.
    """
    task, left = _Task(spec, effort, seed, bounds, here), list(reversed(ids))
    hands: list[_Hand] = []
    try:
        while left or any(hand.at for hand in hands):
            while left and len(hands) < jobs:
                hands.append(_Hand(task))
            for hand in hands:
                if left and not hand.at:
                    hand.give(left.pop())
            wait([hand.line for hand in hands], LOOK)
            for hand in list(hands):
                if (record := hand.take()) is not None:
                    yield record
                if not hand.alive:
                    hands.remove(hand)
    finally:
        for hand in hands:
            hand.end()


class _Hand:
    """A process that runs one check after the other."""

    def __init__(self, task: _Task) -> None:
        self.line, theirs = FRESH.Pipe()
        self._since = FRESH.RawValue(ctypes.c_double, 0.0)
        ours = task.spec in OURS or not task.here
        self._limit = ENDLESS if ours else APART.seconds
        self._process = FRESH.Process(target=_serve, args=(theirs, self._since, task), daemon=False)
        self._process.start()
        theirs.close()
        self.at = ""
        self.alive = True

    def give(self, id: str) -> None:
        """Have the process run a check."""
        self.at = id
        # One that has ended is found out by what it does not say.
        with suppress(OSError):
            self.line.send(id)

    def take(self) -> Record | None:
        """Return the record of the check that it is at, where there is one by now."""
        since = self._since.value
        if self.line.poll():
            with suppress(EOFError, OSError):
                found = self.line.recv()
                if isinstance(found, Exception):
                    raise found
                self.at = ""
                return found
            words = "The solver ended the process that it ran in."
        elif since and time.monotonic() - since > self._limit:
            words = f"A call of the solver did not end within {self._limit:g} s."
        else:
            return None
        self.end()
        if not self.at:
            return None
        check, self.at = all_checks()[self.at], ""
        return Record(check.id, check.tier, check.observables, check.source, check.says, "crashed", words)

    def end(self) -> None:
        """End the process: at once where it is at a check."""
        self.alive = False
        self.line.close()
        if not self.at:
            # It ends its solver.
            self._process.join(GRACE)
        self._process.kill()
        self._process.join()


def _serve(line: Connection, since: Any, task: _Task) -> None:
    """Run the checks that are asked for, until the line is closed."""
    leave_with_parent()
    guard.CALL = since
    # A user's interrupt reaches all processes of the terminal; the first one says so.
    solver, patience = None, Patience(task.effort)
    with suppress(EOFError, KeyboardInterrupt, OSError):
        try:
            while True:
                check = all_checks()[line.recv()]
                solver = solver or SolverUnderTest.opened(load(task.spec, task.bounds, here=task.here))
                line.send(run_check(check, solver, effort=task.effort, seed=task.seed, patience=patience))
        except (EOFError, OSError):
            raise
        except Exception as error:
            line.send(error)
    if solver is not None:
        solver.release()
