"""Solvers in processes of their own: programs in any language, and Python solvers kept apart.

`docs/protocol.md` is the specification of what goes over the line of a program.
"""

from __future__ import annotations

from .apart import Apart
from .handshake import PROTOCOL
from .process import Bounds
from .program import Program

__all__ = ["PROTOCOL", "Apart", "Bounds", "Program"]
