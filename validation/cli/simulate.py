"""The command `electronwind simulate`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import as_completed
from pathlib import Path

import click

from electronwind import InvalidSystemError, PrecisionError, UnsupportedError

from ..core.folder import PAGE, Claimed, FolderError
from ..core.options import Finite
from ..simulation.files import write_picture, write_summaries, write_table
from ..simulation.run import Case, Course, follow, quantum
from ..work.executor import executor
from .quantities import BIAS, LENGTH, MASS, TEMPERATURE, TIME, Several

__all__ = ["simulate"]

# What a run leaves: its state in two files, its table, its picture.
ENDINGS = ("npz", "npz.rows", "csv", "png")


@click.group(
    no_args_is_help=False,
    epilog="Example: electronwind simulate wire --atoms 200 --bias 0.5 --mass 10 --time 4ps",
)
def simulate() -> None:
    """Let atoms move under current, and record energy and current."""


@simulate.command(
    epilog="Example: electronwind simulate wire --atoms 200 --bias 0.5 --mass 10 --time 4ps; "
    "a sweep: --atoms 20,40,80 --bias 0.5V,1V --runs 5 --jobs 2"
)
@click.option("--atoms", type=Several(click.INT), required=True, help="Atoms that move.")
@click.option("--bias", type=Several(BIAS), required=True, help="Bias, in V or mV.")
@click.option("--mass", type=Several(MASS), default="10", show_default=True, help="Mass of an atom, in amu.")
@click.option("--time", type=TIME, required=True, help="Length of the run, in fs, ps or ns.")
@click.option(
    "--temperature",
    type=TEMPERATURE,
    default="0.02eV",
    show_default=True,
    help="Of the electrons in the leads, in K, eV or meV.",
)
@click.option(
    "--noise",
    type=LENGTH,
    default="0.01",
    show_default=True,
    help="Standard deviation of the displacements at the start, in A or pm.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the first run.")
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True, help="Seeds of each case.")
@click.option(
    "--ends",
    type=click.Choice(["matched", "probes"]),
    default="matched",
    show_default=True,
    help="Leads on the outermost atoms, or probes on every atom of long electrodes.",
)
@click.option(
    "--source",
    type=click.Choice(["exact", "frozen"]),
    default="exact",
    show_default=True,
    help="Frozen: the leads inject what they did at the start; an approximation that lowers the current.",
)
@click.option("--every", type=TIME, default="5fs", show_default=True, help="Time between two records.")
@click.option("--step", type=TIME, help="Longest step.  [default: 0.7 of what is stable]")
@click.option(
    "--report",
    "--out",
    "out",
    type=click.Path(file_okay=False, path_type=Path),
    default="electronwind-simulate",
    show_default=True,
    help="Folder for a PNG and a CSV file of each run, and a table of all of them.",
)
@click.option("--resume", is_flag=True, help="Go on where the same command was ended before.")
@click.option("--save", type=Finite(0), default=30.0, show_default=True, help="Seconds between two saves.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes of a sweep.")
@click.option("--scheduler", help="Address of a Dask scheduler, tcp://host:port, for the runs of a sweep.")
def wire(
    atoms: Sequence[int],
    bias: Sequence[float],
    mass: Sequence[float],
    time: float,
    temperature: float,
    noise: float,
    seed: int,
    runs: int,
    ends: str,
    source: str,
    every: float,
    step: float | None,
    out: Path,
    resume: bool,
    save: float,
    jobs: int,
    scheduler: str | None,
) -> int:
    """Follow the atoms of a gold wire and its electrons (cunningham2014).

    Several values with commas between, or several --runs, are a sweep of all their combinations.
    """
    cases = [
        Case(n, v, m, time, temperature, noise, k, ends, source, every, step)
        for n, v, m, k in itertools.product(atoms, bias, mass, range(seed, seed + runs))
    ]
    try:
        out = click.get_current_context().with_resource(Claimed(out, _files(cases), room=PAGE)).path
        for case in cases:
            if not resume:
                for ending in ENDINGS[:2]:
                    (out / f"{case.name}.{ending}").unlink(missing_ok=True)
    except (FolderError, OSError) as error:
        raise click.UsageError(f"--report: {error}") from error
    try:
        courses = (
            [_watched(cases[0], out, save)] if len(cases) == 1 else _swept(cases, out, save, jobs, scheduler)
        )
    except (InvalidSystemError, UnsupportedError, ModuleNotFoundError, ConnectionError) as error:
        raise click.UsageError(str(error)) from error
    except PrecisionError as error:
        click.echo(f"electronwind: {error}", err=True)
        return 1
    for course in courses:
        _show(course)
    click.echo(f"Runs: {write_summaries(courses, out / 'runs.csv')}")
    return 0


def _files(cases: Sequence[Case]) -> list[str]:
    return ["runs.csv", *(f"{case.name}.{ending}" for case in cases for ending in ENDINGS)]


def _state(out: Path, case: Case) -> Path:
    return out / f"{case.name}.npz"


def _done(case: Case, out: Path, course: Course) -> Course:
    write_table(course, out / f"{case.name}.csv")
    write_picture(course, out / f"{case.name}.png")
    return course


def _watched(case: Case, out: Path, save: float) -> Course:
    """Return the course of the only run, telling how it is getting on."""
    from ..work.progress import Progress

    with Progress("fs", round(case.time), bad="") as bar:

        def watch(femto: float, kinetic: float, current: float) -> None:
            bar.reached(round(femto), doing=f"kinetic energy {kinetic:.3f} eV, current {current:.2f} µA")

        return _done(case, out, follow(case, _state(out, case), save, watch))


def _one(case: Case, out: Path, save: float) -> Course:
    return _done(case, out, follow(case, _state(out, case), save))


def _swept(cases: Sequence[Case], out: Path, save: float, jobs: int, scheduler: str | None) -> list[Course]:
    """Return the courses of many runs, in the order of their cases."""
    from ..work.progress import Progress

    found: dict[Case, Course] = {}
    with Progress("runs", len(cases), bad="") as bar, executor(jobs, scheduler) as pool:
        for future in as_completed([pool.submit(_one, case, out, save) for case in cases]):
            course = future.result()
            found[course.case] = course
            bar.advance(course.case.name)
    return [found[case] for case in cases]


def _show(course: Course) -> None:
    case = course.case
    energy, current = (course.late(values) for values in (course.kinetic, course.mean))
    drift = max(abs(course.balance))
    part = f" ({current[0] / quantum(case.bias):.3f} of one quantum)" if case.bias else ""
    click.echo(
        f"{case.atoms} atoms, {case.bias:g} V, {case.mass:g} amu, seed {case.seed}, second half of "
        f"{case.time:g} fs: kinetic energy {energy[0]:.4g} ± {energy[1]:.2g} eV, current {current[0]:.4g} ± "
        f"{current[1]:.2g} µA{part}; energy balance to {drift:.1e} eV; {course.kernel}"
    )
