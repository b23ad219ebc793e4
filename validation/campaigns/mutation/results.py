"""What a campaign found: kept line by line while it runs, and the rate of survival."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from scipy.stats import binomtest

from .arena import Fate, Stage
from .mutant import Mutant

__all__ = ["Result", "append", "load", "tally", "wilson"]


@dataclass(frozen=True)
class Result:
    """A mutant and its fate.

    Attributes
    ----------
    digest, file, line, operator, before, after : str
        As in `Mutant`; the line is a number.
    stage, how, by, words : str
        As in `Fate`.
    seconds : float
        Time it took.
    """

    digest: str
    file: str
    line: int
    operator: str
    before: str
    after: str
    stage: Stage
    how: str
    by: str
    words: str
    seconds: float

    @classmethod
    def of(cls, mutant: Mutant, fate: Fate, seconds: float) -> Result:
        """Return the line of the record."""
        return cls(
            mutant.digest, mutant.file, mutant.line, mutant.operator, mutant.before, mutant.after,
            **asdict(fate), seconds=round(seconds, 2),
        )  # fmt: skip

    @property
    def key(self) -> str:
        """What an explanation is filed under, as in `Mutant`."""
        return f"{self.file}: {self.before} => {self.after}"

    @property
    def alive(self) -> bool:
        """Whether it passed the stage."""
        return not self.how

    @property
    def seen(self) -> bool:
        """Whether the suite killed it; the project's tests are no part of the suite."""
        return not self.alive and self.stage != "tests"


def append(path: Path, result: Result) -> None:
    """Add a result to the file; a line that a kill cut short there must not swallow it."""
    before = path.read_bytes() if path.exists() else b""
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" if before and not before.endswith(b"\n") else "")
        file.write(json.dumps(asdict(result)) + "\n")


def load(path: Path) -> dict[str, Result]:
    """Return the last result of each mutant in a file, by digest; a line that a kill cut short is none.

    Raises
    ------
    ValueError
        A line of JSON that is none of ours: its number.
    """
    found: dict[str, Result] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], 1):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        try:
            result = Result(**row)
        except TypeError as error:
            raise ValueError(f"{path}, line {number}: expected a result, got {line!r:.60}") from error
        found[result.digest] = result
    return found


def tally(results: Iterable[Result]) -> Counter[tuple[str, str]]:
    """Return how many mutants died at each stage, and of what."""
    return Counter((result.stage, result.how) for result in results)


def wilson(survivors: int, mutants: int) -> tuple[float, float]:
    """Return the Wilson interval, at 95 %, of the rate of survival in the whole population."""
    interval = binomtest(survivors, mutants).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)
