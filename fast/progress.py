"""Telling how far a long run is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from electronwind import InvalidSystemError

__all__ = ["told"]


@contextmanager
def told(progress: bool | Callable[[float], Any]) -> Iterator[Callable[[float], Any]]:
    """Yield a function of the fraction done: the one given, a bar on a terminal for True, or none.

    Raises
    ------
    InvalidSystemError
        Neither a function nor a boolean.
    """
    if callable(progress):
        yield progress
    elif progress is True:
        # Imported where it is asked for: a library that computes need not load a terminal.
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task("ehrenfest", total=1.0)
            yield lambda done: bar.update(task, completed=done)
    elif progress is False:
        yield lambda _: None
    else:
        raise InvalidSystemError("progress", repr(progress), "True, False or a function of the fraction done")
