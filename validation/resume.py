"""Going on with a run that was interrupted: what may be kept of it, and when it may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .report.environment import LIBRARIES
from .report.model import Record, Report, plain

__all__ = ["ResumeError", "finished", "read_incomplete"]


class ResumeError(ValueError):
    """There is no run to go on with, or it is another one."""


def read_incomplete(path: Path) -> Report | None:
    """Return the report of the run that did not end, or None where none was begun.

    Raises
    ------
    ResumeError
        A report of a run that did end, or a file that is no report.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        report = Report.from_dict(data)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResumeError(f"resume: {path} is no report: {error}") from error
    if report.complete:
        raise ResumeError(f"resume: the run in {path} did end; there is nothing left to do")
    return report


def finished(old: Report, new: Report) -> dict[str, Record]:
    """Return the records of `old`, by id, after making sure that `new` is the same run.

    Raises
    ------
    ResumeError
        Another solver, other settings or another installation: which, and what it was.
    """
    for where in ("solver", "settings"):
        _compare(where, getattr(old, where), plain(getattr(new, where)))
    versions = ("python", *LIBRARIES)
    _compare("environment", *({name: r.environment.get(name) for name in versions} for r in (old, new)))
    # The same names may stand for other sources: a solver that was edited in between is two solvers.
    for part, mark in new.fingerprint.items():
        if old.fingerprint.get(part) != mark:
            raise ResumeError(
                f"resume: fingerprint: {part} changed since the run was interrupted; "
                "leave out --resume to begin anew"
            )
    return {record.id: record for record in old.records}


def _compare(where: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    for key in new:
        if old.get(key) != new[key]:
            raise ResumeError(
                f"resume: {where}: {key}: the interrupted run has {old.get(key)!r}, this one {new[key]!r}; "
                "resume with what it has, or leave out --resume to begin anew"
            )
