"""The report as data: what `report.json` holds, and what every other form is made from."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike

from electronwind import NAMES

from ..archive import Recalled
from ..fingerprint import content, written
from ..seal import seal
from .writing import put

__all__ = ["Call", "Cause", "Failure", "Record", "Report", "Sample", "Status", "plain", "schema"]

SCHEMA = "electronwind-report/1"

Status = Literal[
    "passed",
    "failed",
    "crashed",
    "unsupported",
    "expected-failure",
    "unexpected-pass",
    "error",
]
STATUSES: tuple[Status, ...] = get_args(Status)
# What counts against the solver, or against the suite: exit code 1.
BAD: tuple[Status, ...] = ("failed", "crashed", "unexpected-pass", "error")
RAN: tuple[Status, ...] = ("passed", "failed", "crashed", "expected-failure", "unexpected-pass")


@dataclass(frozen=True)
class Sample:
    """One comparison of a run, for the plots."""

    observable: str
    digits: float
    condition: float
    passed: bool


@dataclass(frozen=True)
class Call:
    """One call of the solver that gave a wrong value, or none.

    Attributes
    ----------
    observable : str
        The function.
    system : dict
        What it was given: `OpenSystem.to_dict`.
    argument : float, list or None
        Energy or frequency, where the observable has one.
    want : list or None
        The certified value, as in `Failure`; None where the solver gave no usable answer.
    scale : float
        Size that errors are measured against.
    got : list or None
        What the solver returned, where that is known.
    allowed : float
        Error that is allowed, in units of `scale`.
    """

    observable: str
    system: dict[str, Any]
    argument: Any = None
    want: Any = None
    scale: float = 1.0
    got: Any = None
    allowed: float = 0.0


@dataclass(frozen=True)
class Failure:
    """The smallest problem on which a check failed.

    Attributes
    ----------
    observable : str
        What was compared, or the function that crashed.
    system, numbers : dict
        The problem: `OpenSystem.to_dict`, and the numbers that go with it.
    got, want : list or None
        Value of the solver and the right value, nested lists of numbers, complex ones as
        ``{"re": ..., "im": ...}``; None where the solver gave no answer.
    scale, error, tolerance, digits, condition : float or None
        As in `Comparison`, the error in units of the scale.
    call : Call or None
        The call of the solver that shows the failure on its own, where there is one.
    details : str
        Traceback, where something raised.
    """

    observable: str
    system: dict[str, Any]
    numbers: dict[str, Any]
    got: Any = None
    want: Any = None
    scale: float | None = None
    error: float | None = None
    tolerance: float | None = None
    digits: float | None = None
    condition: float | None = None
    call: Call | None = None
    details: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the failure that `Report.to_dict` wrote."""
        call = data.get("call")
        fields: dict[str, Any] = _numeric(data) | {"call": call and Call(**_numeric(call))}
        return cls(**fields)


@dataclass(frozen=True)
class Cause:
    """What some failures of a run have in common.

    Attributes
    ----------
    says : str
        The likely mistake in words, without a full stop at the end.
    known : bool
        Whether the mistake is like one that is known; otherwise `says` only tells what is wrong.
    observables : tuple of str
        The functions that are wrong.
    where : str
        Where they are wrong, and are right elsewhere; empty where that is not known.
    faults : tuple of str
        Planted faults that fit as well as any, the likeliest first.
    fits : tuple of str
        Ids of the failing checks that the cause explains, the one that shows it best first.
    follows : tuple of str
        Ids of failing checks that involve those functions too: likely consequences.
    problem : tuple of str
        The simplest failing problem in a few lines: what was asked, what came, what is right.
    """

    says: str
    known: bool
    observables: tuple[str, ...]
    where: str = ""
    faults: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    problem: tuple[str, ...] = ()

    @property
    def checks(self) -> tuple[str, ...]:
        """Ids of all failing checks that belong to the cause."""
        return (*self.fits, *self.follows)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the cause that `Report.to_dict` wrote."""
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**fields)


@dataclass(frozen=True)
class Record:
    """What one check found.

    Attributes
    ----------
    id, tier, observables, source, says
        From the check.
    status : str
        One of `STATUSES`.
    message : str
        The verdict in a sentence.
    examples, unsupported_examples, comparisons : int
        Problems that were judged, problems that the solver declined, values that were compared.
    digits, error, tolerance, condition : float or None
        Of the comparison with the fewest digits.
    seconds : float
        Time of the whole check, oracle included.
    calls, solver_seconds : dict
        Calls of the solver and time inside it, per observable.
    oracle_seconds : float
        Time for the right values and the condition of the problems.
    recalled : int
        Values of the reference that were on file already.
    asked_again, refuted : int
        Values on file that the reference was asked again all the same, and those of them that it did not
        repeat.
    rests_on : tuple of Recalled
        What was recalled, for those who ask again; no part of the report.
    stopped_early : bool
        Whether the time budget ended the drawing of problems.
    """

    id: str
    tier: str
    observables: tuple[str, ...]
    source: str
    says: str
    status: Status
    message: str
    examples: int = 0
    unsupported_examples: int = 0
    comparisons: int = 0
    digits: float | None = None
    error: float | None = None
    tolerance: float | None = None
    condition: float | None = None
    seconds: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    solver_seconds: dict[str, float] = field(default_factory=dict)
    oracle_seconds: float = 0.0
    recalled: int = 0
    asked_again: int = 0
    refuted: int = 0
    rests_on: tuple[Recalled, ...] = field(default=(), repr=False, compare=False)
    stopped_early: bool = False
    samples: tuple[Sample, ...] = ()
    failure: Failure | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the record that `Report.to_dict` wrote."""
        failure = data["failure"]
        return cls(
            **_numeric(data)
            | {
                "observables": tuple(data["observables"]),
                "samples": tuple(Sample(**_numeric(sample)) for sample in data["samples"]),
                "failure": failure and Failure.from_dict(failure),
            }
        )


