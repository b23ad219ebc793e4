"""Going on with an earlier run: what may be kept of it, and when it may not."""

from __future__ import annotations

import hmac
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..core import fingerprint as prints
from ..core.environment import LIBRARIES
from ..core.reading import FileError, parse, read_text
from ..core.record import Record, plain
from ..core.seal import KEY, seal
from ..files.reading import as_report
from ..report.model import Report

__all__ = ["ResumeError", "finished", "read_begun", "settled", "spot_check"]

# Records of the earlier run that are asked again.
AGAIN = 3


class ResumeError(ValueError):
    """There is no run to go on with, or it is another one."""


def read_begun(path: Path) -> Report | None:
    """Return the report of a run that was begun by this user, or None where none was.

    Raises
    ------
    ResumeError
        A file that is no report, or was not written by a run of this user.
    """
    try:
        data = parse(read_text(path))
        report = as_report(data)
    except FileNotFoundError:
        return None
    except FileError as error:
        raise ResumeError(f"resume: {path} is no report that a run wrote: {error}") from error
    mark = seal(prints.content(data, sealed=False))
    if not mark:
        raise ResumeError(
            f"resume: there is no key to know {path} by, and no place for one; set {KEY} to a text"
        )
    if not hmac.compare_digest(mark, data["fingerprint"].get("seal", "")):
        raise ResumeError(
            f"resume: {path} does not bear the seal of this user's runs: it was changed, or comes from "
            f"elsewhere; leave out --resume to begin anew, or set {KEY} to the same text for both runs"
        )
    return report


def settled(old: Report, now: dict[str, Any], order: Sequence[str]) -> Report:
    """Return the report of a run that did end, after making sure that it is the same run.

    Parameters
    ----------
    old : Report
        A complete report.
    now : dict
        What is known of this run before the solver is loaded: `solver`, `settings`, `environment` and
        `fingerprint`, as in a report.
    order : sequence of str
        Ids of the checks that this run would judge.

    Raises
    ------
    ResumeError
        Another solver, other settings or another installation: which, and what it was.
    """
    _same(old, now)
    if [record.id for record in old.records] != list(order):
        raise ResumeError("resume: records: they are not those of the checks that are selected")
    return old


def finished(old: Report, new: Report) -> dict[str, Record]:
    """Return the records of `old`, by id, after making sure that `new` is the same run.

    Raises
    ------
    ResumeError
        Another solver, other settings or another installation: which, and what it was.
    """
    parts = ("solver", "settings", "environment", "fingerprint")
    _same(old, {part: getattr(new, part) for part in parts})
    return {record.id: record for record in old.records}


def _same(old: Report, now: dict[str, Any]) -> None:
    for where in ("solver", "settings"):
        _compare(old, where, getattr(old, where), plain(now[where]))
    versions = ("python", *LIBRARIES)
    then, here = ({name: e.get(name) for name in versions} for e in (old.environment, now["environment"]))
    _compare(old, "environment", then, here)
    # The same names may stand for other sources: a solver that was edited in between is two solvers.
    for part, mark in now["fingerprint"].items():
        if old.fingerprint.get(part) != mark:
            raise ResumeError(
                f"resume: fingerprint: {part} changed since the run "
                f"{'did end' if old.complete else 'was interrupted'}; leave out --resume to begin anew"
            )


def _compare(report: Report, where: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    which = "earlier" if report.complete else "interrupted"
    for key in new:
        if old.get(key) != new[key]:
            raise ResumeError(
                f"resume: {where}: {key}: the {which} run has {old.get(key)!r:.60}, this one "
                f"{new[key]!r:.60}; resume with what it has, or leave out --resume to begin anew"
            )


def spot_check(records: Iterable[Record], differs: Callable[[Record], tuple[str, str] | None]) -> None:
    """Ask a few of the records again, at random: the solver may have changed though its source did not.

    Parameters
    ----------
    records : iterable of Record
        Those that are kept.
    differs : callable
        What a record and a second run of its check say, in words, where they do not say the same.

    Raises
    ------
    ResumeError
        One of them came out differently.
    """
    # Only what speaks for the solver; and what crashed then may take this process with it now.
    passed = [record for record in records if record.status == "passed"]
    # A choice that no one made: who knew the seed would know where to forge.
    for record in random.SystemRandom().sample(passed, min(AGAIN, len(passed))):
        if said := differs(record):
            raise ResumeError(
                f"resume: {record.id}: the earlier run has {said[0]}, and it is {said[1]} now; "
                "leave out --resume to begin anew"
            )
