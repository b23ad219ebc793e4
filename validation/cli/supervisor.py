"""The process that sets the exit code: it starts the one that judges, and never loads a solver.

A solver in the judge's process may end it, and with any exit code; it may leave threads and processes behind.
Only a judge that came to its end and said so lets a 0 through.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ..core.exit_codes import Exit

__all__ = ["settle", "supervised"]

# Seconds that the judge may take to end after it has said its verdict: a solver's threads may never end.
GRACE = 5.0
LONGEST = 2**16
MOMENT = 0.01

# What the judge wrote, by path, as hashes.
_SETTLED: dict[str, str] = {}


def settle(paths: Iterable[Path]) -> None:
    """Have files looked at again when the judge and all that the solver left behind have ended."""
    for path in paths:
        _SETTLED[str(path.absolute())] = _digest(path)


def _digest(path: Path | str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def supervised(run: Callable[[], int]) -> int:
    """Run in a process of its own, and return the exit code.

    The process keeps the terminal, so that a debugger works. Where it ends without having come to the end of
    `run`, the exit code is not 0. Whatever it leaves behind is ended on Linux, and a file that it settled and
    that somebody changed afterwards is an error.

    Parameters
    ----------
    run : callable
        Returns an exit code.
    """
    if os.name != "posix":
        return run()
    from electronwind.external import keeper

    # Until it is settled whom an interrupt of the user ends, it waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    said, says = os.pipe()
    wake, woken = os.pipe()
    for pipe in (said, woken):
        os.set_blocking(pipe, False)
    spare = frozenset(keeper.children())
    keeper.control(keeper.PR_SET_CHILD_SUBREAPER, 1)
    supervisor = os.getpid()
    with warnings.catch_warnings():
        # Threads of BLAS count as threads to Python, and survive.
        warnings.simplefilter("ignore", DeprecationWarning)
        judge = os.fork()
    if judge == 0:
        for pipe in (said, wake, woken):
            os.close(pipe)
        keeper.control(keeper.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(Exit.FAILED)
        _judge(run, says)
    os.close(says)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(judge, number))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    status, message = _await(judge, said, wake)
    keeper.end_children(spare)
    return _code(status, message)


def _judge(run: Callable[[], int], says: int) -> None:
    """Run, and say the verdict; what the interpreter does at its end is not waited for."""
    process = os.getpid()
    sys.unraisablehook = _not_lost
    try:
        code = run()
    # One that came while another was being answered.
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A child of the solver that came to here has no verdict of its own.
    if os.getpid() != process:
        os._exit(Exit.FAILED)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os.write(says, json.dumps({"code": code, "settled": _SETTLED}).encode())
    sys.exit(code)


def _not_lost(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt again where an interrupt fell into what cannot raise, such as a garbage collection."""
    if lost.exc_type is KeyboardInterrupt:
        # A moment later: what cannot raise has to be over.
        threading.Timer(MOMENT, os.kill, (os.getpid(), signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(lost)


def _await(judge: int, said: int, wake: int) -> tuple[int, bytes]:
    """Return how the judge ended, and what it said."""
    poll = select.poll()
    poll.register(said, select.POLLIN)
    poll.register(wake, select.POLLIN)
    message, deadline = b"", None
    while True:
        ended, status = os.waitpid(judge, os.WNOHANG)
        with suppress(BlockingIOError):
            message += os.read(said, LONGEST)
        if ended:
            return status, message
        if message and deadline is None:
            deadline = time.monotonic() + GRACE
            poll.unregister(said)
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            os.kill(judge, signal.SIGKILL)
            left = None
        if any(ready == wake for ready, _ in poll.poll(None if left is None else 1000 * left)):
            os.read(wake, LONGEST)


def _code(status: int, message: bytes) -> int:
    try:
        verdict: dict[str, Any] = json.loads(message)
    except ValueError:
        ended = os.waitstatus_to_exitcode(status)
        if ended < 0:
            click.echo(f"electronwind: the judge was ended by {signal.Signals(-ended).name}", err=True)
            return 128 - ended
        words = "before it had a verdict: a solver in its process can do that"
        click.echo(f"electronwind: the judge left with exit code {ended} {words}", err=True)
        return ended or Exit.FAILED
    changed = [path for path, digest in verdict["settled"].items() if _digest(path) != digest]
    for path in changed:
        click.echo(f"electronwind: {path} was changed after it was written", err=True)
    return int(verdict["code"]) or (Exit.FAILED if changed else 0)
