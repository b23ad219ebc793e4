"""The commands `electronwind tables ...`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

from ..core.exit_codes import Exit
from ..core.folder import FolderError, ready, undisturbed
from ..core.writing import write
from ..work.progress import Progress
from ..work.streams import console

__all__ = ["tables"]

HERE = Path(__file__).parents[1] / "tables" / "data"
F = TypeVar("F", bound=Callable[..., Any])


@click.group(no_args_is_help=False, epilog="Example: electronwind tables list")
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


@tables.command("list", epilog="Example: electronwind tables list")
@_folder
def list_tables(folder: Path | None) -> int:
    """List the systems, with what is certified of each."""
    from rich.table import Table

    from ..tables.storage import TableError, data, verified, verified_calls

    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    shown.add_column("table", no_wrap=True)
    for column in ("levels", "leads", "values"):
        shown.add_column(column, justify="right")
    shown.add_column("source", overflow="fold")
    systems = values = questions = proven = spoken = 0
    try:
        for table in verified(folder or data()):
            certified = sum(value.certified for value in table.values.values())
            size = (table.system.levels, len(table.system.leads), certified)
            shown.add_row(table.id, *map(str, size), table.source)
            systems, values = systems + 1, values + certified
        for call in verified_calls(folder or data()):
            shown.add_row(call.id, "", "", str(len(call.values)), call.source)
            questions += 1
            spoken += sum(not value.certified for value in call.values.values())
            proven += sum(value.certified for value in call.values.values())
    except TableError as error:
        raise click.UsageError(str(error)) from error
    console().print(shown)
    click.echo(f"{systems} systems, {values} certified values.")
    click.echo(f"{questions} questions, {proven} certified values, {spoken} by two solvers.")
    return Exit.RIGHT


@tables.command(epilog="Example: electronwind tables check --sample 100")
@_folder
@click.option("--sample", "size", type=click.IntRange(1), default=40, show_default=True, help="Values.")
@click.option("--answers", type=click.IntRange(0), default=6, show_default=True, help="Answers on file.")
@click.option("--all", "everything", is_flag=True, help="All values: minutes.")
@click.option("--seed", type=int, default=0, show_default=True, help="Fixes the sample.")
def check(folder: Path | None, size: int, answers: int, everything: bool, seed: int) -> int:
    """Verify all checksums, and derive a random sample of values anew in ball arithmetic.

    With a value its radius and its condition number are derived: larger ones would forgive a wrong solver.

    Of the answers to the standard problems, which come with the suite too, the reference is asked a sample.
    """
    from ..tables.recheck import recheck, sample
    from ..tables.storage import TableError, data, verified, verified_calls

    try:
        found: list[Any] = [*verified(folder or data()), *verified_calls(folder or data())]
    except TableError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{len(found)} tables, all checksums right.")
    _need("flint", "certify")
    pairs = sample(found, 10**9 if everything else size, seed)
    lines = []
    with Progress("values", len(pairs), bad="wrong") as bar:
        for verdict in recheck(pairs):
            if verdict.wrong:
                what = f"{verdict.observable} ({', '.join(verdict.wrong)})"
                lines.append(f"WRONG {verdict.table}: {what} is not what the system gives.\n")
            bar.advance(verdict.table, len(lines))
    wrong = len(lines)
    click.echo("".join(lines), nl=False)
    click.echo(f"{len(pairs)} values derived anew (seed {seed}), {wrong} wrong.")
    if folder is None and answers:
        wrong += _check_answers(10**9 if everything else answers, seed)
    return 1 if wrong else 0


def _check_answers(size: int, seed: int) -> int:
    """Ask the reference again, and return how many of the answers on file are wrong."""
    from ..campaigns import answers as answers_again
    from ..truth import standard

    questions = standard.sample(size, seed)
    if not questions:
        words = "are of another reference, or damaged; `electronwind tables answers` writes them."
        click.echo(f"The answers to the standard problems {words}")
        return Exit.FAILED
    wrong = [question for question in questions if answers_again.differs(question)]
    for question in wrong:
        click.echo(f"WRONG answer: {question.get('observable', question.get('run'))} of {question['system']}")
    click.echo(f"{len(questions)} answers to the standard problems asked anew, {len(wrong)} wrong.")
    return len(wrong)


@tables.command(epilog="Example: electronwind tables answers")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File [default: the one that comes with electronwind].",
)
def answers(out: Path | None) -> int:
    """Ask the reference the standard problems, and write its answers: minutes."""
    from ..campaigns import answers as answers_again
    from ..core.record import BAD, Record
    from ..report.model import Report
    from ..truth import standard

    bad = []
    path = out or standard.PATH
    try:
        ready(path)
    except FolderError as error:
        raise click.UsageError(str(error)) from error

    def note(_: Report, record: Record) -> None:
        if record.status in BAD:
            bad.append(f"{record.id}: {record.status}: {record.message}")
        bar.advance(record.id, len(bad))

    with Progress("checks", bad="differ") as bar:
        found = answers_again.gather(note)
    if bad:
        click.echo("\n".join(["No answers are written while fast and reference differ:", *bad]), err=True)
        return Exit.FAILED
    with undisturbed():
        write(path, standard.text(found))
    click.echo(f"{len(found)} answers to the standard problems written, {path}")
    return Exit.RIGHT


@tables.command(epilog="Example: electronwind tables regenerate --only 'chain-*' --out tables")
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
    from concurrent.futures import BrokenExecutor

    from ..tables import generate

    _need("flint", "certify")
    if scheduler is not None:
        _need("distributed", "cluster")
    counts = {"kept": 0, "written": 0}

    def report(id: str, what: str) -> None:
        counts[what] += 1
        if what == "written":
            click.echo(id)
        bar.advance(id)

    try:
        with Progress("tables", bad="") as bar:
            complete = generate.regenerate(out, jobs=jobs, scheduler=scheduler, only=only, report=report)
    except BrokenExecutor:
        words = "processes end without a word, too often; what is finished is kept. Run the command again."
        click.echo(f"electronwind: {words}", err=True)
        return Exit.FAILED
    except OSError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{counts['written']} tables written, {counts['kept']} kept, in {out}")
    if not complete:
        click.echo("The set is not complete: the manifest was not written.")
    return Exit.RIGHT
