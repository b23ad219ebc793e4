"""Where a large campaign runs: in local processes, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

__all__ = ["executor", "leave_with_parent", "processes"]


@contextmanager
def executor(jobs: int, scheduler: str | None = None) -> Iterator[Executor]:
    """Give an executor: local processes, or a Dask cluster.

    Parameters
    ----------
    jobs : int
        Number of local processes.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://host:port``, to use instead.

    Raises
    ------
    ModuleNotFoundError
        A scheduler was given and distributed is not installed.
    ConnectionError
        No scheduler answers there.
    concurrent.futures.BrokenExecutor
        Processes, or the workers of a cluster, died at one and the same work more often than is allowed.
    """
    if scheduler is not None:
        import distributed

        connect: Any = distributed.Client
        try:
            client = connect(scheduler, timeout=10)
        except (OSError, ValueError) as error:
            raise ConnectionError(f"scheduler {scheduler}: {error}") from error
        with client, client.get_executor(pure=False) as cluster:
            try:
                yield cluster
            except distributed.KilledWorker as error:
                raise BrokenExecutor(str(error)) from error
        return
    pool = processes(jobs)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def processes(jobs: int) -> ProcessPoolExecutor:
    """Return a pool of local processes, which end with this one even where it is killed."""
    # A fresh interpreter: a fork would copy locks that threads of numerical libraries hold.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=leave_with_parent)


def leave_with_parent() -> None:
    """End this process when its parent is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
