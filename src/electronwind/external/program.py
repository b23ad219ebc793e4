"""A solver that is a program: what it is asked, and what becomes of its answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind.calls import CALLS, Dynamics, Static
from electronwind.errors import SolverLoadError, SolverProcessError, UnsupportedError
from electronwind.observables import OBSERVABLES, Observable
from electronwind.system import OpenSystem

from .handshake import Description, greeting
from .process import Bounds, Process, quoted
from .wire import decode, hexadecimal

__all__ = ["SENTENCE", "Program", "checked_reply"]

# Seconds granted to the start of a program at least: imports and compilation are no answers.
STARTUP = 60.0
# Hundreds of checks ask for the same observable: after so many waits in vain it is not asked for again.
HANGS = 3
# Where requests and messages are cut, in characters.
SHOWN = 20_000
SENTENCE = 500


class Program:
    """A solver in a process of its own, with the functions that it declares.

    The process is started once and answers all requests. After a breach of the protocol or of its
    bounds it is killed, and the next request starts it again.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; no shell reads them.
    bounds : Bounds, optional
        Time and memory.

    Attributes
    ----------
    name, version, accuracy, time_accuracy, orders, limits
        As the program describes itself.
    not_carried : tuple of str
        What it cannot be asked for, whatever it can do: runs in time.

    Raises
    ------
    SolverLoadError
        The program cannot be run, gives no usable description, or declares other conventions.
    """

    not_carried: tuple[str, ...] = tuple(CALLS)
    _framed = False

    def __init__(self, command: Sequence[str], bounds: Bounds | None = None) -> None:
        self._command = tuple(command)
        self._bounds = bounds or Bounds()
        self._process: Process | None = None
        self._requests = 0
        self._hung: Counter[str] = Counter()
        self._last: tuple[OpenSystem | None, Any] = (None, 0)
        try:
            self._described = self._start()
        except (SolverProcessError, UnsupportedError) as error:
            raise SolverLoadError(str(error)) from error
        self.name, self.version = self._described.name, self._described.version
        self.accuracy, self.limits = self._described.accuracy, self._described.limits
        self.time_accuracy, self.orders = self._described.time_accuracy, self._described.orders

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not name.startswith("_"):
            if name in self._described.observables:
                return partial(self._value, OBSERVABLES[name])
            if name in self._described.runs:
                return partial(self._run, CALLS[name])
        raise AttributeError(f"the program {' '.join(self._command)!r} offers no {name!r}")

    @property
    def pid(self) -> int | None:
        """The process of the solver; None where there is none now, or nothing says which (Linux does)."""
        return None if self._process is None else self._process.solver

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _start(self) -> Description:
        self._process = Process(self._command, self._bounds, self._framed)
        self._last = (None, 0)
        try:
            reply = self._describe(max(STARTUP, self._bounds.seconds))
            return Description.read(reply, worker=self._framed)
        except BaseException:
            self.close()
            raise

    def _start_again(self) -> None:
        try:
            found = self._start()
        except (SolverLoadError, SolverProcessError, UnsupportedError) as error:
            details = getattr(error, "details", "")
            raise SolverProcessError(f"could not be started again: {error}", details) from error
        if found != self._described:
            self.close()
            raise SolverProcessError("described itself otherwise when it was started again")

    def _ready(self, op: str) -> None:
        """See that there is a process to ask, unless it was waited for in vain too often."""
        if self._hung[op] >= HANGS:
            words = f"did not answer within {self._bounds.seconds:g} s {HANGS} times, and is not asked again"
            raise SolverProcessError(words, hung=True)
        if self._process is None:
            self._start_again()
        self._requests += 1

    def _describe(self, seconds: float) -> dict[str, Any]:
        self._requests += 1
        request = self._request("describe", json.dumps(greeting())[1:-1])
        return self._ask("describe", request.encode() + b"\n", seconds, lambda: request)

    def _value(self, row: Observable, system: OpenSystem, *argument: ArrayLike) -> NDArray[Any]:
        # Nested lists cannot tell the axes behind an empty one: no program could read the request.
        if 0 in (*system.shape, *map(np.size, argument)):
            raise UnsupportedError("an empty batch or list, which nested lists cannot hold")
        if self.limits.divide(system, *argument):
            return self.limits.piecewise(partial(self._value, row), system, *argument)
        self._ready(row.name)
        request = self._in_words(row, system, *argument)
        reply = self._ask(row.name, request.encode() + b"\n", self._bounds.seconds, lambda: request)
        try:
            return decode(reply["value"])
        except (ValueError, RecursionError) as error:
            raise SolverProcessError(f"answered with a value that is none: {error}") from error

    def _run(self, row: Dynamics | Static, model: Any, *arguments: Any, **options: Any) -> Any:
        raise UnsupportedError(f"{row.name}: the protocol of programs carries systems, no families")

    def _in_words(self, row: Observable, system: OpenSystem, *argument: ArrayLike) -> str:
        """Return a request as the protocol writes it."""
        more = f'"system": {self._text(system)}'
        for value in argument:
            numbers = self._floats(np.asarray(value, dtype=float).tolist())
            more += f', "{row.argument}": {json.dumps(numbers)}'
        return self._request(row.name, more)

    def _request(self, op: str, more: str) -> str:
        return f'{{"id": {self._requests}, "op": "{op}", {more}}}'

    def _text(self, system: OpenSystem) -> str:
        """Return the system as JSON; the same one is often asked about again."""
        if self._last[0] is not system:
            self._last = (system, json.dumps(self._floats(system.to_dict()), allow_nan=False))
        return str(self._last[1])

    def _floats(self, data: Any) -> Any:
        return hexadecimal(data) if self._described.floats == "hexadecimal" else data

    def _ask(self, op: str, message: bytes, seconds: float, in_words: Callable[[], str]) -> dict[str, Any]:
        """Return the answer to a request, as long as it is no error.

        `in_words` says what was asked where the answer is to be put into a record.
        """
        assert self._process is not None
        try:
            reply = self._parsed(self._process.ask(message, seconds), op)
            self._process.refuse_surplus()
        except SolverProcessError as error:
            self._hung[op] += error.hung
            self._process.kill()
            said = self._process.last_lines
            self._process = None
            words = f"{error}; its last words: {said[-1]:.200}" if said else str(error)
            raise SolverProcessError(words, _details(in_words(), said), error.hung) from None
        # An interrupt of the user ends the process too.
        except BaseException:
            self._process = None
            raise
        if "error" not in reply:
            return reply
        told = _words(reply.get("message", ""), SENTENCE)
        if reply["error"] == "unsupported":
            raise UnsupportedError(told or "not supported for this system")
        said = [*_words(reply.get("details", ""), SHOWN).splitlines(), *self._process.last_lines]
        raise SolverProcessError(f"failed: {told}".rstrip(": "), _details(in_words(), said))

    def _parsed(self, answer: bytes, op: str) -> dict[str, Any]:
        """Return the answer on a line, or refuse it in words."""
        try:
            reply = json.loads(answer.decode("utf-8"))
        except (ValueError, RecursionError):
            reply = None
        return checked_reply(reply, answer, self._requests, op)


def checked_reply(reply: Any, answer: bytes, id: int, op: str) -> dict[str, Any]:
    """Return the plain data of an answer, or refuse them in words."""
    if not isinstance(reply, dict):
        raise SolverProcessError(f"wrote {quoted(answer)} where an answer, one JSON object, was expected")
    if reply.get("id") != id or isinstance(reply.get("id"), bool):
        raise SolverProcessError(f"answered request {id} with the id {reply.get('id')!r:.40}")
    if "error" in reply:
        if reply["error"] not in ("unsupported", "failed"):
            raise SolverProcessError(f"sent the error {reply['error']!r:.40}; expected unsupported or failed")
    elif op != "describe" and "value" not in reply:
        raise SolverProcessError(f"sent neither value nor error: {quoted(answer)}")
    return reply


def _words(value: Any, length: int) -> str:
    """Return what a program says as text that can be written to a file, and is not endless."""
    text = str(value)
    cut = text if len(text) <= length else f"{text[:length]}... ({len(text)} characters)"
    # JSON can hold halves of characters, which no encoding has.
    return cut.strip().encode("utf-8", "backslashreplace").decode("utf-8")


def _details(request: str, said: Sequence[str]) -> str:
    words = ["It was asked", _words(request, SHOWN)]
    return "\n".join([*words, "It said on its error output", *said] if said else words)
