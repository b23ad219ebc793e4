"""Loading a solver by its name: ours here, any other in a process of its own, within bounds."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from electronwind import SolverLoadError, load_solver
from electronwind.external import Bounds
from electronwind.solvers import OURS

from .intact import kept

__all__ = ["APART", "bounds_of", "load"]

# A solver in a process of its own: thirty times the memory that numpy, scipy and the fast solver take, and
# less than most machines have.
APART = Bounds(megabytes=4096)


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


def bounds_of(spec: str, bounds: Bounds | None, here: bool) -> Bounds | None:
    """Return the bounds of a solver in a process of its own, or None where it runs in this one."""
    inside = here and not spec.startswith("exec:")
    return bounds or (None if inside or spec in OURS else APART)
