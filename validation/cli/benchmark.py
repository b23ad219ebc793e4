"""``electronwind benchmark``."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import click

from electronwind import SolverLoadError

from ..benchmark.measure import BUDGET, ROUNDS
from ..benchmark.model import Benchmark, Standing
from ..core.exit_codes import Exit
from ..core.folder import Claimed, in_words, undisturbed
from ..core.options import Finite
from ..core.writing import put
from ..work.streams import console

__all__ = ["benchmark"]

DATA, PAGE = FORMS = "benchmark.json", "benchmark.html"
# Seconds for a quick run.
QUICK_RUN = 60.0
# Seconds between two times that the data so far are written.
EVERY = 1.0


@click.command(epilog="Example: electronwind benchmark mycode --quick --only levels/*/friction")
@click.argument("solvers", nargs=-1, required=True, metavar="SOLVER [SOLVER ...]")
@click.option("--quick", is_flag=True, help="A few small rungs: seconds, not minutes.")
@click.option("--long", is_flag=True, help="Also the rungs that take minutes.")
@click.option("--only", metavar="PATTERN", help="Part of a rung's id, or a pattern like 'levels/*/friction'.")
@click.option(
    "--budget",
    type=Finite(0, min_open=True),
    metavar="SECONDS",
    help=f"For the whole run; what does not fit is skipped [default: {QUICK_RUN:g} when quick].",
)
@click.option(
    "--rung-budget",
    type=Finite(0, min_open=True),
    default=BUDGET,
    show_default=True,
    metavar="SECONDS",
    help="For one solver on one rung; what is predicted to take longer is skipped.",
)
@click.option(
    "--rounds", type=click.IntRange(3), default=ROUNDS, show_default=True, help="Timings of each, in turns."
)
@click.option(
    "--report",
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="electronwind-benchmark",
    show_default=True,
    help="Folder for benchmark.json and benchmark.html.",
)
def benchmark(
    solvers: tuple[str, ...],
    quick: bool,
    long: bool,
    only: str | None,
    budget: float | None,
    rung_budget: float,
    rounds: int,
    folder: Path,
) -> int:
    """Time SOLVERs on a ladder of workloads, each after its answer was judged.

    Solvers are named as in `electronwind validate`. The fast solver and numpy.linalg.eig of the same
    matrices are timed with them, in turns. What is done is in benchmark.json at any moment, marked as not
    complete; it cannot be resumed, since all times of a benchmark are of one run.
    """
    from ..benchmark import ladder, measure
    from ..benchmark.page import render
    from ..benchmark.terminal import show
    from ..core.writing import harmless
    from ..work.progress import Progress

    try:
        rungs = ladder.select(only, quick=quick, long=long)
        out = click.get_current_context().with_resource(Claimed(folder, FORMS))
        out.clear()
    except (ValueError, OSError) as error:
        raise click.UsageError(harmless(str(error))) from error
    if quick and budget is None:
        budget = QUICK_RUN
    following = iter([rung.id for rung in rungs[1:]])
    bar = Progress("rungs", len(rungs), bad="wrong")
    bar.begin(rungs[0].id)
    written = time.monotonic()

    told: set[tuple[str, str, str]] = set()

    def on_skip(solver: str, rung: ladder.Rung, words: str) -> None:
        # What is larger will not fit either: one sentence does for the rest of a ladder.
        if (family := (solver, rung.ladder, rung.observable)) not in told:
            told.add(family)
            bar.say(harmless(f"{solver} leaves out {rung.id} and what is larger: {words}."))

    def on_rung(result: Benchmark, standing: Standing) -> None:
        nonlocal written
        bad = sum(count["wrong"] + count["crashed"] for count in map(result.counts, result.labels))
        bar.advance(next(following, ""), bad)
        out.refuse_copies()
        if time.monotonic() - written > EVERY:
            # A disk that is full now may take it when the run is done.
            with suppress(OSError):
                result.write(out.path / DATA)
            written = time.monotonic()

    try:
        with bar:
            result = measure.benchmark(
                solvers,
                rungs,
                rounds=rounds,
                budget=rung_budget,
                run_budget=budget,
                settings={"quick": quick, "long": long, "only": only or ""},
                on_rung=on_rung,
                on_skip=on_skip,
            )
    except SolverLoadError as error:
        click.echo(f"electronwind: {' '.join(str(error).split())}", err=True)
        return Exit.UNLOADABLE
    unwritten = ""
    try:
        with undisturbed():
            put(out.path, {PAGE: render(result), DATA: result.text()})
    except OSError as error:
        unwritten = in_words(error)
    show(result, console())
    if unwritten:
        click.echo(f"electronwind: the benchmark could not be written: {unwritten}", err=True)
        return result.exit_code or Exit.USAGE
    click.echo(f"Data and plots: {folder / DATA}, {folder / PAGE}")
    return result.exit_code
