r"""Certified integrals over energy: what has no closed form, and a second route to what has one.

`acb.integral` encloses integrals of functions it can evaluate on complex balls. The integrands are
therefore written as functions of a complex energy: G^+ is continued as (w - H^+)^-1, never as a
conjugate. On the piece [p, q] of the energy axis the variable is the angle t of

.. math:: E = (p + q)/2 - (q - p)/2\,\cos t, \qquad 0 < t < \pi,

so that square roots at the band edges p and q are sin(t/2) and cos(t/2). Beyond the outermost pieces all
occupations are 0 or 1 up to exp(-K), and what is left out is bounded with |G(E)| <= 1/(|E| - R).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb

from electronwind import ChainLead

from .balls import Ball, BallMatrix, Junction, NeedsPrecision, add, exact, identity, largest, rational

__all__ = [
    "REACH",
    "Piece",
    "Point",
    "as_matrix",
    "axis_pieces",
    "band",
    "integrate",
    "radius_of_resonances",
    "tail_factor",
]

# K: the occupations beyond the pieces differ from 0 or 1 by less than exp(-K) = 1e-56.
REACH = 130
MOST_EVALUATIONS = 200_000

NAN = acb(arb.nan(), arb.nan())


@dataclass(frozen=True)
class Piece:
    """A part [start, stop] of the energy axis without a band edge or a sharp occupation inside."""

    start: Fraction
    stop: Fraction

    @property
    def middle(self) -> Fraction:
        """Energy inside."""
        return (self.start + self.stop) / 2


class Point:
    """Everything about a junction at one complex ball of energies, continued from the real axis.

    Parameters
    ----------
    junction : Junction
        The system.
    piece : Piece
        The part of the axis that the ball is continued from.
    t : acb
        The angle.
    analytic : bool
        Whether functions with a branch cut through the ball must answer NaN.
    shift : Fraction
        What is added to the energies of the piece; the piece ends at all edges less the shift.
    """

    def __init__(
        self, junction: Junction, piece: Piece, t: Ball, analytic: bool, shift: Fraction = Fraction(0)
    ) -> None:
        self.at, self.analytic, self.shift = junction, analytic, shift
        self.piece = Piece(piece.start + shift, piece.stop + shift)
        self.half = t / 2
        self.length = exact(piece.stop - piece.start)
        self.E = exact(self.piece.middle) - self.length / 2 * t.cos()
        self.jacobian = self.length / 2 * t.sin()

    def root(self, edge: Fraction) -> Ball:
        """Return the square root of the distance |E - edge|."""
        if edge == self.piece.start:
            return self.length.sqrt() * self.half.sin()
        if edge == self.piece.stop:
            return self.length.sqrt() * self.half.cos()
        distance = self.E - exact(edge) if edge < self.piece.start else exact(edge) - self.E
        return acb(distance).sqrt(analytic=self.analytic)

    def slope(self, lead: ChainLead) -> Ball:
        """Return dg/dE of the retarded function times the Jacobian, which takes off what is infinite."""
        low, high = band(lead)
        factor = acb(1)
        # jacobian = length sin(t/2) cos(t/2): each factor cancels against the root of an edge at its end.
        for end, edge_factor in ((self.piece.start, self.half.sin()), (self.piece.stop, self.half.cos())):
            factor *= self.length.sqrt() if end in (low, high) else self.length.sqrt() * edge_factor
        for edge in (low, high):
            if edge not in (self.piece.start, self.piece.stop):
                factor /= self.root(edge)
            else:
                factor /= self.length.sqrt()
        # g' = -g / (z - 2 t^2 g), and the denominator is a root.
        if low <= self.piece.start and self.piece.stop <= high:
            factor *= acb(0, -1)
        elif self.piece.stop <= low:
            factor = -factor
        return -self.surface(lead)[0] * factor

    def surface(self, lead: ChainLead) -> tuple[Ball, Ball]:
        """Return the retarded and the advanced Green's function at the end of a chain."""
        low, high = band(lead)
        z = self.E - exact((low + high) / 2)
        twice = 2 * exact(rational(lead.hopping)) ** 2
        root = self.root(low) * self.root(high)
        if low <= self.piece.start and self.piece.stop <= high:
            return (z - acb(0, 1) * root) / twice, (z + acb(0, 1) * root) / twice
        g = (z + root if self.piece.stop <= low else z - root) / twice
        return g, g

    @cached_property
    def self_energies(self) -> list[tuple[BallMatrix, BallMatrix]]:
        """The retarded and the advanced self-energy of each lead."""
        at, found = self.at, []
        for chain, gamma in zip(at.chains, at.broadening, strict=True):
            if chain is None:
                found.append((gamma * acb(0, -0.5), gamma * acb(0, 0.5)))
                continue
            pair = []
            for g in self.surface(chain):
                sigma = acb_mat(at.n, at.n)
                sigma[chain.site, chain.site] = exact(rational(chain.coupling)) ** 2 * g
                pair.append(sigma)
            found.append((pair[0], pair[1]))
        return found

    @cached_property
    def G(self) -> BallMatrix:
        """The retarded Green's function."""
        sigma = add((pair[0] for pair in self.self_energies), self.at.n)
        return (identity(self.at.n) * self.E - self.at.h - sigma).inv()

    @cached_property
    def Gd(self) -> BallMatrix:
        """The advanced one: G^+ on the real axis."""
        sigma = add((pair[1] for pair in self.self_energies), self.at.n)
        return (identity(self.at.n) * self.E - self.at.h - sigma).inv()

    @cached_property
    def broadening(self) -> list[BallMatrix]:
        """Gamma_a = i (Sigma_a - Sigma_a^+)."""
        return [(r - a) * acb(0, 1) for r, a in self.self_energies]

    @cached_property
    def X(self) -> list[BallMatrix]:
        """X_a = G Gamma_a G^+."""
        return [self.G * gamma * self.Gd for gamma in self.broadening]

    def occupation(self, lead: int) -> Ball:
        """Return f_a(E)."""
        mu, heat = self.at.mu[lead], self.at.temperature[lead]
        if heat == 0:
            return acb(int(self.piece.middle < mu))
        return 1 / (1 + ((self.E - exact(mu)) / exact(heat)).exp())


