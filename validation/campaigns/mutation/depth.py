"""What a run of the suite asks of the fast solver: its problems, and the lines that each of them runs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from coverage import Coverage

from electronwind import load_solver

from ...core import tolerances
from ...core.check import Check, Comparison, Problem
from ...core.record import plain
from ...core.tolerances import tolerance
from ...run.trial import run_check
from ...under_test.guard import Guarded, SolverFault, Unsupported
from ...under_test.judging import judge_problem
from ...work.effort import Effort

__all__ = ["Depth"]


class Depth:
    """The problems of one run of the suite.

    Parameters
    ----------
    checks : sequence of Check
        The checks.
    effort : Effort
        How many problems; time is no limit.
    seed : int
        The seed of `electronwind validate`.
    after : Depth, optional
        A run whose problems are left out.

    Attributes
    ----------
    seconds : float
        Computing time for all problems, once the reference has solved them.

    Raises
    ------
    ValueError
        A check that fails before any mutation.
    """

    def __init__(
        self, checks: Sequence[Check], effort: Effort, seed: int, after: Depth | None = None
    ) -> None:
        self._problems: dict[str, list[Problem]] = {}
        for check in checks:
            known = {_content(problem) for problem in after._problems[check.id]} if after else set()
            drawn = _drawn(check, effort, seed)
            self._problems[check.id] = [p for p in drawn if _content(p) not in known]
        start = time.process_time()
        self._lines = self._traced(checks)
        self.seconds = time.process_time() - start

    def touched(self, file: str, lines: range | None) -> dict[str, list[Problem]]:
        """Return by check the problems that run one of the lines of a file; all if no lines are given.

        No other problem can tell a mutant from the solver.
        """
        if lines is None:
            return self._problems
        here = self._lines.get(file, {})
        where = {context for line in lines for context in here.get(line, ())}
        return {
            id: [problem for i, problem in enumerate(problems) if f"{id} {i}" in where]
            for id, problems in self._problems.items()
        }

    def _traced(self, checks: Sequence[Check]) -> dict[str, dict[int, list[str]]]:
        """Return by file and line the problems that ran it."""
        trace = Coverage(data_file=None, config_file=False, include=["*/fast/*.py"])
        # What solver and suite remember of a system would hide lines from all problems but the first.
        memories: tuple[Any, ...] = (tolerances._KNOWN, sys.modules["electronwind.fast.spectrum"]._SPECTRA)
        with trace.collect():
            for check in checks:
                for i, problem in enumerate(self._problems[check.id]):
                    for memory in memories:
                        memory.clear()
                    trace.switch_context(f"{check.id} {i}")
                    _judged(check, problem)
        data = trace.get_data()
        return {Path(path).stem: data.contexts_by_lineno(path) for path in data.measured_files()}


def _content(problem: Problem) -> str:
    return problem.system.to_json() + json.dumps(plain(problem.numbers))


def _judged(check: Check, problem: Problem) -> None:
    try:
        for _ in judge_problem(check, Guarded(load_solver("fast")), problem, tolerance):
            pass
    except (SolverFault, Unsupported):
        pass


def _drawn(check: Check, effort: Effort, seed: int) -> list[Problem]:
    """Return the problems on which `electronwind validate fast` tries a check."""
    found: list[Problem] = []

    def judge(solver: Any, problem: Problem) -> Iterator[Comparison]:
        found.append(problem)
        yield from check.judge(solver, problem)

    patient = replace(effort, seconds=np.inf)
    record = run_check(replace(check, judge=judge), load_solver("fast"), effort=patient, seed=seed)
    if record.status not in ("passed", "unsupported"):
        raise ValueError(f"{check.id} does not pass before any mutation: {record.message}")
    return found
