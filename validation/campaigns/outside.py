"""The power of the judge: how many of somebody else's wrong solvers a run finds."""

from __future__ import annotations

import hashlib
import importlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from electronwind import CALLS, SolverLoadError, fast, reference
from electronwind.external.caller import Question, given

from ..core.canonical import canonical
from ..core.fingerprint import suite
from ..core.record import Record
from ..run.runner import BAD, validate
from ..under_test.guard import Guarded, SolverFault, Unsupported
from ..work.executor import processes
from ..work.journal import Journal
from .mutation.results import wilson

__all__ = ["DEPTHS", "Depth", "Power", "Wrong", "measure", "wrong_solvers"]

Depth = Literal["quick", "default", "thorough"]
DEPTHS: tuple[Depth, ...] = ("quick", "default", "thorough")
# What counts as wrong at the probe: far above the rounding of any problem that is not made to be hard.
WRONG = 1e-6
# What a field may be off that is zero but for rounding, as a part of the largest number that comes with it.
ROUNDING = 1e-12

Found = dict[str, str]


@dataclass(frozen=True)
class Wrong:
    """Somebody's wrong solver.

    Attributes
    ----------
    name : str
        Unique in its module.
    says : str
        The mistake in one sentence.
    solver : callable
        Returns the wrong solver, a new one at each call.
    probe : callable
        Returns a call on which the solver gives a wrong answer: the name of a function, then what it takes.
        The reference is asked the same; a solver that is right there counts for nothing. Where both solvers
        of the project refuse the call, any answer is wrong.
    """

    name: str
    says: str
    solver: Callable[[], Any]
    probe: Callable[[], tuple[Any, ...]]


def wrong_solvers(module: str) -> dict[str, Wrong]:
    """Return the wrong solvers of a module by name.

    Parameters
    ----------
    module : str
        Dotted name, found in the current folder too; its attribute `wrong` is a sequence of objects with
        the attributes of `Wrong`.

    Raises
    ------
    SolverLoadError
        No such module, no such attribute, an entry that lacks an attribute, or a name that occurs twice.
    """
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        entries = list(importlib.import_module(module).wrong)
    except KeyboardInterrupt:
        raise
    # A third party's module, which may do anything.
    except BaseException as error:
        words = f"{type(error).__name__}: {error}"
        raise SolverLoadError(
            f"wrong solvers of {module!r}: expected a list called wrong; {words}"
        ) from error
    found: dict[str, Wrong] = {}
    for i, entry in enumerate(entries):
        try:
            one = Wrong(*(getattr(entry, name) for name in Wrong.__dataclass_fields__))
        except AttributeError as error:
            expected = ", ".join(Wrong.__dataclass_fields__)
            raise SolverLoadError(f"{module}.wrong[{i}]: expected {expected}; {error}") from error
        if not isinstance(one.name, str) or one.name in found:
            raise SolverLoadError(f"{module}.wrong[{i}]: expected a name of its own, got {one.name!r:.60}")
        found[one.name] = one
    if not found:
        raise SolverLoadError(f"{module}.wrong: expected at least one wrong solver, got none")
    return found


@dataclass
class Power:
    """What a run finds of them.

    Attributes
    ----------
    module : str
        Where the wrong solvers come from.
    depths : tuple of str
        Kinds of run, out of `DEPTHS`.
    says : dict
        The mistake of each, by name.
    found : dict
        By name: under ``probe`` how wrong it is in words, empty where it is right; under each depth the id
        of the check that found it, empty where none did.
    seconds : float
        Time it took.
    """

    module: str
    depths: tuple[Depth, ...]
    says: dict[str, str]
    found: dict[str, Found] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def wrong(self) -> list[str]:
        """Those that the reference has confirmed to be wrong."""
        return [name for name, row in self.found.items() if row["probe"]]

    @property
    def right(self) -> list[str]:
        """Those that are right where they claim to be wrong: they count for nothing."""
        return [name for name, row in self.found.items() if not row["probe"]]

    def missed(self, depth: Depth) -> list[str]:
        """Return the wrong ones that a run of this kind lets pass."""
        return [name for name in self.wrong if not self.found[name][depth]]

    def rate(self, depth: Depth) -> tuple[float, float, float]:
        """Return the part that a run of this kind finds, and its Wilson interval at 95 %."""
        total = len(self.wrong)
        killed = total - len(self.missed(depth))
        return killed / total, *wilson(killed, total)


