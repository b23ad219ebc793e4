"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Exit"]


class Exit(IntEnum):
    """What a command says to the shell.

    RIGHT all is well; FAILED a check failed; USAGE the question was none, or nothing could be written;
    UNLOADABLE the solver could not be loaded; WORSE `compare` found less than before; NOTHING nothing ran;
    INTERRUPTED by the user.
    """

    RIGHT = 0
    FAILED = 1
    USAGE = 2
    UNLOADABLE = 3
    WORSE = 4
    NOTHING = 5
    INTERRUPTED = 130
