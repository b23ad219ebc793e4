"""Tasks that are done once: in this process or in several, each kept in a journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from typing import Any, TypeVar

from ..core.canonical import canonical
from ..work.executor import processes
from ..work.journal import Journal

__all__ = ["kept"]

T = TypeVar("T")
F = TypeVar("F")


@contextmanager
def kept(
    work: Callable[[T], F], jobs: int, done: Journal
) -> Iterator[Callable[[Sequence[T]], Iterator[tuple[T, F]]]]:
    """Give a function that yields tasks and what was found, as they are done; known ones first.

    Parameters
    ----------
    work : callable
        ``work(task)``; tasks and what it finds are plain data.
    jobs : int
        Number of processes.
    done : Journal
        What is in it is not done again.
    """
    pool = processes(jobs) if jobs > 1 else None

    def found(tasks: Iterable[T]) -> Iterator[tuple[T, F]]:
        if pool is None:
            yield from ((task, work(task)) for task in tasks)
            return
        waiting = {pool.submit(work, task): task for task in tasks}
        for one in as_completed(waiting):
            yield waiting[one], one.result()

    def each(tasks: Sequence[T]) -> Iterator[tuple[T, F]]:
        known: list[tuple[T, Any]] = [(task, done.known.get(canonical(task))) for task in tasks]
        yield from ((task, before) for task, before in known if before is not None)
        for task, now in found([task for task, before in known if before is None]):
            done.keep(canonical(task), now)
            yield task, now

    try:
        yield each
    finally:
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
