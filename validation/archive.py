"""What the reference has said, kept from run to run.

The reference takes a tenth of a second to seconds for one value, and the same seed poses the same problems:
a second run, the next planted fault or the next version of a solver need not wait for it again. A value is
kept under a hash of the question and of the source of the reference, so that another reference asks anew.
Of the `standard` problems the answers come with the suite.

The archive is a file in the user's cache folder; ``ELECTRONWIND_CACHE`` names another folder, and an empty
string keeps nothing. Whatever is wrong with it, the reference answers instead.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from . import standard
from .fingerprint import canonical, sources

__all__ = ["FOLDER", "RECALLED", "Fields", "anew", "gathered", "recall"]

FOLDER = "ELECTRONWIND_CACHE"
NAME = "reference.sqlite"
# Seconds that a process waits for another one that writes.
PATIENCE = 5.0
CHECKSUM = 32

# What identifies the reference: its source, that of the problem, and their libraries. As the modules are
# imported, and not at the first question: files that are edited later on are not what answers here.
_REFERENCE = sources() | {library: version(library) for library in ("mpmath", "numpy")}

Fields = dict[str, NDArray[Any]]


class _Count:
    """Number of values that were not computed because they were known."""

    values = 0


RECALLED = _Count()
_GATHERED: list[dict[str, Fields]] = []


def recall(question: Any, compute: Callable[[], Fields]) -> Fields:
    """Return what the reference answers to a question, now or at an earlier time.

    Parameters
    ----------
    question : data for JSON
        All that the answer depends on, apart from the reference itself.
    compute : callable
        Asks the reference; returns arrays of numbers by name.
    """
    folder = os.environ.get(FOLDER, platformdirs.user_cache_dir("electronwind"))
    if not folder:
        answer = compute()
        for found in _GATHERED:
            found[canonical(question)] = answer
        return answer
    path = Path(folder, NAME)
    key = hashlib.sha256(canonical([_REFERENCE, question]).encode()).hexdigest()
    known = standard.answer(question) or _read(path, key)
    if known is not None:
        RECALLED.values += 1
        return known
    answer = compute()
    _write(path, key, answer)
    return answer


@contextmanager
def gathered() -> Iterator[dict[str, Fields]]:
    """Have the reference answer every question again inside, and give the answers by canonical question."""
    found: dict[str, Fields] = {}
    _GATHERED.append(found)
    try:
        with anew():
            yield found
    finally:
        _GATHERED.remove(found)


@contextmanager
def anew() -> Iterator[None]:
    """Have the reference answer every question again inside, in this process and in those it starts."""
    before = os.environ.get(FOLDER)
    os.environ[FOLDER] = ""
    try:
        yield
    finally:
        if before is None:
            del os.environ[FOLDER]
        else:
            os.environ[FOLDER] = before


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path, timeout=PATIENCE)
    file.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
    return file


def _read(path: Path, key: str) -> Fields | None:
    """Return the arrays under a key, or None where there are none that are whole."""
    with suppress(sqlite3.Error, OSError), closing(_open(path)) as file:
        row = file.execute("SELECT value FROM answers WHERE key = ?", (key,)).fetchone()
        if row is not None and _digest(row[0][CHECKSUM:]) == row[0][:CHECKSUM]:
            with np.load(io.BytesIO(row[0][CHECKSUM:]), allow_pickle=False) as arrays:
                return dict(arrays)
    return None


def _write(path: Path, key: str, answer: Fields) -> None:
    text = io.BytesIO()
    np.savez(text, allow_pickle=False, **answer)
    body = text.getvalue()
    with suppress(sqlite3.Error, OSError), closing(_open(path)) as file, file:
        file.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, _digest(body) + body))


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
