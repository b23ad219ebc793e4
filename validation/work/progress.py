"""How far a command is: a bar in a terminal, elsewhere a plain line now and then."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from .streams import watched

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

__all__ = ["EVERY", "Progress"]

# Seconds between two plain lines.
EVERY = 5.0
WIDTH = 30


class Progress:
    """The progress of a long command, on standard error; a context.

    Parameters
    ----------
    noun : str
        What is counted, in the plural.
    total : int, optional
        How many there are; it may be told later.
    done : int
        How many an earlier run did, whose time is not of this one.
    bad : str
        What those are called that came out badly; nothing is said of them where it is empty.

    Notes
    -----
    A terminal that can draw over itself gets a bar, of one width whatever is written beside it. Anything else
    gets at most a line every `EVERY` seconds, also while one piece of work takes longer than that.
    """

    def __init__(self, noun: str, total: int | None = None, done: int = 0, bad: str = "failed") -> None:
        self._noun, self._total, self._done, self._before = noun, total, done, done
        self._word, self._bad, self._doing = bad, 0, ""
        self._share: float | None = None
        self._start = time.monotonic()
        self._over = threading.Event()
        self._lines: threading.Thread | None = None
        self._bar: Bar | None = None
        if watched(sys.stderr):
            from rich.console import Console

            self._bar = _bar(Console(stderr=True))
            self._task = self._bar.add_task("", total=total, completed=done, bad="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        else:
            self._lines = threading.Thread(target=self._tell, daemon=True)
            self._lines.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._bar is not None:
            self._bar.stop()
        if self._lines is not None:
            self._lines.join()

    def begin(self, doing: str) -> None:
        """Say what is worked on now."""
        self.reached(self._done, doing=doing, bad=self._bad)

    def advance(self, doing: str = "", bad: int = 0) -> None:
        """Count one more, out of all of which `bad` came out badly so far."""
        self.reached(self._done + 1, doing=doing, bad=bad)

    def reached(
        self, done: int, total: int | None = None, doing: str = "", bad: int = 0, share: float | None = None
    ) -> None:
        """State how many are done, of how many; and which share of the work, where not all take as long."""
        self._done, self._doing, self._bad, self._share = done, doing, bad, share
        self._total = self._total if total is None else total
        if self._bar is not None:
            words = f"{bad} {self._word}" if bad else ""
            self._bar.update(self._task, completed=done, total=self._total, description=doing, bad=words)

    def say(self, words: str) -> None:
        """Print a line that stays, above the bar."""
        if self._bar is not None:
            self._bar.console.print(words, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(words, err=True)

    def _tell(self) -> None:
        while not self._over.wait(EVERY):
            click.echo(self.line(time.monotonic() - self._start), err=True)

    def line(self, seconds: float) -> str:
        """Return the plain line after so many seconds."""
        parts = [f"{self._done} {self._noun}"]
        if self._total is not None:
            parts = [f"{self._done} of {self._total} {self._noun}"]
        if self._word:
            parts.append(f"{self._bad} {self._word}")
        parts.append(_duration(seconds))
        fresh = self._done - self._before
        if self._total is not None and fresh > 0 and self._done < self._total:
            share = self._share if self._share is not None else fresh / (self._total - self._before)
            parts.append(f"about {_duration(seconds * (1 / share - 1))} left")
        elif self._doing:
            parts.append(self._doing)
        return ", ".join(parts)


def _bar(console: Console) -> Bar:
    # Slow to load, and of use to terminals only.
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    return Bar(
        TextColumn("[bold]{task.fields[bad]}", table_column=Column(width=11, no_wrap=True)),
        BarColumn(bar_width=WIDTH),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
        console=console,
        transient=True,
        expand=True,
    )


def _duration(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
