"""The other end of the line: a Python solver that answers requests in a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from typing import Any, BinaryIO

import numpy as np

from electronwind.claims import declared_orders
from electronwind.errors import SolverLoadError
from electronwind.models import Model
from electronwind.observables import DYNAMICS, OBSERVABLES
from electronwind.solvers import load_solver, offers, solver_name, solver_version
from electronwind.system import OpenSystem

from .handshake import PROTOCOL
from .runs import encode_run, unpack
from .wire import encode

__all__ = ["main", "serve"]

PR_SET_PDEATHSIG = 1


class _Server:
    """A Python solver, and what the requests to it have in common."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._solver: Any = None
        self._system: tuple[dict[str, Any], OpenSystem] | None = None
        self._model: tuple[str, Model] | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what answers a request, whatever the solver does."""
        try:
            if self._solver is None:
                self._solver = load_solver(self._spec)
            if request["op"] == "describe":
                return _described(self._solver)
            if request["op"] in DYNAMICS:
                return {"value": self._run(request)}
            return {"value": encode(self._value(request))}
        except NotImplementedError as error:
            return {"error": "unsupported", "message": str(error) or "not implemented for this system"}
        except SolverLoadError as error:
            return {"error": "failed", "message": str(error)}
        # SystemExit included: the next request may fare better.
        except (Exception, SystemExit) as error:
            message = f"{type(error).__name__}: {error}".rstrip(": ")
            return {"error": "failed", "message": message, "details": traceback.format_exc()}

    def _value(self, request: dict[str, Any]) -> Any:
        row = OBSERVABLES[request["op"]]
        argument = [np.asarray(request[row.argument], dtype=float)] if row.argument else []
        for array in argument:
            array.setflags(write=False)
        # As in the process of the suite: a scalar is a Python float, a system that is asked about again
        # is the same object.
        passed = [array if array.ndim else float(array) for array in argument]
        given = request["system"]
        if self._system is None or self._system[0] != given:
            self._system = (given, OpenSystem.from_dict(given))
        system = self._system[1]
        value = getattr(self._solver, row.name)(system, *passed)
        if system.to_dict() != given:
            self._system = None
            raise RuntimeError("it changed the system that it was given")
        return value

    def _run(self, request: dict[str, Any]) -> dict[str, Any] | None:
        row = DYNAMICS[request["op"]]
        # As in the process of the suite: a family that is asked about again is the same object, its
        # arrays are read-only, and the other arguments are copies.
        given = request["model"]
        if self._model is None or self._model[0] != given:
            self._model = (given, unpack(given))
        arguments, options = unpack(request["call"])
        result = getattr(self._solver, row.name)(self._model[1], *arguments, **options)
        return encode_run(row, result)


def serve(spec: str, requests: BinaryIO, answers: BinaryIO) -> None:
    """Load a solver, and answer one request per line until the end of the input.

    Parameters
    ----------
    spec : str
        The solver, as `load_solver` takes it.
    requests, answers : file
        Bytes, one JSON object per line.
    """
    server = _Server(spec)
    for line in requests:
        request = json.loads(line)
        said = {"id": request["id"], **server.answer(request)}
        answers.write(json.dumps(said).encode() + b"\n")
        answers.flush()


def _described(solver: Any) -> dict[str, Any]:
    said = {
        "protocol": PROTOCOL,
        "name": solver_name(solver),
        "version": solver_version(solver),
        "observables": [name for name in offers(solver) if name in OBSERVABLES],
        # Between the suite and this worker only: the protocol of programs carries systems, not motions.
        "runs": [name for name in offers(solver) if name in DYNAMICS],
        "orders": declared_orders(getattr(solver, "orders", None)),
    }
    for name in ("accuracy", "time_accuracy", "limits", "conventions"):
        if (value := getattr(solver, name, None)) is not None:
            said[name] = value
    # What is no data, such as a function that happens to have one of these names, goes over as words.
    return json.loads(json.dumps(said, default=lambda v: v.item() if isinstance(v, np.generic) else repr(v)))


def main() -> None:
    """Serve the solver that the command line names, on standard input and output."""
    if sys.platform == "linux":
        # A solver that hangs would otherwise outlive a judge that is killed.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # What the solver prints goes to the error output, and what it reads is empty: nothing that it does
    # by accident gets between the lines.
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    serve(sys.argv[1], requests, answers)
