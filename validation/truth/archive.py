"""What the reference has said, kept from run to run.

The reference takes a tenth of a second to seconds for one value, and the same seed poses the same problems:
a second run, the next planted fault or the next version of a solver need not wait for it again. A value is
kept under a hash of the question and of the source of the reference, so that another reference asks anew.
Of the `standard` problems the answers come with the suite.

The archive is a file in the user's cache folder; ``ELECTRONWIND_CACHE`` names another folder, and an empty
string keeps nothing. Whatever is wrong with it, the reference answers instead.

Its checksums are against accidents only. Whoever may run programs as the user, such as a solver under
test, can write a row with a checksum to fit, and no key of the user's would be a secret to it. So no verdict
turns on what is recalled alone: `oracle` has the reference say again what the fast solver does not say as
well, and `audit` asks a random sample of the rest again.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from ..core.canonical import canonical
from ..core.fingerprint import sources
from ..core.record import Fields, Recalled
from . import standard

__all__ = [
    "FOLDER",
    "RECALLED",
    "Account",
    "alike",
    "anew",
    "discard",
    "gathered",
    "recall",
]

FOLDER = "ELECTRONWIND_CACHE"
NAME = "reference.sqlite"
# Seconds that a process waits for another one that writes.
PATIENCE = 5.0
CHECKSUM = 32
# Bytes of one answer: a thousand times what the largest one takes.
LARGEST = 2**24
# Instructions of SQLite for one command.
STEPS = 10**6

# What identifies the reference: its source, that of the problem, and their libraries. As the modules are
# imported, and not at the first question: files that are edited later on are not what answers here.
_REFERENCE = sources() | {library: version(library) for library in ("mpmath", "numpy")}


@dataclass
class Account:
    """What was recalled, and how it stood where the reference was asked again.

    Attributes
    ----------
    recalled : list of Recalled
        Values that were used.
    asked_again : int
        Values that the reference was asked again, because a verdict would have turned on them.
    refuted : int
        Those of them that it did not repeat.
    """

    recalled: list[Recalled] = field(default_factory=list)
    asked_again: int = 0
    refuted: int = 0

    @property
    def values(self) -> int:
        """Number of values that were used."""
        return len(self.recalled)

    def take(self) -> Account:
        """Return what is on the account, which is empty afterwards."""
        taken = Account(self.recalled, self.asked_again, self.refuted)
        self.recalled, self.asked_again, self.refuted = [], 0, 0
        return taken


RECALLED = Account()
_GATHERED: list[dict[str, Fields]] = []


def recall(
    question: Any,
    compute: Callable[[], Fields],
    *,
    fits: Callable[[Fields], bool] = lambda _: True,
    trusted: Callable[[Fields], bool] = lambda _: True,
) -> Fields:
    """Return what the reference answers to a question, now or at an earlier time.

    Parameters
    ----------
    question : data for JSON
        All that the answer depends on, apart from the reference itself.
    compute : callable
        Asks the reference; returns arrays of numbers by name.
    fits : callable
        Whether an answer on file has the names and shapes of one to this question; what has not is none.
    trusted : callable
        Whether an answer on file may be used without asking again. Where it may not and the reference
        answers otherwise, all that is on file is thrown away.
    """
    folder = _folder()
    if folder is None:
        answer = compute()
        for found in _GATHERED:
            found[canonical(question)] = answer
        return answer
    path = folder / NAME
    key = hashlib.sha256(canonical([_REFERENCE, question]).encode()).hexdigest()
    known = standard.answer(question) or _read(path, key)
    if known is not None and not (sound(known) and fits(known)):
        known = None
    if known is not None and trusted(known):
        RECALLED.recalled.append(Recalled(question, known))
        return known
    answer = compute()
    if known is not None:
        RECALLED.asked_again += 1
        if not alike(known, answer, question["digits"]):
            RECALLED.refuted += 1
            discard()
    _write(path, key, answer)
    return answer


def sound(answer: Fields) -> bool:
    """Return whether an answer holds what the reference gives: finite numbers of double precision."""
    return all(
        isinstance(value, np.ndarray)
        and value.dtype in (np.float64, np.complex128)
        and bool(np.isfinite(value).all())
        for value in answer.values()
    )


def alike(one: Fields, other: Fields, digits: int) -> bool:
    """Return whether two answers that were computed to some digits are to the same effect."""
    allowed = max(10.0**-digits, 4 * np.finfo(float).eps)
    return one.keys() == other.keys() and all(
        value.shape == other[name].shape
        and bool(
            np.max(np.abs(value - other[name]), initial=0.0)
            <= allowed * np.max(np.abs(other[name]), initial=0.0)
        )
        for name, value in one.items()
    )


def discard() -> None:
    """Throw away all that is on file, and recall no more of it in this process."""
    standard.distrust()
    if (folder := _folder()) is not None:
        with suppress(OSError):
            (folder / NAME).unlink()


def _folder() -> Path | None:
    """Return the folder of the archive, or None where nothing is to be kept."""
    folder = os.environ.get(FOLDER, platformdirs.user_cache_dir("electronwind"))
    return Path(folder) if folder else None


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
    # A pipe in its place would be waited for.
    if path.exists() and not path.is_file():
        raise FileExistsError(path)
    file = sqlite3.connect(path, timeout=PATIENCE)
    # Nor is a view waited for that never ends: one row is found within hundreds of steps.
    file.set_progress_handler(lambda: 1, STEPS)
    file.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
    return file


def _read(path: Path, key: str) -> Fields | None:
    """Return the arrays under a key, or None where there are none that are whole."""
    with suppress(sqlite3.Error, OSError), closing(_open(path)) as file:
        found = "SELECT value FROM answers WHERE key = ? AND typeof(value) = 'blob' AND length(value) < ?"
        row = file.execute(found, (key, LARGEST)).fetchone()
        if row is not None and _digest(row[0][CHECKSUM:]) == row[0][:CHECKSUM]:
            return _arrays(row[0][CHECKSUM:])
    return None


def _arrays(body: bytes) -> Fields | None:
    """Return the arrays of a row, or None where it holds none, or more than an answer can."""
    # Bytes of a stranger make numpy and zipfile raise almost anything.
    with suppress(Exception):
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            if sum(part.file_size for part in file.infolist()) > LARGEST:
                return None
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
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
