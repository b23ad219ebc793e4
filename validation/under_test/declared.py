"""What a solver says of itself, read once: a claim that changes while the checks run is none."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from electronwind import SolverLoadError, load_solver
from electronwind.external import Bounds, Program
from electronwind.solvers import OURS, solver_name, solver_version

from .intact import kept

__all__ = ["APART", "Declared", "bounds_of", "ended", "load", "polices", "release"]

# A solver in a process of its own: thirty times the memory that numpy, scipy and the fast solver take, and
# less than most machines have.
APART = Bounds(megabytes=4096)

# A name goes into every file and line.
LONGEST_NAME = 200
CLAIMS = ("accuracy", "time_accuracy", "orders", "limits", "conventions")


class Declared:
    """A solver whose name, version and claims are those of the beginning; its functions are its own.

    Raises
    ------
    SolverLoadError
        An attribute that cannot be read.
    """

    def __init__(self, solver: Any) -> None:
        self._solver = solver
        try:
            with kept():
                self.name, self.version = solver_name(solver), solver_version(solver)
                said = {claim: getattr(solver, claim, None) for claim in CLAIMS}
        except KeyboardInterrupt:
            raise
        # Properties of a third party, which may do anything, and leave as they like.
        except BaseException as error:
            words = f"its name, version and claims cannot be read: {type(error).__name__}"
            raise SolverLoadError(f"solver: {words}") from error
        for name, text in (("name", self.name), ("version", self.version)):
            if len(text) > LONGEST_NAME:
                raise SolverLoadError(f"solver: {name}: expected at most {LONGEST_NAME} characters")
        vars(self).update(said)

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_solver"], name)


def load(spec: str, bounds: Bounds | None = None, *, here: bool = False) -> Any:
    """Return the solver that `spec` names, with numpy and warnings left as they were.

    What a module sets for all of its process at import would turn roundings of the suite into errors.

    Parameters
    ----------
    spec : str
        As `load_solver` takes it.
    bounds : Bounds, optional
        Time and memory. Where none are given, ``fast`` and ``reference`` run in this process, and any other
        solver in a process of its own within `APART`.
    here : bool
        Whether a Python solver runs in this process, where it can be debugged and the suite cannot be
        protected from it.

    Raises
    ------
    SolverLoadError
        As `load_solver`, or bounds for a solver that runs here.
    """
    if here and bounds is not None:
        raise SolverLoadError(f"solver {spec!r}: time and memory are limited in a process of its own only")
    with np.errstate(), warnings.catch_warnings(), kept():
        return load_solver(spec, bounds_of(spec, bounds, here))


def release(solver: Any) -> None:
    """End the process of a solver that was loaded by name, if it has one: it must not outlive its verdict."""
    if (program := _program(solver)) is not None:
        program.close()


def ended(solver: Any) -> bool:
    """Return whether a solver has a process of its own that is gone: the next call starts another."""
    program = _program(solver)
    return program is not None and program.pid is None


def polices(solver: Any) -> bool:
    """Return whether a solver is the one that all others are held against.

    It is our fast solver, here or in a process of its own, by what it is: a name can be borrowed.
    """
    solver = vars(solver).get("_solver", solver) if isinstance(solver, Declared) else solver
    spec = getattr(solver, "spec", None) if isinstance(solver, Program) else None
    return solver is sys.modules.get("electronwind.fast") or spec == "fast"


def _program(solver: Any) -> Program | None:
    if isinstance(solver, Declared):
        solver = vars(solver)["_solver"]
    return solver if isinstance(solver, Program) else None


def bounds_of(spec: str, bounds: Bounds | None, here: bool) -> Bounds | None:
    """Return the bounds of a solver in a process of its own, or None where it runs in this one."""
    inside = here and not spec.startswith("exec:")
    return bounds or (None if inside or spec in OURS else APART)
