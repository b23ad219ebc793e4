"""What a long command has done so far, line by line, so that the next one goes on there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Journal"]


class Journal:
    """A file of lines, one for every task that is done.

    Parameters
    ----------
    path : Path or None
        The file; without one nothing is kept.
    key : str
        What the results depend on: lines under another key are passed over, and stay.

    Attributes
    ----------
    known : dict
        Results by task, of earlier runs too. A line that is not what a run wrote counts for nothing: its task
        is done again.

    Raises
    ------
    ValueError
        At the path is something else than a file.
    """

    def __init__(self, path: Path | None, key: str) -> None:
        self._path, self._key = path, key
        there = path is not None and (path.exists() or path.is_symlink())
        if path is not None and there and not path.is_file():
            raise ValueError(f"journal: expected a file or nothing at {path}, got something else")
        text = path.read_text(encoding="utf-8", errors="replace") if path is not None and there else ""
        rows = [row for row in map(_row, text.splitlines()) if row.get("key") == key]
        self.known: dict[str, Any] = {row["task"]: row["found"] for row in rows}

    def __enter__(self) -> Self:
        self._file = None
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            before = self._path.read_bytes() if self._path.exists() else b""
            self._file = self._path.open("a", encoding="utf-8")
            # A line that a kill cut short must not swallow the next one.
            self._file.write("\n" if before and not before.endswith(b"\n") else "")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, task: str, found: Any) -> None:
        """Write the result of a task down."""
        self.known[task] = found
        if self._file is not None:
            self._file.write(json.dumps(_sealed({"key": self._key, "task": task, "found": found})) + "\n")
            self._file.flush()


def _row(line: str) -> dict[str, Any]:
    """Return a line of the file; one that a kill cut short, or that is none of ours, counts for nothing."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    whole = isinstance(row, dict) and row.keys() == {"key", "task", "found", "seal"}
    return row if whole and row == _sealed(row) else {}


def _sealed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line with the hash of the rest of it."""
    body = {name: row[name] for name in ("key", "task", "found")}
    return body | {"seal": hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]}
