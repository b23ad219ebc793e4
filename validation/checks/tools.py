"""What the checks share: asking a solver, and holding its answers against what they must be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OBSERVABLES, OpenSystem

from ..core.check import Asked, Comparison, Problem
from ..core.tolerances import condition, natural, slack, tolerance

__all__ = [
    "accuracy",
    "against",
    "allowed",
    "arguments",
    "ask",
    "energy_power",
    "exact",
    "full",
    "rescaled",
    "value",
]

Array = NDArray[Any]


def arguments(name: str, problem: Problem) -> tuple[Any, ...]:
    """Return what an observable takes besides the system, out of the numbers of the problem."""
    key = OBSERVABLES[name].argument
    return (problem.numbers[key],) if key else ()


def ask(solver: Any, name: str, problem: Problem, system: OpenSystem | None = None) -> Array:
    """Return an observable of the problem, or of another system at the same numbers."""
    found = problem.system if system is None else system
    return np.asarray(getattr(solver, name)(found, *arguments(name, problem)))


def energy_power(name: str) -> int:
    """Return the power of energy in an observable at fixed dh/dx."""
    return sum(power for of, power in OBSERVABLES[name].dimension.items() if of != "force")


def rescaled(name: str, problem: Problem, s: float) -> tuple[Any, ...]:
    """Return what an observable takes besides the system, with all energies times `s`: times are over it."""
    return tuple(point * s ** OBSERVABLES[name].argument_power for point in arguments(name, problem))


def full(name: str, system: OpenSystem) -> Array:
    """Return what all levels full give, of an observable that holes turn into its complement."""
    if OBSERVABLES[name].axes == ("n", "n"):
        return np.eye(system.levels)
    return np.asarray(-system.degeneracy * np.trace(system.gradient, axis1=-2, axis2=-1).real)


def accuracy(solver: Any) -> float:
    """Return the relative accuracy that the solver claims, 0 where it claims none."""
    return float(getattr(solver, "accuracy", None) or 0.0)


def exact(
    name: str,
    got: ArrayLike,
    want: ArrayLike,
    system: OpenSystem,
    *argument: ArrayLike,
    uncertainty: float = 0.0,
) -> Comparison:
    """Return the comparison of two values of the solver that must be one.

    The condition number costs a batch of solutions, so it is found only where rounding on a well-posed
    problem would not explain the difference.
    """
    scale = max(natural(name, system, *argument), float(np.max(np.abs(want), initial=0.0)))
    call = Asked(name, system, argument)
    comparison = Comparison(name, got, want, scale, "exact", uncertainty=uncertainty, call=call)
    if comparison.error <= tolerance(comparison, system.levels):
        return comparison
    return replace(comparison, condition=condition(name, system, *argument)[1])


def value(
    name: str,
    got: ArrayLike,
    want: ArrayLike,
    system: OpenSystem,
    *argument: ArrayLike,
    uncertainty: float = 0.0,
) -> Comparison:
    """Return the comparison of what was made of a solver's value with one that we hold it against."""
    scale, kappa = condition(name, system, *argument)
    call = Asked(name, system, argument)
    return Comparison(name, got, want, scale, "value", kappa, uncertainty, call)


def against(
    solver: Any,
    name: str,
    want: ArrayLike,
    system: OpenSystem,
    *argument: ArrayLike,
    uncertainty: float = 0.0,
) -> Comparison:
    """Ask the solver for an observable, and return the comparison of its answer with the right value."""
    got = getattr(solver, name)(system, *argument)
    return replace(value(name, got, want, system, *argument, uncertainty=uncertainty), whole=True)


def allowed(solver: Any, name: str, system: OpenSystem, *argument: ArrayLike) -> float:
    """Return the absolute error that a value of this solver may have."""
    return slack(name, system, *argument, accuracy=accuracy(solver))
