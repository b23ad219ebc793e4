"""The time of a solver in two reports, per call: shown beside a comparison, and never judged.

A report times each call once, on systems of all kinds, beside whatever else the machine does. The benchmark
is where speed is judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from electronwind import NAMES

from ..report.model import Report

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["NOT_JUDGED", "Pace", "pace_table", "paces"]

NOT_JUDGED = (
    "Times of reports are not judged: they were not measured in turns. For speed compare two benchmarks."
)


@dataclass(frozen=True)
class Pace:
    """The time of a solver in one observable, in two runs.

    Attributes
    ----------
    what : str
        An observable, over all checks that asked for it in both runs; or ``check: observable``.
    calls : tuple of int
        How often it was called in the old and in the new run.
    seconds : tuple of float
        The time of all these calls.
    """

    what: str
    calls: tuple[int, int]
    seconds: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Time of a call in the new run over that in the old one."""
        old, new = (spent / calls for spent, calls in zip(self.seconds, self.calls, strict=True))
        return new / old


def paces(old: Report, new: Report) -> tuple[list[Pace], list[Pace]]:
    """Return the paces by observable, and by check and observable.

    Only calls of checks that are in both runs count: another choice of systems takes another time.
    """
    after = {record.id: record for record in new.records}
    checks: list[Pace] = []
    sums: defaultdict[str, list[Pace]] = defaultdict(list)
    for one in old.records:
        other = after.get(one.id)
        for name in NAMES:
            if other is None:
                continue
            calls = one.calls.get(name, 0), other.calls.get(name, 0)
            spent = one.solver_seconds.get(name, 0.0), other.solver_seconds.get(name, 0.0)
            if all(calls) and all(spent):
                checks.append(Pace(f"{one.id}: {name}", calls, spent))
                sums[name].append(checks[-1])
    return [_sum(name, sums[name]) for name in NAMES if name in sums], checks


def _sum(name: str, parts: Iterable[Pace]) -> Pace:
    calls, seconds = [0, 0], [0.0, 0.0]
    for part in parts:
        for run in (0, 1):
            calls[run] += part.calls[run]
            seconds[run] += part.seconds[run]
    return Pace(name, (calls[0], calls[1]), (seconds[0], seconds[1]))


def pace_table(found: list[Pace]) -> Table:
    """Return a table for the terminal."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("time per call", "calls", "new/old"):
        table.add_column(name, overflow="fold", justify="left" if name == "time per call" else "right")
    for pace in found:
        table.add_row(pace.what, "{}, {}".format(*pace.calls), f"{pace.ratio:.3g}")
    return table
