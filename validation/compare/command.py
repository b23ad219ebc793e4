"""Comparing two reports, or two benchmarks: what changed, and whether it got worse.

What is compared is decided here; `comparing` has the rules for digits, statuses and speed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from ..benchmark.model import Benchmark
from ..core.exit_codes import Exit
from ..core.options import Finite
from ..core.reading import FileError
from ..core.writing import write
from ..files.reading import read
from ..report.model import Report
from ..work.streams import console
from .reports import SLOWER, THRESHOLD, Change, compare_benchmarks, compare_reports
from .timing import NOT_JUDGED, Pace, pace_table, paces

__all__ = ["IncomparableError", "Verdict", "compare", "compare_files"]


class IncomparableError(ValueError):
    """Two files that say nothing about each other."""


@dataclass
class Verdict:
    """What a comparison found.

    Attributes
    ----------
    kind : str
        ``report`` or ``benchmark``.
    changed : list of str
        What else differs between the two runs: solver, versions, BLAS, tables, machine.
    changes : list of Change
        What became worse, better or otherwise different.
    notes : list of str
        What was not judged, and why.
    times, times_of_checks : list of Pace
        Of two reports, the time of the solver per call, by observable, and by check and observable. They are
        no finding and change no exit code.
    """

    kind: str
    changed: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    times: list[Pace] = field(default_factory=list)
    times_of_checks: list[Pace] = field(default_factory=list)

    @property
    def worse(self) -> list[Change]:
        """The regressions."""
        return [change for change in self.changes if change.worse]

    @property
    def exit_code(self) -> int:
        """Exit code: 0, or 4 where anything got worse."""
        return Exit.WORSE if self.worse else Exit.RIGHT

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        data = {"schema": "electronwind-comparison/1", "exit_code": self.exit_code} | asdict(self)
        for key, found in (("times", self.times), ("times_of_checks", self.times_of_checks)):
            data[key] = [asdict(pace) | {"ratio": pace.ratio, "judged": False} for pace in found]
        return data


def _load(path: Path) -> tuple[Report | Benchmark, dict[str, Any]]:
    try:
        found, data = read(path)
    except (FileError, FileNotFoundError) as error:
        raise IncomparableError(f"{path}: {error}") from error
    if not found.complete:
        raise IncomparableError(f"{path}: this run did not end, so what is missing says nothing")
    if not (found.records if isinstance(found, Report) else found.standings):
        raise IncomparableError(f"{path}: nothing was judged in this run, so it says nothing")
    return found, data


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    keys = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    return [f"{key}: {old.get(key) or 'none'} -> {new.get(key) or 'none'}" for key in keys]


def _prints(report: Report) -> dict[str, Any]:
    prints = report.fingerprint
    return {
        "sources of the suite": prints["suite"]["sha256"][:12],
        "sources of the problems": prints["problems"]["sha256"][:12],
        "sources of the oracle": prints["suite"]["oracle"][:12],
        "tables": prints["tables"][:12],
        "sources of the solver": prints["solver"]["sha256"][:12],
    }


def _drawn_by(report: Report) -> list[Any]:
    """Return what decides which problems are drawn; the oracle does not."""
    prints = report.fingerprint
    suite = prints["suite"]
    seed = report.settings["seed"]
    return [seed, suite["version"], suite["sha256"], prints["problems"], prints["tables"]]


def compare_files(
    old: Path,
    new: Path,
    *,
    threshold: float = THRESHOLD,
    slower: float = SLOWER,
    solvers: tuple[str, str] | None = None,
) -> Verdict:
    """Compare two files of the same kind.

    Parameters
    ----------
    old, new : Path
        Two ``report.json`` or two ``benchmark.json``; one and the same benchmark for two solvers in it.
    threshold : float
        Digits that may be lost beyond the scatter.
    slower : float
        Factor of time, in units of the baseline of the same run, that counts beyond the spread.
    solvers : tuple of str, optional
        Labels of the solvers to compare, where a benchmark has several.

    Raises
    ------
    IncomparableError
        What is no report and no benchmark that a run wrote, different kinds, an unfinished run, one in which
        nothing was judged, or different problems.
    """
    (before, first), (after, second) = _load(old), _load(new)
    if isinstance(before, Report) and isinstance(after, Report):
        return _reports(before, after, threshold)
    if isinstance(before, Benchmark) and isinstance(after, Benchmark):
        # What was asked, and by which certified values it was judged, is in the data.
        if first["problems"] != second["problems"]:
            raise IncomparableError(
                "the two benchmarks climbed different rungs, or were judged by other certified values: "
                f"{first['problems']} and {second['problems']}; run both with the same options"
            )
        return _benchmarks(before, after, threshold, slower, solvers)
    kinds = [type(run).__name__.lower() for run in (before, after)]
    raise IncomparableError(f"{old} is a {kinds[0]} and {new} is a {kinds[1]}: compare like with like")


def _reports(before: Report, after: Report, threshold: float) -> Verdict:
    for key in ("quick", "thorough", "only", "tiers"):
        one, two = (run.settings.get(key) or "off" for run in (before, after))
        if one != two:
            option = f"--{key.removesuffix('s')}"
            raise IncomparableError(f"the two runs judged different problems: {option} was {one}, then {two}")
    verdict = Verdict("report", _differences(before.solver, after.solver))
    verdict.changed += _differences(*({"seed": str(run.settings["seed"])} for run in (before, after)))
    verdict.changed += _differences(before.environment, after.environment)
    verdict.changed += _differences(_prints(before), _prints(after))
    same = _drawn_by(before) == _drawn_by(after)
    if not same:
        verdict.notes.append("Seed or suite differ, so the problems do: digits are judged by their medians.")
    verdict.changes = compare_reports(before, after, threshold, same)
    verdict.times, verdict.times_of_checks = paces(before, after)
    verdict.notes.append(NOT_JUDGED)
    return verdict


def _benchmarks(
    one: Benchmark, two: Benchmark, threshold: float, slower: float, solvers: tuple[str, str] | None
) -> Verdict:
    pair = solvers or (_subject(one), _subject(two))
    for label, run in zip(pair, (one, two), strict=True):
        if label not in run.labels:
            raise IncomparableError(f"no solver is called {label!r}; there are {', '.join(run.labels)}")
    verdict = Verdict("benchmark")
    first, second = (
        run.solvers[run.labels.index(label)] for run, label in zip((one, two), pair, strict=True)
    )
    verdict.changed = _differences(first, second) + _differences(one.environment, two.environment)
    together = one == two
    machine = [{k: run.environment.get(k) for k in ("processor", "BLAS", "threads")} for run in (one, two)]
    judged = together or machine[0] == machine[1]
    if not judged:
        verdict.notes.append("Processor, BLAS or threads differ: speed is shown, and not judged.")
    limit = slower if judged else float("inf")
    verdict.changes = compare_benchmarks(one, two, pair, threshold, limit, together)
    return verdict


def _subject(run: Benchmark) -> str:
    if len(run.subjects) != 1:
        raise IncomparableError(
            f"there are several solvers ({', '.join(run.subjects)}): say which with --solvers"
        )
    return run.subjects[0]


@click.command(epilog="Example: electronwind compare v1/report.json v2/report.json")
@click.argument("old", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--threshold",
    type=Finite(0),
    default=THRESHOLD,
    show_default=True,
    help="Digits that may be lost beyond the scatter.",
)
@click.option(
    "--slower",
    type=Finite(1, min_open=True),
    default=SLOWER,
    show_default=True,
    help="Factor of time, in units of a baseline of the same run, that counts beyond the spread.",
)
@click.option("--solvers", nargs=2, metavar="OLD NEW", help="Labels, where a benchmark has several solvers.")
@click.option(
    "--json",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all of it to this file, with the times of each check.",
)
def compare(
    old: Path,
    new: Path,
    threshold: float,
    slower: float,
    solvers: tuple[str, str] | None,
    out: Path | None,
) -> int:
    """Say what changed from OLD to NEW: two report.json, or two benchmark.json.

    The exit code is 4 where digits, speed or coverage got worse, and 2 where the two cannot be
    compared. OLD and NEW may be one benchmark.json of two solvers: they were timed in turns then.
    """
    from ..core.writing import harmless
    from .reports import show

    try:
        verdict = compare_files(old, new, threshold=threshold, slower=slower, solvers=solvers)
    except IncomparableError as error:
        raise click.UsageError(harmless(str(error))) from error
    terminal = console()
    if verdict.times:
        terminal.print(pace_table(verdict.times))
    show(verdict.changed, verdict.changes, verdict.notes, terminal)
    if out is not None:
        write(out, json.dumps(verdict.to_dict(), indent=1) + "\n")
    return verdict.exit_code
