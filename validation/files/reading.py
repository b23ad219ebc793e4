"""Reading reports and benchmarks, which anybody may have written: whole and consistent, or refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..benchmark import model as benchmarks
from ..benchmark.model import Benchmark
from ..core import fingerprint as prints
from ..core.reading import FileError, parse, read_text
from ..core.record import RAN, Record
from ..core.tolerances import digits
from ..report import model as reports
from ..report.model import Report

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["AlteredError", "as_benchmark", "as_report", "read"]

# Digits that a rule of an embedding program may count otherwise.
SLACK = 0.5


class AlteredError(FileError):
    """A file is of the right form, and not what a run wrote."""


@cache
def _validator(kind: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # slow to load, and a run that begins anew reads no file

    schemas: dict[str, Callable[[], dict[str, Any]]] = {
        reports.SCHEMA: reports.schema,
        benchmarks.SCHEMA: benchmarks.schema,
    }
    return Draft202012Validator(schemas[kind]())


def _obey(data: dict[str, Any], *kinds: str) -> None:
    """Refuse data that do not obey the schema that they name."""
    from jsonschema.exceptions import best_match

    found = data.get("schema")
    if found not in kinds:
        wanted = " or ".join(map(repr, kinds))
        raise FileError(f"schema: expected the schema {wanted}, got {found!r:.60}")
    marks = data.get("fingerprint")
    if found == reports.SCHEMA and not (isinstance(marks, dict) and marks.get("content")):
        raise FileError("fingerprint: there is none; reports of this version have one, so run validate again")
    if (error := best_match(_validator(found).iter_errors(data))) is not None:
        raise FileError(f"schema: {error.json_path}: {error.message:.200}")


def as_report(data: dict[str, Any]) -> Report:
    """Return the report that data hold.

    Raises
    ------
    FileError
        They do not obey the schema, are not those under whose hash they stand, or contradict themselves.
    """
    _obey(data, reports.SCHEMA)
    if data["fingerprint"]["content"] != prints.content(data):
        raise AlteredError("content: the report was changed after it was written")
    report = Report.from_dict(data)
    if report.to_dict()["summary"] != data["summary"]:
        raise AlteredError("summary: it is not what the records add up to")
    ids = [record.id for record in report.records]
    if len(set(ids)) < len(ids):
        raise AlteredError(f"records: {next(id for id in ids if ids.count(id) > 1)!r} occurs twice")
    if len(ids) != report.planned if report.complete else len(ids) > report.planned:
        raise AlteredError(f"records: {report.planned} were planned, and there are {len(ids)}")
    for record in report.records:
        if words := _contradiction(record):
            raise AlteredError(f"records: {record.id!r} is said to be {record.status}, {words}")
    return report


def _contradiction(record: Record) -> str:
    """Return why a record cannot be what a check found, in words; an empty string where it can."""
    broken = record.status in ("failed", "crashed", "expected-failure")
    # A check that compared nothing is at fault on no problem in particular.
    if broken != (record.failure is not None) and record.status != "error":
        return "without a failure" if broken else "with a failure"
    if record.status in ("passed", "unexpected-pass"):
        if not (record.examples and record.comparisons):
            return "without a comparison"
        if not _known(record.digits, record.error, record.tolerance, record.condition):
            return "with digits, error, tolerance or condition that are no numbers"
        if not 0 <= record.error <= record.tolerance:  # type: ignore[operator]  # known
            return "with an error that is not allowed"
        if not abs(record.digits - digits(record.error)) < SLACK:  # type: ignore[operator, arg-type]  # known
            return "with other digits than those of its error"
        samples = record.samples
        if not samples or not all(s.passed and _known(s.digits, s.condition) for s in samples):
            return "with a comparison that failed, or none"
    if record.status in RAN and not record.examples:
        return "without a problem"
    return ""


def _known(*numbers: float | str | None) -> bool:
    """Return whether all of them are numbers; a benchmark has words where JSON has no number."""
    return all(isinstance(number, (int, float)) and not math.isnan(number) for number in numbers)


def as_benchmark(data: dict[str, Any]) -> Benchmark:
    """Return the benchmark that data hold; see `as_report`."""
    _obey(data, benchmarks.SCHEMA)
    if data["content"] != prints.digest(data):
        raise AlteredError("content: the benchmark was changed after it was written")
    for entry in data["rungs"]:
        if entry["id"] != (id := f"{entry['ladder']}/{entry['size']:.15g}/{entry['observable']}"):
            raise AlteredError(f"rungs: {entry['id']!r} is the rung {id!r}")
    result = Benchmark.from_dict(data)
    again = result.to_dict()
    for part in ("summary", "problems"):
        wanted, found = dict(again[part]), dict(data[part])
        # The certified values of another installation are others.
        if part == "problems":
            del wanted["sha256"], found["sha256"]
        if wanted != found:
            raise AlteredError(f"{part}: it is not what the rungs add up to")
    _consistent(result)
    return result


def _consistent(result: Benchmark) -> None:
    labels = result.labels
    ids = [standing.rung.id for standing in result.standings]
    for what, names in (("solvers", labels), ("rungs", ids)):
        if len(set(names)) < len(names):
            raise AlteredError(f"{what}: {next(n for n in names if names.count(n) > 1)!r} occurs twice")
    if result.complete and len(ids) != result.planned:
        raise AlteredError(f"rungs: {result.planned} were planned, and there are {len(ids)}")
    for standing in result.standings:
        if _repeated(outcome.solver for outcome in standing.outcomes) or any(
            outcome.solver not in labels for outcome in standing.outcomes
        ):
            raise AlteredError(f"rungs: {standing.rung.id!r} has other solvers than the benchmark")
        for outcome in standing.outcomes:
            timed = (
                outcome.times
                and all(map(math.isfinite, outcome.times))
                and _known(outcome.digits, outcome.error)
            )
            if outcome.status == "timed" and not timed:
                raise AlteredError(f"rungs: {standing.rung.id!r}: {outcome.solver!r} is timed without a time")


def _repeated(names: Iterable[str]) -> bool:
    found = list(names)
    return len(set(found)) < len(found)


def read(path: Path) -> tuple[Report | Benchmark, dict[str, Any]]:
    """Return the report or the benchmark in a file, and the data that it was made from.

    Raises
    ------
    FileNotFoundError
        There is nothing of this name.
    FileError
        It is neither of the two, or not what a run wrote.
    """
    data = parse(read_text(path))
    _obey(data, reports.SCHEMA, benchmarks.SCHEMA)
    return (as_report(data) if data["schema"] == reports.SCHEMA else as_benchmark(data)), data
