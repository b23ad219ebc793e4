"""Standard output and error on which no command fails: its result does not depend on who listens."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["colour", "console", "forgiving", "watched"]

# How an encoding may deal with what it does not know. All others raise an error on some text.
SAFE = ("ignore", "replace", "backslashreplace", "xmlcharrefreplace", "namereplace")
# Seconds until a pipe that takes nothing for now is tried again.
PAUSE = 0.01
# Columns of what is no terminal.
UNBROKEN = 10_000


@contextmanager
def forgiving() -> Iterator[None]:
    """Let nothing that is printed inside raise an error.

    What the encoding does not know is replaced, and what cannot be written is dropped. Unless the reader
    just left, as ``head`` does, that is said once on standard error. Streams without a file behind them
    are left alone: somebody captures them.
    """
    _open_closed()
    before = sys.stdout, sys.stderr
    sys.stdout, lost = _tolerant(sys.stdout)
    sys.stderr, _ = _tolerant(sys.stderr)
    try:
        yield
    finally:
        # Closed streams are a solver's doing.
        with suppress(ValueError, AttributeError):
            sys.stdout.flush()
        if lost is not None and lost.error is not None and lost.error.errno != errno.EPIPE:
            words = (
                f"electronwind: standard output: {lost.error.strerror}; the exit code is that of the result"
            )
            with suppress(ValueError, AttributeError):
                print(words, file=sys.stderr, flush=True)
        sys.stdout, sys.stderr = before


def watched(stream: Any) -> bool:
    """Return whether a stream goes to a terminal that can draw over what it shows."""
    try:
        return bool(stream.isatty()) and os.environ.get("TERM") not in ("dumb", "unknown")
    except (AttributeError, ValueError):
        return False


def colour() -> bool | None:
    """Return whether the user asks for colours, or for none; None where a terminal is to decide.

    Notes
    -----
    ``NO_COLOR`` before ``FORCE_COLOR``, each where it is not empty, and a terminal that is ``dumb`` has none.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def console() -> Console:
    """Return a console on standard output; a file or a pipe gets lines as long as they come.

    Who reads them searches and cuts them; ``COLUMNS`` asks for a width.
    """
    from rich.console import Console

    found = Console()
    return found if found.file.isatty() or "COLUMNS" in os.environ else Console(width=UNBROKEN)


class _Dropping(io.RawIOBase):
    """A file that drops what cannot be written, and keeps the first reason."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._file.fileno())

    def isatty(self) -> bool:
        return bool(self._file.isatty())

    def write(self, data: Any) -> int:
        size = len(data)
        while self.error is None:
            try:
                # A buffered file tells of a pipe that is full by an error, an unbuffered one by None.
                written = self._file.write(data)
                if written is not None:
                    return int(written)
            except BlockingIOError:
                pass
            except OSError as error:
                self.error = error
                break
            time.sleep(PAUSE)
        return size


class _Text(io.TextIOWrapper):
    """A text file that says it is not ASCII: click takes that for a mistake, and would write UTF-8."""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # may be None here
        name = super().encoding
        return "iso8859-1" if codecs.lookup(name).name == "ascii" else name

    def close(self) -> None:
        """Stay open: a solver may close what it finds, and the verdict is still to be printed."""
        self.flush()


def _tolerant(stream: Any) -> tuple[TextIO, _Dropping | None]:
    """Return a stream that writes into the same file and raises no error, and its raw end."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8", errors="replace"), None
    try:
        stream.fileno()
        file = getattr(stream.buffer, "raw", stream.buffer)
    except (AttributeError, OSError, ValueError):
        return stream, None
    with suppress(OSError):
        stream.flush()
    raw = _Dropping(file)
    text = _Text(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors if stream.errors in SAFE else "replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    return text, raw


def _open_closed() -> None:
    """Give the three standard files something to be, where they were closed.

    The next file that is opened would otherwise take the place of one, and be written into by whoever
    prints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:
                os.dup2(nothing, number)
                os.close(nothing)
            os.set_inheritable(number, True)
