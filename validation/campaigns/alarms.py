"""One solver, many seeds: of a solver that is known to be right, every failure is a false alarm."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, as_completed
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self

import click

from electronwind import SolverLoadError

from ..core.exit_codes import Exit
from ..core.options import Finite
from ..core.record import BAD, STATUSES, Record
from ..under_test.loading import load
from ..work.executor import executor
from ..work.journal import Journal
from ..work.progress import Progress

__all__ = ["Tally", "alarms", "run_seeds"]

DEPTHS: dict[str, dict[str, Any]] = {"quick": {"quick": True}, "full": {}, "thorough": {"thorough": True}}


@dataclass
class Tally:
    """What a study found over its seeds.

    Attributes
    ----------
    seeds : int
        Number of runs.
    status : Counter
        Checks by status, summed over the runs.
    problems, comparisons : int
        Judged, in all runs.
    digits : dict
        Fewest digits of any comparison, by observable.
    alarms : list of str
        What went wrong: seed, check and message.
    """

    seeds: int = 0
    status: Counter[str] = field(default_factory=Counter)
    problems: int = 0
    comparisons: int = 0
    digits: dict[str, float] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)

    def add(self, seed: int, record: Record) -> None:
        """Count the record of one check."""
        self.status[record.status] += 1
        self.problems += record.examples
        self.comparisons += record.comparisons
        for sample in record.samples:
            known = self.digits.get(sample.observable, sample.digits)
            self.digits[sample.observable] = min(known, sample.digits)
        if record.status not in ("passed", "unsupported"):
            self.alarms.append(f"seed {seed}: {record.id}: {record.status}: {record.message}")

    def merge(self, other: Tally) -> None:
        """Add what another study found."""
        self.seeds += other.seeds
        self.status += other.status
        self.problems += other.problems
        self.comparisons += other.comparisons
        for name, least in other.digits.items():
            self.digits[name] = min(self.digits.get(name, least), least)
        self.alarms += other.alarms

    def to_dict(self) -> dict[str, Any]:
        """Return the tally as data for JSON."""
        return vars(self) | {"status": dict(self.status)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the tally that `to_dict` wrote."""
        status: Counter[str] = Counter(data["status"])
        return cls(
            data["seeds"], status, data["problems"], data["comparisons"], data["digits"], data["alarms"]
        )


def run_seeds(
    spec: str,
    seeds: Iterable[int],
    journal: Path,
    *,
    depth: str = "quick",
    only: str | None = None,
    skip: Sequence[str] = (),
    share: float = 1.0,
    jobs: int = 1,
    scheduler: str | None = None,
) -> Iterator[tuple[int, Tally]]:
    """Run the checks with each seed; yield the seed and what it found.

    Parameters
    ----------
    spec : str
        The solver, as `load_solver` takes it.
    seeds : iterable of int
        The seeds.
    journal : Path
        A line of JSON for every seed that is done. Seeds that it holds already, of this solver and this
        suite, are not run again.
    depth : {"quick", "full", "thorough"}
        As for `validate`.
    only : str, optional
        As for `validate`.
    skip : sequence of str
        Patterns of ids to leave out.
    share : float
        Part of the checks that a seed runs, chosen by it: for a slow solver.
    jobs, scheduler
        As for `executor`.
    """
    from ..core.canonical import canonical
    from ..core.fingerprint import identity, suite

    # At once: the solver may change the current folder.
    journal = journal.absolute()
    key = canonical([spec, identity(spec, load(spec)), suite(), depth, only or "", list(skip), share])
    with Journal(journal, key) as done:
        left = []
        for seed in dict.fromkeys(seeds):
            if (known := _known(done.known.get(str(seed)))) is not None:
                yield seed, known
            else:
                left.append(seed)
        if not left:
            return
        with executor(jobs, scheduler) as pool:
            tasks: dict[Future[dict[str, Any]], int] = {
                pool.submit(_one, spec, seed, depth, only, skip, share): seed for seed in left
            }
            for task in as_completed(tasks):
                found = task.result()
                done.keep(str(tasks[task]), found)
                yield tasks[task], Tally.from_dict(found)


