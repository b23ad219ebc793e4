"""What a solver says of itself, read once: a claim that changes while the checks run is none."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from electronwind import SolverLoadError, load_solver
from electronwind.external import Bounds
from electronwind.solvers import solver_name, solver_version

__all__ = ["Declared", "load"]

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
            self.name, self.version = solver_name(solver), solver_version(solver)
            said = {claim: getattr(solver, claim, None) for claim in CLAIMS}
        # Properties of a third party, which may do anything.
        except Exception as error:
            words = f"its name, version and claims cannot be read: {type(error).__name__}"
            raise SolverLoadError(f"solver: {words}") from error
        vars(self).update(said)

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_solver"], name)


def load(spec: str, bounds: Bounds | None = None) -> Any:
    """Return the solver that `spec` names, as `load_solver` does, with numpy and warnings left as they were.

    What a module sets for all of its process at import would turn roundings of the suite into errors.
    """
    with np.errstate(), warnings.catch_warnings():
        return load_solver(spec, bounds)
