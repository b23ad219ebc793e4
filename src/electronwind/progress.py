"""Telling how far a long run is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from .doors import described
from .errors import InvalidSystemError

__all__ = ["checked_progress", "told"]

# Seconds between two lines where there is no terminal.
EVERY = 5.0


def checked_progress(progress: bool | Callable[[float], Any]) -> None:
    """Refuse what is neither a function nor a boolean.

    Raises
    ------
    InvalidSystemError
        Naming `progress`.
    """
    if not (callable(progress) and not isinstance(progress, type)) and not isinstance(progress, bool):
        expected = "True, False or a function of the fraction done"
        raise InvalidSystemError("progress", described(progress), expected)


@contextmanager
def told(progress: bool | Callable[[float], Any], name: str) -> Iterator[Callable[[float], Any]]:
    """Yield a function of the fraction done: the one given, for True a bar or lines, or none.

    The bar is for a terminal; elsewhere there is a plain line every few seconds. Both go to the error output.
    """
    if callable(progress):
        yield progress
    elif progress:
        # Imported where it is asked for: a library that computes need not load a terminal.
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        if not console.is_terminal:
            yield _Lines(name)
            return
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(name, total=1.0)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield lambda _: None


class _Lines:
    """A line for the first fraction that comes after a few seconds, and so on."""

    def __init__(self, name: str) -> None:
        self._name, self._due = name, monotonic() + EVERY

    def __call__(self, done: float) -> None:
        if monotonic() >= self._due:
            # A closed or full error output does not end the run.
            with suppress(OSError, ValueError):
                print(f"{self._name}: {100 * done:.0f} % done", file=sys.stderr, flush=True)
            self._due = monotonic() + EVERY
