"""Running checks in several processes. Each loads the solver by its name."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from typing import Any

from electronwind.external import Bounds

from .declared import Declared, load
from .effort import Effort, Patience
from .executor import processes
from .report.model import Record
from .runner import all_checks
from .trial import run_check

__all__ = ["run_parallel"]


def run_parallel(
    ids: Sequence[str],
    spec: str,
    effort: Effort,
    seed: int,
    jobs: int,
    bounds: Bounds | None = None,
) -> Iterator[Record]:
    """Yield the record of each check as it is finished.

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
    bounds : Bounds, optional
        Time and memory of the solver, which then runs in processes of its own.
    """
    left = list(ids)
    try:
        with _pool(jobs) as pool:
            tasks = {pool.submit(_work, id, spec, effort, seed, bounds): id for id in ids}
            for task in as_completed(tasks):
                record = task.result()
                left.remove(tasks[task])
                yield record
    except BrokenProcessPool:
        # The solver took a process with it. Alone in a process, the check that did it is known.
        for id in left:
            yield _alone(id, spec, effort, seed, bounds)


@cache
def _solver(spec: str, bounds: Bounds | None) -> Any:
    # Kept for the checks to come: a program is started once per process.
    return Declared(load(spec, bounds))


@cache
def _patience(effort: Effort) -> Patience:
    # That of this process, which works for one run only.
    return Patience(effort)


def _work(id: str, spec: str, effort: Effort, seed: int, bounds: Bounds | None) -> Record:
    check, solver = all_checks()[id], _solver(spec, bounds)
    return run_check(check, solver, effort=effort, seed=seed, patience=_patience(effort))


def _alone(id: str, spec: str, effort: Effort, seed: int, bounds: Bounds | None) -> Record:
    with _pool(1) as pool:
        task: Future[Record] = pool.submit(_work, id, spec, effort, seed, bounds)
        try:
            return task.result()
        except BrokenProcessPool:
            check = all_checks()[id]
            words = "The solver ended the process that it ran in."
            return Record(id, check.tier, check.observables, check.source, check.says, "crashed", words)


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool whose processes are ended, not waited for, when the user interrupts."""
    before = set(multiprocessing.active_children())
    pool = processes(jobs)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
