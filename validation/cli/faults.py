"""The command `electronwind faults`."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from fnmatch import fnmatchcase
from pathlib import Path

import click

from electronwind import NAMES, SolverLoadError

from ..core.exit_codes import Exit
from ..core.folder import ready, undisturbed
from ..core.writing import write
from ..work.streams import console

__all__ = ["faults"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog="Example: electronwind faults --quick --only 'cache-*'")
@click.option("--quick", is_flag=True, help="Stop at the first kill of each fault and of each check.")
@click.option(
    "--kills", type=click.IntRange(2), metavar="N", help="Stop at N kills of each fault, by different checks."
)
@click.option("--only", metavar="PATTERN", help="Part of a fault's name, or a pattern like 'cache-*'.")
@click.option("--observable", "names", multiple=True, type=click.Choice(NAMES), help="Faults that change it.")
@click.option(
    "--json",
    "data",
    type=_FILE,
    default="electronwind-faults.json",
    show_default=True,
    help="The matrix, fault by check, is written here.",
)
@click.option("--markdown", "page", type=_FILE, help="Write the matrix as a page of documentation.")
@click.option("--journal", type=_FILE, help="Keep here what is done, and go on from it.")
@click.option("--from", "module", metavar="MODULE", help="Whole runs on the wrong solvers of a module.")
@click.option("--thorough", is_flag=True, help="With --from: a thorough run too, on what the others miss.")
@click.option("--triggers", is_flag=True, help="Whether what triggers each fault is named rightly.")
@click.option("--seed", type=int, default=0, show_default=True, help="With --from: seed of the runs.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
def faults(
    quick: bool,
    kills: int | None,
    only: str | None,
    names: tuple[str, ...],
    data: Path,
    page: Path | None,
    journal: Path | None,
    module: str | None,
    thorough: bool,
    triggers: bool,
    seed: int,
    jobs: int,
) -> int:
    """Run the checks on solvers with one planted mistake each: which check kills which fault.

    Exit code 1 when a fault survives, when a check kills none and gives no reason, or when a check is
    itself at fault.

    With --kills, each check judges as many problems as in a default run, and a law asked of several
    observables counts as one. Exit code 1 also where fewer checks than that kill a fault.

    With --from, the solvers of a module go through a quick run each, and through a default one where that
    misses them: which part of its mistakes does a run find? Exit code 1 where one is missed.

    With --triggers, no check runs: what a question must be for a fault to show is searched for, and held
    against what the fault declares. Exit code 1 where fewer than four in five of those that some question
    shows are named rightly.
    """
    from ..campaigns.matrix import run
    from ..campaigns.show import markdown, show, write_json
    from ..faults.catalogue import FAULTS
    from ..work.progress import Progress

    if kills and (quick or triggers or module is not None or page is not None):
        raise click.UsageError("--kills goes without --quick, --triggers, --from and --markdown")
    if module is not None:
        if only is not None or names or page is not None:
            raise click.UsageError("--from: --only, --observable and --markdown are for the planted faults")
        return _power(module, quick, thorough, seed, jobs, journal, data)
    if thorough or seed:
        raise click.UsageError("--thorough and --seed go with --from")
    chosen = None
    if only is not None or names:
        part = only or "*"
        pattern = part if set(part) & set("*?[") else f"*{part}*"
        asked = set(names or NAMES)
        chosen = [n for n, f in FAULTS.items() if fnmatchcase(n, pattern) and asked & set(f.observables)]
        if not chosen:
            raise click.UsageError(f"no fault matches {only!r}" if only else "no fault changes that")
    if triggers:
        if quick:
            raise click.UsageError("--triggers runs no checks, and has no --quick")
        return _triggers(FAULTS if chosen is None else chosen, journal, page)
    try:
        for file in filter(None, (data, page)):
            ready(file)
        with Progress("tasks", bad="") as bar:
            matrix = run(
                chosen,
                quick=quick,
                kills=kills or 0,
                jobs=jobs,
                journal=journal,
                on_progress=bar.reached,
            )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except KeyboardInterrupt:
        if journal is not None:
            click.echo(f"electronwind: interrupted; {journal} holds what is done", err=True)
        raise
    show(matrix, console())
    with undisturbed():
        write_json(matrix, data)
        if page is not None:
            write(page, markdown(matrix))
    return matrix.exit_code


def _triggers(names: Iterable[str], journal: Path | None, page: Path | None) -> int:
    """Say which triggers are named rightly."""
    from ..campaigns.triggers import LEAST, Named, markdown, measure, questions

    def said(row: Named) -> None:
        where = f"{row.observable} is wrong {row.says}" if row.says else "no trigger was found"
        click.echo(f"{row.verdict:11} {row.fault}: {where}.")

    try:
        if page is not None:
            ready(page)
        rows = measure(names, said, journal=journal)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    asked = questions(rows)
    right = sum(row.verdict == "rightly" for row in asked)
    click.echo(f"{right} of {len(asked)} triggers named rightly.")
    if page is not None:
        with undisturbed():
            write(page, markdown(rows))
    if not asked:
        return Exit.NOTHING
    return Exit.RIGHT if right >= LEAST * len(asked) else Exit.FAILED


def _power(
    module: str, quick: bool, thorough: bool, seed: int, jobs: int, journal: Path | None, data: Path
) -> int:
    """Measure what runs find of somebody's wrong solvers, and say it."""
    from rich.console import Console

    from ..campaigns.outside import DEPTHS, measure
    from ..campaigns.show import show_power, write_power
    from ..work.progress import Progress

    depths = DEPTHS[: 1 if quick else 3 if thorough else 2]
    try:
        with Progress("solvers", bad="") as bar:
            power = measure(module, depths, seed=seed, jobs=jobs, journal=journal, on_progress=bar.reached)
    except SolverLoadError as error:
        click.echo(f"electronwind: {' '.join(str(error).split())}", err=True)
        return Exit.UNLOADABLE
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except BrokenExecutor:
        click.echo("electronwind: a wrong solver ended the process that it ran in", err=True)
        return Exit.FAILED
    show_power(power, Console())
    write_power(power, data)
    return Exit.FAILED if power.missed(depths[-1]) or not power.wrong else Exit.RIGHT
