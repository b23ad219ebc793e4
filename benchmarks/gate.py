"""A gate around ``asv continuous``: whether a commit is slower than another, measured in turns.

``python benchmarks/gate.py [BASE [HEAD]]``; ``make gate``. The exit codes of asv say little: 1 is a slower
benchmark, an unknown commit, a missing environment or a pattern that matches nothing, and with 2 there is no
table at all. So the table is read: it must be there, with a row for every benchmark. What it flags is
measured once more, longer, and counts only when flagged twice.

Exit codes: 0 nothing slower, 1 a benchmark failed, 2 nothing could be concluded, 4 slower.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Inconclusive", "Row", "command", "expected", "flagged", "gate", "rows"]

ROOT = Path(__file__).resolve().parents[1]
FINE, FAILED, INCONCLUSIVE, SLOWER = 0, 1, 2, 4
# On one machine, in turns, the same code differs from itself by less than this.
FACTOR = 1.25
ROUNDS, MORE_ROUNDS = 4, 8
TITLE = "All benchmarks:"
# | Change | Before [1234abcd] <v1> | After [...] <v2> | Ratio | Benchmark (Parameter) |
ROW = re.compile(
    r"^\| *(?P<mark>[-+!x*]?) *\| (?P<old>[^|]*)\| (?P<new>[^|]*)\| (?P<ratio>[^|]*)\| (?P<name>.*)\|$"
)

Run = Callable[[Sequence[str]], tuple[int, str]]


class Inconclusive(Exception):  # noqa: N818 - the measurement says nothing, which is no error of the code
    """Why nothing can be concluded, and the exit code that tells it."""

    def __init__(self, words: str, code: int = INCONCLUSIVE) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class Row:
    """One line of asv's table.

    Attributes
    ----------
    mark : str
        ``+`` slower, ``-`` faster, ``!`` fails now, ``x`` not comparable, ``*`` fails no more, or empty.
    old, new, ratio, name : str
        As asv prints them.
    """

    mark: str
    old: str
    new: str
    ratio: str
    name: str


def command(base: str, head: str, pattern: str = "", rounds: int = ROUNDS, append: bool = False) -> list[str]:
    """Return the call of asv: both commits in turns, every benchmark in the table."""
    call = [sys.executable, "-m", "asv", "continuous", f"--factor={FACTOR}", "--interleave-rounds"]
    call += ["--no-only-changed", "--show-stderr", "-a", f"rounds={rounds}"]
    call += ["--append-samples"] if append else []
    call += ["-b", pattern] if pattern else []
    return [*call, base, head]


def rows(code: int, output: str) -> list[Row]:
    """Return the table that asv printed.

    Raises
    ------
    Inconclusive
        An exit code that speaks of no comparison, or no table.
    """
    lines = output.splitlines()
    if code == 2:
        raise Inconclusive("a benchmark raised, and asv printed no table; see its output above", FAILED)
    if code not in (0, 1):
        raise Inconclusive(f"asv left with exit code {code}")
    if TITLE not in (line.strip() for line in lines):
        raise Inconclusive(f"asv left with exit code {code} and printed no table: unknown commit or pattern?")
    found = [match for line in lines if (match := ROW.match(line.strip()))]
    table = [Row(**{k: v.strip() for k, v in match.groupdict().items()}) for match in found]
    table = [row for row in table if row.ratio != "Ratio" and not set(row.name) <= set("-:|")]
    if not table:
        raise Inconclusive("asv printed a table without rows")
    if code == 1 and not any(row.mark in ("+", "!") for row in table):
        raise Inconclusive("asv says that something is slower, and its table does not")
    return table


def expected(benchmarks: Path, pattern: str = "") -> int:
    """Return the number of rows that asv's own list of benchmarks promises."""
    listed = json.loads(benchmarks.read_text(encoding="utf-8"))
    entries = [entry for entry in listed.values() if isinstance(entry, dict)]
    chosen = [entry for entry in entries if re.search(pattern, entry["name"])]
    return sum(math.prod(len(values) for values in entry["params"]) for entry in chosen)


def flagged(table: Sequence[Row]) -> list[str]:
    """Return the benchmarks that got slower, by name and without their parameters.

    Raises
    ------
    Inconclusive
        One that fails on the new commit.
    """
    broken = [row.name for row in table if row.mark == "!" or row.new == "failed"]
    if broken:
        raise Inconclusive(f"fails on the new commit: {', '.join(broken)}", FAILED)
    return list(dict.fromkeys(row.name.partition("(")[0] for row in table if row.mark == "+"))


def gate(base: str, head: str, pattern: str, run: Run, promised: Callable[[str], int]) -> tuple[int, str]:
    """Return the exit code and a sentence.

    Parameters
    ----------
    base, head : str
        The two commits.
    pattern : str
        Regular expression for the names of benchmarks; all where it is empty.
    run : callable
        Runs a command; returns its exit code and what it printed.
    promised : callable
        Number of rows to be expected for a pattern.
    """

    def measure(pattern: str, rounds: int, append: bool) -> list[Row]:
        table = rows(*run(command(base, head, pattern, rounds, append)))
        if (wanted := promised(pattern)) != len(table):
            raise Inconclusive(f"{len(table)} rows in the table, and {wanted} benchmarks were to run")
        return table

    try:
        suspects = flagged(table := measure(pattern, ROUNDS, False))
        if not suspects:
            return FINE, f"Nothing is slower: {len(table)} benchmarks."
        again = "|".join(f"^{re.escape(name)}$" for name in suspects)
        slower = [row for row in measure(again, MORE_ROUNDS, True) if row.mark == "+"]
    except Inconclusive as reason:
        return reason.code, f"{reason}."
    if not slower:
        return FINE, f"Nothing is slower: {', '.join(suspects)} was flagged once and not again."
    words = "; ".join(f"{row.name} {row.old} -> {row.new} ({row.ratio})" for row in slower)
    return SLOWER, f"Slower, twice: {words}."


def _run(call: Sequence[str]) -> tuple[int, str]:
    print("+", " ".join(call[1:]), flush=True)
    pipe, both = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(call, cwd=ROOT, stdout=pipe, stderr=both, text=True) as process:
        assert process.stdout is not None
        output = []
        for line in process.stdout:
            print(line, end="", flush=True)
            output.append(line)
    return process.returncode, "".join(output)


def main() -> None:
    """Compare two commits, the newest with its parent where none is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("base", nargs="?", default="HEAD^")
    parser.add_argument("head", nargs="?", default="HEAD")
    parser.add_argument("-b", "--bench", default="", help="regular expression for the names of benchmarks")
    given = parser.parse_args()
    conf = json.loads((ROOT / "asv.conf.json").read_text(encoding="utf-8"))
    listed = ROOT / conf["results_dir"] / "benchmarks.json"
    code, words = gate(given.base, given.head, given.bench, _run, lambda pattern: expected(listed, pattern))
    print(words)
    sys.exit(code)


if __name__ == "__main__":
    main()
