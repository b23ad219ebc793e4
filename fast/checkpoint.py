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

from electronwind import InvalidSystemError, Lead
from electronwind.doors import described

__all__ = ["Checkpoint", "checked_file", "fingerprint"]

Array = np.ndarray[Any, Any]


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

    def load(self) -> dict[str, Array] | None:
        """Return the state that was saved, or None where there is no file.

        Raises
        ------
        InvalidSystemError
            The file belongs to another problem, or is none of this kind.
        """
        if not self._path.exists():
            return None
        try:
            with np.load(self._path, allow_pickle=False) as file:
                state = dict(file)
            written = str(state.pop("problem"))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise InvalidSystemError(
                "checkpoint", f"{self._path}, which cannot be read ({error})", "a file that a run wrote"
            ) from error
        if written != self._problem:
            raise InvalidSystemError(
                "checkpoint",
                f"{self._path}, the state of another problem",
                "the same model, body, start, times and options; or a file that does not exist",
            )
        return state

    def save(self, state: Callable[[], Mapping[str, Any]], *, now: bool = False) -> None:
        """Write what `state` returns if it is time, or `now`; a reader never sees half of it."""
        if not now and time.monotonic() - self._last < self._every:
            return
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, problem=self._problem, **state())
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self._last = time.monotonic()


def checked_file(checkpoint: str | Path | None) -> Path | None:
    """Return the file of a checkpoint, refusing what names none or cannot be written.

    Raises
    ------
    InvalidSystemError
        Naming `checkpoint`.
    """
    if checkpoint is None:
        return None
    try:
        path = Path(checkpoint)
        wrong = not path.parent.is_dir() or path.is_dir() or not path.name
    except (TypeError, ValueError, OSError) as error:
        raise InvalidSystemError("checkpoint", described(checkpoint), "the name of a file") from error
    if wrong:
        raise InvalidSystemError("checkpoint", described(checkpoint), "a file in a folder that exists")
    return path


def fingerprint(arrays: Iterable[Any], leads: Iterable[Lead], *words: object) -> str:
    """Return a digest of the numbers of a problem."""
    digest = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray(array)
        digest.update(f"{values.shape}{values.dtype}".encode() + values.tobytes())
    digest.update(json.dumps([lead.to_dict() for lead in leads]).encode() + repr(words).encode())
    return digest.hexdigest()
