"""Telling how far a long run is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from electronwind import InvalidSystemError
from electronwind.doors import described

__all__ = ["checked_progress", "told"]


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
def told(progress: bool | Callable[[float], Any]) -> Iterator[Callable[[float], Any]]:
    """Yield a function of the fraction done: the one given, a bar on a terminal for True, or none."""
    if callable(progress):
        yield progress
    elif progress:
        # Imported where it is asked for: a library that computes need not load a terminal.
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task("ehrenfest", total=1.0)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield lambda _: None
