"""The command `electronwind validate`."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from electronwind import SolverLoadError
from electronwind.external import Bounds
from electronwind.solvers import OURS, namesakes

from ..core.check import TIERS
from ..core.exit_codes import Exit
from ..core.folder import undisturbed
from ..core.options import Finite
from ..tables import TableError
from ..under_test.loading import APART
from ..work.streams import console
from .supervisor import settle

if TYPE_CHECKING:
    from ..report import Report
    from ..report.files import Folder

__all__ = ["validate"]


def _expected_failures(context: click.Context, option: click.Parameter, path: Path | None) -> dict[str, str]:
    """Read the user's list: a TOML table of check id = "reason", at the top or under a heading."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path}: {error}", context, option) from error
    found = table.get("expected-failures", table)
    if not isinstance(found, dict):
        words = f'{path}: expected-failures: expected a table of check id = "reason", got {found!r:.60}'
        raise click.BadParameter(words, context, option)
    # An unquoted id is a nested table to TOML: law.curl = "..." reads as {law: {curl: ...}}.
    return _flat(found)


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


@click.command(epilog="Example: electronwind validate mycode --quick --report out")
@click.argument("solver", default="fast")
@click.option("--quick", is_flag=True, help="Few problems per check: seconds, not minutes.")
@click.option("--thorough", is_flag=True, help="Many problems per check: for a night.")
@click.option("--only", metavar="PATTERN", help="Part of a check's id, or a pattern like 'law.*'.")
@click.option("--tier", "tiers", type=click.Choice(TIERS), multiple=True, help="May be repeated.")
@click.option("--seed", type=int, default=0, show_default=True, help="Fixes what is drawn.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--timeout",
    type=Finite(0, min_open=True),
    metavar="S",
    help="Seconds after which a check draws no further problem [default: 60; less when quick].",
)
@click.option("--isolate", is_flag=True, help="Run fast or reference apart too, as all other solvers do.")
@click.option("--here", is_flag=True, help="Run the solver in the judge's process: for a debugger.")
@click.option(
    "--time-limit",
    type=Finite(0, min_open=True),
    metavar="S",
    help=f"Seconds for one call of a solver in a process of its own [default: {APART.seconds:g}].",
)
@click.option(
    "--memory-limit",
    type=click.IntRange(1),
    metavar="MB",
    help=f"Its memory, without what is only reserved, or shared [default: {APART.megabytes}].",
)
@click.option("--resume", is_flag=True, help="Go on with the run in the folder, where there is one.")
@click.option(
    "--report",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="electronwind-report",
    show_default=True,
    help="Folder for report.json, report.html, junit.xml and a script per failure.",
)
@click.option(
    "--expected-failures",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_expected_failures,
    help='TOML file of lines: "law.some_check" = "why it fails".',
)
def validate(
    solver: str,
    quick: bool,
    thorough: bool,
    only: str | None,
    tiers: tuple[str, ...],
    seed: int,
    jobs: int,
    timeout: float | None,
    isolate: bool,
    here: bool,
    time_limit: float | None,
    memory_limit: int | None,
    resume: bool,
    folder: Path,
    expected_failures: dict[str, str],
) -> int:
    """Judge SOLVER: fast, reference, an entry point, package.module[:object], or exec:COMMAND.

    A solver is any module or object with functions named as the observables; see
    `electronwind observables`. What it does not offer is not judged, and the report says so. COMMAND
    is a program in any language that speaks the protocol of docs/protocol.md.
    """
    if quick and thorough:
        raise click.UsageError("--quick and --thorough exclude each other")
    from ..checks import catalogue
    from ..core.writing import harmless
    from ..report.files import DATA, FORMS, Folder
    from ..report.terminal import show
    from ..run import runner
    from ..run.resume import ResumeError, read_begun
    from ..work.progress import Progress

    bounds = _bounds(solver, isolate, here, time_limit, memory_limit)
    if words := namesakes(solver):
        click.echo(f"electronwind: {words}", err=True)
    try:
        checks = catalogue.all_checks()
        planned = len(catalogue.choose(checks, only, tiers, quick))
        catalogue.refuse_unknown(expected_failures, checks)
        writer = click.get_current_context().with_resource(Folder(folder))
        old = read_begun(writer.path / DATA) if resume else None
        if old is None:
            writer.clear()
    except (ValueError, OSError) as error:
        raise click.UsageError(harmless(str(error))) from error
    bar = Progress("checks", planned, done=len(old.records) if old else 0)

    def on_record(report: Any, record: Any) -> None:
        writer.on_record(report, record)
        failed = sum(r.status in runner.BAD for r in report.records)
        bar.advance(record.id, failed)

    try:
        with _warned_once(), bar:
            report = runner.validate(
                solver,
                quick=quick,
                thorough=thorough,
                only=only,
                tiers=tiers,
                seed=seed,
                timeout=timeout,
                expected_failures=expected_failures,
                on_record=on_record,
                jobs=jobs,
                bounds=bounds,
                here=here,
                resume=old,
            )
    except SolverLoadError as error:
        click.echo(f"electronwind: {' '.join(str(error).split())}", err=True)
        return Exit.UNLOADABLE
    except (ResumeError, TableError) as error:
        raise click.UsageError(harmless(str(error))) from error
    unwritten = _finish(writer, report)
    if not unwritten:
        settle(writer.path / name for name in FORMS)
    show(report, console(), folder)
    if unwritten:
        click.echo(f"electronwind: the report could not be written: {unwritten}", err=True)
        return report.exit_code or Exit.USAGE
    if old is not None and old.complete:
        click.echo("This run had ended before: nothing was asked of the solver.")
    click.echo(f"Report: {folder / 'report.html'}")
    return report.exit_code


def _finish(writer: Folder, report: Report) -> str:
    """Write every form of the report; return why not, in words, where they could not be written."""
    try:
        with undisturbed():
            writer.finish(report)
    except OSError as error:
        return str(error)
    return ""


def _bounds(
    solver: str, isolate: bool, here: bool, seconds: float | None, megabytes: int | None
) -> Bounds | None:
    """Return the limits that were asked for, or None where those of the solver's kind hold."""
    program = solver.startswith("exec:")
    if here and (isolate or program):
        raise click.UsageError(
            "--here: a program runs apart." if program else "--here and --isolate exclude each other."
        )
    limits = seconds is not None or megabytes is not None
    if here and limits:
        raise click.UsageError("--time-limit and --memory-limit need a solver in a process of its own.")
    if solver in OURS and not isolate:
        if limits:
            raise click.UsageError(f"--time-limit and --memory-limit need --isolate for {solver}.")
        return None
    if not (isolate or limits):
        return None
    return Bounds(seconds or APART.seconds, megabytes or APART.megabytes)


@contextmanager
def _warned_once() -> Iterator[None]:
    """Show each warning of a solver once: those who watch for warnings make Python forget what it showed."""
    show, shown = warnings.showwarning, set[tuple[Any, ...]]()

    def once(message: Any, category: Any, filename: str, lineno: int, *more: Any, **options: Any) -> None:
        place = (str(message), category, filename, lineno)
        if place not in shown:
            shown.add(place)
            show(message, category, filename, lineno, *more, **options)

    warnings.showwarning = once
    try:
        yield
    finally:
        warnings.showwarning = show
