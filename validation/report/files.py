"""The folder of a report: data, page, JUnit, and a script per failure."""

from __future__ import annotations

import os
import time
from pathlib import Path

from .model import BAD, Record, Report
from .script import MARK, MARK_REQUESTS, reproducer, requests

__all__ = ["Folder"]

# A kill loses at most what this many seconds found, or so many times the time that writing takes.
EVERY, TIMES = 1.0, 100.0


class Folder:
    """Writes a report into a folder, while it grows and when it is done.

    Parameters
    ----------
    path : Path
        Made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        # Absolute at once: a solver may change the current folder.
        self.path = path.absolute()
        self.path.mkdir(parents=True, exist_ok=True)
        self._next, self._judge = 0.0, os.getpid()

    def clear(self) -> None:
        """Remove what an earlier run left: it must not pass for this one, whatever becomes of it."""
        for name in ("report.json", "report.html", "junit.xml"):
            (self.path / name).unlink(missing_ok=True)
        self._clear_scripts()

    def _clear_scripts(self) -> None:
        scripts = self.path / "failures"
        for old in (*scripts.glob("*.py"), *scripts.glob("*.jsonl")):
            # Files of the user's own may lie there.
            if old.read_bytes().startswith((MARK.encode(), MARK_REQUESTS.encode())):
                old.unlink()

    def _enter(self) -> None:
        """See that there is a folder, and that it is the judge who writes, and not a child of the solver."""
        if os.getpid() != self._judge:
            os._exit(1)
        self.path.mkdir(parents=True, exist_ok=True)

    def on_record(self, report: Report, record: Record) -> None:
        """Write the data so far, unless that was done a moment ago."""
        del record
        self._enter()
        start = time.monotonic()
        if start > self._next:
            report.write(self.path / "report.json")
            now = time.monotonic()
            self._next = now + max(EVERY, TIMES * (now - start))

    def finish(self, report: Report) -> None:
        """Write every form of the report, complete or not, and the scripts of its failures."""
        self._enter()
        from .html import write_html
        from .junit import write_junit

        report.write(self.path / "report.json")
        write_junit(report, self.path / "junit.xml")
        scripts = self.path / "failures"
        self._clear_scripts()
        for record in report.records:
            texts = {"py": reproducer(report, record), "jsonl": requests(report, record)}
            for ending, text in texts.items():
                if record.status in BAD and text:
                    scripts.mkdir(exist_ok=True)
                    # What a solver says may hold halves of characters, which no encoding knows.
                    file = scripts / f"{record.id}.{ending}"
                    file.write_text(text, encoding="utf-8", errors="backslashreplace")
        write_html(report, self.path / "report.html")
