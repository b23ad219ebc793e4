"""Finding a solver: by name, by entry point, by module or by object."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from .errors import SolverLoadError
from .observables import OBSERVABLES

__all__ = ["ENTRY_POINTS", "load_solver", "offers", "solver_name", "solver_version"]

ENTRY_POINTS = "electronwind.solvers"


def load_solver(spec: str) -> Any:
    """Return the solver that `spec` names.

    Parameters
    ----------
    spec : str
        ``fast``, ``reference``, the name of an entry point in the group ``electronwind.solvers``, or
        ``package.module[:object]``. The current folder is searched too. A class is called without
        arguments to make the solver.

    Raises
    ------
    SolverLoadError
        Nothing of that name, or its import failed; the original error is chained.
    """
    if not spec or spec.startswith("exec:"):
        raise SolverLoadError(
            f"solver {spec!r}: expected fast, reference, an entry point in {ENTRY_POINTS!r}, "
            "or package.module[:object]"
        )
    if spec in ("fast", "reference"):
        return importlib.import_module(f"electronwind.{spec}")
    try:
        found = entry_points(group=ENTRY_POINTS)
        if spec in found.names:
            solver = found[spec].load()
        else:
            module, _, path = spec.partition(":")
            here = str(Path.cwd())
            if here not in sys.path:
                sys.path.insert(0, here)
            solver = importlib.import_module(module)
            for part in filter(None, path.split(".")):
                solver = getattr(solver, part)
        return solver() if isinstance(solver, type) else solver
    except (KeyboardInterrupt, MemoryError):
        raise
    # A third party's module may fail in any way at import, SystemExit included.
    except BaseException as error:
        raise SolverLoadError(f"solver {spec!r}: {type(error).__name__}: {error}") from error


def offers(solver: Any) -> tuple[str, ...]:
    """Return the names of the observables that `solver` has functions for."""
    return tuple(name for name in OBSERVABLES if callable(getattr(solver, name, None)))


def solver_name(solver: Any) -> str:
    """Return the name a solver gives itself, or that of its module or class."""
    name = getattr(solver, "name", None) or getattr(solver, "__name__", None)
    return str(name or type(solver).__name__).removeprefix("electronwind.")


def solver_version(solver: Any) -> str:
    """Return the version a solver gives itself, or an empty string."""
    return str(getattr(solver, "version", None) or getattr(solver, "__version__", ""))
