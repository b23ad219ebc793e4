"""The kill matrix: which check kills which fault."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase

from electronwind import load_solver

from ..checks.catalogue import all_checks
from ..checks.family import laws
from ..core.canonical import canonical
from ..core.check import Problem
from ..core.exit_codes import Exit
from ..core.fingerprint import identity, suite
from ..core.tolerances import tolerance
from ..faults.catalogue import FAULTS
from ..under_test.answers import Misbehaved
from ..under_test.guard import Guarded, SolverFault, Unsupported
from ..under_test.judging import judge_problem
from ..work.effort import FULL
from ..work.journal import Journal
from .lone import LONE
from .tasks import kept

__all__ = ["IDLE", "KILLS", "Matrix", "Verdict", "drawn", "run", "verdict"]

Verdict = Literal["failed", "crashed", "error", "survived"]
# A solver that gives no usable answer is found out as surely as one that gives a wrong one.
KILLS: tuple[Verdict, ...] = ("failed", "crashed")

# Problems on which a check may kill any fault, and one that it names: some need a special system.
FEW, SOME, MANY = 4, 12, 60
# In place of a number: every question of a check that covers kinds of them.
ALL = 0

# Checks that may kill no fault, with the reason why they stay.
IDLE: dict[str, str] = {}

Task = tuple[str, tuple[str, ...], int, bool]
Found = dict[str, Verdict]


# Of some checks only: what the reference computed for a problem is kept as long as its system is.
@lru_cache(maxsize=8)
def drawn(id: str, count: int) -> list[Problem]:
    """Return problems of a check: the same ones in every run, kept with the truths known about them."""
    found: list[Problem] = []

    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType] - an enum lists its members
        phases=[Phase.generate],
    )
    @hypothesis.given(all_checks()[id].problems)
    def keep(problem: Problem) -> None:
        found.append(problem)

    keep()
    # Hypothesis begins with the simplest problem, which hides most mistakes.
    return found[::-1]


@lru_cache(maxsize=8)
def _covered(id: str) -> Sequence[Problem]:
    """Return the problems by which a check covers kinds of questions in a default run."""
    covering = all_checks()[id].covering
    return covering.questions(FULL.strength, 0) if covering else ()


def verdict(id: str, solver: Any, count: int = SOME) -> Verdict:
    """Return what a check says of a solver.

    Parameters
    ----------
    id : str
        The check.
    solver : object
        The solver.
    count : int
        Number of problems; `ALL` for the questions of a check that covers kinds of them.

    Notes
    -----
    A comparison that fails counts for more than a crash, since some mistakes make single problems
    unsolvable: the check goes on to the next one.
    """
    check, guarded = all_checks()[id], Guarded(solver)
    result: Verdict = "survived"
    for problem in _covered(id) if count == ALL else drawn(id, count):
        try:
            # Overflow is a usual sign of a wrong solver, and no news.
            with np.errstate(all="ignore"):
                for comparison, allowed in judge_problem(check, guarded, problem, tolerance):
                    if not comparison.error <= allowed:
                        return "failed"
        # A number where there is none is as wrong as another number, and so is what it did besides.
        except Misbehaved:
            return "failed"
        except SolverFault:
            result = "crashed"
        except Unsupported:
            continue
        # A mistake of the check: it kills nothing, and must be seen.
        except Exception:
            return "error"
    return result


def _work(task: Task) -> Found:
    """Return the verdicts of one check on some faults; stop at the first kill where told to."""
    id, names, count, stop = task
    found: Found = {}
    for name in names:
        found[name] = verdict(id, FAULTS[name].factory(), count)
        if stop and found[name] == "failed":
            break
    return found


@dataclass
class Matrix:
    """What was found.

    Attributes
    ----------
    quick : bool
        Whether the search stopped at the first kill of each fault and of each check.
    faults, checks : tuple of str
        Names of the faults, and ids of the checks whose coverage was judged.
    verdicts : dict
        By fault, then by check: pairs that were tried, or that cannot touch one another.
    seconds : float
        Time it took.
    kills : int
        Where above 0: the search stopped at so many kills of each fault by different checks, and a fault
        with fewer is a thin kill.
    """

    quick: bool
    faults: tuple[str, ...]
    checks: tuple[str, ...]
    verdicts: dict[str, dict[str, Verdict]] = field(default_factory=dict)
    seconds: float = 0.0
    kills: int = 0

    def killers(self, name: str) -> list[str]:
        """Return the ids of the checks that kill a fault."""
        return [id for id, v in self.verdicts.get(name, {}).items() if v in KILLS]

    def killed(self, id: str) -> list[str]:
        """Return the faults that a check sees in the numbers, not by a crash."""
        return [name for name in self.faults if self.verdicts.get(name, {}).get(id) == "failed"]

    @property
    def survivors(self) -> list[str]:
        """Faults that no check kills."""
        return [name for name in self.faults if not self.killers(name)]

    @property
    def thin(self) -> list[str]:
        """Faults that some check kills, and without a reason fewer different ones than were searched for."""
        return [n for n in self.faults if n not in LONE and 0 < len(laws(self.killers(n))) < self.kills]

    @property
    def idle(self) -> list[str]:
        """Checks that kill nothing and give no reason."""
        return [id for id in self.checks if id not in IDLE and not self.killed(id)]

    @property
    def broken(self) -> dict[str, list[str]]:
        """Checks that are themselves at fault, and the faults that they broke on."""
        found: dict[str, list[str]] = {}
        for name in self.faults:
            for id, said in self.verdicts.get(name, {}).items():
                if said == "error":
                    found.setdefault(id, []).append(name)
        return found

    @property
    def exit_code(self) -> int:
        """Return 0 where every fault is killed, often enough, every check kills one and none breaks."""
        bad = self.survivors or self.thin or self.idle or self.broken or not self.faults
        return Exit.FAILED if bad else Exit.RIGHT

    def note(self, id: str, found: Mapping[str, Verdict]) -> None:
        """Enter the verdicts of a check; one that broke once stays broken."""
        for name, said in found.items():
            row = self.verdicts.setdefault(name, {})
            if row.get(id) != "error":
                row[id] = said


def run(
    names: Iterable[str] | None = None,
    *,
    quick: bool = False,
    kills: int = 0,
    jobs: int = 1,
    journal: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda done, planned: None,
) -> Matrix:
    """Run the checks of the suite on faults.

    Parameters
    ----------
    names : iterable of str, optional
        Faults; all where none is given. Whether each check kills one is judged for all faults only.
    quick : bool
        Stop at the first kill of each fault, and of each check.
    kills : int
        Where above 0: stop at so many kills of each fault by different checks, each of which judges as many
        problems as in a default run. One law asked of several observables is one check.
    jobs : int
        Number of processes.
    journal : Path, optional
        A line for every task that is done; those of this suite and this fast solver are not done again.
    on_progress : callable
        Called with the number of tasks done and of tasks planned.
    """
    start = time.perf_counter()
    chosen = tuple(FAULTS if names is None else names)
    # Dear checks first: at the end no process waits for the last one.
    ids = sorted(all_checks(), key=lambda id: all_checks()[id].cost != "dear")
    matrix = Matrix(quick, chosen, tuple(all_checks()) if names is None and not kills else (), kills=kills)
    key = canonical([suite(), identity("fast", load_solver("fast"))])
    with Journal(journal, key) as done, kept(_work, jobs, done) as each:

        def sweep(tasks: list[Task]) -> None:
            for count, (task, found) in enumerate(each(tasks), 1):
                matrix.note(task[0], found)
                on_progress(count, len(tasks))

        if kills:
            _often(matrix, ids, sweep)
        elif quick:
            _quick(matrix, ids, sweep)
        else:
            sweep([(id, _touched(id, chosen), FEW, False) for id in ids])
            # A check owes a verdict on the faults that it names.
            sweep([task for id in ids if (task := _owed(matrix, id, chosen))[1]])
    matrix.seconds = time.perf_counter() - start
    return matrix


def _quick(matrix: Matrix, ids: list[str], sweep: Callable[[list[Task]], None]) -> None:
    if matrix.checks:
        for count in (SOME, MANY):
            idle = set(matrix.idle)
            sweep([(id, _named(id, matrix.faults), count, True) for id in ids if id in idle])
    cheap = sorted(ids, key=lambda id: (all_checks()[id].cost == "dear", all_checks()[id].tier != "law"))
    for naming, count in ((True, SOME), (True, MANY), (False, SOME)):
        for depth in range(len(cheap)):
            # Faults that wait for the same check share its problems.
            tasks: dict[str, list[str]] = {}
            for name in matrix.survivors:
                asked = [id for id in cheap if _worth_asking(id, name, naming)]
                if depth < len(asked):
                    tasks.setdefault(asked[depth], []).append(name)
            if not tasks:
                break
            sweep([(id, tuple(names), count, False) for id, names in tasks.items()])


def _often(matrix: Matrix, ids: list[str], sweep: Callable[[list[Task]], None]) -> None:
    """Ask checks one after another until enough different ones kill each fault."""
    left = {name: _asked_first(name, ids) for name in matrix.faults}
    while any(left.values()):
        tasks: dict[str, list[str]] = {}
        for name, asked in left.items():
            known, enough = laws(matrix.killers(name)), 1 if name in LONE else matrix.kills
            # Another observable of a law that killed it says nothing new.
            asked[:] = [id for id in asked if not known & laws([id])] if len(known) < enough else []
            if asked:
                tasks.setdefault(asked.pop(0), []).append(name)
        sweep([(id, tuple(names), _by_default(id), False) for id, names in tasks.items()])


def _asked_first(name: str, ids: Iterable[str]) -> list[str]:
    """Return the checks that a fault touches, first those that likely kill it and cost little.

    Which are those that name it, then every law once before any of another observable: what one of them does
    not see, the law mostly sees nowhere. Those that hold answers against others see more than relations among
    the solver's own.
    """
    checks, asked = all_checks(), Counter[str]()
    rank: dict[str, tuple[bool, bool, int, bool, int]] = {}
    for id in ids:
        if not _touched(id, (name,)):
            continue
        check, (law,) = checks[id], laws([id])
        cost = ("cheap", "dear", "long").index(check.cost)
        own = check.tier not in ("cross", "table", "analytic")
        rank[id] = name not in check.catches, check.cost == "long", asked[law], own, cost
        asked[law] += 1
    return sorted(rank, key=rank.__getitem__)


def _by_default(id: str) -> int:
    """Return the number of problems that a check judges in a default run."""
    check = all_checks()[id]
    if check.covering is not None:
        return ALL
    return FULL.cheap if check.cost == "cheap" else FULL.dear


def _worth_asking(id: str, name: str, naming: bool) -> bool:
    """Return whether a check names a fault or else is cheap and may see it."""
    check = all_checks()[id]
    if naming:
        return name in check.catches
    return name not in check.catches and check.cost == "cheap" and bool(_touched(id, (name,)))


def _touched(id: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the faults that change what a check asks for."""
    return tuple(name for name in names if set(FAULTS[name].observables) & set(all_checks()[id].observables))


def _named(id: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the faults that a check names, those that few checks name first."""
    chosen = set(names) & set(all_checks()[id].catches)
    return tuple(sorted(chosen, key=lambda name: (_fame()[name], name)))


@cache
def _fame() -> Mapping[str, int]:
    """Return how many checks name each fault."""
    fame = dict.fromkeys(FAULTS, 0)
    for check in all_checks().values():
        for name in check.catches:
            fame[name] += 1
    return fame


def _owed(matrix: Matrix, id: str, names: Iterable[str]) -> Task:
    missed = [name for name in _named(id, names) if matrix.verdicts[name].get(id) != "failed"]
    return id, tuple(missed), MANY, False
