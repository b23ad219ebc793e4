"""The benchmark in a terminal: one table per ladder, then what was wrong or left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..core.writing import harmless
from ..report.summary import duration
from .ladder import LADDERS
from .measure import FLOOR
from .model import Benchmark

__all__ = ["TITLES", "Line", "lines", "show"]

TITLES = {
    "levels": "One system of n levels on wide-band leads",
    "batch": "A batch of two-level geometries at temperature 0.001",
    "temperature": "Eight two-level geometries, ever colder; growth is that with 1/T",
    "chain": "A molecule of n levels between chain leads",
}


@dataclass(frozen=True)
class Line:
    """One solver on one ladder, for one observable.

    Attributes
    ----------
    observable, solver : str
        Who and what.
    size : str
        Largest rung that was timed.
    median, spread : float or None
        Median time there, and half the distance of the quartiles in units of it.
    growth : str
        Exponent, in the size.
    floor, fast : float or None
        Median of the ratios to the floor and to the fast solver, round by round.
    digits : float or None
        Fewest on the ladder.
    peak : int or None
        Memory there, in bytes.
    timed, asked : int
        Rungs that were timed, and rungs of the ladder.
    """

    observable: str
    solver: str
    size: str
    median: float | None
    spread: float | None
    growth: str
    floor: float | None
    fast: float | None
    digits: float | None
    peak: int | None
    timed: int
    asked: int


def lines(result: Benchmark, ladder: str) -> list[Line]:
    """Return the table of a ladder, the solvers of each observable one below the other."""
    found = []
    for family, observable in result.families():
        if family == ladder:
            found += [_line(result, ladder, observable, label) for label in result.labels]
    return found


def _line(result: Benchmark, ladder: str, observable: str, label: str) -> Line:
    climb = result.climb(label, ladder, observable)
    family = [s for s in result.standings if (s.rung.ladder, s.rung.observable) == (ladder, observable)]
    judged = [o.digits for s in family if (o := s.of(label)) is not None and o.digits is not None]
    law = result.growth(label, ladder, observable)
    last, outcome = climb[-1] if climb else (None, None)

    def middle(ratios: list[float]) -> float | None:
        return float(np.median(ratios)) if ratios else None

    return Line(
        observable=observable,
        solver=label,
        size="" if last is None else f"{last.rung.size:g}",
        median=None if outcome is None else outcome.median,
        spread=None if outcome is None else spread(outcome.times),
        growth="" if law is None else str(law),
        floor=None if last is None else middle(last.ratios(label)),
        fast=None if last is None or label == "fast" else middle(last.ratios(label, "fast")),
        digits=min(judged, default=None),
        peak=None if outcome is None else outcome.peak,
        timed=len(climb),
        asked=len(family),
    )


def spread(times: list[float]) -> float:
    """Return half the distance between the quartiles, in units of the median."""
    low, middle, high = np.percentile(times, (25, 50, 75))
    return float((high - low) / 2 / middle)


def show(result: Benchmark, console: Console) -> None:
    """Print a table per ladder, what was wrong, what was left out, and the verdict."""
    for ladder in LADDERS:
        if found := lines(result, ladder):
            console.print(_table(result, ladder, found))
    for status, style in (("wrong", "bold red"), ("crashed", "bold red")):
        for standing in result.standings:
            for outcome in standing.outcomes:
                if outcome.status == status:
                    where = f"{outcome.solver} {standing.rung.id}: "
                    console.print(Text.assemble((f"{status} ", style), harmless(where + outcome.message)))
    for label in result.labels:
        offered = {name for _, name in result.families() if _tried(result, label, name)}
        names = list(dict.fromkeys(name for _, name in result.families() if name not in offered))
        if names:
            console.print(Text(harmless(f"{label} does not offer: {', '.join(names)}."), style="dim"))
    console.print(
        f"[dim]Median of {result.settings['rounds']} rounds taken in turns; ± half the quartile distance; "
        f"growth: time ~ size^g at the largest sizes; /{FLOOR}, /fast: ratio to numpy.linalg.eig of the same "
        "matrices and to the fast solver, in the same rounds; all at the largest rung timed.[/]"
    )
    style = "bold green" if result.exit_code == 0 else "bold red"
    console.print(Text(harmless(f"{result.verdict} {duration(result.seconds)}."), style=style))


def _tried(result: Benchmark, label: str, observable: str, ladder: str = "") -> bool:
    """Return whether a solver offers an observable, on one ladder or on any."""
    asked = [s for s in result.standings if s.rung.observable == observable and ladder in ("", s.rung.ladder)]
    return any((o := s.of(label)) is not None and o.status != "unsupported" for s in asked)


def _table(result: Benchmark, ladder: str, found: list[Line]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.title, table.title_justify, table.title_style = TITLES[ladder], "left", "bold underline"
    unit = {"levels": "n", "batch": "batch", "temperature": "T", "chain": "n"}[ladder]
    table.add_column("observable", no_wrap=True)
    table.add_column("solver", max_width=16, no_wrap=True)
    for name in ("rungs", unit, "time", "±", "growth", f"/{FLOOR}", "/fast", "digits", "memory"):
        # Alone, the fast solver has nobody to be held against.
        if name != "/fast" or len(result.labels) > 1:
            table.add_column(name, justify="right", no_wrap=True)
    previous = ""
    for line in found:
        if not _tried(result, line.solver, line.observable, ladder):
            continue
        bad = any(
            o is not None and o.status in ("wrong", "crashed")
            for s in result.standings
            if (s.rung.ladder, s.rung.observable) == (ladder, line.observable)
            for o in (s.of(line.solver),)
        )
        against = [ratio(line.fast)] if len(result.labels) > 1 else []
        table.add_row(
            line.observable if line.observable != previous else "",
            Text(harmless(line.solver), style="bold red" if bad else "" if line.timed else "dim"),
            f"{line.timed}/{line.asked}",
            line.size,
            duration(line.median),
            "" if line.spread is None else f"{100 * line.spread:.0f}%",
            line.growth,
            ratio(line.floor),
            *against,
            "" if line.digits is None else f"{line.digits:.1f}",
            memory(line.peak),
        )
        previous = line.observable
    return table


def ratio(value: float | None) -> str:
    """Return a ratio in at most five characters."""
    if value is None:
        return ""
    if value < 999.5:
        return f"{value:.3g}" if value >= 0.01 else f"{value:.0e}".replace("e-0", "e-")
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def memory(peak: int | None) -> str:
    """Return a number of bytes in words that fit a table."""
    if peak is None:
        return ""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if peak >= factor:
            return f"{peak / factor:.3g} {unit}"
    return f"{peak} B"
