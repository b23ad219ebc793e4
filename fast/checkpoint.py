"""Long runs: their state on disk, so that a run that was killed goes on as if nothing had happened.

A run is a state, plain data that each step replaces, and a history of rows, one for each time asked for. The
state goes to a file that is replaced as a whole; rows are appended to another, and never written again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from electronwind import InvalidSystemError, Lead, __version__
from electronwind.doors import described, scalar
from electronwind.progress import told

from .history import History

__all__ = ["Checkpoint", "Stepwise", "checked_checkpoint", "checked_file", "fingerprint", "followed"]

Array = np.ndarray[Any, Any]

# What a file holds besides the state; the last two are of the rows.
HEAD = ("problem", "version", "seal", "rows", "digest")
# What the name of the file of the rows ends in.
ROWS = ".rows"
# Bytes that the words in a file take, and more.
ROOM = 2**16


class Stepwise(Protocol):
    """A run in time that goes step by step."""

    @property
    def state(self) -> Any:
        """All that the rest of the run depends on: a tuple of named numbers, arrays and other such tuples."""
        ...

    @state.setter
    def state(self, state: Any) -> None: ...

    @property
    def history(self) -> History:
        """What was recorded so far."""
        ...

    @property
    def done(self) -> bool:
        """Whether the end is reached."""
        ...

    @property
    def fraction(self) -> float:
        """Part of the run that is done."""
        ...

    def advance(self) -> None:
        """Make one step."""
        ...

    def fingerprint(self) -> str:
        """Return a digest of the problem and of how it is to be solved."""
        ...


def followed(
    run: Stepwise,
    name: str,
    progress: bool | Callable[[float], Any],
    checkpoint: Path | None = None,
    every: float = 0.0,
) -> None:
    """Take a run to its end, from where it was left where there is a checkpoint of it.

    Parameters
    ----------
    run : Stepwise
        At its start.
    name : str
        What progress is told of.
    progress : bool or callable
        See `told`.
    checkpoint : Path, optional
        The file of the state.
    every : float
        Seconds between two writings.

    Raises
    ------
    InvalidSystemError
        The files belong to another problem or version, or are damaged.
    """
    saved = None if checkpoint is None else Checkpoint(checkpoint, run.fingerprint(), every)
    if saved is not None:
        saved.load(run)
    with told(progress, name) as tell:
        while not run.done:
            run.advance()
            tell(run.fraction)
            if saved is not None:
                saved.save(run)


class Checkpoint:
    """The files of one run.

    Parameters
    ----------
    path : Path
        The file of the state, in numpy's npz format; that of the rows stands beside it.
    problem : str
        Fingerprint of what is computed.
    every : float
        Seconds between two writings.
    """

    def __init__(self, path: Path, problem: str, every: float) -> None:
        self._path, self._problem, self._every = path, problem, every
        self._rows = path.with_name(path.name + ROWS)
        self._last = time.monotonic()
        self._count, self._digest = 0, hashlib.sha256()
        self._begun = False

    def load(self, run: Stepwise) -> None:
        """Take a run to where it was saved; it stays as it is where there is no file.

        The digests in the file tell what a disk or a hand did to it; they are no proof of who wrote it.

        Raises
        ------
        InvalidSystemError
            The files belong to another problem or version, are damaged, or are none of this kind.
        """
        if not self._path.exists() and not self._path.is_symlink():
            return
        like = _flat(run.state)
        try:
            state = self._read(sum(np.asarray(value).nbytes for value in like.values()))
            problem, version, seal, count, digest = (str(state.pop(name)) for name in HEAD)
            self._count = int(count)
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
        if seal != _seal(problem, count, digest, state):
            raise self._refusal("was cut short or altered: its digest is not that of its content")
        if _layout(state) != _layout(like):
            raise self._refusal("holds arrays of other names, shapes or types than this run has")
        run.history.restore(self._recorded(run.history.width, digest))
        run.state = _unflat(run.state, state)
        self._begun = True

    def _recorded(self, width: int, digest: str) -> Array:
        """Return the rows that the state counts on; what was appended after it was written is cut off."""
        size = 8 * width * self._count
        if not size:
            return np.empty((self._count if width else 0, width))
        try:
            if self._rows.is_symlink() or not self._rows.is_file():
                raise OSError("it is no file")
            with self._rows.open("rb") as file:
                found = file.read(size)
        except OSError as error:
            words = f"goes with {self._rows.name}, which cannot be read ({error})"
            raise self._refusal(words) from error
        self._digest.update(found)
        if self._digest.hexdigest() != digest:
            raise self._refusal(f"goes with {self._rows.name}, which was cut short or altered")
        return np.frombuffer(found).reshape(self._count, width)

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

    def save(self, run: Stepwise) -> None:
        """Write the run if it is time, or at its end; a reader never sees half of it."""
        if not run.done and time.monotonic() - self._last < self._every:
            return
        # A state never counts on rows that are not on the disk.
        self._append(run.history.unsaved())
        found: dict[str, Any] = {name: np.asarray(value) for name, value in _flat(run.state).items()}
        count, digest = str(self._count), self._digest.hexdigest()
        seal = _seal(self._problem, count, digest, found)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        # Of an earlier process with this number, or a link that somebody laid.
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            words = (self._problem, __version__, seal, count, digest)
            head: dict[str, Any] = dict(zip(HEAD, words, strict=True))
            np.savez(file, **head, **found)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self._last = time.monotonic()

    def _append(self, rows: Array) -> None:
        if not rows.size:
            return
        if not self._begun:
            # Of another run whose state is gone, or a link that somebody laid.
            self._rows.unlink(missing_ok=True)
            self._rows.touch(exist_ok=False)
            self._begun = True
        with self._rows.open("r+b") as file:
            # What a killed process appended after its last state is written again.
            file.seek(8 * rows.shape[1] * self._count)
            file.write(rows.tobytes())
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        self._digest.update(rows.tobytes())
        self._count += len(rows)


def _flat(state: Any, at: str = "") -> dict[str, Any]:
    """Return the parts of a state by name, those of a tuple in it with its name in front."""
    found: dict[str, Any] = {}
    for name, value in state._asdict().items():
        found |= _flat(value, f"{at}{name}.") if hasattr(value, "_asdict") else {f"{at}{name}": value}
    return found


def _unflat(like: Any, parts: Mapping[str, Array], at: str = "") -> Any:
    """Return the state with such parts, each of the type that it has in `like`."""
    found: dict[str, Any] = {}
    for name, old in like._asdict().items():
        if hasattr(old, "_asdict"):
            found[name] = _unflat(old, parts, f"{at}{name}.")
        else:
            value = parts[f"{at}{name}"]
            found[name] = value.astype(old.dtype) if isinstance(old, np.ndarray) else type(old)(value)
    return type(like)(**found)


def _seal(problem: str, count: str, digest: str, state: Mapping[str, Array]) -> str:
    """Return a digest of all that a file holds."""
    whole = hashlib.sha256(f"{problem} {__version__} {count} {digest}".encode())
    for name, array in sorted(state.items()):
        whole.update(f"{name} {array.shape} {array.dtype.str} ".encode() + array.tobytes())
    return whole.hexdigest()


def _layout(state: Mapping[str, Any]) -> dict[str, tuple[tuple[int, ...], str]]:
    """Return shape and kind of number of each part of a state; a number is a number, whole or not."""
    kinds = {"i": "f", "u": "f", "f": "f", "c": "c"}
    return {
        name: (np.shape(value), kinds.get(np.asarray(value).dtype.kind, "")) for name, value in state.items()
    }


def checked_checkpoint(checkpoint: str | Path | None, every: float) -> tuple[Path | None, float]:
    """Return the file and the seconds between two writings.

    Raises
    ------
    InvalidSystemError
        Naming `checkpoint` or `every`.
    """
    return checked_file(checkpoint), scalar("every", every, minimum=0.0)


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
