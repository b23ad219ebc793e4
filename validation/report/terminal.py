"""The report in a terminal: a table and one line per failure."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .model import Cause, Record, Report
from .summary import duration, grouped, headline, hints, rows, shares, why

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
        _print_cause(report, likely, console, folder, first=not number)
    if report.causes:
        console.print()
    console.print(_table(report))
    for cause, records in grouped(report):
        if len(report.causes) > 1 and cause is not None:
            console.print(Text(f"\n{_harmless(_capital(cause))}:", style="bold"))
        for number, record in enumerate(records):
            console.print(_heading(record))
            # One witness is enough for a mistake that is known; the page has the words of all.
            if cause is None or not cause.known or not number:
                console.print(Padding(_sentences(record, cause), (0, 0, 0, 2)))
    for record in report.records:
        if record.status == "expected-failure":
            console.print(_heading(record))
            console.print(Padding(_sentences(record, None), (0, 0, 0, 2)))
    if report.untested:
        console.print(f"[yellow]Not tested:[/] {', '.join(report.untested)}.")
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


def _print_cause(report: Report, cause: Cause, console: Console, folder: Path | None, *, first: bool) -> None:
    """Print a cause, the simplest problem that shows it, and the script to try."""
    if first and not cause.known:
        console.print(Text("No known mistake explains most of the failures.", style="bold"))
    console.print(Text(_harmless(headline(report, cause)), style="bold" if first else ""))
    lines = list(cause.problem)
    if folder is not None and cause.fits:
        script = folder / "failures" / f"{cause.fits[0]}.py"
        lines += [f"Try: {script}"] if script.is_file() else []
    for line in lines:
        console.print(Padding(Text(_harmless(line)), (0, 0, 0, 2)))


def _capital(cause: Cause) -> str:
    return cause.says[:1].upper() + cause.says[1:]


def _title(report: Report) -> Text:
    solver = report.solver
    claim = f", claims {solver['accuracy']:g}" if solver["accuracy"] else ""
    effort = "quick, " if report.settings["quick"] else ""
    problems = sum(record.examples for record in report.records)
    return Text.assemble(
        (_harmless(f"{solver['name']} {solver['version']}".rstrip()), "bold"),
        f"{claim}: {effort}seed {report.settings['seed']}, {problems} problems in {duration(report.seconds)}",
    )


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("observable", no_wrap=True)
    for name in ("ran", "passed", "failed", "crashed", "expected", "unsup."):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("digits", justify="right", no_wrap=True)
    table.add_column("a call", justify="right", no_wrap=True)
    for row in rows(report):
        cells = [row.ran, row.passed, row.failed, row.crashed, row.expected, row.unsupported]
        styles = ["", "green", "bold red", "bold red", "yellow", "dim"]
        table.add_row(
            Text(row.observable, style="" if row.ran else "dim"),
            *(Text(str(n or "·"), style=s if n else "dim") for n, s in zip(cells, styles, strict=True)),
            "" if row.digits is None else f"{max(row.digits, 0):.1f}",
            duration(row.per_call),
        )
    return table


def _heading(record: Record) -> Text:
    return Text.assemble((record.status.replace("-", " "), STYLES[record.status]), " ", (record.id, "bold"))


def _sentences(record: Record, cause: Cause | None) -> Text:
    return Text(f"{_harmless(record.message)} {why(cause, record)}".rstrip())


def _harmless(text: str) -> str:
    """Return what a solver says without the characters that would steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
