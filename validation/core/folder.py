"""A folder with one writer: a lock that a kill does not leave, and a look ahead at what is in the way."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from .writing import STAGING, put

__all__ = ["LOCK", "PAGE", "Claimed", "FolderError", "in_words", "ready", "undisturbed"]

LOCK = ".lock"
# Seconds for another run to leave, once it has begun to.
PATIENCE = 0.5
# Bytes that must fit on the disk before a run begins: a report of all checks takes about half of the first.
ROOM, PAGE = 2**20, 2**16


class FolderError(ValueError):
    """Nothing can be written into the folder: what is in the way."""


class Claimed:
    """A folder of which this process is the only writer, as a context manager.

    Parameters
    ----------
    path : Path
        Made where it does not exist.
    files, folders : collection of str
        Names that a run writes there.
    room : int
        Bytes that must fit on the disk.
    """

    def __init__(
        self, path: Path, files: Collection[str], folders: Collection[str] = (), room: int = ROOM
    ) -> None:
        # Absolute at once: a solver may change the current folder.
        self.path = path.absolute()
        self._files, self._folders, self._room = files, folders, room
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        """Lock the folder, and remove what a kill left half written.

        Raises
        ------
        FolderError
            Another run writes into it, something else bears the name of a file, or nothing can be written.
        """
        from filelock import FileLock, Timeout  # slow to load, and many commands write no folder

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.path / LOCK)
            self._lock.acquire(timeout=PATIENCE)
        except Timeout as error:
            words = "another run writes into this folder; wait for it, or choose another with --report"
            raise FolderError(f"{self.path}: {words}") from error
        except OSError as error:
            raise FolderError(f"{self.path}: nothing can be written here: {in_words(error)}") from error
        try:
            self._refuse_what_is_in_the_way()
            for left in self.path.glob(f"{STAGING}*"):
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
            _try(self.path, self._room)
        except OSError as error:
            self._leave()
            raise FolderError(f"{self.path}: nothing can be written here: {in_words(error)}") from error
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        if os.getpid() == self._owner:
            # Held while its file goes: who waits for it sees that it is gone, and makes another.
            (self.path / LOCK).unlink(missing_ok=True)
            self._lock.release()

    def _refuse_what_is_in_the_way(self) -> None:
        for name in (*self._files, *self._folders):
            try:
                mode = (self.path / name).lstat().st_mode
            except FileNotFoundError:
                continue
            wanted, right = ("folder", stat.S_ISDIR) if name in self._folders else ("file", stat.S_ISREG)
            if not right(mode):
                raise FolderError(f"{self.path / name}: expected a {wanted}, got {_kind(mode)}; move it away")

    def clear(self) -> None:
        """Remove what an earlier run left: it must not pass for this one, whatever becomes of it."""
        for name in self._files:
            (self.path / name).unlink(missing_ok=True)

    def refuse_copies(self) -> None:
        """End a child of the solver that came to where this process writes: a copy of it is no judge."""
        if os.getpid() != self._owner:
            os._exit(1)


def ready(file: Path) -> None:
    """Make sure before a long command that a file can be written.

    Raises
    ------
    FolderError
        No space, no permission, or something else in the way.
    """
    if file.exists() and not file.is_file():
        return
    try:
        _try(file.absolute().parent, PAGE)
    except OSError as error:
        raise FolderError(f"{file}: cannot be written: {in_words(error)}") from error


def _try(folder: Path, size: int) -> None:
    put(folder, {f"{STAGING}room": " " * size})
    (folder / f"{STAGING}room").unlink()


def in_words(error: OSError) -> str:
    """Return what an error of the operating system says, with the file that it is about."""
    name = f"{error.filename}: " if error.filename else ""
    return f"{name}{error.strerror or error}"


def _kind(mode: int) -> str:
    kinds = {stat.S_ISDIR: "a folder", stat.S_ISLNK: "a link", stat.S_ISREG: "a file"}
    return next((words for is_kind, words in kinds.items() if is_kind(mode)), "a device or a pipe")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no interrupt in: impatient users interrupt twice, and the second must not cost what was found."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
