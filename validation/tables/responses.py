"""Friction, noise, response and pairs as certified integrals over energy, on any leads."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from . import beside
from .balls import Ball, BallMatrix, Junction, add, exact, identity, largest, trace
from .channels import Channel
from .integral import Piece, Point, axis_pieces, integrate, tail_factor
from .integrals import Integrals, add_all, error

__all__ = ["Responses"]

Balls = NDArray[Any]


class Responses(Integrals):
    """The certified integrals over two Green's functions of one system, beside those over one.

    Parameters
    ----------
    junction : Junction
        Any leads, and no state at the edge of a band.
    goal : float
        Absolute radius to aim at, in each part of the axis.
    """

    def friction(self) -> Balls:
        """Return -2 Im int dE/2pi Tr[L_mu G' L_nu N], G' = -G (1 - Sigma') G."""

        def values(piece: Piece, t: Ball, analytic: bool) -> list[Ball]:
            point = Point(self.at, piece, t, analytic)
            inner = identity(self.at.n) * point.jacobian - self._placed(point.slope)
            return self._traces(point.G * inner * point.G, point.occupied)

        def full(u: Ball, analytic: bool) -> list[Ball]:
            now = _Below(self.at, self.start(Fraction(0)), u, analytic, Fraction(0))
            inner = identity(self.at.n) - self._placed(now.slope)
            return self._traces(now.R * inner * now.R, now.A * (u * u * -now.low))

        # |G'| <= 2 |G|^2 beyond 2 R.
        value = self._total((Fraction(0),), values, full, 3)
        value = value - _sum(*beside.friction(self.at, self.bound, self._traces, self.goal))
        return np.array([acb(z.imag) / arb.pi() for z in value], dtype=object).reshape(self._shape)

    def force_noise(self, W: Fraction) -> Balls:
        """Return int dE/2pi Tr[L_mu P(E + W) L_nu N(E)]."""

        def values(piece: Piece, t: Ball, analytic: bool) -> list[Ball]:
            now, later = (Point(self.at, piece, t, analytic, shift) for shift in (Fraction(0), W))
            return self._traces(later.empty, now.occupied * now.jacobian)

        value = self._total((Fraction(0), W), values, None, 3, emptied=W)
        value = value + _sum(*beside.noise(self.at, self.bound, self._traces, W))
        return np.array([z / (2 * arb.pi()) for z in value], dtype=object).reshape(self._shape)

    def response(self, W: Fraction) -> Balls:
        """Return -int dE/2pi Tr{L_mu [G(E + W) L_nu N(E) + N(E) L_nu G^+(E - W)]}."""

        def ahead(piece: Piece, t: Ball, analytic: bool) -> list[Ball]:
            now, later = (Point(self.at, piece, t, analytic, shift) for shift in (Fraction(0), W))
            return self._traces(later.G, now.occupied * -now.jacobian)

        def behind(piece: Piece, t: Ball, analytic: bool) -> list[Ball]:
            now, earlier = (Point(self.at, piece, t, analytic, shift) for shift in (Fraction(0), -W))
            return self._traces(now.occupied * -now.jacobian, earlier.Gd)

        def full(u: Ball, analytic: bool) -> list[Ball]:
            start = self.start(W)
            now, later, earlier = (_Below(self.at, start, u, analytic, s) for s in (Fraction(0), W, -W))
            A = now.A * (now.low * u)
            return list(_sum(self._traces(later.R, A), self._traces(A, earlier.Rd)))

        shifts = (Fraction(0), W, -W)
        value = self._total(shifts, ahead, full, 2, passing=(W, 1))
        value = value + self._total(shifts, behind, None, 2, passing=(-W, -1))
        value = value + _sum(*beside.response(self.at, self.bound, self._traces, W))
        return np.array([z / (2 * arb.pi()) for z in value], dtype=object).reshape(self._shape)

    def pair_density(self, W: Fraction) -> Balls:
        """Return int dE Tr[L_mu A(E - W) L_nu N(E)] / 4 pi^2."""

        def values(piece: Piece, t: Ball, analytic: bool) -> list[Ball]:
            now, earlier = (Point(self.at, piece, t, analytic, shift) for shift in (Fraction(0), -W))
            return self._traces(earlier.A, now.occupied * now.jacobian)

        def full(u: Ball, analytic: bool) -> list[Ball]:
            now, earlier = (_Below(self.at, self.start(W), u, analytic, s) for s in (Fraction(0), -W))
            return self._traces(earlier.A, now.A * (u * u * -now.low))

        value = self._total((Fraction(0), -W), values, full, 3)
        value = value + _sum(*beside.pairs(self.at, self.bound, self._traces, W))
        return np.array([z / (4 * arb.pi() ** 2) for z in value], dtype=object).reshape(self._shape)

    @property
    def _shape(self) -> tuple[int, int]:
        d = len(self.at.gradient)
        return d, d

    def start(self, W: Fraction) -> Fraction:
        """Return where the lowest piece of the axis begins."""
        return axis_pieces(self.at, (Fraction(0), W, -W))[0].start

    def _placed(self, slope: Callable[[Channel], Ball]) -> BallMatrix:
        """Return the slope of the self-energies of all chains, from that of the end of one."""
        return add((chain.weight * slope(chain) for chain in self.at.chains), self.at.n)

    def _traces(self, X: BallMatrix, Y: BallMatrix) -> list[Ball]:
        """Return Tr[L_mu X L_nu Y], row by row."""
        right = [moved * Y for moved in self.at.gradient]
        return [trace(force * X, other) for force in self.at.gradient for other in right]

    def _total(
        self,
        shifts: tuple[Fraction, ...],
        values: Callable[[Piece, Ball, bool], list[Ball]],
        full: Callable[[Ball, bool], list[Ball]] | None,
        power: int,
        passing: tuple[Fraction, int] = (Fraction(0), 0),
        emptied: Fraction | None = None,
    ) -> Balls:
        """Return the integral over the pieces, below all of them, and around what is left out.

        Parameters
        ----------
        shifts : tuple of Fraction
            Of the energies at which functions are taken.
        values : callable
            The integrand on a piece, Jacobian included.
        full : callable, optional
            What is occupied below the pieces, at E = start / u, Jacobian included.
        power : int
            At E beyond 2 R and the shifts, the integrand is at most ``4 F^2 width / (|E| - R)^(power + 1)``
            per unit of the width, of which exp(-K) is left out.
        passing : tuple
            The shift of the energy in what has the poles of bound states, and on which side to pass them.
        emptied : Fraction, optional
            The shift of the energy at which a lead must be able to take up an electron.
        """
        size = len(self.at.gradient) ** 2
        everything = tuple({Fraction(0), *shifts, *(-shift for shift in shifts)})
        pieces = [piece for piece in axis_pieces(self.at, everything) if self._lies_in_a_band(piece)]
        total = np.full(size, acb(0), dtype=object)
        for piece in pieces:
            if not any(self.at.temperature):
                # Half of the axis adds nothing: no electron is there, or none finds a place.
                if piece.middle > max(self.at.mu):
                    continue
                if emptied is not None and piece.middle + emptied < min(self.at.mu):
                    continue
            inside = partial(values, piece)
            if passing[1] and self.bound:
                parts = beside.integrate_beside(
                    self.at, piece, inside, size, self.goal, passing[0], self.bound, passing[1]
                )
            else:
                parts = integrate(inside, size, 0, arb.pi(), self.goal)
            total = total + np.array(parts, dtype=object)
        if self.mixed:
            if full is not None:
                total = total + np.array(integrate(full, size, 0, 1, self.goal), dtype=object)
            force = add_all(largest(part) ** 2 for part in self.at.gradient)
            width = self.width * (1 + self.width)
            total = total + error(16 * force * tail_factor() * width / self.R ** (power - 1))
        return total


class _Below:
    """The Green's functions at E = start/u + shift, below all bands: G = u R, A = u^2 R Gamma R^+.

    The Jacobian is -start/u^2.
    """

    def __init__(self, junction: Junction, start: Fraction, u: Ball, analytic: bool, shift: Fraction) -> None:
        self.at, self.u, self.analytic = junction, u, analytic
        self.low = exact(start)
        self.E_u = self.low + exact(shift) * u
        real = junction.h
        for chain in junction.chains:
            real = real + chain.weight * self.surface(chain)[0]
        sigma, one = junction.total * acb(0, -0.5), identity(junction.n) * self.E_u
        self.R = (one - (real + sigma) * u).inv()
        self.Rd = (one - (real - sigma) * u).inv()
        self.A = self.R * junction.total * self.Rd

    def surface(self, chain: Channel) -> tuple[Ball, Ball]:
        """Return g and u times the root of (edge - E)(edge' - E)."""
        root = acb(1)
        for edge in chain.band:
            root *= acb(exact(edge) * self.u - self.E_u).sqrt(analytic=self.analytic)
        return 2 * self.u / (self.E_u - exact(chain.centre) * self.u - root), root

    def slope(self, chain: Channel) -> Ball:
        """Return dg/dE."""
        g, root = self.surface(chain)
        return g * self.u / root


def _sum(*parts: list[Ball]) -> Any:
    """Return the sum of lists of balls as an array; 0 of none."""
    return sum((np.array(part, dtype=object) for part in parts), acb(0))
