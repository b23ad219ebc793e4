"""Digits and speed of a peer on fixed junctions, side by side with the fast solver."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind import OBSERVABLES, OpenSystem, WideBandLead, fast

from ...core.tolerances import digits
from ...truth.oracle import agreement
from ...under_test.guard import Guarded, Unsupported

__all__ = ["JUNCTIONS", "POINT", "between", "digits_of", "ratio", "table"]

# Where an observable takes an energy or a frequency.
POINT = 0.3
ROUNDS = 3
SHORTEST = 5e-3


def between(
    hamiltonian: ArrayLike, gradient: ArrayLike, leads: Iterable[tuple[ArrayLike, float, float, float, float]]
) -> OpenSystem:
    """Return a junction between leads with Lorentzian bands.

    Parameters
    ----------
    hamiltonian : array_like, shape (m, m)
        Of the junction's own levels.
    gradient : array_like, shape (d, m, m)
        Likewise.
    leads : iterable of tuple
        Couplings of shape (m,) from the junction's levels, center and half-width of the band, potential,
        temperature.
    """
    h, gradient, leads = np.asarray(hamiltonian), np.asarray(gradient), list(leads)
    m, n = len(h), len(h) + len(leads)
    full, slopes = np.zeros((n, n), dtype=complex), np.zeros((len(gradient), n, n), dtype=complex)
    full[:m, :m], slopes[:, :m, :m] = h, gradient
    wide = []
    for a, (coupling, center, width, mu, temperature) in enumerate(leads, m):
        full[a, :m], full[:m, a], full[a, a] = coupling, np.conj(coupling), center
        wide.append(WideBandLead(2 * width * np.diag(np.eye(n)[a]), mu, temperature))
    return OpenSystem(full, slopes, wide)


def one_level(temperature: float) -> OpenSystem:
    """Return one level whose energy a coordinate shifts, its second lead half as hot again."""
    hot = 1.5 * temperature
    return between(
        [[0.25]],
        [[[1.0]]],
        [([0.5], 0.25, 1.5, 0.5, temperature), ([0.75j], -0.5, 2.0, -0.25, hot)],
    )


def two_levels(temperature: float) -> OpenSystem:
    """Return two levels that two coordinates shift and couple, with complex elements."""
    shift, hop = np.diag([0.75, -0.75]), np.array([[0.0, -1 + 0.25j], [-1 - 0.25j, 0.125]])
    return between(
        [[0.25, -0.625 + 0.25j], [-0.625 - 0.25j, -0.25]],
        np.array([shift, hop]),
        [
            ([0.75, 0.25j], 0.25, 1.5, 0.5, temperature),
            ([0.125, 1.0], -0.5, 2.0, -0.25, 1.5 * temperature),
        ],
    )


JUNCTIONS: dict[str, Callable[[float], OpenSystem]] = {"one level": one_level, "two levels": two_levels}


def digits_of(solver: Any, observable: str, system: OpenSystem) -> float | None:
    """Return the correct digits of a value, held against the fast solver; None where it is declined."""
    try:
        comparison = agreement(Guarded(solver), observable, system, *_argument(observable))
    except Unsupported:
        return None
    return digits(comparison.error)


def ratio(solver: Any, observable: str, system: OpenSystem) -> float:
    """Return the time of one call over that of the fast solver, the median of turns."""
    ratios = []
    for _ in range(ROUNDS):
        ratios.append(_seconds(solver, observable, system) / _seconds(fast, observable, system))
    return median(ratios)


def table(head: list[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown, numbers to the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _argument(observable: str) -> tuple[float, ...]:
    return (POINT,) if OBSERVABLES[observable].argument else ()


def _seconds(solver: Any, observable: str, system: OpenSystem) -> float:
    """Return the time of a call, of several where one is too short for the clock."""
    ask, argument = getattr(solver, observable), _argument(observable)
    repeats = 1
    while True:
        # The fast solver keeps what it found with the object: a second call would be a look-up.
        fresh = [copy.deepcopy(system) for _ in range(repeats)]
        start = time.perf_counter()
        for one in fresh:
            ask(one, *argument)
        spent = time.perf_counter() - start
        if spent > SHORTEST:
            return spent / repeats
        repeats *= 4
