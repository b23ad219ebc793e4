"""The energy axis of a system: its pieces, and the places where an integrand is not analytic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from electronwind.errors import PrecisionError

from .arithmetic import Array, number, pi
from .green import Green
from .problem import Problem
from .quadrature import Cosine, Line, Piece, Quadrature, Tail

__all__ = ["axis", "finite_axis", "static_axis"]


def static_axis(problem: Problem) -> Quadrature:
    """Return the axis for the integrals of products of G and N at one and the same energy.

    Raises
    ------
    PrecisionError
        Leads with an edge, and the spectral function does not integrate to 1: a resonance was missed.
    """
    quadrature = axis(problem, lambda energies: Green(problem, energies))
    if problem.edges:
        # The resonances beside edges are not known beforehand, so the axis has to prove itself.
        total = quadrature.integrate(lambda at: at.A) / (2 * pi())
        total = sum((state.share for state in problem.sharp.bound), total)
        missing = max(
            abs(total[i, j] - int(i == j)) for i in range(problem.levels) for j in range(problem.levels)
        )
        if missing > 10 / number(10) ** problem.digits:
            raise PrecisionError(
                f"the spectral function misses {float(missing):.1e} of the weight of a level; "
                f"1e-{problem.digits} was asked for"
            )
    return quadrature


def finite_axis(problem: Problem, evaluate: Callable[[Array], Any]) -> tuple[Quadrature, Any]:
    """Return the axis for what is linear in N or P, and the energy E > 0 beyond which it leaves +-E out."""
    edges = problem.edges
    singular, mus, cold = _features(problem, (0,), (0,))
    far = 2 * max(*(abs(z) for z in (*singular, *cold, *edges, *mus)), number(problem.scale))
    ends = [-far, *edges, far] if problem.wide_bands else edges
    pieces = [
        Piece(Cosine(start, stop), number(0), pi() / 2)
        for start, stop in pairwise(ends)
        if problem.is_open(start + (stop - start) / 2)
    ]
    return Quadrature(pieces, [*singular, *edges], mus, evaluate, problem.digits), far


def _features(
    problem: Problem, green_shifts: Iterable[Any], fermi_shifts: Iterable[Any]
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the singular points, the chemical potentials, and the energies where occupation is whole."""
    singular, mus, cold = [], [], []
    reach = (problem.work_digits + 3) * math.log(10)  # exp(-reach) is below the rounding
    for shift in green_shifts:
        singular += [number(complex(e.real, abs(e.imag))) - shift for e in problem.resonances]
        singular += [energy - shift for energy in (problem.sharp.nearly if problem.edges else ())]
    for shift in fermi_shifts:
        for lead in problem.leads:
            mu, width = lead.mu - shift, lead.temperature * reach
            mus.append(mu)
            cold += [mu - width, mu + width]
            if lead.temperature > 0:
                singular.append(mu + number(1j) * (pi() * lead.temperature))
    return singular, mus, cold


def axis(
    problem: Problem,
    evaluate: Callable[[Array], Any],
    green_shifts: Sequence[Any] = (0,),
    fermi_shifts: Sequence[Any] = (0,),
    poles: Sequence[Any] = (),
) -> Quadrature:
    """Return the energy axis, cut where products of Green's functions are occupied.

    Parameters
    ----------
    problem : Problem
        The system.
    evaluate : callable
        What the integrands need at an array of energies.
    green_shifts, fermi_shifts : sequence of numbers
        The integrands hold G(E + shift) and f(E + shift), and nothing where no lead is open at E.
    poles : sequence of numbers
        Real energies that are to be ends of panels.
    """
    shifts = {*green_shifts, *fermi_shifts}
    edges = sorted({edge - shift for edge in problem.edges for shift in shifts})
    singular, mus, cold = _features(problem, green_shifts, fermi_shifts)
    breaks = [*mus, *poles]
    far = 2 * max(*(abs(z) for z in (*singular, *cold, *edges, *breaks)), number(problem.scale))
    pieces = [
        Piece(Cosine(start, stop), number(0), pi() / 2)
        for start, stop in pairwise(edges)
        if problem.is_open(start + (stop - start) / 2)
    ]
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
    return Quadrature(pieces, [*singular, *edges], breaks, evaluate, problem.digits)
