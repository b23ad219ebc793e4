"""The gate around asv: its exit codes say little, so the table is read; a flag counts when raised twice."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SPEC = importlib.util.spec_from_file_location("gate", Path(__file__).parents[2] / "benchmarks" / "gate.py")
assert SPEC is not None
assert SPEC.loader is not None
gate = importlib.util.module_from_spec(SPEC)
sys.modules["gate"] = gate
SPEC.loader.exec_module(gate)

# As asv 0.6.6 prints it.
HEAD = """\
· Creating environments
· Discovering benchmarks
· Running 4 total benchmarks (2 commits * 1 environments * 2 benchmarks)
[100.00%] ··· steady.Times.time_all_observables                                 ok

All benchmarks:

| Change   | Before [83dc7ac0] <main~1>   | After [cb1abe0f] <main>   | Ratio   | Benchmark (Parameter) |
|----------|------------------------------|---------------------------|---------|-----------------------|
"""
SAME = "|          | 12.1±0.2ms | 12.0±0.1ms |    0.99 | steady.Times.time_all_observables(1) |\n"
NOISE = "|          | 1.00±0.2ms | 1.30±0.4ms |   ~1.30 | steady.Times.time_all_observables(10000) |\n"
WORSE = "| +        | 1.00±0.02ms | 1.90±0.1ms |    1.90 | steady.Times.time_all_observables(10000) |\n"
BETTER = "| -        | 1.90±0.1ms | 1.00±0.02ms |    0.53 | steady.Times.time_all_observables(10000) |\n"
BROKEN = "| !        | 1.90±0.1ms | failed |    n/a | steady.Times.time_all_observables(10000) |\n"


def asv(*answers: tuple[int, str]) -> tuple[Any, list[Sequence[str]]]:
    """A stand-in for asv that gives the answers in turn, and the calls that it got."""
    calls: list[Sequence[str]] = []
    left = list(answers)

    def run(call: Sequence[str]) -> tuple[int, str]:
        calls.append(call)
        return left.pop(0)

    return run, calls


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ([(0, HEAD + SAME + NOISE)], 0, "Nothing is slower: 2 benchmarks"),
        ([(0, HEAD + SAME + BETTER)], 0, "Nothing is slower"),
        ([(1, HEAD + WORSE + SAME), (1, HEAD + WORSE + SAME)], 4, "Slower, twice: steady.Times"),
        ([(1, HEAD + WORSE + SAME), (0, HEAD + NOISE + SAME)], 0, "was flagged once and not again"),
        ([(1, HEAD + WORSE)], 2, "1 rows in the table, and 2 benchmarks were to run"),
        ([(1, HEAD + WORSE + SAME), (1, "Unknown commit HEAD^")], 2, "printed no table"),
        ([(1, "Unknown commit nowhere")], 2, "printed no table"),
        ([(0, "No benchmarks selected")], 2, "printed no table"),
        ([(0, HEAD)], 2, "without rows"),
        ([(1, HEAD + SAME + NOISE)], 2, "its table does not"),
        ([(2, "ZeroDivisionError")], 1, "a benchmark raised"),
        ([(1, HEAD + BROKEN + SAME)], 1, "fails on the new commit"),
        ([(-9, HEAD + SAME)], 2, "exit code -9"),
    ],
)
def test_verdict(answers: list[tuple[int, str]], code: int, words: str) -> None:
    """Each answer that asv is known to give leads to the verdict it deserves."""
    run, calls = asv(*answers)
    found = gate.gate("main", "HEAD", "", run, lambda pattern: 2)
    assert found[0] == code
    assert words in found[1]
    assert len(calls) == len(answers)


def test_commits_are_measured_in_turns_and_again_longer() -> None:
    """Both commits run interleaved; what is flagged runs again, alone, longer, added to the first samples."""
    run, calls = asv((1, HEAD + WORSE + SAME), (1, HEAD + WORSE + SAME))
    gate.gate("main", "HEAD", "Times", run, lambda pattern: 2)
    for call in calls:
        assert {"continuous", "--interleave-rounds", "--no-only-changed"} <= set(call)
        assert list(call[-2:]) == ["main", "HEAD"]
    assert "rounds=4" in calls[0]
    assert calls[0][calls[0].index("-b") + 1] == "Times"
    assert {"rounds=8", "--append-samples", r"^steady\.Times\.time_all_observables$"} <= set(calls[1])


def test_rows_are_counted_by_asv_s_own_list(tmp_path: Path) -> None:
    """The number of rows to expect is that of all parameters of the benchmarks that a pattern selects."""
    path = tmp_path / "benchmarks.json"
    entries = {
        "a.time_one": {"name": "a.time_one", "params": []},
        "b.time_six": {"name": "b.time_six", "params": [["1", "2"], ["x", "y", "z"]]},
        "version": 2,
    }
    path.write_text(json.dumps(entries))
    assert gate.expected(path) == 7
    assert gate.expected(path, "^a") == 1
