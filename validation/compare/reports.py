"""The rules of a comparison: how much of a difference is worse, and how much is noise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from electronwind import NAMES

from ..benchmark.model import Benchmark, Outcome, Standing
from ..core.record import BAD, RAN, Record
from ..report.model import Report

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["ROUNDING", "SLOWER", "THRESHOLD", "Change", "compare_benchmarks", "compare_reports", "show"]

# Digits that may be lost beyond the scatter.
THRESHOLD = 1.0
# Another order of the same operations moves the last digit by about this much.
ROUNDING = 0.5
# Between runs on one busy machine, ratios to a baseline of the same run drift by up to 1.6 in one rung of a
# thousand.
SLOWER = 2.0
# A share of problems that were drawn anew scatters; one check in a thousand moves by more standard errors.
SCATTER = 3.0
# A pass that the user did not expect is one.
GOOD = ("passed", "unexpected-pass", "timed")
WRONG = ("wrong", "crashed")


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes
    ----------
    what : str
        Check, observable or rung.
    kind : str
        ``status``, ``digits``, ``coverage``, ``speed`` or ``memory``.
    old, new : str
        The two findings, in words.
    worse : bool
        Whether it is a regression.
    """

    what: str
    kind: str
    old: str
    new: str
    worse: bool


def compare_reports(old: Report, new: Report, threshold: float, same: bool) -> list[Change]:
    """Return the changes between two reports.

    Parameters
    ----------
    old, new : Report
        Complete runs of the same selection of checks.
    threshold : float
        Digits that may be lost beyond the scatter.
    same : bool
        Whether both drew the same problems: same seed, same suite.

    Notes
    -----
    Digits of a check are compared where it passed in both runs. On the same problems, as many of them,
    the fewest digits count, and their scatter is `ROUNDING`. Otherwise the medians of the samples
    count, and the scatter is `ROUNDING` plus twice the standard error of their difference. A loss above
    threshold plus scatter is a regression; so is a check that passed and does not any more, one that
    fails anew, one that does not run any more, fewer checks on an observable, and a larger share of
    problems that the solver declines: by one problem where they are the same ones, and by `SCATTER`
    standard errors otherwise. A check that the old suite did not have is no regression, whatever becomes
    of it; nor is a pass that was not expected, or a failure that was, of what did not run before.
    """
    changes = []
    found = {record.id: record for record in new.records}
    for record in old.records:
        after = found.pop(record.id, None)
        if after is None:
            if record.status in RAN:
                changes.append(Change(record.id, "coverage", record.status, "is not there", True))
            continue
        if record.status != after.status:
            good = after.status in GOOD
            lost = record.status in GOOD or (record.status in RAN and after.status not in RAN)
            worse = not good and (lost or (after.status in BAD and record.status not in BAD))
            changes.append(Change(record.id, "status", record.status, after.status, worse))
        elif record.status == "passed":
            changes += _digits(record, after, threshold, same)
            changes += _declined(record, after, same)
    changes += [Change(id, "coverage", "was not there", r.status, False) for id, r in found.items()]
    for name in NAMES:
        before, now = (report.counts(name)["ran"] for report in (old, new))
        if before and not now:
            changes.append(Change(name, "coverage", f"{before} checks ran", "nothing ran", True))
        elif now < before:
            changes.append(Change(name, "coverage", f"{before} checks ran", f"{now} ran", True))
    return changes


def _digits(old: Record, new: Record, threshold: float, same: bool) -> Iterable[Change]:
    if old.digits is None or new.digits is None:
        return
    if same and old.examples == new.examples and old.comparisons == new.comparisons:
        lost, scatter, which = old.digits - new.digits, ROUNDING, "fewest"
        words = [f"{value:.1f}" for value in (old.digits, new.digits)]
    else:
        samples = [np.array([s.digits for s in record.samples], dtype=float) for record in (old, new)]
        if min(map(len, samples)) < 2:
            return
        middle = [float(np.median(s)) for s in samples]
        # The standard error of a median is 1.25 times that of a mean, for what is nearly normal.
        error = 1.25 * float(np.sqrt(sum(np.var(s, ddof=1) / len(s) for s in samples)))
        lost, scatter, which = middle[0] - middle[1], ROUNDING + 2 * error, "median"
        words = [f"{value:.1f}" for value in middle]
    if abs(lost) > threshold + scatter:
        before, after = (f"{word} digits ({which})" for word in words)
        yield Change(old.id, "digits", before, after, lost > 0)


def _declined(old: Record, new: Record, same: bool) -> Iterable[Change]:
    """Compare the shares of problems that the solver declined."""
    none = [record.unsupported_examples for record in (old, new)]
    posed = [record.examples + record.unsupported_examples for record in (old, new)]
    if not all(posed):
        return
    more = none[1] / posed[1] - none[0] / posed[0]
    share = sum(none) / sum(posed)
    error = float(np.sqrt(share * (1 - share) * sum(1 / n for n in posed)))
    if abs(more) > (0.0 if same and posed[0] == posed[1] else SCATTER * error):
        before, after = (f"{n} of {all_} problems declined" for n, all_ in zip(none, posed, strict=True))
        yield Change(old.id, "coverage", before, after, more > 0)


