"""Where a large campaign runs: in local processes, or on a Dask cluster."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import click

from .spawning import FRESH, untouched

__all__ = ["executor", "leave_with_parent", "processes"]

# Seconds between two looks at the workers of a cluster.
EVERY = 4.0


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
        No scheduler answers there, or not any more.
    concurrent.futures.BrokenExecutor
        Processes, or the workers of a cluster, died at one and the same work more often than is allowed.
    """
    if scheduler is not None:
        import distributed
        from distributed.comm.core import CommClosedError

        connect: Any = distributed.Client
        try:
            client = connect(scheduler, timeout=10)
        except (OSError, ValueError) as error:
            raise ConnectionError(f"scheduler {scheduler}: {error}") from error
        with client, client.get_executor(pure=False) as cluster, _watched(client, scheduler):
            try:
                yield cluster
            except distributed.KilledWorker as error:
                raise BrokenExecutor(str(error)) from error
            # What is under way is given up by the client when its scheduler is gone.
            except (CancelledError, distributed.CancelledError, CommClosedError) as error:
                words = "it does not answer any more; what is finished is kept, run the command again"
                raise ConnectionError(f"scheduler {scheduler}: {words}") from error
        return
    others = set(multiprocessing.active_children())
    pool = processes(jobs)
    try:
        yield pool
    finally:
        try:
            pool.shutdown(wait=True, cancel_futures=True)
        # An interrupt came before the thread of the pool was started, which alone ends its processes.
        except RuntimeError:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()


@contextmanager
def _watched(client: Any, scheduler: str) -> Iterator[None]:
    """Say every few seconds that a cluster has no worker: its work waits, and nothing else would tell."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(EVERY):
            # While the scheduler is gone there is nothing to say of its workers.
            with suppress(Exception):
                if client.status == "running" and not client.scheduler_info()["workers"]:
                    click.echo(f"electronwind: scheduler {scheduler} has no worker; waiting", err=True)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    # It logs the end of a connection with a traceback; we say it in words.
    for handler in logging.getLogger("distributed").handlers:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        done.set()
        watcher.join()


def processes(jobs: int) -> ProcessPoolExecutor:
    """Return a pool of local processes, which end with this one even where it is killed."""
    # Its first lock starts an interpreter, too: that which clears away what processes share.
    with untouched():
        return ProcessPoolExecutor(jobs, mp_context=FRESH, initializer=leave_with_parent)


def leave_with_parent() -> None:
    """End this process when its parent is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