def _numeric(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with numbers where `plain` had to write words."""
    words = ("digits", "error", "tolerance", "condition", "scale", "allowed")
    return data | {key: float(data[key]) for key in words if isinstance(data.get(key), str)}


@dataclass
class Report:
    """What a run found.

    Attributes
    ----------
    solver : dict
        Name, version, the `spec` it was loaded by (empty for an object), claimed accuracy (0 for
        none), and the observables it offers.
    settings : dict
        Seed, quick, and the selection of checks.
    environment : dict
        Versions and machine.
    started : str
        Date and time, ISO 8601, UTC.
    planned : int
        Number of checks that were selected.
    records : list of Record
        One per finished check, in the order of the checks.
    seconds : float
        Wall time.
    complete : bool
        False while the run goes on, and for ever after an interrupt.
    fingerprint : dict
        Hashes of the suite and its oracle, its problems and tables, and the solver; see `fingerprint`.
    causes : list of Cause
        The likely causes of the failures, the one that explains most first; empty while the run goes on.
    """

    solver: dict[str, Any]
    settings: dict[str, Any]
    environment: dict[str, Any]
    started: str
    planned: int
    records: list[Record] = field(default_factory=list)
    seconds: float = 0.0
    complete: bool = False
    fingerprint: dict[str, Any] = field(default_factory=dict)
    causes: list[Cause] = field(default_factory=list)

    def counts(self, observable: str | None = None) -> dict[str, int]:
        """Return how many checks ran, and how many have each status.

        A check of two observables counts once over all, and once for each of the two.
        """
        chosen = [r.status for r in self.records if observable in (None, *r.observables)]
        found = Counter(chosen)
        return {"ran": sum(found[s] for s in RAN)} | {s: found[s] for s in STATUSES}

    @property
    def untested(self) -> list[str]:
        """Observables on which no check ran."""
        return [name for name in NAMES if not self.counts(name)["ran"]]

    @property
    def exit_code(self) -> int:
        """Exit code: 0 all right, 1 a check failed, 5 nothing ran, 130 interrupted."""
        counts = self.counts()
        if not self.complete:
            return 130
        if any(counts[status] for status in BAD):
            return 1
        return 0 if counts["ran"] else 5

    @property
    def verdict(self) -> str:
        """The outcome in a sentence that never says more than what ran."""
        counts = self.counts()
        failed = counts["failed"] + counts["crashed"] + counts["unexpected-pass"]
        said = f"{counts['ran']} of {_checks(self.planned)} ran"
        if counts["unsupported"]:
            said += f", {counts['unsupported']} not supported by the solver"
        if counts["error"]:
            said += f", {counts['error']} of the suite's own at fault"
        if not self.complete:
            start = f"Interrupted, {_checks(failed)} failed" if failed else "Interrupted"
        elif failed:
            start = f"{_checks(failed)} failed"
        elif counts["error"]:
            start = "The suite itself is at fault"
        elif not counts["ran"]:
            start = "Nothing was tested"
        elif counts["expected-failure"]:
            start = "No unexpected failure"
            said += f", {counts['expected-failure']} failed as expected"
        else:
            start = "All that ran passed"
        return f"{start}: {said}."

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON, as `report.schema.json` describes it."""
        body = asdict(replace(self, records=[replace(record, rests_on=()) for record in self.records]))
        for record in body["records"]:
            del record["rests_on"]
        summary = {
            "exit_code": self.exit_code,
            "verdict": self.verdict,
            "counts": self.counts(),
            "observables": {name: self.counts(name) for name in NAMES},
            "untested": self.untested,
        }
        result: dict[str, Any] = plain({"schema": SCHEMA, "summary": summary} | body)
        if self.fingerprint:
            result["fingerprint"].pop("seal", None)
            result["fingerprint"]["content"] = content(result)
        return result

    def text(self) -> str:
        """Return the content of `report.json`: the data under the seal of this user."""
        data = self.to_dict()
        if self.fingerprint and (mark := seal(data["fingerprint"]["content"])):
            data["fingerprint"]["seal"] = mark
            data["fingerprint"]["content"] = content(data)
        return written(data)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the report that `to_dict` wrote.

        Raises
        ------
        ValueError
            Not a report of this schema.
        """
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema: expected {SCHEMA!r}, got {data.get('schema')!r}")
        report = cls(**{k: v for k, v in data.items() if k not in ("schema", "summary")})
        report.records = [Record.from_dict(record) for record in data["records"]]
        report.causes = [Cause.from_dict(cause) for cause in data.get("causes", ())]
        return report

    def write(self, path: Path) -> None:
        """Write the report as JSON; a reader sees the old file or the new one, never half."""
        put(path.absolute().parent, {path.name: self.text()})


def _checks(number: int) -> str:
    return f"{number} check{'' if number == 1 else 's'}"


def schema() -> dict[str, Any]:
    """Return the published JSON schema of a report."""
    here = resources.files("electronwind.validation.report")
    text = here.joinpath("report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def plain(value: ArrayLike | Any) -> Any:
    """Return `value` as data for JSON, which knows neither arrays, complex numbers nor infinity."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, (complex, np.complexfloating)):
        return {"re": plain(value.real), "im": plain(value.imag)}
    # Halves of characters, which an operating system may hand to a solver, are no text.
    return value if value is None else str(value).encode("utf-8", "backslashreplace").decode("utf-8")