def _known(data: Any) -> Tally | None:
    """Return the tally of a line of the journal, or None where it is none: its seed is run again."""
    try:
        tally = Tally.from_dict(data)
        whole = (tally.seeds, tally.problems, tally.comparisons, *tally.status.values())
        sound = (
            all(type(number) is int and number >= 0 for number in whole)
            and tally.seeds == 1
            and set(tally.status) <= set(STATUSES)
            and all(type(least) is float for least in tally.digits.values())
            and all(isinstance(alarm, str) for alarm in tally.alarms)
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return tally if sound else None


def _one(
    spec: str, seed: int, depth: str, only: str | None, skip: Sequence[str], share: float
) -> dict[str, Any]:
    from ..checks.catalogue import all_checks, choose
    from ..run.runner import validate

    tally = Tally(seeds=1)
    found = choose(all_checks(), only, None, depth == "quick")
    kept = [check for check in found if not any(fnmatchcase(check.id, one) for one in skip)]
    if not kept:
        raise ValueError(f"skip: {', '.join(skip)} leaves no check")
    # At least one, in the order of the suite.
    chosen = set(random.Random(seed).sample(range(len(kept)), max(1, round(share * len(kept)))))
    checks = {check.id: check for i, check in enumerate(kept) if i in chosen}
    report = validate(spec, checks=checks, seed=seed, only=only, **DEPTHS[depth])
    # Part of a seed must not pass for all of it: it is to be run again.
    if not report.complete:
        raise KeyboardInterrupt
    for record in report.records:
        tally.add(seed, record)
    return tally.to_dict()


@click.command(epilog="Example: electronwind alarms mycode --seeds 20 --jobs 2")
@click.argument("solver", default="fast")
@click.option("--seeds", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option("--first", type=int, default=0, show_default=True, help="The first of them.")
@click.option("--depth", type=click.Choice(list(DEPTHS)), default="quick", show_default=True)
@click.option("--only", metavar="PATTERN", help="Part of a check's id, or a pattern like 'law.*'.")
@click.option("--skip", metavar="PATTERN", multiple=True, help="Ids to leave out; may be repeated.")
@click.option(
    "--share",
    type=Finite(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="Part of the checks that each seed runs, another one each: for a slow solver.",
)
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler to use instead, tcp://host:port.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    default="electronwind-alarms.jsonl",
    show_default=True,
    help="What is done is written here, seed by seed, and not done again.",
)
def alarms(
    solver: str,
    seeds: int,
    first: int,
    depth: str,
    only: str | None,
    skip: tuple[str, ...],
    share: float,
    jobs: int,
    scheduler: str | None,
    journal: Path,
) -> int:
    """Validate SOLVER with many seeds: if it is right, every failure is a false alarm.

    Exit code 1 when a check failed with any seed, 5 when nothing was judged.
    """
    from ..core.writing import harmless

    total = Tally()
    try:
        wanted = range(first, first + seeds)
        done = run_seeds(
            solver, wanted, journal, depth=depth, only=only, skip=skip, share=share,
            jobs=jobs, scheduler=scheduler,
        )  # fmt: skip
        with Progress("seeds", seeds, bad="alarms") as bar:
            for seed, tally in done:
                total.merge(tally)
                bad = sum(tally.status[status] for status in BAD)
                bar.say(f"seed {seed}: {dict(tally.status)}" + (f", {bad} FAILED" if bad else ""))
                bar.advance(bad=len(total.alarms))
    except SolverLoadError as error:
        click.echo(f"electronwind: {error}", err=True)
        return Exit.UNLOADABLE
    except (ConnectionError, ModuleNotFoundError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    except BrokenExecutor:
        click.echo("electronwind: the solver ended the process that it ran in", err=True)
        return Exit.FAILED
    except KeyboardInterrupt:
        click.echo(f"electronwind: interrupted; {journal} holds what is done", err=True)
    part = f", {share:g} of the checks each" if share < 1 else ""
    without = f", without {', '.join(skip)}" if skip else ""
    click.echo(f"{total.seeds} seeds ({depth}{part}{without}): {dict(total.status)}")
    click.echo(f"{total.problems} problems, {total.comparisons} comparisons; fewest digits:")
    click.echo(
        "".join(f"  {name:<16} {least:.1f}\n" for name, least in sorted(total.digits.items())), nl=False
    )
    click.echo("".join(f"- {harmless(alarm)}\n" for alarm in total.alarms) or "No alarm.")
    if total.seeds < seeds:
        raise click.Abort
    if not (total.alarms or total.comparisons):
        click.echo("Nothing was judged.")
        return Exit.NOTHING
    return 1 if total.alarms else 0
