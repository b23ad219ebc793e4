"""The commands `electronwind tables ...`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["tables"]

HERE = Path(__file__).parent / "data"
F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def tables() -> None:
    """The certified values: list them, derive them anew, write them."""


def _need(module: str, extra: str) -> None:
    """Refuse in words where an optional package is missing."""
    if find_spec(module) is None:
        raise click.UsageError(
            f"{module} is not installed. This command needs it: pip install 'electronwind[{extra}]'"
        )


def _folder(command: F) -> F:
    """Add the option for the folder of the tables."""
    return click.option(
        "--from",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="A folder of tables [default: those that come with electronwind].",
    )(command)


@tables.command("list")
@_folder
def list_tables(folder: Path | None) -> int:
    """List the systems, with what is certified of each."""
    from rich.console import Console
    from rich.table import Table

    from .storage import TableError, data, verified

    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    shown.add_column("table", no_wrap=True)
    for column in ("levels", "leads", "values"):
        shown.add_column(column, justify="right")
    shown.add_column("source", overflow="fold")
    systems = values = 0
    try:
        for table in verified(folder or data()):
            certified = sum(value.certified for value in table.values.values())
            size = (table.system.levels, len(table.system.leads), certified)
            shown.add_row(table.id, *map(str, size), table.source)
            systems, values = systems + 1, values + certified
    except TableError as error:
        click.echo(f"electronwind: {error}", err=True)
        return 1
    Console().print(shown)
    click.echo(f"{systems} systems, {values} certified values.")
    return 0


@tables.command()
@_folder
@click.option("--sample", "size", type=click.IntRange(1), default=40, show_default=True, help="Values.")
@click.option("--all", "everything", is_flag=True, help="All values: minutes.")
@click.option("--seed", type=int, default=0, show_default=True, help="Fixes the sample.")
def check(folder: Path | None, size: int, everything: bool, seed: int) -> int:
    """Verify all checksums, and derive a random sample of values anew in ball arithmetic."""
    from .recheck import recheck, sample
    from .storage import TableError, data, verified

    try:
        found = list(verified(folder or data()))
    except TableError as error:
        click.echo(f"electronwind: {error}", err=True)
        return 1
    click.echo(f"{len(found)} tables, all checksums right.")
    _need("flint", "certify")
    pairs = sample(found, 10**9 if everything else size, seed)
    wrong = 0
    for verdict in recheck(pairs):
        if not verdict.holds:
            wrong += 1
            click.echo(f"WRONG {verdict.table}: {verdict.observable} is not what the system gives.")
    click.echo(f"{len(pairs)} values derived anew (seed {seed}), {wrong} wrong.")
    return 1 if wrong else 0


@tables.command()
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler to use instead, tcp://host:port.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=HERE,
    help="Folder for the files [default: those that come with electronwind].",
)
@click.option("--only", metavar="PATTERN", default="*", help="Ids to write, such as 'chain-*'.")
def regenerate(jobs: int, scheduler: str | None, out: Path, only: str) -> int:
    """Write the tables. What is there and sound is kept, so an interrupted run resumes."""
    from concurrent.futures.process import BrokenProcessPool

    from . import generate

    _need("flint", "certify")
    if scheduler is not None:
        _need("distributed", "cluster")
    counts = {"kept": 0, "written": 0}

    def report(id: str, what: str) -> None:
        counts[what] += 1
        if what == "written":
            click.echo(id)

    try:
        complete = generate.regenerate(out, jobs=jobs, scheduler=scheduler, only=only, report=report)
    except BrokenProcessPool:
        words = "processes end without a word, too often; what is finished is kept. Run the command again."
        click.echo(f"electronwind: {words}", err=True)
        return 1
    except OSError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{counts['written']} tables written, {counts['kept']} kept, in {out}")
    if not complete:
        click.echo("The set is not complete: the manifest was not written.")
    return 0
