"""Judging a solver once more on one problem: what a reproducer script calls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem

from ..checks.catalogue import all_checks
from ..core.check import Check, Problem
from ..diagnosis.symptoms import diagnose
from ..under_test.guard import Guarded, SolverFault, Unsupported
from ..under_test.judging import Digits, Tolerance, default_rules, judge_problem
from ..under_test.loading import load

__all__ = ["replay"]


def replay(
    check: str,
    solver: Any,
    system: OpenSystem,
    numbers: Mapping[str, Any] | None = None,
    *,
    checks: Mapping[str, Check] | None = None,
    rules: tuple[Tolerance, Digits] | None = None,
) -> bool | None:
    """Print every comparison of a check on one problem; return whether all pass.

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

    Returns
    -------
    bool or None
        None where nothing was compared: the solver declines the problem, or there is no such check.
    """
    known = all_checks() if checks is None else checks
    if check not in known:
        print(f"There is no check {check!r} here.")
        return None
    record = known[check]
    tolerance, digits = rules or default_rules()
    guarded = Guarded(load(solver) if isinstance(solver, str) else solver)
    passed, compared = True, 0
    print(f"{check}: {record.says}")
    try:
        problem = Problem(system, dict(numbers or {}))
        for comparison, allowed in judge_problem(record, guarded, problem, tolerance):
            good = bool(comparison.error <= allowed)
            passed, compared = passed and good, compared + 1
            print(f"\n{comparison.observable}: {'passed' if good else 'FAILED'}")
            print(f"got\n{_shown(comparison.got, comparison.scale)}")
            print(f"want\n{_shown(comparison.want, comparison.scale)}")
            print(
                f"error {comparison.error:.3g} of scale {comparison.scale:.3g}, allowed "
                f"{allowed:.3g}; {digits(comparison.error):.1f} digits"
            )
            if not good and (words := diagnose(comparison.got, comparison.want, comparison.scale)):
                print(words)
    except Unsupported as declined:
        print(declined)
    except SolverFault as fault:
        print(fault)
        return False
    if not compared:
        print("Nothing was compared to a digit.")
        return None
    return passed


def _shown(value: ArrayLike, scale: float) -> NDArray[Any]:
    """Return a value without what rounding leaves: far below double precision, or imaginary."""
    places = min(300, 17 - math.floor(math.log10(scale)))
    rounded = np.round(np.asarray(value), places) + 0.0
    return rounded if np.any(np.imag(rounded)) else np.real(rounded)
