"""Runs that are kept in a folder: each is made once, by whoever comes first, and read by all others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from electronwind.fast.checkpoint import ROWS

from .run import Case, Course, follow

__all__ = ["Store"]

# What a course is made of, besides its case.
ARRAYS = ("time", "kinetic", "balance", "left", "middle", "right", "spread", "mean")


class Store:
    """A folder of runs.

    Several processes may fill it at once: a run that another one is at is left to that one. What was ended in
    the middle of a run goes on from its last checkpoint.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    run : callable
        From a case and the path of its checkpoint to its course.
    """

    def __init__(self, folder: Path, run: Callable[[Case, Path], Course] = follow) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._run = folder, run

    def path(self, case: Case) -> Path:
        """Return the file of a run: no two cases share one."""
        digest = hashlib.sha256(json.dumps(asdict(case), sort_keys=True).encode()).hexdigest()
        return self.folder / f"{case.name}-{digest[:8]}.json"

    def missing(self, cases: Iterable[Case]) -> list[Case]:
        """Return the cases whose runs are not there, each once."""
        return [case for case in dict.fromkeys(cases) if not self.path(case).exists()]

    def courses(self, cases: Iterable[Case]) -> dict[Case, Course]:
        """Return the courses of the cases, making those that are missing.

        Raises
        ------
        InvalidSystemError
            A checkpoint of another run.
        PrecisionError, UnsupportedError
            As for `fast.ehrenfest`.
        """
        wanted = list(dict.fromkeys(cases))
        # First what nobody else is at, then what they may have left.
        for patience in (0.0, -1.0):
            for case in wanted:
                self.make(case, patience)
        return {case: self._read(case) for case in wanted}

    def make(self, case: Case, patience: float = -1.0) -> None:
        """Make a run, unless it is there; wait for so many seconds, or for ever, where another is at it."""
        path = self.path(case)
        if path.exists():
            return
        try:
            with FileLock(path.with_suffix(".lock"), timeout=patience):
                if not path.exists():
                    state = path.with_suffix(".npz")
                    self._write(self._run(case, state))
                    for left in (state, state.with_name(state.name + ROWS)):
                        left.unlink(missing_ok=True)
        except Timeout:
            return

    def _write(self, course: Course) -> None:
        path = self.path(course.case)
        data: dict[str, Any] = {"case": asdict(course.case), "kernel": course.kernel}
        data |= {name: getattr(course, name).tolist() for name in ARRAYS}
        # In one move: a file that is there is whole.
        part = path.with_suffix(".part")
        part.write_text(json.dumps(data) + "\n", encoding="utf-8")
        part.replace(path)

    def _read(self, case: Case) -> Course:
        data = json.loads(self.path(case).read_text(encoding="utf-8"))
        arrays = {name: np.array(data[name], float) for name in ARRAYS}
        return Course(Case(**data["case"]), kernel=data["kernel"], **arrays)
