"""Comparing benchmarks: slower than before by the floor and the baseline of the same run, or by noise."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import runs_to_compare
from runs_to_compare import benchmark, found

from electronwind import fast
from electronwind.validation.benchmark import measure
from electronwind.validation.benchmark.ladder import Rung
from electronwind.validation.benchmark.model import Outcome
from electronwind.validation.compare.command import IncomparableError, compare_files

compare = runs_to_compare.compare


def test_slower_by_the_baseline_of_the_same_run(compare: Any) -> None:
    """A rung that takes twice as long in units of the floor is a regression; a slower machine is none."""
    slow = benchmark(lambda size, i: size * (2.5e-3 if size == 1000 else 1e-3))
    assert found(compare(benchmark(), slow)) == [("batch/1000/force", "speed")]
    faster = compare(slow, benchmark())
    assert (faster.exit_code, [change.kind for change in faster.changes]) == (0, ["speed"])

    weaker = benchmark()
    for standing in weaker.standings:
        standing.floor = [3 * t for t in standing.floor]
        for outcome in standing.outcomes:
            outcome.times = [3 * t for t in outcome.times]
    assert compare(benchmark(), weaker).changes == []


def test_noise_is_not_slower(compare: Any) -> None:
    """Rounds that overlap, and factors below the limit, raise no alarm."""
    spread = benchmark(lambda size, i: size * (0.9e-3, 2e-3, 2.1e-3)[i])
    assert compare(benchmark(), spread).exit_code == 0
    assert compare(benchmark(), benchmark(lambda size, i: size * 1.4e-3)).exit_code == 0
    assert compare(benchmark(), benchmark(lambda size, i: size * 1.4e-3), slower=1.3).exit_code == 4
    floor_only = benchmark(lambda size, i: size * 2e-3)
    for standing in floor_only.standings:
        standing.outcomes[1].times = [2 * t for t in standing.outcomes[1].times]
    assert compare(benchmark(), floor_only).exit_code == 0
    assert compare(benchmark(), benchmark(busy=5.0)).changes == []


def test_another_machine_is_not_judged_by_speed(compare: Any) -> None:
    """Where processor or BLAS differ, ratios drift: they are shown and not judged."""
    slow = benchmark(lambda size, i: size * 3e-3, processor="two, 8 cores")
    verdict = compare(benchmark(), slow)
    assert verdict.exit_code == 0
    assert "speed is shown, and not judged" in verdict.notes[0]


def test_digits_and_status_of_a_benchmark(compare: Any) -> None:
    """Digits lost and answers that became wrong are regressions; what the budget cut off is none."""
    assert len(found(compare(benchmark(), benchmark(digits=12.0)))) == 3
    new = benchmark()
    new.standings[0].outcomes[0] = Outcome("toy", "wrong", "force is off")
    new.standings[1].outcomes[0] = Outcome("toy", "unsupported", "not offered")
    new.standings[2].outcomes[0] = Outcome("toy", "skipped", "over budget")
    assert found(compare(benchmark(), new)) == [("batch/10/force", "status"), ("batch/100/force", "status")]


def test_two_solvers_in_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two versions timed in turns in one run are compared round by round."""

    def slow(system: Any) -> Any:
        for _ in range(3):
            fast.force(copy.copy(system))
        return fast.force(system)

    old = SimpleNamespace(name="old", force=lambda system: fast.force(system))
    new = SimpleNamespace(name="new", force=slow)
    result = measure.benchmark([old, new], [Rung("batch", 1000, "force")], rounds=5)
    path = tmp_path / "benchmark.json"
    result.write(path)
    assert found(compare_files(path, path, solvers=("old", "new"))) == [("batch/1000/force", "speed")]
    assert compare_files(path, path, solvers=("new", "old")).exit_code == 0
    with pytest.raises(IncomparableError, match="say which with --solvers"):
        compare_files(path, path)
    with pytest.raises(IncomparableError, match="no solver is called 'older'"):
        compare_files(path, path, solvers=("older", "new"))
