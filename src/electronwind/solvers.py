"""What a solver is called, where it is, and what it offers: by name, entry point, module or object."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .calls import NAMES
from .errors import SolverLoadError
from .lookup import import_solver, module_file, two_of_one_name
from .spelling import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

__all__ = [
    "ENTRY_POINTS",
    "OURS",
    "entry_points",
    "lacking",
    "load_python",
    "namesakes",
    "offers",
    "solver_file",
    "solver_name",
    "solver_version",
]

ENTRY_POINTS = "electronwind.solvers"
OURS = ("fast", "reference")


def entry_points() -> EntryPoints:
    """Return the entry points of solvers that are installed."""
    # What reads them takes a third as long to load as numpy; our own solvers need none.
    from importlib import metadata

    return metadata.entry_points(group=ENTRY_POINTS)


def load_python(spec: str) -> Any:
    """Return the Python solver of that name, loaded into this process; `load_solver` has checked its form.

    Raises
    ------
    SolverLoadError
        Nothing of that name, or its import failed; the original error is chained.
    """
    if spec in OURS:
        return importlib.import_module(f"electronwind.{spec}")
    try:
        found = entry_points()
        if spec in found.names:
            solver = found[spec].load()
        else:
            module, _, path = spec.partition(":")
            solver = import_solver(module)
            for part in filter(None, path.split(".")):
                solver = getattr(solver, part)
        return solver() if isinstance(solver, type) else solver
    except (KeyboardInterrupt, MemoryError):
        raise
    # A third party's module may fail in any way at import, SystemExit included.
    except BaseException as error:
        known = ("fast", "reference", *entry_points().names)
        words = f"{type(error).__name__}: {error}{did_you_mean(spec, error, known)}"
        raise SolverLoadError(f"solver {spec!r}: {words}") from error


def solver_file(spec: str) -> str | None:
    """Return the file of the module that `load_solver` takes for `spec`, without running any of it.

    None where there is none, such as for a command.
    """
    module = spec.partition(":")[0]
    if module in ("", "exec"):
        return None
    if spec in OURS:
        module = f"electronwind.{spec}"
    elif spec in (named := entry_points()).names:
        module = named[spec].module
    return module_file(module)


def namesakes(spec: str) -> str:
    """Return in words what else has the name of a solver in the current folder, or an empty string."""
    module = spec.partition(":")[0]
    if module in ("", "exec", *OURS) or spec in entry_points().names:
        return ""
    return two_of_one_name(module)


def offers(solver: Any) -> tuple[str, ...]:
    """Return the names of the observables and runs that `solver` has functions for."""
    return tuple(name for name in NAMES if callable(getattr(solver, name, None)))


def lacking(solver: Any, names: Iterable[str]) -> str:
    """Return in words why `solver` cannot be asked for all of `names`, or an empty string."""
    offered = offers(solver)
    missing = [name for name in names if name not in offered]
    if barred := [name for name in missing if name in getattr(solver, "not_carried", ())]:
        reason = "the protocol of programs carries systems, no families"
        return f"{reason}: it cannot ask for {' or '.join(barred)}"
    return f"the solver does not offer {' and '.join(missing)}" if missing else ""


def solver_name(solver: Any) -> str:
    """Return the name a solver gives itself, or that of its module or class."""
    name = getattr(solver, "name", None) or getattr(solver, "__name__", None)
    return str(name or type(solver).__name__).removeprefix("electronwind.")


def solver_version(solver: Any) -> str:
    """Return the version a solver gives itself, or an empty string."""
    return str(getattr(solver, "version", None) or getattr(solver, "__version__", ""))
