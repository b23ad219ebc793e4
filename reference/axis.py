"""The energy axis of a system: its pieces, and the places where an integrand is not analytic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from electronwind.errors import PrecisionError

from .arithmetic import Array, number, pi
from .green import Green
from .problem import Problem
from .quadrature import Cosine, Line, Piece, Quadrature, Tail

__all__ = ["axis", "static_axis"]


def static_axis(problem: Problem) -> Quadrature:
    """Return the axis for the integrals of products of G and N at one and the same energy.

    Raises
    ------
    PrecisionError
        Chain leads, and the spectral function does not integrate to 1: a resonance was missed.
    """
    quadrature = axis(problem, lambda energies: Green(problem, energies))
    if problem.chains:
        # The resonances on chains are not known beforehand, so the axis has to prove itself.
        total = quadrature.integrate(lambda at: at.A) / (2 * pi())
        missing = max(
            abs(total[i, j] - int(i == j)) for i in range(problem.levels) for j in range(problem.levels)
        )
        if missing > 10 / number(10) ** problem.digits:
            raise PrecisionError(
                f"the spectral function misses {float(missing):.1e} of the weight of a level; "
                f"1e-{problem.digits} was asked for"
            )
    return quadrature


def axis(
    problem: Problem,
    evaluate: Callable[[Array], Any],
    green_shifts: Iterable[Any] = (0,),
    fermi_shifts: Iterable[Any] = (0,),
) -> Quadrature:
    """Return the energy axis, cut where products of Green's functions are occupied.

    Parameters
    ----------
    problem : Problem
        The system.
    evaluate : callable
        What the integrands need at an array of energies.
    green_shifts, fermi_shifts : iterable of numbers
        The integrands hold G(E + shift) and f(E + shift).
    """
    singular, mus, cold = [], [], []
    reach = (problem.work_digits + 3) * math.log(10)  # exp(-reach) is below the rounding
    for shift in green_shifts:
        singular += [number(complex(e.real, abs(e.imag))) - shift for e in problem.resonances]
    for shift in fermi_shifts:
        for lead in problem.leads:
            mu, width = lead.mu - shift, lead.temperature * reach
            mus.append(mu)
            cold += [mu - width, mu + width]
            if lead.temperature > 0:
                singular.append(mu + number(1j) * (pi() * lead.temperature))
    edges = sorted({edge for lead in problem.chains for edge in lead.band})
    far = 2 * max(*(abs(z) for z in (*singular, *cold, *edges)), number(problem.scale))
    pieces = []
    for start, stop in pairwise(edges):
        covered = any(lead.band[0] <= start and stop <= lead.band[1] for lead in problem.chains)
        if covered or problem.wide_bands:
            pieces.append(Piece(Cosine(start, stop), number(0), pi() / 2))
    if problem.wide_bands and edges:
        pieces += [
            Piece(Tail(-far), number(0), number(1)),
            Piece(Cosine(-far, edges[0]), number(0), pi() / 2),
            Piece(Cosine(edges[-1], far), number(0), pi() / 2),
            Piece(Tail(far), number(0), number(1)),
        ]
    elif not edges:
        # Nothing is occupied above the last of the Fermi functions.
        pieces = [Piece(Tail(-far), number(0), number(1)), Piece(Line(), -far, max(cold))]
    return Quadrature(pieces, [*singular, *edges], mus, evaluate, problem.digits)
