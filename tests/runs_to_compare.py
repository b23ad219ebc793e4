"""Runs that never took place, reports and benchmarks, and the fixture that compares two of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from electronwind.validation.benchmark.ladder import Rung
from electronwind.validation.benchmark.model import Benchmark, Outcome, Standing
from electronwind.validation.compare.command import compare_files
from electronwind.validation.core.record import Failure, Record, Sample
from electronwind.validation.report.model import Report

MACHINE = {"numpy": "2.4.6", "BLAS": "openblas 0.3", "processor": "one, 2 cores", "threads": ""}
SIZES = (10, 100, 1000)


def record(id: str, digits: float = 14.0, **more: Any) -> Record:
    samples = tuple(Sample("force", digits + 0.1 * i, 1.0, True) for i in range(20))
    fields = {"status": "passed", "message": "", "examples": 20, "comparisons": 20, "samples": samples}
    fields |= {"error": 10.0**-digits, "tolerance": 1e-3, "condition": 1.0}
    if more.get("status") in ("failed", "crashed", "expected-failure"):
        fields["failure"] = Failure("force", {}, {})
    return Record(id, id.partition(".")[0], ("force",), "a toy", "says", digits=digits, **(fields | more))


def report(*records: Record, seed: int = 0, **more: Any) -> Report:
    return Report(
        solver={"name": "toy", "version": "1", "spec": "toy", "accuracy": 0.0, "offers": ["force"]},
        settings={"seed": seed, "quick": False, "left_out": 0, "only": "", "tiers": [], "timeout": 60.0}
        | more,
        environment=dict(MACHINE),
        started="2026-01-01T00:00:00+00:00",
        planned=len(records),
        records=list(records),
        complete=True,
        fingerprint={
            "suite": {"version": "1", "sha256": "a" * 64, "oracle": "0" * 64},
            "problems": {"checks": len(records), "sha256": "b" * 64},
            "tables": "c" * 64,
            "solver": {"kind": "file", "sha256": "d" * 64},
        },
    )


def benchmark(times: Any = None, digits: float = 14.0, busy: float = 1.0, **machine: str) -> Benchmark:
    """A benchmark of one solver and the baseline; `times` gives its seconds by size and round.

    On a `busy` machine it takes so many times as long by the clock.
    """
    times = times or (lambda size, i: size * 1e-3)
    standings = [
        Standing(
            Rung("batch", size, "force"),
            [["eig", "toy", "fast"]] * 3,
            [size * 1e-4 * (1 + 0.01 * i) for i in range(3)],
            [size * 1e-4] * 3,
            [
                Outcome(
                    "toy",
                    "timed",
                    digits=digits,
                    error=10.0**-digits,
                    times=[busy * times(size, i) for i in range(3)],
                    cpu=[times(size, i) for i in range(3)],
                    calls=1,
                ),
                Outcome(
                    "fast",
                    "timed",
                    digits=15.0,
                    error=1e-15,
                    times=[size * 2e-4] * 3,
                    cpu=[size * 2e-4] * 3,
                    calls=1,
                ),
            ],
        )
        for size in SIZES
    ]
    solvers = [
        {
            "label": label,
            "role": role,
            "name": label,
            "version": "1",
            "spec": label,
            "accuracy": 0.0,
            "offers": ["force"],
            "identity": {"kind": "name", "sha256": ""},
        }
        for label, role in (("toy", "subject"), ("fast", "baseline"))
    ]
    return Benchmark(
        solvers=solvers,
        settings={"rounds": 3, "budget": 60.0},
        environment=MACHINE | machine,
        started="2026-01-01T00:00:00+00:00",
        planned=3,
        standings=standings,
        complete=True,
    )


@pytest.fixture
def compare(tmp_path: Path) -> Any:
    """Write two runs to files and compare these."""

    def run(old: Any, new: Any, **options: Any) -> Any:
        for name, data in (("old", old), ("new", new)):
            text = json.dumps(data if isinstance(data, dict) else data.to_dict())
            (tmp_path / f"{name}.json").write_text(text)
        return compare_files(tmp_path / "old.json", tmp_path / "new.json", **options)

    return run


def found(verdict: Any) -> list[tuple[str, str]]:
    return [(change.what, change.kind) for change in verdict.worse]
