"""Loading a solver: into this process, or by command or on request into one of its own."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from .errors import SolverLoadError
from .solvers import ENTRY_POINTS, entry_points, load_python
from .spelling import malformed

if TYPE_CHECKING:
    from .external import Bounds, Program

__all__ = ["load_solver"]


def load_solver(spec: str, bounds: Bounds | None = None) -> Any:
    """Return the solver that `spec` names.

    Parameters
    ----------
    spec : str
        ``fast``, ``reference``, the name of an entry point in the group ``electronwind.solvers``,
        ``package.module[:object]``, or ``exec:COMMAND`` for a program that speaks the protocol of
        `electronwind.external`. The current folder is searched first. A class is called without
        arguments to make the solver.
    bounds : Bounds, optional
        Time and memory. With it a Python solver is served by another interpreter, apart from this one.

    Raises
    ------
    SolverLoadError
        Nothing of that name, or its import failed; the original error is chained.
    """
    kind, _, rest = spec.partition(":")
    if not spec or (kind == "exec" and not rest.strip()):
        raise SolverLoadError(
            f"solver {spec!r}: expected fast, reference, an entry point in {ENTRY_POINTS!r}, "
            "package.module[:object], or exec:COMMAND"
        )
    if kind != "exec" and (words := malformed(spec)) and spec not in entry_points().names:
        raise SolverLoadError(f"solver {spec!r}: {words}")
    if kind == "exec" or bounds is not None:
        return _load_apart(spec, bounds)
    return load_python(spec)


def _load_apart(spec: str, bounds: Bounds | None) -> Program:
    from .external import Apart, Program

    try:
        if spec.startswith("exec:"):
            return Program(shlex.split(spec.removeprefix("exec:")), bounds)
        return Apart(spec, bounds)
    # A ValueError: quotes in the command that do not match.
    except (SolverLoadError, ValueError) as error:
        # The other process has said which solver, too.
        words = str(error).removeprefix(f"failed: solver {spec!r}: ")
        raise SolverLoadError(f"solver {spec!r}: {words}") from error
