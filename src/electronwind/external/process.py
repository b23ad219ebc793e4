"""A process that is asked message by message, and cannot take its caller with it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NoReturn

from electronwind.errors import SolverProcessError

from .frames import LENGTH

__all__ = ["Bounds", "Process", "quoted"]

MEGABYTE = 2**20
CHUNK = 2**20
# Seconds that a process may take to end once its input is closed.
GRACE = 1.0
# Seconds of one wait: the system counts no longer one, and the next begins where it ends.
LONGEST = 1e6
# Lines of the error output that are kept, and the bytes that they may have together.
LAST_LINES = 20
LAST_BYTES = 2**14
# Bytes of a message beside its numbers.
HEADER = 2**16


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
    """A running program that is asked over its standard input and answers over its standard output.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; no shell reads them.
    bounds : Bounds
        After a breach of any of them the process is killed with all its children.
    framed : bool
        Whether a message is a length and as many bytes; otherwise it is a line.

    Raises
    ------
    SolverProcessError
        The program does not exist.
    """

    def __init__(self, command: Sequence[str], bounds: Bounds, framed: bool = False) -> None:
        if os.name != "posix":
            raise SolverProcessError("cannot be run: solvers in processes of their own need POSIX")
        if shutil.which(command[0]) is None:
            raise SolverProcessError(f"cannot be run: there is no executable {command[0]!r}")
        self._bounds, self._framed = bounds, framed
        kilobytes = (bounds.megabytes or 0) * MEGABYTE // 1024
        ours, theirs = os.pipe()
        try:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _keeper(), str(ours), str(kilobytes), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                pass_fds=(ours,),
            )
        except BaseException:
            os.close(theirs)
            raise
        finally:
            os.close(ours)
        self._solver: int | None = None
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._in, self._out, self._err = (
            pipe.fileno() for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr)
        )
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe, False)
            _widen(pipe)
        self._answers = select.poll()
        self._answers.register(self._out, select.POLLIN)
        self._answers.register(self._err, select.POLLIN)
        self._answer = bytearray()
        self._said = bytearray()
        self.close = weakref.finalize(self, _end, self._popen, theirs)

    @property
    def solver(self) -> int | None:
        """The process itself, which is the first child of its keeper; None where nothing says which."""
        if self._solver is None:
            keeper = self._popen.pid
            with suppress(OSError, IndexError), open(f"/proc/{keeper}/task/{keeper}/children") as file:
                self._solver = int(file.read().split()[0])
        return self._solver

    @property
    def last_lines(self) -> list[str]:
        """The last lines that the process wrote on its error output."""
        if self.close.alive:
            self._listen()
        return self._said.decode("utf-8", "replace").splitlines()[-LAST_LINES:]

    def ask(self, message: bytes, seconds: float) -> bytes:
        """Return what the process answers to `message`, without the line feed or the length.

        Raises
        ------
        SolverProcessError
            No answer in time, a longer one than is allowed, output without being asked, or the end of
            the process. The process is gone then.
        """
        try:
            return self._ask(message, seconds)
        except BaseException:
            # An interrupt of the user included: the answer that is still to come must go nowhere.
            self.kill()
            raise

    def _ask(self, message: bytes, seconds: float) -> bytes:
        self._read()
        self.refuse_surplus()
        deadline = time.monotonic() + seconds
        unsent = self._send(memoryview(message))
        if unsent:
            self._answers.register(self._in, select.POLLOUT)
        try:
            return self._await(unsent, deadline, seconds)
        finally:
            if unsent:
                self._answers.unregister(self._in)

    def _await(self, unsent: memoryview, deadline: float, seconds: float) -> bytes:
        while True:
            left = deadline - time.monotonic()
            events = dict(self._answers.poll(min(max(left, 0.0), LONGEST) * 1000))
            # Whoever keeps writing without an end to the message hangs as well.
            if left < 0 or (not events and left <= LONGEST):
                half = f"; {quoted(self._answer)} is all that came" if self._answer else ""
                raise SolverProcessError(f"did not answer within {seconds:g} s{half}", hung=True)
            if self._err in events and not self._listen():
                self._answers.unregister(self._err)
            if self._in in events:
                unsent = self._send(unsent)
                if not unsent:
                    self._answers.modify(self._in, 0)
            if self._out not in events:
                continue
            searched = len(self._answer)
            ended = not self._read()
            if (answer := self._whole(searched)) is not None:
                if unsent:
                    raise SolverProcessError(f"wrote {quoted(answer)} before it had read the request")
                return answer
            if ended:
                self._raise_end()

    def _whole(self, searched: int) -> bytes | None:
        """Return the answer where all of it has come; the first `searched` bytes hold no end of a line."""
        most, came = self._bounds.answer_megabytes * MEGABYTE, len(self._answer)
        if self._framed:
            if came < LENGTH.size:
                return None
            start, end, after = LENGTH.size, *(LENGTH.size + LENGTH.unpack_from(self._answer)[0],) * 2
            length = end - HEADER
        else:
            end = self._answer.find(b"\n", searched)
            start, after = 0, end + 1
            length = came
        # Before it is waited for.
        if length > most:
            words = f"sent an answer longer than {self._bounds.answer_megabytes} MB"
            raise SolverProcessError(words if self._framed else f"{words}, {quoted(self._answer)}")
        if end < 0 or end > came:
            return None
        answer = bytes(self._answer[start:end])
        del self._answer[:after]
        return answer

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
        half = (
            f", after half a {'message' if self._framed else 'line'}, {quoted(self._answer)}"
            if self._answer
            else ""
        )
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
            found = self.close.detach()
            assert found is not None
            _, _, (popen, line), _ = found
            _kill(popen, line)
            self._listen()
            _shut(popen)


def _kill(popen: subprocess.Popen[bytes], line: int) -> None:
    """Have the keeper end the solver and all that came of it, or end both."""
    os.close(line)
    with suppress(subprocess.TimeoutExpired):
        popen.wait(GRACE)
        return
    # A solver can stop its keeper; it ends with it.
    popen.kill()
    popen.wait()


def _end(popen: subprocess.Popen[bytes], line: int) -> None:
    """Let the process end by itself, or end it."""
    _shut(popen)
    with suppress(subprocess.TimeoutExpired):
        popen.wait(GRACE)
    _kill(popen, line)


def _shut(popen: subprocess.Popen[bytes]) -> None:
    for pipe in (popen.stdin, popen.stdout, popen.stderr):
        if pipe is not None:
            pipe.close()


@cache
def _keeper() -> str:
    return resources.files("electronwind.external").joinpath("keeper.py").read_text(encoding="utf-8")


def _widen(pipe: int) -> None:
    """Let more than a few pages through a pipe at a time, where the system grants it."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, CHUNK)


def quoted(raw: bytes | bytearray, length: int = 60) -> str:
    """Return the beginning of what a process wrote, for a sentence."""
    text = bytes(raw[: 4 * length]).decode("utf-8", "replace")
    return repr(text[:length]) + ("..." if len(text) > length or len(raw) > 4 * length else "")
