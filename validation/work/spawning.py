"""Fresh interpreters for the work of the suite: none inherits what a solver in this process has changed."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess

from electronwind import lookup

__all__ = ["FRESH", "SAFE", "untouched"]

# Keeps a file of the working folder from standing in for one of the standard library in a new interpreter.
SAFE = "PYTHONSAFEPATH"
# Exit code of a process that the user interrupted.
INTERRUPTED = 130


class _FreshProcess(SpawnProcess):
    """A process that imports the suite from where this one did, whatever lies in folders of solvers."""

    def start(self) -> None:
        self._safe = SAFE in os.environ
        with untouched(), _uninterrupted():
            super().start()

    def run(self) -> None:
        if not self._safe:
            # Programs under test are started as the user would.
            os.environ.pop(SAFE, None)
        try:
            _interruptible()
            super().run()
        # The process that the user sees says so.
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None


def _interruptible() -> None:
    if os.name == "posix":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep back interrupts: a process that starts meanwhile does so until it is ready to be interrupted."""
    if os.name != "posix":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _FreshContext(SpawnContext):
    Process = _FreshProcess


# A fork would copy locks that threads of numerical libraries hold.
FRESH = _FreshContext()


@contextmanager
def untouched() -> Iterator[None]:
    """Take back for a moment what the lookup of solvers made searched: a new interpreter gets this path.

    This one has its numpy already; that one would take a ``numpy.py`` beside a solver for it.
    """
    path, before = sys.path, os.environ.get(SAFE)
    ours, kept = Counter(lookup.ADMITTED), list[str]()
    # Who searches such a folder on their own account has it there twice.
    for folder in path:
        if ours[folder]:
            ours[folder] -= 1
        else:
            kept.append(folder)
    sys.path, os.environ[SAFE] = kept, "1"
    try:
        yield
    finally:
        sys.path = path
        if before is None:
            del os.environ[SAFE]
        else:
            os.environ[SAFE] = before
