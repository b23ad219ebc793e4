"""A process that is asked line by line, and cannot take its caller with it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from electronwind.errors import SolverProcessError

__all__ = ["Bounds", "Process", "quoted"]

MEGABYTE = 2**20
CHUNK = 2**20
# Seconds that a process may take to end once its input is closed.
GRACE = 1.0
# Lines of the error output that are kept, and the bytes that they may have together.
LAST_LINES = 20
LAST_BYTES = 2**14


@dataclass(frozen=True)
class Bounds:
    """What a process may use.

    Attributes
    ----------
    seconds : float
        Time for one answer. The start, with its imports, is given `STARTUP` seconds at least.
    megabytes : int or None
        Private memory of the process that it can write to; None sets no limit.
    answer_megabytes : int
        Length of one answer.
    """

    seconds: float = 60.0
    megabytes: int | None = None
    answer_megabytes: int = 32


class Process:
    """A running program with lines on its standard input and output.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; no shell reads them.
    bounds : Bounds
        After a breach of any of them the process is killed with all its children.

    Raises
    ------
    SolverProcessError
        The program does not exist or cannot be executed.
    """

    def __init__(self, command: Sequence[str], bounds: Bounds) -> None:
        if os.name != "posix":
            raise SolverProcessError("cannot be run: solvers in processes of their own need POSIX")
        if shutil.which(command[0]) is None:
            raise SolverProcessError(f"cannot be run: there is no executable {command[0]!r}")
        if bounds.megabytes is not None:
            # Not the address space: Java and the WebAssembly of node reserve tens of gigabytes of it that
            # they never touch. The shell sets the limit before the program starts, so its children
            # inherit it; `exec` leaves no shell behind.
            limit = str(bounds.megabytes * MEGABYTE // 1024)
            command = ("/bin/sh", "-c", 'ulimit -d "$0" && exec "$@"', limit, *command)
        self._bounds = bounds
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._in, self._out, self._err = (
            pipe.fileno() for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr)
        )
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe, False)
        self._answer = bytearray()
        self._said = bytearray()
        self.close = weakref.finalize(self, _end, self._popen)

    @property
    def last_lines(self) -> list[str]:
        """The last lines that the process wrote on its error output."""
        if self.close.alive:
            self._listen()
        return self._said.decode("utf-8", "replace").splitlines()[-LAST_LINES:]

    def ask(self, line: bytes, seconds: float) -> bytes:
        """Return the line with which the process answers `line`.

        Raises
        ------
        SolverProcessError
            No answer in time, a longer one than is allowed, output without being asked, or the end of
            the process. The process is gone then.
        """
        try:
            return self._ask(line, seconds)
        except BaseException:
            # An interrupt of the user included: the answer that is still to come must go nowhere.
            self.kill()
            raise

    def _ask(self, line: bytes, seconds: float) -> bytes:
        self._read()
        self.refuse_surplus()
        deadline = time.monotonic() + seconds
        unsent = memoryview(line)
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        poll.register(self._err, select.POLLIN)
        poll.register(self._in, select.POLLOUT)
        searched = 0
        while True:
            left = deadline - time.monotonic()
            events = dict(poll.poll(max(left, 0.0) * 1000))
            # Whoever keeps writing without an end to the line hangs as well.
            if not events or left < 0:
                half = f"; {quoted(self._answer)} is all that came" if self._answer else ""
                raise SolverProcessError(f"did not answer within {seconds:g} s{half}", hung=True)
            if self._err in events and not self._listen():
                poll.unregister(self._err)
            if self._in in events:
                unsent = self._send(unsent)
                if not unsent:
                    poll.unregister(self._in)
            if self._out not in events:
                continue
            ended = not self._read()
            if (end := self._answer.find(b"\n", searched)) >= 0:
                answer = bytes(self._answer[:end])
                del self._answer[: end + 1]
                if unsent:
                    raise SolverProcessError(f"wrote {quoted(answer)} before it had read the request")
                return answer
            searched = len(self._answer)
            if searched > self._bounds.answer_megabytes * MEGABYTE:
                most = f"{self._bounds.answer_megabytes} MB"
                raise SolverProcessError(f"sent an answer longer than {most}, {quoted(self._answer)}")
            if ended:
                self._raise_end()

    def refuse_surplus(self) -> None:
        """Raise where the process has written more than it was asked for."""
        if self._answer:
            raise SolverProcessError(f"wrote {quoted(self._answer)} after its answer")

    def _send(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[os.write(self._in, unsent) :]
        except BlockingIOError:
            return unsent
        # It reads no more; what it wrote before, or its end, tells why.
        except BrokenPipeError:
            return unsent[:0]

    def _read(self) -> bool:
        """Take what the process has written; return False at its end."""
        try:
            chunk = os.read(self._out, CHUNK)
        except BlockingIOError:
            return True
        self._answer += chunk
        return bool(chunk)

    def _listen(self) -> bool:
        """Take what is on the error output, and keep the end of it; return False at its end."""
        try:
            chunk = os.read(self._err, CHUNK)
        except BlockingIOError:
            return True
        self._said += chunk
        del self._said[:-LAST_BYTES]
        return bool(chunk)

    def _raise_end(self) -> NoReturn:
        half = f", after half a line, {quoted(self._answer)}" if self._answer else ""
        try:
            code = self._popen.wait(GRACE)
        except subprocess.TimeoutExpired:
            raise SolverProcessError(f"closed its output instead of answering{half}") from None
        if code >= 0:
            raise SolverProcessError(f"ended with exit code {code} instead of answering{half}")
        words = (signal.strsignal(-code) or "").lower()
        raise SolverProcessError(f"was ended by {signal.Signals(-code).name} ({words}){half}")

    def kill(self) -> None:
        """End the process and its children at once."""
        if self.close.alive:
            _kill(self._popen)
            self._popen.wait()
            self._listen()
            self.close()


def _kill(popen: subprocess.Popen[bytes]) -> None:
    # It leads a session of its own, so its children end with it.
    with suppress(OSError):
        os.killpg(popen.pid, signal.SIGKILL)


def _end(popen: subprocess.Popen[bytes]) -> None:
    """Let the process end by itself, or end it."""
    for pipe in (popen.stdin, popen.stdout, popen.stderr):
        if pipe is not None:
            pipe.close()
    with suppress(subprocess.TimeoutExpired):
        popen.wait(GRACE)
    _kill(popen)
    popen.wait()


def quoted(raw: bytes | bytearray, length: int = 60) -> str:
    """Return the beginning of what a process wrote, for a sentence."""
    text = bytes(raw[: 4 * length]).decode("utf-8", "replace")
    return repr(text[:length]) + ("..." if len(text) > length or len(raw) > 4 * length else "")
