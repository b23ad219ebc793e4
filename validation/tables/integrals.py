"""Observables as certified integrals over energy: all there is on chains, and some on any leads."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from .balls import Ball, BallMatrix, Junction, add, adjoint, exact, identity, largest, trace
from .bound import Bound, bound_states, resolvent
from .channels import Channel
from .closed import correlated
from .integral import (
    REACH,
    Piece,
    Point,
    as_matrix,
    axis_pieces,
    integrate,
    radius_of_resonances,
    tail_factor,
)

__all__ = ["Integrals", "add_all", "error"]

Balls = NDArray[Any]


class Integrals:
    """The certified integrals of one system.

    Parameters
    ----------
    junction : Junction
        Any leads.
    goal : float
        Absolute radius to aim at, in each part of the axis.
    """

    def __init__(self, junction: Junction, goal: float) -> None:
        self.at, self.goal = junction, goal
        self.mixed = junction.mixed
        self.R = exact(radius_of_resonances(junction))
        self.width = add_all(largest(g) for g in junction.broadening)

    @cached_property
    def bound(self) -> list[Bound]:
        """The states beside all bands; beside a wide-band lead there are none."""
        return [] if self.mixed else bound_states(self.at)

    def density_matrix(self) -> BallMatrix:
        """Return sigma = int dE/2pi sum_a f_a X_a."""
        at = self.at

        def occupied(point: Point) -> Any:
            parts = (x * point.occupation(a) for a, x in enumerate(point.X))
            return (add(parts, at.n) * point.jacobian).entries()

        size = at.n**2
        pieces = [piece for piece in axis_pieces(at) if self._lies_in_a_band(piece)]
        total = np.array(self._over(pieces, occupied, size), dtype=object)
        if self.mixed:
            total = total + np.array(self._bottom(axis_pieces(at)[0].start), dtype=object)
            total = total + error(2 * tail_factor() * self.width / self.R)
        for state in self.bound:
            share = state.share * (2 * arb.pi() * state.occupation)
            total = total + np.array(share.entries(), dtype=object)
        return as_matrix(total / (2 * arb.pi()), at.n)

    def force_correlation(self, delay: Fraction) -> Balls:
        """Return Tr[L_mu P L_nu N], N = int dE/2pi e^{iEs} sum_a f_a X_a, s > 0; P^+ has 1 - f_a for f_a."""
        at, n, s = self.at, self.at.n, exact(delay)

        def both(point: Point) -> Any:
            phase = (acb(0, 1) * point.E * s).exp() * point.jacobian
            return [*(point.occupied * phase).entries(), *(point.empty * phase).entries()]

        pieces = [piece for piece in axis_pieces(at) if self._lies_in_a_band(piece)]
        total = np.array(self._over(pieces, both, 2 * n**2), dtype=object)
        if self.mixed:
            low, high = (self._upwards(end, s) for end in (pieces[0].start, pieces[-1].stop))
            total = total + np.array([*(-x for x in low), *high], dtype=object)
            total = total + error(2 * tail_factor() * self.width / self.R)
        for state in self.bound:
            share = state.share * (2 * arb.pi() * (acb(0, 1) * state.energy * s).exp())
            parts = [share * state.occupation, share * (1 - state.occupation)]
            total = total + np.array([x for part in parts for x in part.entries()], dtype=object)
        N, P = (as_matrix(part / (2 * arb.pi()), n) for part in (total[: n**2], total[n**2 :]))
        return correlated(at, N, adjoint(P))

    def _upwards(self, end: Fraction, s: Ball) -> list[Ball]:
        """Return the integral of e^{iEs} sum_a X_a from an end of the axis straight up, |E| >= 2 R.

        In that quarter of the plane nothing is singular, so that the axis beyond the end is turned there.
        """
        at, total = self.at, self.at.total

        def full(y: Ball, analytic: bool) -> Any:
            del analytic
            E = acb(exact(end)) + acb(0, 1) * y
            inverse = resolvent(at, E)
            G, Gd = ((inverse + total * acb(0, sign / 2)).inv() for sign in (1, -1))
            return (G * total * Gd * (acb(0, 1) * (acb(0, 1) * E * s).exp())).entries()

        height = REACH / s
        found = integrate(full, at.n**2, 0, height, self.goal)
        return [x + error(tail_factor() * self.width / (s * self.R**2)) for x in found]

    def curl(self) -> Balls:
        """Return 2 Im int dE/2pi sum_a (f_a - f_0) Tr[L_mu A L_nu X_a].

        Im Tr[L_mu A L_nu A] = 0, so the occupation of one lead is taken off all of them.
        """
        at = self.at
        d = len(at.gradient)

        def traces(point: Point) -> Any:
            f = [point.occupation(a) for a in at.leads]
            if all(x.is_zero() for x in (f[a] - f[0] for a in at.leads)):
                return [acb(0)] * d**2
            excess = add((point.X[a] * ((f[a] - f[0]) * point.jacobian) for a in at.leads[1:]), at.n)
            A = (point.G - point.Gd) * acb(0, 1)
            right = [moved * excess for moved in at.gradient]
            return [trace(force * A, other) for force in at.gradient for other in right]

        pieces = [piece for piece in self._window(axis_pieces(at)) if self._lies_in_a_band(piece)]
        total = np.array(self._over(pieces, traces, d**2), dtype=object)
        if self.mixed:
            force = max(float(largest(part)) for part in at.gradient)
            total = total + error(8 * force**2 * tail_factor() * self.width / self.R**2)
        curl = [acb(z.imag) / arb.pi() for z in total]
        return np.array(curl, dtype=object).reshape(d, d)

    def current(self) -> Balls:
        """Return int dE/2pi sum_b T_ab (f_a - f_b), T_ab = Tr[Gamma_a G Gamma_b G^+]."""
        at = self.at

        def flows(point: Point) -> Any:
            f = [point.occupation(a) for a in at.leads]
            rows = []
            for a in at.leads:
                excess = [(b, f[a] - f[b]) for b in at.leads if b != a]
                terms = (trace(point.broadening[a], point.X[b]) * e for b, e in excess if not e.is_zero())
                rows.append(sum(terms, acb(0)) * point.jacobian)
            return rows

        pieces = [piece for piece in self._window(axis_pieces(at)) if self._lies_in_a_band(piece)]
        total = np.array(self._over(pieces, flows, len(at.mu)), dtype=object)
        if self.mixed:
            total = total + error(4 * tail_factor() * self.width**2 / self.R)
        return np.array([acb(z.real) / (2 * arb.pi()) for z in total], dtype=object)

    def _over(self, pieces: list[Piece], function: Callable[[Point], Any], size: int) -> list[Ball]:
        """Return the integrals of the components of a function over pieces of the axis."""
        total = [acb(0)] * size

        def on(piece: Piece, t: Ball, analytic: bool) -> Any:
            return function(Point(self.at, piece, t, analytic))

        for piece in pieces:
            values = integrate(partial(on, piece), size, 0, arb.pi(), self.goal)
            total = [x + y for x, y in zip(total, values, strict=True)]
        return total

    def _lies_in_a_band(self, piece: Piece) -> bool:
        """Whether a lead has states there: others are bound."""
        return self.mixed or any(
            chain.band[0] <= piece.start and piece.stop <= chain.band[1] for chain in self.at.chains
        )

    def _window(self, pieces: list[Piece]) -> list[Piece]:
        """Return the pieces where occupations differ."""
        if any(self.at.temperature):
            return pieces
        return [p for p in pieces if min(self.at.mu) <= p.start and p.stop <= max(self.at.mu)]

    def _bottom(self, start: Fraction) -> list[Ball]:
        """Return the integral of all X_a from minus infinity to `start`, where all levels are full.

        With E = start/u, G = u (start - u h - u Sigma)^-1, and u^2 cancels against dE = |start| du/u^2.
        """
        at = self.at
        low = exact(start)

        def full(u: Ball, analytic: bool) -> Any:
            sigma = at.total * acb(0, -0.5)
            real = at.h
            for chain in at.chains:
                real = real + self._below(chain, low, u, analytic)
            one = identity(at.n) * low
            G = (one - (real + sigma) * u).inv()
            Gd = (one - (real - sigma) * u).inv()
            return (G * at.total * Gd * -low).entries()

        return integrate(full, at.n**2, 0, 1, self.goal)

    def _below(self, chain: Channel, low: Ball, u: Ball, analytic: bool) -> BallMatrix:
        """Return the self-energy of a chain at E = low/u, below its band: W 2/(z - sqrt(z^2 - 4 t^2))."""
        root = acb(1)
        for edge in chain.band:
            root *= acb(exact(edge) * u - low).sqrt(analytic=analytic)
        return chain.weight * (2 * u / (low - exact(chain.centre) * u - root))


def add_all(bounds: Any) -> Ball:
    """Return the sum of bounds."""
    return sum(bounds, arb(0))


def error(bound: Ball) -> Ball:
    """Return a complex ball around 0 of the given radius."""
    radius = arb(0, arb(bound).abs_upper())
    return acb(radius, radius)
