"""Judging one problem: what a comparison must be, before its verdict counts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ..core.check import Check, Comparison, Problem
from ..core.record import plain
from ..systems.features import KIND, code, read
from .guard import Guarded

__all__ = ["COARSE", "Digits", "Tolerance", "default_rules", "judge_problem", "size"]

Tolerance = Callable[[Comparison, int, float], float]
Digits = Callable[[float], float]

# A comparison that allows more than this, in units of its scale, asks for less than a digit.
VAGUE = 0.1
# A claim coarser than this may leave the last digit in doubt, in a difference of what it claims.
COARSE = 1e-5


def judge_problem(
    check: Check, guarded: Guarded, problem: Problem, tolerance: Tolerance
) -> Iterator[tuple[Comparison, float]]:
    """Yield the comparisons of a check on one problem, each with the error it is allowed.

    Left out is what would judge nothing: empty arrays, and problems so ill-conditioned, or claims so
    coarse, that not a digit is asked for. Of a solver that claims more than `COARSE`, a digit is asked for
    even where its own values leave more doubt.

    Raises
    ------
    ValueError
        A mistake of the check: different shapes, or a scale, a wanted value or a tolerance that is
        not a finite number.
    """
    for comparison in check.judge(guarded, problem):
        got, want = np.asarray(comparison.got), np.asarray(comparison.want)
        if (call := comparison.call) is not None:
            row = read(call.observable, call.system, *call.argument)
            guarded.judged[call.observable].add(code(call.observable, row))
        elif KIND in problem.numbers:
            guarded.judged[comparison.observable].add(problem.numbers[KIND])
        if not got.size:
            continue
        if want.shape not in ((), got.shape):
            raise ValueError(f"compared shape {got.shape} with shape {want.shape}")
        claim = guarded.time_accuracy if comparison.kind == "run" else guarded.accuracy
        allowed = tolerance(comparison, (comparison.call or problem).system.levels, claim)
        numbers = [comparison.scale, comparison.uncertainty, comparison.condition, allowed]
        if not (np.all(np.isfinite(want.astype(complex))) and np.all(np.isfinite(numbers))):
            raise ValueError(f"compared with what is not finite: {comparison}")
        if not (comparison.scale > 0 and allowed > 0):
            raise ValueError(f"scale {comparison.scale} and tolerance {allowed} are not positive")
        if allowed > VAGUE:
            continue
        most = max(VAGUE - allowed, allowed) * comparison.scale
        if comparison.uncertainty <= most:
            yield comparison, allowed
        elif claim <= COARSE:
            # So much doubt comes of values that scatter, which is no excuse for them.
            yield replace(comparison, uncertainty=most), allowed


def size(problem: Problem) -> tuple[float, ...]:
    """Return what makes a problem large, for a reader: compared from the first entry on."""
    system = problem.system
    text = json.dumps(plain(problem.numbers)) + system.to_json()
    return (
        math.prod(system.shape), system.levels, system.coordinates, len(system.leads), len(text),
    )  # fmt: skip


def default_rules() -> tuple[Tolerance, Digits]:
    """Return the tolerance and the digits of the suite."""
    from ..core.tolerances import digits, tolerance

    return tolerance, digits