def compare_benchmarks(
    old: Benchmark,
    new: Benchmark,
    solvers: tuple[str, str],
    threshold: float,
    slower: float,
    together: bool = False,
) -> list[Change]:
    """Return the changes between two benchmarks of the same rungs.

    Parameters
    ----------
    old, new : Benchmark
        Complete runs of the same rungs.
    solvers : tuple of str
        Labels of the solver in each.
    threshold : float
        Digits that may be lost beyond the scatter, which is `ROUNDING`: the problems are the same.
    slower : float
        Factor of time that counts, in units of a baseline timed in turns with the solver.
    together : bool
        Whether both solvers were timed in turns in one run, and are compared round by round.

    Notes
    -----
    The time of a rung is judged by its ratio to `numpy.linalg.eig` of the same matrices. It is slower
    where the medians of the ratios differ by more than `slower` and every round of the new run is above
    every round of the old one. The same ratios of processor times, which do not count what other
    programs took, must tell the same, and so must those to the fast solver, where both runs have it. An
    absolute time is never judged. Memory is shown.
    """
    changes: list[Change] = []
    after = {standing.rung.id: standing for standing in new.standings}
    for standing in old.standings:
        other = after[standing.rung.id]
        one, two = standing.of(solvers[0]), other.of(solvers[1])
        if one is None or two is None:
            continue
        id = standing.rung.id
        if one.status != two.status:
            # A rung that the budget cut off tells of the budget.
            lost = one.status in GOOD and two.status != "skipped"
            worse = lost or (two.status in WRONG and one.status not in WRONG)
            changes.append(Change(id, "status", one.status, f"{two.status} ({two.message})", worse))
        elif one.status == "timed":
            changes += _precision(id, one, two, threshold)
            changes += _speed(id, _ratios(standing, other, solvers, together), slower)
            if one.peak and two.peak and two.peak > 1.5 * one.peak > 3e6:
                words = [f"{o.peak / 1e6:.3g} MB" for o in (one, two) if o.peak]
                changes.append(Change(id, "memory", words[0], words[1], False))
    return changes


def _precision(id: str, old: Outcome, new: Outcome, threshold: float) -> Iterable[Change]:
    if old.digits is not None and new.digits is not None:
        lost = old.digits - new.digits
        if abs(lost) > threshold + ROUNDING:
            yield Change(id, "digits", f"{old.digits:.1f} digits", f"{new.digits:.1f} digits", lost > 0)


def _ratios(
    old: Standing, new: Standing, solvers: tuple[str, str], together: bool
) -> list[tuple[list[float], list[float]]]:
    """Return every pair of ratios, by round, that must tell the same before speed has changed."""
    found = []
    for cpu in (False, True):
        if together:
            found.append(([1.0], new.ratios(solvers[1], solvers[0], cpu=cpu)))
            continue
        for base in ("", "fast"):
            if base not in solvers:
                found.append((old.ratios(solvers[0], base, cpu=cpu), new.ratios(solvers[1], base, cpu=cpu)))
    return found


def _speed(id: str, ratios: list[tuple[list[float], list[float]]], slower: float) -> Iterable[Change]:
    told = [(a, b) for a, b in ratios if a and b]
    factors = [float(np.median(b) / np.median(a)) for a, b in told]
    if told and all(f > slower and min(b) > max(a) for f, (a, b) in zip(factors, told, strict=True)):
        words = [f"{np.median(side):.3g}" for side in told[0]]
        yield Change(id, "speed", words[0], f"{words[1]} (in units of the baseline)", True)
    elif told and all(f < 1 / slower and max(b) < min(a) for f, (a, b) in zip(factors, told, strict=True)):
        words = [f"{np.median(side):.3g}" for side in told[0]]
        yield Change(id, "speed", words[0], f"{words[1]} (in units of the baseline)", False)


def show(changed: list[str], changes: list[Change], notes: list[str], console: Console) -> None:
    """Print what else differs, the changes, the worse ones first, and a verdict."""
    from rich.text import Text

    from ..core.writing import harmless

    if changed:
        console.print(Text("Changed between the runs", style="bold"))
        for line in changed:
            console.print(Text(f"  {harmless(line)}"))
    if changes:
        console.print(_table(sorted(changes, key=lambda change: not change.worse)))
    for note in notes:
        console.print(Text(harmless(note), style="dim"))
    worse = sum(change.worse for change in changes)
    if worse:
        console.print(Text(f"{worse} {'regression' if worse == 1 else 'regressions'}.", style="bold red"))
    else:
        console.print(Text("Nothing got worse.", style="bold green"))


def _table(changes: list[Change]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from ..core.writing import harmless

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("", "what", "kind", "old", "new"):
        table.add_column(name, overflow="fold", no_wrap=name == "kind")
    for change in changes:
        mark: Any = Text("worse", style="bold red") if change.worse else Text("note", style="dim")
        parts = (change.what, change.kind, change.old, change.new)
        table.add_row(mark, *(Text(harmless(part)) for part in parts))
    return table
