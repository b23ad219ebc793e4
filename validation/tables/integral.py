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
from flint import acb, acb_mat, arb, ctx

from .balls import Ball, BallMatrix, Junction, NeedsPrecision, add, exact, identity, largest
from .channels import Channel

__all__ = [
    "REACH",
    "Piece",
    "Point",
    "as_matrix",
    "axis_pieces",
    "integrate",
    "point_at",
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


class _Frame:
    """What all points on a piece share: in balls, with every comparison of fractions made."""

    def __init__(self, junction: Junction, piece: Piece, shift: Fraction) -> None:
        self.base, self.piece = piece, Piece(piece.start + shift, piece.stop + shift)
        self.middle, self.length = exact(self.piece.middle), exact(piece.stop - piece.start)
        self.half, self.root = self.length / 2, self.length.sqrt()
        self.chains = {id(chain): self._seen(chain) for chain in junction.chains}
        self.is_open = junction.mixed or any(seen.side == 0 for seen in self.chains.values())
        self.filled = [acb(int(self.piece.middle < mu)) for mu in junction.mu]
        self.mu, self.heat = ([exact(x) for x in part] for part in (junction.mu, junction.temperature))

    def _seen(self, chain: Channel) -> _Seen:
        low, high = chain.band
        start, stop = self.piece.start, self.piece.stop
        places = [_AT_START if e == start else _AT_STOP if e == stop else int(e < start) for e in chain.band]
        ends = tuple((place, exact(edge)) for place, edge in zip(places, chain.band, strict=True))
        side = 0 if low <= start and stop <= high else -1 if stop <= low else 1
        return _Seen(exact(chain.centre), 2 * exact(chain.hopping) ** 2, ends, side)


@dataclass(frozen=True)
class _Seen:
    """A chain from a piece, with its edges: ends of the piece, above it (0) or below (1).

    The side is 0 inside the band, -1 below and 1 above it.
    """

    centre: Ball
    twice: Ball
    ends: tuple[tuple[int, Ball], ...]
    side: int


_AT_START, _AT_STOP = 2, 3


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
        self.at, self.analytic = junction, analytic
        key = (id(piece), shift.numerator, shift.denominator, ctx.prec)
        if key not in junction.frames:
            junction.frames[key] = _Frame(junction, piece, shift)
        self.frame: _Frame = junction.frames[key]
        half = t / 2
        # Distances from the start and the stop of the piece are length sin^2 and length cos^2.
        self.sin, self.cos = half.sin(), half.cos()
        self.E = self.frame.middle - self.frame.half * t.cos()
        self.jacobian = self.frame.half * t.sin()
        self._surfaces: dict[int, tuple[Ball, Ball]] = {}

    def _root(self, end: tuple[int, Ball]) -> Ball:
        """Return the square root of the distance to an edge."""
        place, edge = end
        if place == _AT_START:
            return self.frame.root * self.sin
        if place == _AT_STOP:
            return self.frame.root * self.cos
        return acb(self.E - edge if place else edge - self.E).sqrt(analytic=self.analytic)

    def slope(self, chain: Channel) -> Ball:
        """Return dg/dE of the retarded function times the Jacobian, which takes off what is infinite."""
        seen, length = self.frame.chains[id(chain)], self.frame.root
        places = [place for place, _ in seen.ends]
        factor = acb(1)
        # jacobian = length sin(t/2) cos(t/2): each factor cancels against the root of an edge at its end.
        for place, edge_factor in ((_AT_START, self.sin), (_AT_STOP, self.cos)):
            factor *= length if place in places else length * edge_factor
        for end in seen.ends:
            factor /= length if end[0] in (_AT_START, _AT_STOP) else self._root(end)
        # g' = -g / (z - 2 t^2 g), and the denominator is a root.
        if seen.side == 0:
            factor *= acb(0, -1)
        elif seen.side < 0:
            factor = -factor
        return -self.surface(chain)[0] * factor

    def surface(self, chain: Channel) -> tuple[Ball, Ball]:
        """Return the retarded and the advanced Green's function at the end of a chain."""
        key = id(chain)
        if key not in self._surfaces:
            self._surfaces[key] = self._surface(self.frame.chains[key])
        return self._surfaces[key]

    def _surface(self, seen: _Seen) -> tuple[Ball, Ball]:
        z = self.E - seen.centre
        root = self._root(seen.ends[0]) * self._root(seen.ends[1])
        if seen.side == 0:
            root *= acb(0, 1)
            return (z - root) / seen.twice, (z + root) / seen.twice
        g = (z + root if seen.side < 0 else z - root) / seen.twice
        return g, g

    @cached_property
    def self_energies(self) -> list[tuple[BallMatrix, BallMatrix]]:
        """The retarded and the advanced self-energy of each lead."""
        at, found = self.at, []
        for chains, gamma in zip(at.channels, at.broadening, strict=True):
            if not chains:
                found.append((gamma * acb(0, -0.5), gamma * acb(0, 0.5)))
                continue
            ends = [(chain.weight, self.surface(chain)) for chain in chains]
            retarded, advanced = (add((w * pair[side] for w, pair in ends), at.n) for side in (0, 1))
            found.append((retarded, advanced))
        return found

    @property
    def inverse(self) -> BallMatrix:
        """E - h - Sigma of the retarded Green's function."""
        sigma = add((pair[0] for pair in self.self_energies), self.at.n)
        return identity(self.at.n) * self.E - self.at.h - sigma

    @cached_property
    def G(self) -> BallMatrix:
        """The retarded Green's function."""
        return self.inverse.inv()

    @cached_property
    def Gd(self) -> BallMatrix:
        """The advanced one: G^+ on the real axis."""
        sigma = add((pair[1] for pair in self.self_energies), self.at.n)
        return (identity(self.at.n) * self.E - self.at.h - sigma).inv()

    @cached_property
    def broadening(self) -> list[BallMatrix]:
        """Gamma_a = i (Sigma_a - Sigma_a^+)."""
        return [(r - a) * acb(0, 1) for r, a in self.self_energies]

    @property
    def is_open(self) -> bool:
        """Whether a lead has states here: states that are bound are told of by nobody else."""
        return self.frame.is_open

    @cached_property
    def X(self) -> list[BallMatrix]:
        """X_a = G Gamma_a G^+, 0 where no lead has states."""
        if not self.is_open:
            return [acb_mat(self.at.n, self.at.n)] * len(self.at.mu)
        return [self.G * gamma * self.Gd for gamma in self.broadening]

    @cached_property
    def A(self) -> BallMatrix:
        """The spectral function i (G - G^+) of the bands."""
        if not self.is_open:
            return acb_mat(self.at.n, self.at.n)
        return (self.G - self.Gd) * acb(0, 1)

    @cached_property
    def occupied(self) -> BallMatrix:
        """N = sum_a f_a X_a."""
        return add((X * self.occupation(a) for a, X in enumerate(self.X)), self.at.n)

    @cached_property
    def empty(self) -> BallMatrix:
        """P = sum_a (1 - f_a) X_a."""
        return add((X * (1 - self.occupation(a)) for a, X in enumerate(self.X)), self.at.n)

    def occupation(self, lead: int) -> Ball:
        """Return f_a(E)."""
        if not self.at.temperature[lead]:
            return self.frame.filled[lead]
        return 1 / (1 + ((self.E - self.frame.mu[lead]) / self.frame.heat[lead]).exp())


def point_at(junction: Junction, energy: Ball) -> Point:
    """Return everything about a junction at one real energy, no edge and no potential."""
    marks = sorted({*junction.mu, *(edge for chain in junction.chains for edge in chain.band)})
    energy = arb(energy)
    if any((energy - exact(mark)).contains(0) for mark in marks):
        raise NeedsPrecision("an energy at an edge or at a potential")
    beyond = Fraction(math.ceil(abs(float(energy.mid()))) + 1)
    low = max([mark for mark in marks if exact(mark) < energy], default=-beyond)
    high = min([mark for mark in marks if exact(mark) > energy], default=beyond)
    # E = middle - length/2 cos(t)
    t = acb(((exact(low + high) - 2 * energy) / exact(high - low)).acos())
    return Point(junction, Piece(low, high), t, False)


def radius_of_resonances(junction: Junction) -> Fraction:
    """Return R such that |G(E)| <= 1/(|E| - R) for real E beyond R, and no band reaches beyond it."""
    bound = largest(junction.h) + sum((largest(g) for g in junction.broadening), arb(0)) / 2
    edges = [Fraction(1, 4)]
    for chain in junction.chains:
        # |g| <= 1/|t| on and off the band.
        bound += largest(chain.weight) / exact(chain.hopping)
        edges += [abs(edge) for edge in chain.band]
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
    edges = sorted({edge for chain in junction.chains for edge in chain.band})
    if junction.mixed:
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
