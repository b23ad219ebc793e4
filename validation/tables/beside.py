"""What a state beside all bands adds to friction, noise, response and pairs: N = 2 pi f P delta(E - E_b).

Where motion of frequency W takes electrons between a band and the state, the integrand of the response has a
pole on the axis. The retarded one lies below, so that the path of the integral passes above it, and the
advanced one above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb

from electronwind import UnbroadenedLevelError

from .balls import Ball, BallMatrix, Junction, NeedsPrecision, adjugate, exact, identity, trace
from .bound import Bound, regular
from .integral import Piece, Point, integrate, point_at

__all__ = ["friction", "integrate_beside", "noise", "pairs", "poles", "response"]

# Tr[L_mu X L_nu Y], row by row.
Traces = Callable[[BallMatrix, BallMatrix], list[Ball]]

# Radii of the arc around a pole, in terms of the angle t.
_RADII = [Fraction(1, 2**k) for k in range(4, 14)]


def friction(at: Junction, states: list[Bound], traces: Traces, goal: float) -> Iterator[list[Ball]]:
    """Yield Tr[L_mu Q' L_nu P] 2 pi f, Q the rest of G beside the pole of the state."""
    for state in states:
        _refuse_endless(state, traces)
        rest = acb_mat(at.n, at.n, regular(at, state, 1, goal))
        yield traces(rest, state.share * (2 * arb.pi() * state.occupation))


def noise(at: Junction, states: list[Bound], traces: Traces, W: Fraction) -> Iterator[list[Ball]]:
    """Yield what full states can lose, and empty ones take up, by an energy W."""
    for state in states:
        if not W:
            _refuse_endless(state, traces)
            continue
        share = state.share * (2 * arb.pi())
        later, earlier = (point_at(at, state.energy + exact(shift)) for shift in (W, -W))
        yield traces(later.empty, share * state.occupation)
        yield traces(share * (1 - state.occupation), earlier.occupied)


def response(at: Junction, states: list[Bound], traces: Traces, W: Fraction) -> Iterator[list[Ball]]:
    """Yield -Tr[L_mu (G(E + W) L_nu N + N L_nu G^+(E - W))] of the states themselves."""
    for state in states:
        share = state.share * (-2 * arb.pi() * state.occupation)
        later, earlier = (point_at(at, state.energy + exact(shift)) for shift in (W, -W))
        yield traces(later.G, share)
        yield traces(share, earlier.Gd)


def pairs(at: Junction, states: list[Bound], traces: Traces, W: Fraction) -> Iterator[list[Ball]]:
    """Yield Tr[L_mu A(E - W) L_nu N(E)] where one of the two is a state."""
    for state in states:
        share = state.share * (2 * arb.pi())
        later, earlier = (point_at(at, state.energy + exact(shift)) for shift in (W, -W))
        yield traces(earlier.A, share * state.occupation)
        yield traces(share, later.occupied)


def _refuse_endless(state: Bound, traces: Traces) -> None:
    if not (state.occupation.is_zero() or (state.occupation - 1).is_zero()):
        if not all(x.contains(0) for x in traces(state.share, state.share)):
            raise UnbroadenedLevelError(
                "the fluctuations of a state that is neither full nor empty never end"
            )
        raise NeedsPrecision("a state that is neither full nor empty")


def poles(states: list[Bound], shift: Fraction, piece: Piece) -> list[Ball]:
    """Return the energies inside a piece of the axis where G(E + shift) has the pole of a state."""
    found = [arb(state.energy) - exact(shift) for state in states]
    inside = []
    for energy in found:
        low, high = energy - exact(piece.start), exact(piece.stop) - energy
        if low.contains(0) or high.contains(0):
            raise NeedsPrecision("a pole at the end of a piece")
        if low > 0 and high > 0:
            inside.append(energy)
    return inside


def integrate_beside(
    at: Junction,
    piece: Piece,
    values: Callable[[Ball, bool], list[Ball]],
    size: int,
    goal: float,
    shift: Fraction,
    states: list[Bound],
    side: int,
) -> list[Ball]:
    """Return the integral over a piece of what has poles of G(E + shift) on the axis.

    Parameters
    ----------
    at, piece, size, goal
        As for `integrate`; the path is the angle of the piece from 0 to pi.
    values : callable
        The integrand, Jacobian included.
    shift : Fraction
        Of the energy in the function with the poles.
    states : list of Bound
        Whose poles they are.
    side : {1, -1}
        1 where the path passes above them.
    """
    half = exact(piece.stop - piece.start) / 2
    angles = sorted(
        (((exact(piece.middle) - energy) / half).acos() for energy in poles(states, shift, piece)),
        key=lambda t: float(t.mid()),
    )
    total = np.full(size, acb(0), dtype=object)
    start: Any = acb(0)
    for angle in angles:
        radius = _radius(at, piece, values, shift, angle)
        total = total + np.array(integrate(values, size, start, acb(angle - radius), goal), dtype=object)
        around = partial(_around, values, angle, radius, side)
        total = total + np.array(integrate(around, size, 0, 1, goal), dtype=object)
        start = acb(angle + radius)
    return list(total + np.array(integrate(values, size, start, acb(arb.pi()), goal), dtype=object))


def _around(
    values: Callable[[Ball, bool], list[Ball]], centre: Ball, radius: Ball, side: int, u: Ball, analytic: bool
) -> list[Ball]:
    """Return the integrand on the half circle from centre - radius to centre + radius, by 0 < u < 1."""
    step = (acb(0, side) * arb.pi() * (1 - u)).exp() * radius
    return [x * step * acb(0, -side) * arb.pi() for x in values(centre + step, analytic)]


def _radius(
    at: Junction, piece: Piece, values: Callable[[Ball, bool], list[Ball]], shift: Fraction, angle: Ball
) -> Ball:
    """Return the radius of a disc in which the pole is all there is, so that the path may pass around it.

    A function whose derivative keeps to one half plane on a convex region takes no value twice there
    (Noshiro, Warschawski): det F has the one zero.
    """
    for radius in _RADII:
        r = exact(radius)
        disc = acb(angle + arb(0, r), arb(0, r))
        point = Point(at, piece, disc, True, shift)
        F = point.inverse
        slope = identity(at.n) * point.jacobian
        for chain in at.chains:
            slope = slope - chain.weight * point.slope(chain)
        change = trace(adjugate(F), slope)
        middle = acb(change.mid())
        if not change.is_finite() or not (change / middle).real > 0:
            continue
        # Everything else in the integrand: it is what it is at other energies, where there is no pole.
        if all(x.is_finite() for x in Point(at, piece, disc, True).occupied.entries()):
            return r
    raise NeedsPrecision("a pole that is not told from what is near")
