"""The command `electronwind reproduce`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from difflib import get_close_matches
from pathlib import Path
from time import perf_counter

import click

from ..core.folder import Claimed, FolderError
from ..reproduce import FIGURES, FULL, wire_runs
from ..reproduce.figure import Figure
from ..reproduce.statements import show, write_json, write_markdown
from ..simulation.run import Case
from ..work.executor import executor
from ..work.progress import Progress

__all__ = ["made", "reproduce"]


def _chosen(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> list[str]:
    """Return the figures named; the name of a paper stands for all its figures."""
    papers = dict.fromkeys(name.partition("-")[0] for name in FIGURES)
    chosen: dict[str, None] = {}
    for name in names:
        found = [figure for figure in FIGURES if name in (figure, figure.partition("-")[0])]
        if not found:
            near = get_close_matches(name, [*papers, *FIGURES], n=3, cutoff=0.4)
            hint = f"Did you mean {', '.join(near)}?" if near else f"Papers: {', '.join(papers)}."
            raise click.BadParameter(f"no figure and no paper is called {name!r}. {hint}", context, option)
        chosen |= dict.fromkeys(found)
    return list(chosen)


def _make(case: Case, out: Path) -> Case:
    wire_runs.store_of(out).make(case)
    return case


def _each(cases: Sequence[Case], out: Path, jobs: int) -> Iterator[Case]:
    if jobs == 1:
        yield from (_make(case, out) for case in cases)
        return
    with executor(jobs) as pool:
        for future in as_completed([pool.submit(_make, case, out) for case in cases]):
            yield future.result()


def made(names: Sequence[str], out: Path, jobs: int, full: bool) -> None:
    """Make the runs that figures rest on, the longest first, and say how far it is."""
    plan = wire_runs.FULL if full else wire_runs.REDUCED
    cases = wire_runs.store_of(out).missing(case for name in names for case in plan.behind(name))
    if not cases:
        return
    cases.sort(key=lambda case: case.effort, reverse=True)
    total, done = sum(case.effort for case in cases), 0.0
    with Progress("runs", len(cases), bad="") as bar:
        for count, case in enumerate(_each(cases, out, jobs), 1):
            done += case.effort
            bar.reached(count, doing=f"last {case.name}", share=done / total)


def _draw(name: str, out: Path, full: bool) -> tuple[Figure, float]:
    start = perf_counter()
    return (FIGURES | FULL if full else FIGURES)[name](out), perf_counter() - start


def _drawn(names: list[str], out: Path, jobs: int, full: bool) -> Iterator[tuple[Figure, float]]:
    if jobs == 1:
        for name in names:
            yield _draw(name, out, full)
        return
    with executor(jobs) as pool:
        for future in as_completed([pool.submit(_draw, name, out, full) for name in names]):
            yield future.result()


@click.command(epilog="Example: electronwind reproduce preston2022-fig6 todorov2010 --jobs 2")
@click.argument("figures", nargs=-1, required=True, metavar="FIGURE...", callback=_chosen)
@click.option(
    "--report",
    "--out",
    "out",
    type=click.Path(file_okay=False, path_type=Path),
    default="electronwind-reproduce",
    show_default=True,
    help="Folder for a PNG and a CSV file per figure, and the statements as JSON and as a page.",
)
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--full",
    is_flag=True,
    help="Wires in motion as long as in the paper, for as long: hours. What was ended goes on where it was.",
)
def reproduce(figures: list[str], out: Path, jobs: int, full: bool) -> int:
    """Compute published figures anew, and compare them with what their paper states.

    FIGURE is the name of a figure, such as preston2022-fig6, or of a paper for all its figures.
    Exit code 1 when a verdict is not the one that is known: a statement fails, or a listed erratum holds.
    """
    files = [
        "statements.json",
        "statements.md",
        *(f"{name}.{end}" for name in figures for end in ("png", "csv")),
    ]
    try:
        click.get_current_context().with_resource(Claimed(out, files))
    except FolderError as error:
        raise click.UsageError(f"--report: {error}") from error
    made(figures, out, jobs, full)
    seconds: dict[str, float] = {}
    results: dict[str, Figure] = {}
    with Progress("figures", len(figures), bad="") as bar:
        bar.begin(figures[0] if jobs == 1 else "")
        for figure, took in _drawn(figures, out, jobs, full):
            results[figure.name], seconds[figure.name] = figure, took
            bar.advance(f"{figure.name} took {took:.0f} s")
    in_order = [results[name] for name in figures]
    for figure in in_order:
        show(figure, seconds[figure.name])
    for path in (
        write_json(in_order, out / "statements.json"),
        write_markdown(in_order, out / "statements.md"),
    ):
        click.echo(f"Statements: {path}")
    return 0 if all(figure.expected for figure in in_order) else 1
