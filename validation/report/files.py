"""The folder of a report: data, page, JUnit, and a script per failure."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from ..core.folder import Claimed
from ..core.record import BAD, Record
from ..core.writing import put
from .model import Report
from .script import reproducer, requests
from .templates import MARK, MARK_REQUESTS

__all__ = ["DATA", "FORMS", "Folder"]

DATA = "report.json"
FORMS = (DATA, "report.html", "junit.xml")
SCRIPTS = "failures"
# A kill loses at most what this many seconds found, or so many times the time that writing takes.
EVERY, TIMES = 1.0, 100.0


class Folder(Claimed):
    """Writes a report into a folder, while it grows and when it is done.

    As a context manager it is the folder's only writer, and says beforehand what is in the way.

    Parameters
    ----------
    path : Path
        Made where it does not exist.

    Notes
    -----
    ``report.json`` is written last, so that one of a run that ended marks a whole set of files. Until then it
    is that of a run that did not end, whatever becomes of this process.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, FORMS, (SCRIPTS,))
        self._next = 0.0

    def clear(self) -> None:
        """Remove what an earlier run left: it must not pass for this one, whatever becomes of it."""
        super().clear()
        self._clear_scripts(set())

    def _clear_scripts(self, but: set[str]) -> None:
        scripts = self.path / SCRIPTS
        for old in (*scripts.glob("*.py"), *scripts.glob("*.jsonl")):
            # Files of the user's own may lie there.
            if old.name not in but and old.is_file() and _written_by_us(old):
                old.unlink()

    def on_record(self, report: Report, record: Record) -> None:
        """Write the data so far, unless that was done a moment ago."""
        del record
        self.refuse_copies()
        start = time.monotonic()
        if start > self._next:
            # What cannot be written now may yet be when the run is done.
            with suppress(OSError):
                put(self.path, {DATA: report.text()})
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

        self.refuse_copies()
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
