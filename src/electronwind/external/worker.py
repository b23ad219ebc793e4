"""The other end of the line: a Python solver that answers requests in a process of its own."""

from __future__ import annotations

import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from electronwind.calls import CALLS
from electronwind.claims import declared_orders
from electronwind.dynamics import answered
from electronwind.errors import SolverLoadError
from electronwind.lookup import admit
from electronwind.models import Model
from electronwind.observables import OBSERVABLES
from electronwind.solvers import load_python, offers, solver_name, solver_version
from electronwind.system import OpenSystem

from .frames import BESIDE, LENGTH, answer, numbers
from .handshake import PROTOCOL
from .runs import unpack
from .wire import encode, filled

__all__ = ["main", "serve"]

CHUNK = 2**20
# Where what a solver says is cut, in characters: longer than what the suite keeps of it.
SAID = 30_000


class _Server:
    """A Python solver, and what the requests to it have in common."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._process = os.getpid()
        self._loaded: Any = None
        self._system: tuple[Any, OpenSystem, list[bytes]] | None = None
        self._model: Model | None = None

    @property
    def solver(self) -> Any:
        """The solver, loaded by the first request: its failure is an answer."""
        if self._loaded is None:
            self._loaded = load_python(self._spec)
        return self._loaded

    def guarded(self, respond: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return what `respond` does, or what the solver did instead, in words."""
        try:
            return respond()
        except NotImplementedError as error:
            return {"error": "unsupported", "message": _said(error) or "not implemented for this system"}
        except SolverLoadError as error:
            return {"error": "failed", "message": _said(error)}
        # SystemExit included, and whatever the solver calls an error: the next request may fare better.
        except BaseException as error:
            message = f"{type(error).__name__}: {_said(error)}".rstrip(": ")
            return {"error": "failed", "message": message, "details": traceback.format_exc()[-SAID:]}
        finally:
            # A child of the solver that came back from its call: there is one worker.
            if os.getpid() != self._process:
                os._exit(1)

    def value(self, op: str, key: Any, given: Callable[[], OpenSystem], argument: Any) -> Any:
        """Return the value of an observable; a system of the same key as before is the same object."""
        passed = [] if argument is None else [np.array(argument, dtype=float)]
        for array in passed:
            array.setflags(write=False)
        if self._system is None or self._system[0] != key:
            system = given()
            self._system = (key, system, _bytes(system))
        _, system, before = self._system
        # As in the process of the suite: a scalar is a Python float.
        value = getattr(self.solver, op)(system, *(a if a.ndim else float(a) for a in passed))
        if _bytes(system) != before:
            self._system = None
            raise RuntimeError("it changed the system that it was given")
        return filled(value, OBSERVABLES[op].shape(system, np.shape(passed[0]) if passed else ()))

    def run(self, op: str, model: bytes | None, call: bytes) -> dict[str, Any] | None:
        """Return the fields of a run in time; where no family is given, it is the one of before."""
        if model is not None:
            self._model = unpack(model)
        arguments, options = unpack(call)
        result = getattr(self.solver, op)(self._model, *arguments, **options)
        return None if result is None else answered(result, CALLS[op].fields)

    def beside(self, packed: bytes) -> dict[str, Any]:
        """Return what a function of the suite finds next to the solver itself."""
        work, given = unpack(packed)
        return dict(work(self.solver, *given))

    def described(self) -> dict[str, Any]:
        """Return what the solver says of itself."""
        solver = self.solver
        said = {
            "protocol": PROTOCOL,
            "name": _encodable(solver_name(solver)),
            "version": _encodable(solver_version(solver)),
            "observables": [name for name in offers(solver) if name in OBSERVABLES],
            # Between the suite and this worker only: the protocol of programs carries systems, no families.
            "runs": [name for name in offers(solver) if name in CALLS],
            "orders": declared_orders(getattr(solver, "orders", None)),
        }
        for name in ("accuracy", "time_accuracy", "limits", "conventions"):
            if (value := getattr(solver, name, None)) is not None:
                said[name] = value
        # What is no data, such as a function that happens to have one of these names, goes over as words.
        text = json.dumps(said, default=lambda v: v.item() if isinstance(v, np.generic) else repr(v))
        return json.loads(text)


