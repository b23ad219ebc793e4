"""What the checks share: asking a solver, transforming a system, differentiating and integrating."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BarycentricInterpolator
from scipy.special import expit, roots_legendre

from electronwind import OBSERVABLES, Lead, OpenSystem, WideBandLead

from ..check import Comparison, Cost, Problem, check
from ..tolerances import condition, natural, slack, tolerance

__all__ = [
    "accuracy",
    "adjoint",
    "allowed",
    "arguments",
    "ask",
    "changed",
    "derivative",
    "exact",
    "family",
    "fermi",
    "interpolated",
    "limit",
    "panels",
    "poles",
    "relead",
    "spectral",
    "value",
    "window",
]

Array = NDArray[Any]
Judge = Callable[[str, Any, Problem], Iterator[Comparison]]


def arguments(name: str, problem: Problem) -> tuple[Any, ...]:
    """Return what an observable takes besides the system, out of the numbers of the problem."""
    key = OBSERVABLES[name].argument
    return (problem.numbers[key],) if key else ()


def ask(solver: Any, name: str, problem: Problem, system: OpenSystem | None = None) -> Array:
    """Return an observable of the problem, or of another system at the same numbers."""
    found = problem.system if system is None else system
    return np.asarray(getattr(solver, name)(found, *arguments(name, problem)))


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
    comparison = Comparison(name, got, want, scale, "exact", uncertainty=uncertainty)
    # One level: the judge counts those of the problem, which may be fewer than those of this system.
    if comparison.error <= tolerance(comparison, levels=1):
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
    """Return the comparison of a value of the solver with one that we hold it against."""
    scale, kappa = condition(name, system, *argument)
    return Comparison(name, got, want, scale, "value", kappa, uncertainty)


def family(
    law: str,
    names: Iterable[str],
    *,
    problems: SearchStrategy[Problem],
    source: str,
    says: str,
    catches: Mapping[str, str],
    cost: Cost = "cheap",
) -> Callable[[Judge], Judge]:
    """Register one law as a check per observable, ``law.observable``.

    Parameters
    ----------
    law : str
        ``tier.name``.
    names : iterable of str
        The observables.
    problems, source, cost
        As for `check`.
    says : str
        The sentence, with ``{observable}`` in it.
    catches : mapping
        Mistakes by observable, several in one string; those under ``""`` are common to all.
    """

    def register(judge: Judge) -> Judge:
        for name in names:
            words = name.replace("_", " ")
            check(
                f"{law}.{name}",
                name,
                problems=problems,
                source=source,
                says=says.format(observable=words),
                catches=catches.get(name, catches.get("", "")).split(),
                cost=cost,
            )(partial(judge, name))
        return judge

    return register


def changed(system: OpenSystem, **parts: Any) -> OpenSystem:
    """Return the system with some of hamiltonian, gradient, leads and degeneracy replaced."""
    old = {key: getattr(system, key) for key in ("hamiltonian", "gradient", "leads", "degeneracy")}
    return OpenSystem(**(old | parts))


def relead(system: OpenSystem, change: Callable[[WideBandLead], tuple[Any, Any, Any]]) -> list[Lead]:
    """Return the wide-band leads with broadening, potential and temperature changed by a function."""
    return [WideBandLead(*change(lead)) if isinstance(lead, WideBandLead) else lead for lead in system.leads]


def adjoint(matrix: Array) -> Array:
    """Return the conjugate transpose."""
    return np.conj(np.swapaxes(matrix, -1, -2))


def spectral(system: OpenSystem) -> Array:
    """Return H = h - i Gamma/2 of a system on wide-band leads."""
    total: Array = sum(
        (lead.broadening for lead in system.leads if isinstance(lead, WideBandLead)),
        np.zeros((system.levels, system.levels)),
    )
    return np.asarray(system.hamiltonian - 0.5j * total)


# --- derivatives ----------------------------------------------------------------------------------

# Central differences of order 6, 4 and 2 on the same points, h times (-3 ... 3).
_SIXTH = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60
_FOURTH = np.array([0, 1, -8, 0, 8, -1, 0]) / 12
_SECOND = np.array([0, 0, -1, 0, 1, 0, 0]) / 2
# What two orders gain, at least, with the singularity 18 steps away: 4 / 18^2.
_GAIN = 1 / 81


def derivative(function: Callable[[float], Array], step: float, noise: float) -> tuple[Array, float]:
    """Return the derivative at 0 and its uncertainty.

    Parameters
    ----------
    function : callable
        What is differentiated.
    step : float
        Distance of the seven points.
    noise : float
        Absolute error of a value of the function.

    Notes
    -----
    The difference of the orders 6 and 4 bounds the error of the former where the step is small against
    the distance to the nearest singularity, and exceeds it by far. The error of order 4 may vanish by
    chance: then the difference from order 2 tells.
    """
    values = np.array([function(k * step) for k in range(-3, 4)])
    best, *coarser = (np.tensordot(c, values, axes=1) / step for c in (_SIXTH, _FOURTH, _SECOND))
    changes = [float(np.max(np.abs(best - coarse), initial=0.0)) for coarse in coarser]
    rough = max(changes[0], changes[1] * _GAIN)
    return best, rough + noise * float(np.sum(np.abs(_SIXTH))) / step


def limit(steps: Array, values: Array, noise: float) -> tuple[Array, float]:
    """Return the limit at step 0 of an even function, and its uncertainty.

    Parameters
    ----------
    steps : ndarray, shape (k,)
        Falling steps.
    values : ndarray, shape (k, ...)
        Values there.
    noise : float
        Absolute error of the values.
    """
    squares, table = steps**2, list(values)
    amplified, moved = 1.0, [0.0]
    for order in range(1, len(steps)):
        # Neville: polynomials of rising degree in step^2, taken at 0.
        ratios = squares[order:] / (squares[:-order] - squares[order:])
        before = table[-1]
        table = [b + r * (b - a) for a, b, r in zip(table, table[1:], ratios, strict=False)]
        amplified *= 1 + 2 * float(np.max(np.abs(ratios)))
        moved.append(float(np.max(np.abs(table[-1] - before), initial=0.0)))
    # One degree may change next to nothing by chance: then the one before tells, less what a degree gains.
    left = max(moved[-1], moved[-2] * float(squares[-1] / squares[0]))
    return table[-1], left + amplified * noise


# --- integrals ------------------------------------------------------------------------------------

_NODES, _WEIGHTS = roots_legendre(16)
# The shortest panel, in units of where it is.
GRAIN = 2.0**-45


def fermi(w: Array, lead: Lead) -> Array:
    """Return the occupation of a lead; at temperature 0 the step."""
    if float(lead.temperature) == 0:
        return np.asarray((w < float(lead.mu)).astype(float))
    return np.asarray(expit((float(lead.mu) - w) / float(lead.temperature)))


def poles(system: OpenSystem) -> tuple[Array, list[float]]:
    """Return the poles of G and of the Fermi functions next to the axis, and the edges at T = 0."""
    found = list(np.linalg.eigvals(spectral(system)))
    edges = []
    for lead in system.leads:
        mu, heat = float(lead.mu), float(lead.temperature)
        if heat > 0:
            found.append(mu + 1j * np.pi * heat)
        else:
            edges.append(mu)
    return np.array(found), edges


def panels(near: Array, cuts: list[float], low: float, high: float) -> tuple[Array, Array]:
    """Return nodes and weights for an integral over [low, high].

    Parameters
    ----------
    near : ndarray of complex
        Singularities of the integrand.
    cuts : list of float
        Points where it jumps.
    low, high : float
        Ends.

    Notes
    -----
    A panel is halved until it is no longer than its distance to the nearest singularity; 16 nodes are then
    exact to double precision.
    """
    ends = sorted({low, high, *(cut for cut in cuts if low < cut < high)})
    waiting, done = list(pairwise(ends)), []
    while waiting:
        a, b = waiting.pop()
        middle, half = (a + b) / 2, (b - a) / 2
        away = np.hypot(np.maximum(np.abs(np.real(near) - middle) - half, 0), np.imag(near))
        # Where a wrong solver puts a singularity on the axis itself, halving would have no end.
        if 2 * half > max(float(np.min(away)), GRAIN * max(abs(a), abs(b))):
            waiting += [(a, middle), (middle, b)]
        else:
            done.append((a, b))
    left, right = np.array(sorted(done)).reshape(-1, 2).T
    nodes = (left + right)[:, None] / 2 + (right - left)[:, None] / 2 * _NODES
    return nodes.ravel(), ((right - left)[:, None] / 2 * _WEIGHTS).ravel()


def interpolated(nodes: Array, values: Array, places: Array) -> Array:
    """Return values at other places than the nodes of `panels`, shape ``(nodes, k)``, as ``(places, k)``.

    On a panel that is no longer than its distance to the nearest singularity ten digits remain.
    """
    order = len(_NODES)
    rows, heights = nodes.reshape(-1, order), values.reshape(-1, order, values.shape[-1])
    # Panels end as far beyond their outer nodes as on [-1, 1].
    stops = rows.mean(axis=1) + (rows[:, -1] - rows[:, 0]) / 2 / _NODES[-1]
    owner = np.minimum(np.searchsorted(stops, places), len(rows) - 1)
    found = np.empty((len(places), values.shape[-1]), dtype=values.dtype)
    for k in np.unique(owner):
        found[owner == k] = BarycentricInterpolator(rows[k], heights[k])(places[owner == k])
    return found


def window(system: OpenSystem) -> tuple[Array, Array]:
    """Return nodes and weights over the energies where the Fermi functions of the leads differ."""
    reaches = [
        float(lead.mu) + side * 40 * float(lead.temperature) for lead in system.leads for side in (-1, 1)
    ]
    low, high = min(reaches), max(reaches)
    if low == high:
        return np.zeros(0), np.zeros(0)
    near, cuts = poles(system)
    return panels(near, cuts, low, high)


def allowed(solver: Any, name: str, system: OpenSystem, *argument: ArrayLike) -> float:
    """Return the absolute error that a value of this solver may have."""
    return slack(name, system, *argument, accuracy=accuracy(solver))
