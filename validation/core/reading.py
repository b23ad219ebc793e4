"""Reading a file that anybody may have written: a text of some length, and JSON as it was written."""

from __future__ import annotations

import json
import math
import os
import stat
from pathlib import Path
from typing import Any

__all__ = ["BYTES", "DEPTH", "FileError", "parse", "read_text"]

# A report of all checks takes about half a megabyte, and one of a night less than ten.
BYTES = 2**26
# Brackets inside brackets: those of the values of a batch are the deepest, six within a record.
DEPTH = 64
# Digits of an integer: any seed, and nothing that becomes infinite as a number.
DIGITS = 40
HALVES = range(0xD800, 0xE000)


class FileError(ValueError):
    """A file is not what was expected: which part of it, and why."""


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    FileNotFoundError
        There is nothing of this name.
    FileError
        No file, no permission, too large, or not UTF-8.
    """
    try:
        # A pipe without a writer must not make the reader wait for one.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileError("expected a file, got a folder, a device or a pipe")
            if status.st_size > BYTES:
                raise FileError(f"expected at most {BYTES} bytes, got {status.st_size}")
            found = file.read(BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileError(f"it cannot be read: {error.strerror or error}") from error
    if len(found) > BYTES:
        raise FileError(f"expected at most {BYTES} bytes, got more")
    if found.startswith(b"\xef\xbb\xbf"):
        raise FileError("content: it begins with a byte order mark, which no run writes")
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"content: not UTF-8 ({error.reason} at byte {error.start})") from error


def parse(text: str) -> dict[str, Any]:
    """Return the JSON object that a text holds.

    Raises
    ------
    FileError
        No JSON, no object, a key that occurs twice, a number that JSON or double precision does not know,
        half a character, or brackets too deep.
    """
    try:
        data = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except RecursionError as error:
        raise FileError(f"content: brackets are nested more than {DEPTH} deep") from error
    except ValueError as error:
        raise FileError(f"content: not the JSON that was written ({error})") from error
    if not isinstance(data, dict):
        raise FileError(f"schema: expected a JSON object, got {type(data).__name__}")
    _refuse_deep(data)
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _constant(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _integer(word: str) -> int:
    if len(word) > DIGITS:
        raise ValueError(f"an integer of {len(word)} digits")
    return int(word)


def _float(word: str) -> float:
    if not math.isfinite(number := float(word)):
        raise ValueError(f"{word:.20} is beyond double precision")
    return number


def _refuse_deep(data: Any) -> None:
    """Refuse deep brackets, and halves of characters, without going deep."""
    level = [data]
    for _ in range(DEPTH):
        words = [item for item in level if isinstance(item, str)]
        if any(ord(character) in HALVES for word in words if not word.isascii() for character in word):
            raise FileError("content: a text holds half a character")
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in ([*item, *item.values()] if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise FileError(f"content: brackets are nested more than {DEPTH} deep")
