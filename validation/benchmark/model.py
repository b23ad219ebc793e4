"""The benchmark as data: what `benchmark.json` holds."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np

from ..core.canonical import written
from ..core.exit_codes import Exit
from ..core.fingerprint import digest
from ..core.record import plain
from ..core.writing import put
from .growth import Growth, growth
from .ladder import Rung, truth

__all__ = ["SCHEMA", "STATUSES", "Benchmark", "Outcome", "Standing", "Status", "problem_set", "schema"]

SCHEMA = "electronwind-benchmark/1"
Status = Literal["timed", "wrong", "crashed", "unsupported", "skipped"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass
class Outcome:
    """One solver on one rung.

    Attributes
    ----------
    solver : str
        Its label in this run.
    status : str
        One of `STATUSES`; only a right answer is timed.
    message : str
        Why it was not timed, in words.
    digits, error, tolerance : float or None
        Of the judged answer with the fewest digits.
    first : float or None
        Time of the first call, the judged one, under a memory tracer. Not a measurement.
    times : list of float
        Seconds of one call, by round.
    cpu : list of float
        The same in processor time, of all threads; empty for a solver in another process.
    calls : int
        Number of calls that each of these is the mean of.
    peak : int or None
        Most memory, in bytes, that one call held at a time; None where it cannot be seen.
    """

    solver: str
    status: Status
    message: str = ""
    digits: float | None = None
    error: float | None = None
    tolerance: float | None = None
    first: float | None = None
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    calls: int = 0
    peak: int | None = None

    @property
    def median(self) -> float | None:
        """Median time of a call."""
        return float(np.median(self.times)) if self.times else None


@dataclass
class Standing:
    """One rung.

    Attributes
    ----------
    rung : Rung
        What was asked.
    order : list of list of str
        Who was timed in which order, by round; ``eig`` is the floor.
    floor : list of float
        Seconds of `numpy.linalg.eig` of the same matrices, by round.
    floor_cpu : list of float
        The same in processor time.
    outcomes : list of Outcome
        One per solver.
    """

    rung: Rung
    order: list[list[str]] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    floor_cpu: list[float] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def of(self, solver: str) -> Outcome | None:
        """Return the outcome of a solver."""
        return next((outcome for outcome in self.outcomes if outcome.solver == solver), None)

    def ratios(self, solver: str, against: str = "", *, cpu: bool = False) -> list[float]:
        """Return times of `solver` in units of those of another, or of the floor, round by round.

        Nothing where one of them has none. With `cpu`, the ratios of processor times.
        """

        def taken(outcome: Outcome | None) -> list[float]:
            return [] if outcome is None else outcome.cpu if cpu else outcome.times

        floor = self.floor_cpu if cpu else self.floor
        base, times = taken(self.of(against)) if against else floor, taken(self.of(solver))
        if len(times) != len(base) or not all(base):
            return []
        return [a / b for a, b in zip(times, base, strict=True)]


@dataclass
class Benchmark:
    """What a run found.

    Attributes
    ----------
    solvers : list of dict
        Label, name, version, `spec`, claimed accuracy, observables offered, identity, and role:
        ``subject``, or ``baseline`` for the fast solver that the others are held against.
    settings, environment, started, seconds, complete
        As in a report.
    planned : int
        Number of rungs that were selected.
    standings : list of Standing
        One per finished rung.
    """

    solvers: list[dict[str, Any]]
    settings: dict[str, Any]
    environment: dict[str, str]
    started: str
    planned: int
    standings: list[Standing] = field(default_factory=list)
    seconds: float = 0.0
    complete: bool = False

    @property
    def labels(self) -> list[str]:
        """Labels of the solvers."""
        return [solver["label"] for solver in self.solvers]

    @property
    def subjects(self) -> list[str]:
        """Labels of the solvers that the run is about."""
        return [solver["label"] for solver in self.solvers if solver["role"] == "subject"]

    def counts(self, solver: str) -> dict[str, int]:
        """Return how many rungs of a solver have each status."""
        found = Counter(o.status for s in self.standings for o in s.outcomes if o.solver == solver)
        return {status: found[status] for status in STATUSES}

    @property
    def exit_code(self) -> int:
        """Exit code: 0 all right, 1 a wrong answer, 5 nothing was timed, 130 interrupted."""
        if not self.complete:
            return Exit.INTERRUPTED
        counts = {label: self.counts(label) for label in self.labels}
        if any(count["wrong"] + count["crashed"] for count in counts.values()):
            return Exit.FAILED
        return Exit.RIGHT if any(counts[label]["timed"] for label in self.subjects) else Exit.NOTHING

    @property
    def verdict(self) -> str:
        """The outcome in a sentence."""
        parts = []
        for label in self.labels:
            count = self.counts(label)
            words = [f"{label}: {count['timed']} of {self.planned} rungs timed"]
            words += [f"{count[s]} {s}" for s in STATUSES if count[s] and s != "timed"]
            parts.append(", ".join(words))
        start = "" if self.complete else "Interrupted. "
        return start + "; ".join(parts) + "."

    def climb(self, solver: str, ladder: str, observable: str) -> list[tuple[Standing, Outcome]]:
        """Return the timed rungs of a solver on one ladder, small before large."""
        found = []
        for standing in self.standings:
            if (standing.rung.ladder, standing.rung.observable) == (ladder, observable):
                outcome = standing.of(solver)
                if outcome is not None and outcome.times:
                    found.append((standing, outcome))
        return found

    def growth(self, solver: str, ladder: str, observable: str) -> Growth | None:
        """Return how the time of a solver grows on one ladder."""
        climb = self.climb(solver, ladder, observable)
        return growth([s.rung.work for s, _ in climb], [float(np.median(o.times)) for _, o in climb])

    def families(self) -> list[tuple[str, str]]:
        """Return each pair of ladder and observable that the run asked about."""
        return list(dict.fromkeys((s.rung.ladder, s.rung.observable) for s in self.standings))

    def to_dict(self) -> dict[str, Any]:
        """Return the benchmark as plain data for JSON, as `benchmark.schema.json` describes it."""
        grown = []
        for label in self.labels:
            for ladder, observable in self.families():
                if (law := self.growth(label, ladder, observable)) is not None:
                    grown.append({"solver": label, "ladder": ladder, "observable": observable} | asdict(law))
        standings = [
            {
                "id": s.rung.id,
                "ladder": s.rung.ladder,
                "size": s.rung.size,
                "observable": s.rung.observable,
                "order": s.order,
                "floor": s.floor,
                "floor_cpu": s.floor_cpu,
                "outcomes": [asdict(outcome) for outcome in s.outcomes],
            }
            for s in self.standings
        ]
        summary = {
            "exit_code": self.exit_code,
            "verdict": self.verdict,
            "counts": {label: self.counts(label) for label in self.labels},
        }
        result: dict[str, Any] = plain(
            {"schema": SCHEMA, "summary": summary, "problems": problem_set([s.rung for s in self.standings])}
            | {key: value for key, value in vars(self).items() if key != "standings"}
            | {"rungs": standings, "growth": grown}
        )
        return result | {"content": digest(result)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the benchmark that `to_dict` wrote.

        Raises
        ------
        ValueError
            Not a benchmark of this schema.
        """
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema: expected {SCHEMA!r}, got {data.get('schema')!r}")
        derived = ("schema", "summary", "problems", "rungs", "growth", "content")
        kept = {key: value for key, value in data.items() if key not in derived}
        standings = [
            Standing(
                Rung(entry["ladder"], entry["size"], entry["observable"]),
                entry["order"],
                entry["floor"],
                entry["floor_cpu"],
                [Outcome(**outcome) for outcome in entry["outcomes"]],
            )
            for entry in data["rungs"]
        ]
        return cls(**kept, standings=standings)

    def write(self, path: Path) -> None:
        """Write the benchmark as JSON; a reader sees the old file or the new one, never half."""
        put(path.absolute().parent, {path.name: self.text()})

    def text(self) -> str:
        """Return the benchmark as JSON."""
        return written(self.to_dict())


def problem_set(rungs: list[Rung]) -> dict[str, Any]:
    """Return the number of rungs, and a hash of what is asked and of the certified values."""
    text = "\n".join([truth()["sha256"], *sorted(rung.id for rung in rungs)])
    return {"rungs": len(rungs), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def schema() -> dict[str, Any]:
    """Return the published JSON schema of a benchmark."""
    here = resources.files("electronwind.validation.benchmark")
    loaded: dict[str, Any] = json.loads(here.joinpath("benchmark.schema.json").read_text(encoding="utf-8"))
    return loaded
