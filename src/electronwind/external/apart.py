"""A Python solver in a process of its own, served by the suite's own worker."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind.calls import Dynamics, Static
from electronwind.errors import SolverProcessError
from electronwind.lookup import search_path
from electronwind.observables import Observable
from electronwind.system import OpenSystem

from .frames import BESIDE, arrays, question, received
from .handshake import Description
from .process import Bounds, quoted
from .program import Program, checked_reply
from .runs import pack

__all__ = ["Apart"]


class Apart(Program):
    """A Python solver in a process of its own, which is asked for runs in time as well.

    Parameters
    ----------
    spec : str
        A Python solver as `electronwind.load_solver` takes it.
    bounds : Bounds, optional
        Time and memory.

    Raises
    ------
    SolverLoadError
        It cannot be loaded, or declares other conventions.
    """

    not_carried = ()
    _framed = True

    def __init__(self, spec: str, bounds: Bounds | None = None) -> None:
        self.spec = spec
        bounds = bounds or Bounds()
        # -P: no file of the working folder stands in for one of the standard library. Whatever else this
        # interpreter would find, the other one finds too.
        worker = (sys.executable, "-P", "-m", "electronwind.external")
        command = (*worker, spec, str(bounds.answer_megabytes), json.dumps(search_path()))
        self._raw, self._family = memoryview(b""), b""
        super().__init__(command, bounds)

    def _start(self) -> Description:
        self._family = b""
        return super()._start()

    def _describe(self, seconds: float) -> dict[str, Any]:
        self._requests += 1
        return self._ask("describe", question(self._requests, "describe"), seconds, lambda: "describe")

    def _value(self, row: Observable, system: OpenSystem, *argument: ArrayLike) -> NDArray[Any]:
        if self.limits.divide(system, *argument):
            return self.limits.piecewise(partial(self._value, row), system, *argument)
        self._ready(row.name)
        if new := self._last[0] is not system:
            self._last = (system, self._requests)
        given = np.array(argument[0], dtype=float) if argument else None
        message = question(self._requests, row.name, self._last[1], system if new else None, given)
        reply = self._ask(
            row.name, message, self._bounds.seconds, partial(self._in_words, row, system, *argument)
        )
        return self._arrays(reply, ("",))[""]

    def _run(self, row: Dynamics | Static, model: Any, *arguments: Any, **options: Any) -> Any:
        self._ready(row.name)
        # The family apart from the rest, so that the worker knows it again.
        family, call = pack(model), pack((arguments, options))
        if new := self._family != family:
            self._family = family
        message = question(self._requests, row.name, family if new else None, call)

        def in_words() -> str:
            said = [repr(value) for value in (model, *arguments)]
            said += [f"{name}={value!r}" for name, value in options.items()]
            return f"{row.name}({', '.join(said)})"

        reply = self._ask(row.name, message, self._bounds.seconds, in_words)
        if reply["value"] is None:
            return None
        fields = self._arrays(reply, row.fields)
        return fields["value"] if tuple(row.fields) == ("value",) else SimpleNamespace(**fields)

    def beside(self, name: str, work: Callable[..., dict[str, NDArray[Any]]], *given: Any) -> Any:
        """Return the arrays, by name, that a function finds which is alone with the solver in its process.

        Parameters
        ----------
        name : str
            What it will ask the solver for.
        work : callable
            ``work(solver, *given)`` returns arrays by name.
        *given
            What else it takes.

        Raises
        ------
        SolverProcessError
            It raised, or did not come back in time.
        UnsupportedError
            Something cannot be put into another process.
        """
        self._ready(name)
        message = question(self._requests, BESIDE, pack((work, given)))
        reply = self._ask(name, message, self._bounds.seconds, lambda: f"{work.__name__}{given!r}")
        return self._arrays(reply, reply["value"])

    def _ask(self, op: str, message: bytes, seconds: float, in_words: Callable[[], str]) -> dict[str, Any]:
        try:
            return super()._ask(op, message, seconds, in_words)
        except BaseException:
            # What became of the system or family on the other side is not known.
            self._last, self._family = (None, 0), b""
            raise

    def _text(self, system: OpenSystem) -> str:
        return json.dumps(system.to_dict(), allow_nan=False)

    def _arrays(self, reply: dict[str, Any], names: Any) -> dict[str, NDArray[Any]]:
        raw, self._raw = self._raw, memoryview(b"")
        return arrays(reply["value"], raw, names)

    def _parsed(self, answer: bytes, op: str) -> dict[str, Any]:
        try:
            reply, self._raw = received(answer)
        except (ValueError, RecursionError):
            raise SolverProcessError(f"wrote {quoted(answer)} where a message was expected") from None
        return checked_reply(reply, answer, self._requests, op)
