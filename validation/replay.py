"""Judging a solver once more on one problem: what a reproducer script calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from electronwind import OpenSystem

from .check import Check, Problem
from .declared import load
from .guard import Guarded, SolverFault, Unsupported
from .judging import Digits, Tolerance, default_rules, judge_problem
from .report.diagnosis import diagnose
from .runner import all_checks

__all__ = ["replay"]


def replay(
    check: str,
    solver: Any,
    system: OpenSystem,
    numbers: Mapping[str, Any] | None = None,
    *,
    checks: Mapping[str, Check] | None = None,
    rules: tuple[Tolerance, Digits] | None = None,
) -> bool:
    """Print every comparison of a check on one problem; return whether there are some, and all pass.

    Parameters
    ----------
    check : str
        Id of the check.
    solver : object or str
        The solver, or what `load_solver` takes.
    system : OpenSystem
        The system of the problem.
    numbers : mapping, optional
        The numbers that go with it.
    checks, rules : optional
        Instead of the checks and the tolerances of the suite.
    """
    record = (all_checks() if checks is None else checks)[check]
    tolerance, digits = rules or default_rules()
    guarded = Guarded(load(solver) if isinstance(solver, str) else solver)
    passed, compared = True, 0
    print(f"{check}: {record.says}")
    try:
        problem = Problem(system, dict(numbers or {}))
        for comparison, allowed in judge_problem(record, guarded, problem, tolerance):
            good = comparison.error <= allowed
            passed, compared = passed and good, compared + 1
            print(f"\n{comparison.observable}: {'passed' if good else 'FAILED'}")
            print(f"got\n{np.asarray(comparison.got)}\nwant\n{np.asarray(comparison.want)}")
            print(
                f"error {comparison.error:.3g} of scale {comparison.scale:.3g}, allowed "
                f"{allowed:.3g}; {digits(comparison.error):.1f} digits"
            )
            if not good and (words := diagnose(comparison.got, comparison.want, comparison.scale)):
                print(words)
    except (SolverFault, Unsupported) as fault:
        print(fault)
        passed = False
    if not compared:
        print("Nothing was compared to a digit.")
    return passed and compared > 0
