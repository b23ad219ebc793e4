"""The report in a terminal: a table and one line per failure."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..core.record import Cause, Record
from ..core.writing import harmless
from .model import Report
from .summary import SHOWN, covered, duration, grouped, headline, hints, rows, shares, why

__all__ = ["STYLES", "show"]

STYLES = {
    "passed": "green",
    "failed": "bold red",
    "crashed": "bold red",
    "error": "bold magenta",
    "unexpected-pass": "bold red",
    "expected-failure": "yellow",
    "unsupported": "dim",
}
# The counts of a row, with their heads and styles.
COUNTS = {
    "ran": ("ran", ""),
    "passed": ("passed", "green"),
    "failed": ("failed", "bold red"),
    "crashed": ("crashed", "bold red"),
    "expected": ("exp.", "yellow"),
    "unsupported": ("unsup.", "dim"),
}
# Characters that the table with all of its columns takes.
ROOM = 80


def show(report: Report, console: Console, folder: Path | None = None) -> None:
    """Print the likely causes, the table of observables, the failures by cause, and what was not tested.

    Parameters
    ----------
    report : Report
        Of the run.
    console : Console
        Where to print.
    folder : Path, optional
        Where the scripts of the failures are.
    """
    console.print(_title(report))
    for number, likely in enumerate(report.causes):
        _print_cause(report, likely, console, folder, whole=number < SHOWN)
    if report.causes:
        console.print()
    console.print(_table(report, console.width))
    groups = grouped(report)
    for cause, records in groups:
        if len(groups) > 1:
            console.print()
            _print(console, f"{'Others' if cause is None else cause.says}:", style="bold")
        for number, record in enumerate(records):
            console.print(_heading(record))
            # One witness is enough for a mistake that is known; the page has the words of all.
            if cause is None or not cause.known or not number:
                _print(console, f"{record.message} {why(cause, record)}", indent=2)
    for record in report.records:
        if record.status == "expected-failure":
            console.print(_heading(record))
            _print(console, f"{record.message} {record.says}", indent=2)
    if report.untested:
        console.print(f"[yellow]Not tested:[/] {', '.join(report.untested)}.")
    if words := covered(report):
        console.print(words, highlight=False)
    for hint in hints(report):
        console.print(hint, markup=False, highlight=False)
    if left := report.settings["left_out"]:
        checks = "check takes" if left == 1 else "checks take"
        console.print(f"{left} long {checks} too much time for a quick run; a run without --quick has them.")
    late = sum(record.stopped_early for record in report.records)
    if late and not report.settings["quick"]:
        checks = "check" if late == 1 else "checks"
        console.print(f"{late} {checks} ran out of time, with fewer problems than planned.")
    if (time := shares(report)) is not None:
        console.print(f"Time: {time}.", style="dim", highlight=False)
    style = "bold green" if report.exit_code == 0 else "bold red"
    console.print(Text(report.verdict, style=style))


def _print_cause(report: Report, cause: Cause, console: Console, folder: Path | None, *, whole: bool) -> None:
    """Print what triggers a cause, the cause and, where `whole`, its simplest problem and a script."""
    if cause.trigger:
        _print(console, f"{cause.trigger}.", style="bold")
    _print(console, headline(report, cause), style="bold" if cause is report.causes[0] else "")
    if not whole:
        return
    for number, line in enumerate(cause.problem):
        _print(console, line if number else f"Simplest: {line}", indent=2)
    if folder is not None and cause.fits:
        script = folder / "failures" / f"{cause.fits[0]}.py"
        if script.is_file():
            # In one piece, to be copied.
            console.print(Text(f"  Try: {harmless(str(script))}"), soft_wrap=True)


def _print(console: Console, text: str, *, indent: int = 0, style: str = "") -> None:
    """Print a paragraph without spaces at the ends of its lines."""
    room = max(console.width - indent, 20)
    for line in wrap(harmless(text), room, break_on_hyphens=False):
        console.print(Text(f"{' ' * indent}{line}", style=style))


def _title(report: Report) -> Text:
    solver = report.solver
    claim = f", claims {solver['accuracy']:g}" if solver["accuracy"] else ""
    effort = "quick, " if report.settings["quick"] else ""
    problems = sum(record.examples for record in report.records)
    return Text.assemble(
        (harmless(f"{solver['name']} {solver['version']}".rstrip()), "bold"),
        f"{claim}: {effort}seed {report.settings['seed']}, {problems} problems in {duration(report.seconds)}",
    )


def _table(report: Report, width: int) -> Table:
    found = rows(report)
    # Where there is little room, columns that say nothing go first.
    kept = {
        name: head
        for name, head in COUNTS.items()
        if width >= ROOM or name in ("ran", "passed") or any(getattr(row, name) for row in found)
    }
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("observable", no_wrap=True)
    for head, _ in kept.values():
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("digits", justify="right", no_wrap=True)
    table.add_column("a call", justify="right", no_wrap=True)
    for row in found:
        cells = [(getattr(row, name), style) for name, (_, style) in kept.items()]
        table.add_row(
            Text(row.observable, style="" if row.ran else "dim"),
            *(Text(str(n or "·"), style=style if n else "dim") for n, style in cells),
            "" if row.digits is None else f"{max(0.0, row.digits):.1f}",
            duration(row.per_call),
        )
    return table


def _heading(record: Record) -> Text:
    return Text.assemble((record.status.replace("-", " "), STYLES[record.status]), " ", (record.id, "bold"))
