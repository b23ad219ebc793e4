"""Solvers in processes of their own: programs in any language, and Python solvers kept apart.

`docs/protocol.md` is the specification of what goes over the line.
"""

from __future__ import annotations

import shlex
import sys

from .handshake import PROTOCOL
from .process import Bounds
from .program import Program

__all__ = ["PROTOCOL", "Bounds", "Program", "command"]


def command(spec: str) -> list[str]:
    """Return the command that speaks the protocol for a solver.

    Parameters
    ----------
    spec : str
        ``exec:COMMAND``, or a Python solver as `electronwind.load_solver` takes it, which is then served
        by a process of its own.
    """
    if spec.startswith("exec:"):
        return shlex.split(spec.removeprefix("exec:"))
    return [sys.executable, "-m", "electronwind.external", spec]
