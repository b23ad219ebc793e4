"""Verifying a report: that nobody changed it, and that a sample of it comes out the same again."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from electronwind import SolverLoadError
from electronwind.external import Bounds

from ..core import fingerprint as prints
from ..core.canonical import written
from ..core.check import Check
from ..core.exit_codes import Exit
from ..core.reading import FileError, parse, read_text
from ..core.record import RAN, plain
from ..core.writing import harmless
from ..files.reading import AlteredError, as_report
from ..report.model import Report
from ..run.again import differs
from ..run.difference import TURNED
from ..truth.archive import anew
from ..under_test.loading import load
from ..under_test.solver import SolverUnderTest

__all__ = ["Refused", "Rerun", "examine", "rerun", "verify"]

# In the schema these fields have the comment "unproven".
UNPROVEN = (
    "times, dates and numbers of calls, the environment, messages, likely causes, failing problems with "
    "their values, tolerances and conditions, nor the limits, reasons and efforts that the settings state"
)


class Refused(Exception):  # noqa: N818 - a verdict, and not a mistake of ours
    """The report is not what a run wrote, or cannot be repeated here: which part, and why.

    Attributes
    ----------
    code : int
        Exit code: 1, or 2 for a file that is no report at all.
    """

    def __init__(self, words: str, code: int = Exit.FAILED) -> None:
        super().__init__(words)
        self.code = code


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
        No report, changed since it was written, made by another suite, or not the report of a whole run.
    """
    try:
        data = parse(text)
        report = as_report(data)
    except FileError as error:
        raise Refused(str(error), Exit.FAILED if isinstance(error, AlteredError) else Exit.USAGE) from error
    if written(data) != text:
        raise Refused("content: the text was changed after it was written, though not its numbers")
    if not report.complete:
        raise Refused("complete: this run did not end; only a complete report can be verified")
    _same_installation(report, checks)
    return report


def _same_installation(report: Report, checks: Mapping[str, Check]) -> None:
    marks, suite = report.fingerprint, prints.suite()
    if marks["suite"] | {"oracle": suite["oracle"]} != suite:
        raise Refused(
            f"suite: made by electronwind {marks['suite']['version']} ({marks['suite']['sha256'][:12]}), and "
            f"this is {suite['version']} ({suite['sha256'][:12]}); the same suite is needed to run it again"
        )
    if marks["suite"]["oracle"] != suite["oracle"]:
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
    from ..checks.catalogue import choose, select

    settings = report.settings
    if settings["quick"] and settings["thorough"]:
        raise Refused("settings: no run is both quick and thorough")
    try:
        chosen = choose(checks, settings["only"], settings["tiers"], settings["quick"])
        matching = len(select(checks, settings["only"], settings["tiers"]))
    except ValueError as error:
        raise Refused(f"settings: not a selection of checks ({error})") from error
    wanted = [check.id for check in chosen]
    if lost := sorted(set(wanted) - set(ids)):
        raise Refused(f"records: {lost[0]!r} is missing, though the settings select it")
    if ids != wanted or report.planned != len(wanted):
        raise Refused(f"records: the settings select {len(wanted)} checks, and there are {len(ids)}")
    if settings["left_out"] != matching - len(chosen):
        raise Refused(
            f"settings: they leave out {matching - len(chosen)} checks, and not {settings['left_out']}"
        )
    expected = settings.get("expected_failures") or {}
    for record in report.records:
        for name in ("tier", "observables", "source", "says"):
            if getattr(record, name) != getattr(checks[record.id], name):
                raise Refused(f"records: {record.id!r} has another {name} here")
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
    asked : int
        Number of checks that could have been run again.
    differ : dict
        By id what the report says and what the second run found, in words, where they differ.
    """

    sampled: list[str]
    asked: int = 0
    differ: dict[str, tuple[str, str]] = field(default_factory=dict)


def _same_solver(report: Report, solver: SolverUnderTest) -> None:
    """Refuse a report that says of the solver what it does not say of itself."""
    for key in ("name", "version", "accuracy", "offers"):
        value = getattr(solver, key)
        if (said := report.solver.get(key)) != plain(value):
            raise Refused(f"solver: {key}: the report says {said!r:.60}, and it is {plain(value)!r:.60}")


def rerun(
    report: Report,
    checks: Mapping[str, Check],
    sample: int | None,
    seed: int | None = None,
    spec: str | None = None,
) -> Rerun:
    """Run a random sample of the checks again, and compare what becomes of them.

    This loads a solver, which may do anything: of a report that somebody else wrote, give `spec`.

    Parameters
    ----------
    report : Report
        From `examine`.
    checks : mapping
        The checks of this installation.
    sample : int or None
        Number of checks; all of them where it is None.
    seed : int, optional
        Fixes the choice; at random where none is given, so that nobody can know it beforehand.
    spec : str, optional
        The solver, as `load_solver` takes it, instead of the one that the report names.

    Raises
    ------
    Refused
        The report names no solver that could be loaded, or its files have changed.
    SolverLoadError
        The solver could not be loaded.
    """
    from ..run.runner import base_effort

    settings, mark = report.settings, report.fingerprint["solver"]
    if not (spec := spec or report.solver["spec"]):
        raise Refused(
            "solver: it was an object of a program, and the report cannot name it; give it with --solver"
        )
    if "bounds" not in settings:
        raise Refused("settings: bounds are missing, which a run always writes")
    bounds = settings["bounds"]
    loaded = load(spec, Bounds(**bounds) if bounds else None)
    # What had no file when the report was made is known by its name and version.
    if mark["sha256"] and (now := prints.identity(spec, loaded)) != mark:
        raise Refused(f"solver: its files have changed since ({now['sha256'][:12] or 'no file'} now)")
    solver = SolverUnderTest.opened(loaded)
    _same_solver(report, solver)
    found = Rerun([])
    if not any(record.status in RAN for record in report.records):
        return found
    offered = set(solver.offers)
    # What the solver offers and does not support, as the report says, is asked again as well.
    asked = [r for r in report.records if r.status in RAN or offered.issuperset(r.observables)]
    found.asked = len(asked)
    # Not a secret, only a choice that no one made.
    chosen = random.Random(seed).sample(asked, len(asked) if sample is None else min(sample, len(asked)))
    effort = base_effort(settings["quick"], settings.get("thorough", False))
    for record in sorted(chosen, key=lambda record: record.id):
        # What an archive says is no second opinion.
        with anew():
            said = differs(record, checks[record.id], solver, effort=effort, seed=settings["seed"])
        found.sampled.append(record.id)
        if said:
            found.differ[record.id] = said
    return found


class _Sample(click.ParamType[int | None]):
    """A number of checks, or all of them."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        if value == "all":
            return None
        return click.IntRange(1).convert(value, param, ctx)


