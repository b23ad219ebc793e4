"""Verifying a report: that nobody changed it, and that a sample of it comes out the same again."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from electronwind import SolverLoadError
from electronwind.external import Bounds
from electronwind.solvers import offers

from . import fingerprint as prints
from .archive import anew
from .check import Check
from .declared import Declared, load
from .difference import TURNED, difference
from .guard import Guarded
from .report.model import RAN, SCHEMA, Report, plain
from .trial import run_check

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
    if marks["suite"] | {"oracle": suite["oracle"]} != suite:
        raise Refused(
            f"suite: made by electronwind {marks['suite']['version']} ({marks['suite']['sha256'][:12]}), and "
            f"this is {suite['version']} ({suite['sha256'][:12]}); the same suite is needed to run it again"
        )
    if marks["suite"].get("oracle") != suite["oracle"]:
        raise Refused("oracle: the reference, the fast solver or the problem have other sources here")
    if marks["tables"] != prints.tables():
        raise Refused("tables: they are not those that the report was made with")
    ids = [record.id for record in report.records]
    if unknown := [id for id in ids if id not in checks]:
        raise Refused(f"problems: there is no check {unknown[0]!r} here")
    if marks["problems"] != prints.problems(checks[id] for id in ids):
        raise Refused("problems: the checks are not those that the report was made with")
    _whole_selection(report, ids, checks)


def _whole_selection(report: Report, ids: Sequence[str], checks: Mapping[str, Check]) -> None:
    """Refuse a report from which a record was taken away: what it selected is what it has to hold."""
    from .runner import choose

    settings = report.settings
    try:
        chosen = choose(checks, settings["only"], settings["tiers"], settings["quick"])
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"settings: not a selection of checks ({error})") from error
    wanted = [check.id for check in chosen]
    if lost := sorted(set(wanted) - set(ids)):
        raise Refused(f"records: {lost[0]!r} is missing, though the settings select it")
    if ids != wanted or report.planned != len(wanted):
        raise Refused(f"records: the settings select {len(wanted)} checks, and there are {len(ids)}")
    expected = settings.get("expected_failures") or {}
    for record in report.records:
        if record.status in RAN and (record.status in TURNED) != (record.id in expected):
            named = "names" if record.id in expected else "does not name"
            raise Refused(
                f"records: {record.id!r} is said to be {record.status}, and the list of expected failures "
                f"in the settings {named} it"
            )


@dataclass
class Rerun:
    """What a second run of some checks found.

    Attributes
    ----------
    sampled : list of str
        Ids of the checks.
    differ : dict
        By id what the report says and what the second run found, in words, where they differ.
    """

    sampled: list[str]
    differ: dict[str, tuple[str, str]] = field(default_factory=dict)


def _same_solver(report: Report, solver: Any) -> None:
    """Refuse a report that says of the solver what it does not say of itself."""
    guarded = Guarded(solver)
    now = {name: getattr(guarded, name) for name in ("name", "version", "accuracy")}
    for key, value in (now | {"offers": offers(solver)}).items():
        if (said := report.solver.get(key)) != plain(value):
            raise Refused(f"solver: {key}: the report says {said!r:.60}, and it is {plain(value)!r:.60}")


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
    from .runner import base_effort

    spec, settings = report.solver["spec"], report.settings
    if not spec:
        raise Refused("solver: it was an object of a program, and the report cannot name it")
    bounds = settings.get("bounds")
    solver = load(spec, Bounds(**bounds) if bounds else None)
    if (now := prints.identity(spec, solver)) != report.fingerprint["solver"]:
        raise Refused(f"solver: its files have changed since ({now['sha256'][:12] or 'no file'} now)")
    solver = Declared(solver)
    _same_solver(report, solver)
    found = Rerun([])
    if not any(record.status in RAN for record in report.records):
        return found
    offered = set(offers(solver))
    # What the solver offers and does not support, as the report says, is asked again as well.
    asked = [r for r in report.records if r.status in RAN or offered.issuperset(r.observables)]
    # Not a secret, only a choice that no one made.
    chosen = random.Random(seed).sample(asked, min(sample, len(asked)))
    effort = replace(
        base_effort(settings["quick"], settings.get("thorough", False)),
        seconds=math.inf,
        shrinking=0,
        naming=0,
    )
    for record in sorted(chosen, key=lambda record: record.id):
        # As many problems as then, whatever the time allows now.
        judged = record.examples + record.unsupported_examples
        # What an archive says is no second opinion.
        with anew():
            again = run_check(
                checks[record.id], solver, effort=replace(effort, most=judged or None), seed=settings["seed"]
            )
        found.sampled.append(record.id)
        if said := difference(record, again):
            found.differ[record.id] = said
    return found


@click.command(epilog="Example: electronwind verify electronwind-report --sample 10")
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
    click.echo(f"Verified: {len(sampled)} of the checks were run again, and came out the same.")
    return 0