def _said(error: BaseException) -> str:
    return str(error)[:SAID]


def _encodable(text: str) -> str:
    """Return a text whose halves of characters, which no encoding has, are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _bytes(system: OpenSystem) -> list[bytes]:
    parts = [vars(part).values() for part in (system, *system.leads)]
    return [value.tobytes() for values in parts for value in values if isinstance(value, np.ndarray)]


def _owned(system: OpenSystem) -> OpenSystem:
    """Return a system out of a pickle, its arrays like those of one that was made here, and read-only."""
    for part in (system, *system.leads):
        for name, value in vars(part).items():
            if isinstance(value, np.ndarray):
                own = np.array(value, order="C")
                own.setflags(write=False)
                vars(part)[name] = own
    return system


def serve(spec: str, requests: BinaryIO, answers: BinaryIO) -> None:
    """Load a solver, and answer one request per line, as `docs/protocol.md` says, until the input ends.

    Parameters
    ----------
    spec : str
        The solver, as `load_python` takes it.
    requests, answers : file
        Bytes, one JSON object per line.
    """
    server = _Server(spec)
    for line in requests:
        request = json.loads(line)

        def respond(request: dict[str, Any] = request) -> dict[str, Any]:
            if request["op"] == "describe":
                return server.described()
            given = request["system"]
            argument = request.get(OBSERVABLES[request["op"]].argument)
            value = server.value(request["op"], given, lambda: OpenSystem.from_dict(given), argument)
            return {"value": encode(value)}

        said = {"id": request["id"], **server.guarded(respond)}
        answers.write(json.dumps(said).encode() + b"\n")
        answers.flush()


def serve_frames(spec: str, megabytes: int, requests: int, answers: int) -> None:
    """Load a solver, and answer the suite, message by message, until the input ends.

    Parameters
    ----------
    spec : str
        The solver, as `load_python` takes it.
    megabytes : int
        Length of one answer.
    requests, answers : int
        File descriptors.
    """
    server = _Server(spec)
    for message in _messages(requests):
        id, op, *rest = pickle.loads(message)
        arrays: dict[str, NDArray[Any]] | None = None

        def respond(op: str = op, rest: list[Any] = rest) -> dict[str, Any]:
            nonlocal arrays
            if op == "describe":
                return server.described()
            if op == BESIDE or op in CALLS:
                fields = server.beside(*rest) if op == BESIDE else server.run(op, *rest)
                if fields is None:
                    return {"value": None}
                arrays = {name: _named(name, value, megabytes) for name, value in fields.items()}
            else:
                key, system, argument = rest
                arrays = {"": numbers(server.value(op, key, lambda: _owned(system), argument), megabytes)}
            return {}

        said = server.guarded(respond)
        for piece in answer(id, said, None if said else arrays):
            view = memoryview(piece)
            while view:
                view = view[os.write(answers, view) :]


def _named(name: str, value: Any, megabytes: int) -> NDArray[Any]:
    try:
        return numbers(value, megabytes)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{error} in {name}") from error


def _messages(pipe: int) -> Iterator[memoryview]:
    came = bytearray()
    while True:
        while len(came) < LENGTH.size or len(came) < (end := LENGTH.size + LENGTH.unpack_from(came)[0]):
            if not (chunk := os.read(pipe, CHUNK)):
                return
            came += chunk
        yield memoryview(bytes(came[LENGTH.size : end]))
        del came[:end]


def main() -> None:
    """Serve the solver that the command line names, on standard input and output."""
    # What the solver prints goes to the error output, and what it reads is empty: nothing that it does
    # by accident gets between the answers.
    requests, answers = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    if len(sys.argv) > 2:
        admit(json.loads(sys.argv[3]))
        serve_frames(sys.argv[1], int(sys.argv[2]), requests, answers)
    else:
        serve(sys.argv[1], os.fdopen(requests, "rb"), os.fdopen(answers, "wb"))
