"""Writing files of a report: all of them or none, through no link, and without characters that steer."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["STAGING", "counted", "harmless", "put", "visible", "write"]

STAGING = ".writing-"

# Control characters, those that turn the direction of text round, and what XML 1.0 cannot hold even escaped.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """Return a text with the characters that would steer its reader written out, as Python writes them."""
    return _STEERING.sub(_escape, text)


def harmless(text: str) -> str:
    """Return what a solver says on one line, without the characters that would steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 check", "2 checks"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def put(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into a folder, in their order: a reader sees an old file or a new one, never half.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    texts : mapping
        Content by name relative to the folder, at most one folder deep. Whoever kills this process leaves the
        first of them new and the last of them old; one that cannot be written at all leaves all of them old.

    Raises
    ------
    OSError
        No space, no permission, or something else in the way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A folder that nobody else can have made before: no name in it can be a link to somewhere else.
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
    try:
        for number, text in enumerate(texts.values()):
            # What a solver says may hold halves of characters, which no encoding knows.
            (staging / str(number)).write_text(text, encoding="utf-8", errors="backslashreplace")
        for number, name in enumerate(texts):
            (folder / name).parent.mkdir(exist_ok=True)
            os.replace(staging / str(number), folder / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write(path: Path, text: str) -> None:
    """Write one file as `put` does; into a device or a pipe, such as ``/dev/stdout``, as it comes.

    Raises
    ------
    OSError
        As in `put`.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    else:
        put(path.absolute().parent, {path.name: text})