def measure(
    module: str,
    depths: Iterable[Depth] = ("quick", "default"),
    *,
    seed: int = 0,
    jobs: int = 1,
    journal: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda done, planned: None,
) -> Power:
    """Let every wrong solver of a module go through whole runs, until a check finds it.

    Parameters
    ----------
    module : str
        As `wrong_solvers` takes it.
    depths : iterable of str
        Kinds of run, out of `DEPTHS`; a deeper one is spared where an earlier one found the mistake.
    seed : int
        Seed of the runs.
    jobs : int
        Number of processes.
    journal : Path, optional
        A line for every solver that is done; those of this suite are not done again.
    on_progress : callable
        Called with the number of solvers done and planned.

    Raises
    ------
    SolverLoadError
        As `wrong_solvers`.
    """
    start = time.perf_counter()
    entries = wrong_solvers(module)
    chosen: tuple[Depth, ...] = tuple(depth for depth in DEPTHS if depth in set(depths))
    power = Power(module, chosen, {name: one.says for name, one in entries.items()})
    work = partial(_work, module, chosen, seed)
    source = Path(str(sys.modules[module].__file__)).read_bytes()
    with Journal(
        journal, canonical([suite(), hashlib.sha256(source).hexdigest(), list(chosen), seed])
    ) as done:
        for name in entries:
            if name in done.known:
                power.found[name] = done.known[name]
        rest = [name for name in entries if name not in power.found]
        for name, row in _each(rest, work, jobs):
            done.keep(name, row)
            power.found[name] = row
            on_progress(len(power.found), len(entries))
    power.found = {name: power.found[name] for name in entries}
    power.seconds = time.perf_counter() - start
    return power


def _each(names: list[str], work: Callable[[str], Found], jobs: int) -> Iterator[tuple[str, Found]]:
    if jobs == 1:
        yield from ((name, work(name)) for name in names)
        return
    pool = processes(jobs)
    try:
        waiting = {pool.submit(work, name): name for name in names}
        for one in as_completed(waiting):
            yield waiting[one], one.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Found(Exception):  # noqa: N818 - ends a run, and reaches nobody
    """A check found the mistake."""


def _work(module: str, depths: tuple[Depth, ...], seed: int, name: str) -> Found:
    """Return how wrong a solver is at its probe, and what finds it."""
    one = wrong_solvers(module)[name]
    row: Found = {"probe": deviation(one.solver(), *one.probe())}
    killer = ""
    for depth in depths:
        killer = killer or _killer(one.solver(), depth, seed)
        row[depth] = killer
    return row


def _killer(solver: Any, depth: Depth, seed: int) -> str:
    """Return the id of the first check that finds a mistake in a run, or an empty string."""
    killed: list[str] = []

    def watch(_: Any, record: Record) -> None:
        if record.status in BAD and record.status != "error":
            killed.append(record.id)
            raise _Found

    try:
        # Overflow is a usual sign of a wrong solver, and no news.
        with np.errstate(all="ignore"):
            validate(solver, quick=depth == "quick", thorough=depth == "thorough", seed=seed, on_record=watch)
    except _Found:
        return killed[0]
    return ""


def deviation(solver: Any, name: str, *arguments: Any) -> str:
    """Return in words how far an answer is from that of the reference, empty where it is not.

    Parameters
    ----------
    solver : object
        The solver.
    name : str
        The function to ask.
    *arguments
        What it takes.
    """
    # Options that say which problem it is may follow the arguments.
    row = CALLS.get(name)
    count = len(arguments) if row is None else len(row.arguments)
    options = dict(zip(row.options, arguments[count:], strict=False)) if row is not None else {}
    problem, *others = arguments[:count]
    question = Question(name, problem, tuple(others), options)
    # First: a solver may write into what it is given.
    right, refusal = _right(question)
    try:
        # Beside the solver itself, with what was given as it is: the guard would mend some mistakes.
        got = Guarded(solver).beside(given, question)
    except SolverFault as fault:
        return "" if refusal else str(fault)
    except Unsupported:
        return ""
    if refusal:
        return f"{name} answers what has no answer: {refusal}"
    wanted = {"value": right} if isinstance(right, np.ndarray) else vars(right)
    fields = {key: (got[key], wanted[key]) for key in got if key in wanted}
    sizes = {key: float(np.max(np.abs(want), initial=0.0)) for key, (_, want) in fields.items()}
    for key, (mine, want) in fields.items():
        if np.shape(mine) != np.shape(want):
            return f"{name} has shape {np.shape(mine)}; expected {np.shape(want)}"
        error, scale = float(np.max(np.abs(mine - want), initial=0.0)), sizes[key]
        if not error <= max(WRONG * scale, ROUNDING * max(sizes.values())):
            part = "" if key == "value" else f" {key}"
            return f"{name}{part} is off by {error / scale if scale else np.inf:.2g} of its size"
    return ""


def _right(question: Question) -> tuple[Any, str]:
    """Return the right answer, or why there is none."""

    def ask(solver: Any) -> Any:
        return getattr(Guarded(solver), question.name)(
            question.problem, *question.arguments, **question.options
        )

    try:
        return ask(reference), ""
    except SolverFault as refused:
        # Two derivations: what is only too hard for one of them has an answer.
        try:
            ask(fast)
        except SolverFault:
            return None, str(refused)
        raise
