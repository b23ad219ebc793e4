"""Verifying a report: that nobody changed it, and that a sample of it comes out the same again."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from electronwind import SolverLoadError, load_solver
from electronwind.external import Bounds

from . import fingerprint as prints
from .archive import anew
from .check import Check
from .report.model import RAN, SCHEMA, Report

__all__ = ["Refused", "Rerun", "examine", "rerun", "verify"]

UNLOADABLE = 3
NOTHING = 5


class Refused(Exception):  # noqa: N818 - a verdict, and not a mistake of ours
    """The report is not what a run wrote, or cannot be repeated here: which part, and why."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def examine(text: str, checks: Mapping[str, Check]) -> Report:
    """Return the report that a file holds, after all of its hashes were recomputed.

    Parameters
    ----------
    text : str
        Content of ``report.json``.
    checks : mapping
        The checks of this installation.

    Raises
    ------
    Refused
        Changed since it was written, made by another suite, or not the report of a whole run.
    """
    try:
        data = json.loads(text, object_pairs_hook=_unique)
    except ValueError as error:
        raise Refused(f"content: not the JSON that was written ({error})") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise Refused(f"schema: expected {SCHEMA!r}, got {found!r:.60}")
    marks = data.get("fingerprint")
    if not isinstance(marks, dict) or not marks:
        raise Refused("fingerprint: there is none; reports of this version have one, so run validate again")
    try:
        whole = prints.written(data)
    except ValueError as error:
        raise Refused(f"content: {error}") from error
    if marks.get("content") != prints.content(data):
        raise Refused("content: the report was changed after it was written")
    if whole != text:
        raise Refused("content: the text was changed after it was written, though not its numbers")
    try:
        report = Report.from_dict(data)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"content: not a report ({error!r})") from error
    if not report.complete:
        raise Refused("complete: this run did not end; only a complete report can be verified")
    if report.to_dict()["summary"] != data["summary"]:
        raise Refused("summary: it is not what the records add up to")
    _same_installation(report, checks)
    return report


def _same_installation(report: Report, checks: Mapping[str, Check]) -> None:
    marks, suite = report.fingerprint, prints.suite()
    if marks["suite"] != suite:
        raise Refused(
            f"suite: made by electronwind {marks['suite']['version']} ({marks['suite']['sha256'][:12]}), and "
            f"this is {suite['version']} ({suite['sha256'][:12]}); the same suite is needed to run it again"
        )
    if marks["tables"] != prints.tables():
        raise Refused("tables: they are not those that the report was made with")
    ids = [record.id for record in report.records]
    if unknown := [id for id in ids if id not in checks]:
        raise Refused(f"problems: there is no check {unknown[0]!r} here")
    if marks["problems"] != prints.problems(checks[id] for id in ids):
        raise Refused("problems: the checks are not those that the report was made with")


@dataclass
class Rerun:
    """What a second run of some checks found.

    Attributes
    ----------
    sampled : list of str
        Ids of the checks.
    differ : dict
        By id the status of the report and that of the second run, where they differ.
    """

    sampled: list[str]
    differ: dict[str, tuple[str, str]] = field(default_factory=dict)


def rerun(report: Report, checks: Mapping[str, Check], sample: int, seed: int | None = None) -> Rerun:
    """Run a random sample of the checks again, and compare what becomes of them.

    Parameters
    ----------
    report : Report
        From `examine`.
    checks : mapping
        The checks of this installation.
    sample : int
        Number of checks.
    seed : int, optional
        Fixes the choice; at random where none is given, so that nobody can know it beforehand.

    Raises
    ------
    Refused
        The report names no solver that could be loaded, or its files have changed.
    SolverLoadError
        The solver could not be loaded.
    """
    from . import runner

    spec, settings = report.solver["spec"], report.settings
    if not spec:
        raise Refused("solver: it was an object of a program, and the report cannot name it")
    if (now := prints.identity(spec, load_solver(spec))) != report.fingerprint["solver"]:
        raise Refused(f"solver: its files have changed since ({now['sha256'][:12] or 'no file'} now)")
    ran = [record.id for record in report.records if record.status in RAN]
    # Not a secret, only a choice that no one made.
    chosen = sorted(random.Random(seed).sample(ran, min(sample, len(ran))))
    bounds = settings.get("bounds")
    # What an archive says is no second opinion.
    with anew():
        again = runner.validate(
            spec,
            checks={id: checks[id] for id in chosen},
            quick=settings["quick"],
            thorough=settings.get("thorough", False),
            seed=settings["seed"],
            timeout=settings["timeout"],
            bounds=Bounds(**bounds) if bounds else None,
        )
    if not again.complete:
        raise KeyboardInterrupt
    before = {record.id: record.status for record in report.records}
    found = Rerun(chosen)
    for record in again.records:
        if _plain(record.status) != _plain(before[record.id]):
            found.differ[record.id] = (before[record.id], record.status)
    return found


def _plain(status: str) -> str:
    """Return what became of a check, whatever was expected of it."""
    if status in ("failed", "crashed", "expected-failure"):
        return "failed"
    return "passed" if status in ("passed", "unexpected-pass") else status


@click.command()
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sample", type=click.IntRange(1), default=5, show_default=True, help="Checks to run again.")
@click.option("--seed", type=int, help="Fixes which; at random where none is given.")
def verify(report: Path, sample: int, seed: int | None) -> int:
    """Refuse REPORT where it was changed, and run a random sample of its checks again.

    The hashes in report.json tell accidents and hasty hands, and any change of suite, tables or
    solver. Who forges them all is found out by the second run.
    """
    from .runner import all_checks

    checks = all_checks()
    try:
        try:
            text = report.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(f"content: not the text that was written ({error})") from error
        known = examine(text, checks)
        click.echo(f"Unchanged: {known.verdict}")
        found = rerun(known, checks, sample, seed)
    except Refused as refused:
        click.echo(f"Refused: {refused}.", err=True)
        return 1
    except SolverLoadError as error:
        click.echo(f"electronwind: {' '.join(str(error).split())}", err=True)
        return UNLOADABLE
    if not found.sampled:
        click.echo("Nothing to run again: no check of the report ran.")
        return NOTHING
    return _say(found, found.sampled)


def _say(found: Rerun, sampled: Sequence[str]) -> int:
    for id in sampled:
        if id in found.differ:
            before, now = found.differ[id]
            click.secho(f"  {id}: {before} in the report, {now} now", fg="red")
        else:
            click.echo(f"  {id}: the same")
    if found.differ:
        click.echo(f"Refused: {len(found.differ)} of {len(sampled)} checks came out differently.", err=True)
        return 1
    click.echo(f"Verified: {len(sampled)} of the checks that ran were run again, and came out the same.")
    return 0