@click.command(epilog="Example: electronwind verify report.json --solver mycode --sample 10")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--run", is_flag=True, help="Load the solver that REPORT names, whatever that is, and run it.")
@click.option("--solver", metavar="SPEC", help="Load this solver instead, and run it.")
@click.option(
    "--sample", type=_Sample(), metavar="N|all", default=5, show_default=True, help="Checks to run again."
)
@click.option("--seed", type=int, help="Fixes which; at random where none is given.")
def verify(report: Path, run: bool, solver: str | None, sample: int | None, seed: int | None) -> int:
    """Refuse REPORT where it was changed, and run a random sample of its checks again.

    The hashes in report.json tell accidents and hasty hands, and any change of suite, tables or
    solver. Who forges them all is found out by the second run. It loads a solver: the one that the
    report names, which may be any program, with --run, or your own with --solver. With neither,
    only the file is examined; the exit code is 5 then, for nothing ran.
    """
    from ..checks.catalogue import all_checks

    if run and solver is not None:
        raise click.UsageError("--run and --solver exclude each other")
    checks = all_checks()
    try:
        known = examine(_content(report), checks)
        click.echo(f"Unchanged: {known.verdict}")
        if not run and solver is None:
            return _only_the_file(known)
        found = rerun(known, checks, sample, seed, solver)
    except Refused as refused:
        click.echo(f"Refused: {harmless(str(refused))}.", err=True)
        return refused.code
    except SolverLoadError as error:
        click.echo(f"electronwind: {harmless(' '.join(str(error).split()))}", err=True)
        return Exit.UNLOADABLE
    if not found.sampled:
        click.echo("Nothing to run again: no check of the report ran.")
        return Exit.NOTHING
    return _say(found)


def _content(path: Path) -> str:
    try:
        return read_text(path)
    except FileNotFoundError as error:
        raise Refused(f"{path}: there is no such file", Exit.USAGE) from error
    except FileError as error:
        raise Refused(f"{path}: {error}", Exit.USAGE) from error


def _only_the_file(report: Report) -> int:
    spec, bounds = report.solver["spec"], report.settings.get("bounds")
    click.echo("Nothing was run: that the file agrees with itself proves nothing of the solver.")
    if spec:
        limits = f", with the limits {bounds}" if bounds else ""
        click.echo(
            f"--run would load the solver that it names, {harmless(repr(spec))}{limits}: it may be any code."
        )
    click.echo("--solver SPEC loads one that you name.")
    return Exit.NOTHING


def _say(found: Rerun) -> int:
    for id in found.sampled:
        if id in found.differ:
            before, now = found.differ[id]
            click.secho(f"  {id}: {before} in the report, {now} now", fg="red")
        else:
            click.echo(f"  {id}: the same")
    number, others = len(found.sampled), found.asked - len(found.sampled)
    if found.differ:
        click.echo(f"Refused: {len(found.differ)} of {number} checks came out differently.", err=True)
        return Exit.FAILED
    click.echo(f"Verified: {number} of the checks were run again, and came out the same.")
    click.echo(
        f"That proves the verdicts of these {number}, and of those that passed the numbers of problems and "
        "comparisons and, to within two, the fewest digits."
    )
    if others:
        click.echo(
            f"Of the other {others} it proves nothing, as anybody can compute a hash; --sample all runs them."
        )
    click.echo(f"No run proves {UNPROVEN}.")
    return Exit.RIGHT
