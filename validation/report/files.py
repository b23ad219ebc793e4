"""The folder of a report: data, page, JUnit, and a script per failure."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from ..core.record import BAD, Record
from ..core.writing import STAGING, put
from .model import Report
from .script import reproducer, requests
from .templates import MARK, MARK_REQUESTS

__all__ = ["DATA", "FORMS", "Folder", "FolderError"]

DATA = "report.json"
FORMS = (DATA, "report.html", "junit.xml")
SCRIPTS = "failures"
LOCK = ".lock"
# Seconds for another run to leave, once it has begun to.
PATIENCE = 0.5
# A kill loses at most what this many seconds found, or so many times the time that writing takes.
EVERY, TIMES = 1.0, 100.0
# Bytes that must fit on the disk before a run begins; a report of all checks takes about half of it.
ROOM = 2**20


class FolderError(ValueError):
    """No report can be written into the folder: what is in the way."""


class Folder:
    """Writes a report into a folder, while it grows and when it is done.

    As a context manager it is the folder's only writer, and says beforehand what is in the way.

    Parameters
    ----------
    path : Path
        Made where it does not exist.

    Attributes
    ----------
    trouble : OSError or None
        Why the report so far could not be written, while the run goes on.

    Notes
    -----
    ``report.json`` is written last, so that one of a run that ended marks a whole set of files. Until then it
    is that of a run that did not end, whatever becomes of this process.
    """

    def __init__(self, path: Path) -> None:
        # Absolute at once: a solver may change the current folder.
        self.path = path.absolute()
        self.trouble: OSError | None = None
        self._next = 0.0
        self._owner = os.getpid()

    def __enter__(self) -> Self:
        """Lock the folder, and remove what a kill left half written.

        Raises
        ------
        FolderError
            Another run writes into it, something else bears the name of a file, or nothing can be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.path / LOCK)
            self._lock.acquire(timeout=PATIENCE)
        except Timeout as error:
            words = "another run writes into this folder; wait for it, or choose another with --report"
            raise FolderError(f"{self.path}: {words}") from error
        except OSError as error:
            raise FolderError(f"{self.path}: no report can be written here: {_words(error)}") from error
        try:
            self._refuse_what_is_in_the_way()
            for left in self.path.glob(f"{STAGING}*"):
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
            put(self.path, {f"{STAGING}room": " " * ROOM})
            (self.path / f"{STAGING}room").unlink()
        except OSError as error:
            self._leave()
            raise FolderError(f"{self.path}: no report can be written here: {_words(error)}") from error
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
        for name in (*FORMS, SCRIPTS):
            try:
                mode = (self.path / name).lstat().st_mode
            except FileNotFoundError:
                continue
            wanted, right = ("folder", stat.S_ISDIR) if name == SCRIPTS else ("file", stat.S_ISREG)
            if not right(mode):
                raise FolderError(f"{self.path / name}: expected a {wanted}, got {_kind(mode)}; move it away")

    def clear(self) -> None:
        """Remove what an earlier run left: it must not pass for this one, whatever becomes of it."""
        for name in FORMS:
            (self.path / name).unlink(missing_ok=True)
        self._clear_scripts(set())

    def _clear_scripts(self, but: set[str]) -> None:
        scripts = self.path / SCRIPTS
        for old in (*scripts.glob("*.py"), *scripts.glob("*.jsonl")):
            # Files of the user's own may lie there.
            if old.name not in but and old.is_file() and _written_by_us(old):
                old.unlink()

    def _refuse_copies(self) -> None:
        """End a child of the solver that came to where the judge writes: a copy of it is no judge."""
        if os.getpid() != self._owner:
            os._exit(1)

    def on_record(self, report: Report, record: Record) -> None:
        """Write the data so far, unless that was done a moment ago."""
        del record
        self._refuse_copies()
        start = time.monotonic()
        if start > self._next:
            try:
                put(self.path, {DATA: report.text()})
                self.trouble = None
            except OSError as error:
                # What was found may be written yet when the run is done.
                self.trouble = error
            now = time.monotonic()
            self._next = now + max(EVERY, TIMES * (now - start))

    def finish(self, report: Report) -> None:
        """Write every form of the report, complete or not, and the scripts of its failures.

        Raises
        ------
        OSError
            It could not be written; what is there then is of a run that did not end.
        """
        from .html import page
        from .junit import junit

        self._refuse_copies()
        texts = {}
        for record in report.records:
            for ending, text in (("py", reproducer(report, record)), ("jsonl", requests(report, record))):
                if record.status in BAD and text:
                    texts[f"{SCRIPTS}/{record.id}.{ending}"] = text
        texts |= {"junit.xml": junit(report), "report.html": page(report), DATA: report.text()}
        self._clear_scripts({Path(name).name for name in texts})
        put(self.path, texts)


def _written_by_us(path: Path) -> bool:
    marks = (MARK.encode(), MARK_REQUESTS.encode())
    with path.open("rb") as file:
        return file.read(max(map(len, marks))).startswith(marks)


def _words(error: OSError) -> str:
    name = f"{error.filename}: " if error.filename else ""
    return f"{name}{error.strerror or error}"


def _kind(mode: int) -> str:
    kinds = {stat.S_ISDIR: "a folder", stat.S_ISLNK: "a link", stat.S_ISREG: "a file"}
    return next((words for is_kind, words in kinds.items() if is_kind(mode)), "a device or a pipe")