def band(lead: ChainLead) -> tuple[Fraction, Fraction]:
    """Return the edges of the band of a chain."""
    width, centre = 2 * abs(rational(lead.hopping)), rational(lead.onsite)
    return centre - width, centre + width


def radius_of_resonances(junction: Junction) -> Fraction:
    """Return R such that |G(E)| <= 1/(|E| - R) for real E beyond R, and no band reaches beyond it."""
    bound = largest(junction.h) + sum((largest(g) for g in junction.broadening), arb(0)) / 2
    edges = [Fraction(1, 4)]
    for chain in junction.chains:
        if chain is not None:
            # |g| <= 1/|t| on and off the band.
            bound += exact(rational(chain.coupling) ** 2 / abs(rational(chain.hopping)))
            edges += [abs(edge) for edge in band(chain)]
    # One more than the float: it may have been rounded down.
    return max([Fraction(math.ceil(float(bound.upper())) + 1), *edges])


def tail_factor() -> Ball:
    """Return exp(-K)."""
    return arb(-REACH).exp()


def axis_pieces(junction: Junction, shifts: tuple[Fraction, ...] = (Fraction(0),)) -> list[Piece]:
    """Return the pieces of the energy axis where an occupation is neither 0 nor 1, or a band lies.

    With wide-band leads the pieces end beyond 2 R, and where occupations are 0 or 1 up to exp(-K). Functions
    are taken at E + shift too, so that the pieces also end at all edges and potentials less the shifts.
    """
    edges = sorted({edge for chain in junction.chains if chain is not None for edge in band(chain)})
    if None in junction.chains:
        reaches = [abs(mu) + REACH * heat for mu, heat in zip(junction.mu, junction.temperature, strict=True)]
        reach = max(2 * radius_of_resonances(junction), *reaches) + max(map(abs, shifts))
        ends = (-reach, reach)
    else:
        ends = (edges[0], edges[-1])
    marks = {mark - shift for mark in (*junction.mu, *edges) for shift in shifts}
    cuts = {*ends, *(cut for cut in marks if ends[0] < cut < ends[1])}
    return [Piece(a, b) for a, b in pairwise(sorted(cuts))]


def integrate(
    function: Callable[[Ball, bool], Iterable[Ball]], size: int, start: Any, stop: Any, goal: float
) -> list[Ball]:
    """Return enclosures of the integrals of all components of a function.

    Parameters
    ----------
    function : callable
        ``function(t, analytic)`` returns the components on a ball.
    size : int
        Their number.
    start, stop : float or acb
        Ends of the path.
    goal : float
        Absolute radius to aim at.

    Raises
    ------
    NeedsPrecision
        The integral did not converge within `MOST_EVALUATIONS` evaluations.
    """
    # The components share their nodes, as they share their singularities.
    known: dict[Any, list[Ball]] = {}

    def component(i: int, t: Ball, analytic: bool) -> Ball:
        key = (analytic, *_key(t.real), *_key(t.imag))
        if key not in known:
            try:
                known[key] = list(function(t, analytic))
            except ZeroDivisionError:
                known[key] = [NAN] * size
        return known[key][i]

    found = []
    for i in range(size):
        value = acb.integral(
            partial(component, i),
            start,
            stop,
            rel_tol=arb(2) ** -30 * goal,
            abs_tol=goal,
            eval_limit=MOST_EVALUATIONS,
        )
        if not value.is_finite():
            raise NeedsPrecision("integral")
        found.append(value)
    return found


def _key(x: Ball) -> tuple[Any, ...]:
    return (*x.mid().man_exp(), *x.rad().man_exp())


def as_matrix(values: Iterable[Ball], n: int) -> BallMatrix:
    """Return balls, row by row, as an n x n matrix."""
    return acb_mat(np.array(list(values), dtype=object).reshape(n, n).tolist())
