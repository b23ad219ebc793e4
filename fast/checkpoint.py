"""Long runs: their state on disk, so that a run that was killed goes on as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from electronwind import InvalidSystemError, Lead, __version__
from electronwind.doors import described

__all__ = ["Checkpoint", "checked_file", "fingerprint"]

Array = np.ndarray[Any, Any]

# What a file holds besides the state.
HEAD = ("problem", "version", "seal")
# Bytes that the words in a file take, and more.
ROOM = 2**16


class Checkpoint:
    """The state of one run in one file, replaced as a whole.

    Parameters
    ----------
    path : str or Path
        The file, in numpy's npz format.
    problem : str
        Fingerprint of what is computed.
    every : float
        Seconds between two writings.
    """

    def __init__(self, path: str | Path, problem: str, every: float) -> None:
        self._path, self._problem, self._every = Path(path), problem, every
        self._last = time.monotonic()

    def load(self, like: Mapping[str, Any]) -> dict[str, Array] | None:
        """Return the state that was saved, or None where there is no file.

        The digest in the file tells what a disk or a hand did to it; it is no proof of who wrote it.

        Parameters
        ----------
        like : mapping
            A state of the same run: what is saved has its names, shapes and kinds of number.

        Raises
        ------
        InvalidSystemError
            The file belongs to another problem or version, is damaged, or is none of this kind.
        """
        if not self._path.exists() and not self._path.is_symlink():
            return None
        try:
            state = self._read(sum(np.asarray(value).nbytes for value in like.values()))
            problem, version, seal = (str(state.pop(name)) for name in HEAD)
        # Bytes of a stranger make numpy and zipfile raise almost anything.
        except Exception as error:
            raise self._refusal(f"cannot be read ({type(error).__name__}: {error})") from error
        if version != __version__:
            raise self._refusal(f"was written by electronwind {version:.40}, and this is {__version__}")
        if problem != self._problem:
            raise self._refusal(
                "holds the state of another problem",
                "the same model, body, start, times and options; or a file that does not exist",
            )
        if seal != _seal(problem, state):
            raise self._refusal("was cut short or altered: its digest is not that of its content")
        if _layout(state) != _layout(like):
            raise self._refusal("holds arrays of other names, shapes or types than this run has")
        return state

    def _read(self, size: int) -> dict[str, Array]:
        """Return the arrays of the file, unless they are much larger than those of a state."""
        # A pipe in its place would be waited for.
        if not self._path.is_file():
            raise OSError("it is no file")
        with zipfile.ZipFile(self._path) as parts:
            found = sum(part.file_size for part in parts.infolist())
            if found > 2 * size + ROOM:
                raise ValueError(f"it unpacks to {found} bytes, a state of this run takes {size}")
        with np.load(self._path, allow_pickle=False) as file:
            return dict(file)

    def _refusal(
        self, what: str, expected: str = "a file that this run wrote; remove it to begin anew"
    ) -> InvalidSystemError:
        return InvalidSystemError("checkpoint", f"{self._path}, which {what}", expected)

    def save(self, state: Callable[[], Mapping[str, Any]], *, now: bool = False) -> None:
        """Write what `state` returns if it is time, or `now`; a reader never sees half of it."""
        if not now and time.monotonic() - self._last < self._every:
            return
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        found: dict[str, Any] = {name: np.asarray(value) for name, value in state().items()}
        seal = _seal(self._problem, found)
        # Of an earlier process with this number, or a link that somebody laid.
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            head: dict[str, Any] = dict(zip(HEAD, (self._problem, __version__, seal), strict=True))
            np.savez(file, **head, **found)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self._last = time.monotonic()


def _seal(problem: str, state: Mapping[str, Array]) -> str:
    """Return a digest of all that a file holds."""
    digest = hashlib.sha256(f"{problem} {__version__}".encode())
    for name, array in sorted(state.items()):
        digest.update(f"{name} {array.shape} {array.dtype.str} ".encode() + array.tobytes())
    return digest.hexdigest()


def _layout(state: Mapping[str, Any]) -> dict[str, tuple[tuple[int, ...], str]]:
    """Return shape and kind of number of each part of a state; a number is a number, whole or not."""
    kinds = {"i": "f", "f": "f", "c": "c"}
    return {
        name: (np.shape(value), kinds.get(np.asarray(value).dtype.kind, "")) for name, value in state.items()
    }


def checked_file(checkpoint: str | Path | None, name: str = "checkpoint") -> Path | None:
    """Return the file of a checkpoint or of a stream, refusing what names none or cannot be written.

    Raises
    ------
    InvalidSystemError
        Naming the argument as `name`.
    """
    if checkpoint is None:
        return None
    try:
        path = Path(checkpoint)
        wrong = not path.parent.is_dir() or path.is_dir() or not path.name
    except (TypeError, ValueError, OSError) as error:
        raise InvalidSystemError(name, described(checkpoint), "the name of a file") from error
    if wrong:
        raise InvalidSystemError(name, described(checkpoint), "a file in a folder that exists")
    return path


def fingerprint(arrays: Iterable[Any], leads: Iterable[Lead], *words: object) -> str:
    """Return a digest of the numbers of a problem."""
    digest = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray(array)
        digest.update(f"{values.shape}{values.dtype}".encode() + values.tobytes())
    digest.update(json.dumps([lead.to_dict() for lead in leads]).encode() + repr(words).encode())
    return digest.hexdigest()
