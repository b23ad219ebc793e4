"""What a solver in the judge's process may not take from it: its identity, its stack, its streams.

It is a matter of accidents. Who means to deceive the judge and shares its process can; a solver given by its
name does not share it.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from functools import cache
from typing import Any, TextIO

__all__ = ["kept"]


class kept:  # noqa: N801 - used like a function
    """Run a solver inside: what it changed of the process is changed back, and only one process comes out.

    A child that the solver made and that came back from its call would be a second judge, which writes into
    the same files: it ends here.
    """

    def __enter__(self) -> None:
        _spare()
        self._process, self._limit = os.getpid(), sys.getrecursionlimit()
        self._streams = sys.stdout, sys.stderr
        self._interrupted = signal.getsignal(signal.SIGINT)

    def __exit__(self, *raised: object) -> None:
        if os.getpid() != self._process:
            os._exit(1)
        if sys.getrecursionlimit() != self._limit:
            sys.setrecursionlimit(self._limit)
        if signal.getsignal(signal.SIGINT) is not self._interrupted and self._interrupted is not None:
            # Handlers belong to the main thread.
            with suppress(ValueError):
                signal.signal(signal.SIGINT, self._interrupted)
        for descriptor, spare in _spare().items():
            try:
                os.fstat(descriptor)
            except OSError:
                os.dup2(spare, descriptor)
        sys.stdout, sys.stderr = _open(self._streams[0], 1), _open(self._streams[1], 2)


@cache
def _spare() -> dict[int, int]:
    """Return copies of the standard streams, as they were before any solver."""
    found = {}
    for descriptor in (1, 2):
        with suppress(OSError):
            found[descriptor] = os.dup(descriptor)
    return found


def _open(stream: Any, descriptor: int) -> TextIO:
    if not getattr(stream, "closed", False):
        return stream
    words = {"encoding": stream.encoding, "errors": stream.errors}
    return open(descriptor, "w", buffering=1, closefd=False, **words)
