"""The report as data: what `report.json` holds, and what every other form is made from."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any, Self

from electronwind import NAMES

from ..core.canonical import written
from ..core.exit_codes import Exit
from ..core.fingerprint import content
from ..core.record import BAD, RAN, STATUSES, Cause, Record, plain
from ..core.seal import seal
from ..core.writing import counted, put
from ..systems.combinations import coverage

__all__ = ["Report", "schema"]

SCHEMA = "electronwind-report/1"


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

    def coverage(self, observable: str, strength: int) -> tuple[int, int]:
        """Return how many kinds of questions were judged about an observable, and how many there are.

        Parameters
        ----------
        observable : str
            Its name.
        strength : {1, 2, 3}
            Whether kinds are single features of questions, or pairs or triples of them.
        """
        words = {word for record in self.records for word in record.judged.get(observable, ())}
        return coverage(observable, words, strength)

    @property
    def strengths(self) -> dict[int, str]:
        """How many features of a question together are counted as a kind of it; triples of a thorough run."""
        return {1: "values", 2: "pairs"} | ({3: "triples"} if self.settings.get("thorough") else {})

    @property
    def untested(self) -> list[str]:
        """Observables on which no check ran."""
        return [name for name in NAMES if not self.counts(name)["ran"]]

    @property
    def exit_code(self) -> int:
        """Exit code: 0 all right, 1 a check failed, 5 nothing ran, 130 interrupted."""
        counts = self.counts()
        if not self.complete:
            return Exit.INTERRUPTED
        if any(counts[status] for status in BAD):
            return Exit.FAILED
        return Exit.RIGHT if counts["ran"] else Exit.NOTHING

    @property
    def verdict(self) -> str:
        """The outcome in a sentence that never says more than what ran."""
        counts = self.counts()
        failed = counts["failed"] + counts["crashed"] + counts["unexpected-pass"]
        said = f"{counts['ran']} of {counted(self.planned, 'check')} ran"
        if counts["unsupported"]:
            said += f", {counts['unsupported']} not supported by the solver"
        if counts["error"]:
            said += f", {counts['error']} of the suite's own at fault"
        if not self.complete:
            start = f"Interrupted, {counted(failed, 'check')} failed" if failed else "Interrupted"
        elif failed:
            start = f"{counted(failed, 'check')} failed"
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
            "coverage": {
                name: {
                    what: dict(zip(("seen", "possible"), self.coverage(name, strength), strict=True))
                    for strength, what in self.strengths.items()
                }
                for name in NAMES
            },
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


def schema() -> dict[str, Any]:
    """Return the published JSON schema of a report."""
    here = resources.files("electronwind.validation.report")
    text = here.joinpath("report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
