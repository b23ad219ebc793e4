"""States that chains bind beside their bands: how many there are, where, and what they weigh.

F(E) = E - h - Sigma(E) is Hermitian in a gap, and dF/dE >= 1: every eigenvalue of it grows, and each state is
a zero of one. The number of positive eigenvalues of F(E), less that at the lower edge, is that of the states
below E in the gap. It is found from the signs of leading minors, so that a state is enclosed by bisection and
none is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from flint import acb, acb_mat, arb, fmpq

from electronwind import UnbroadenedLevelError

from .balls import Ball, BallMatrix, Junction, NeedsPrecision, adjugate, exact, identity, trace
from .channels import Channel, bands
from .integral import integrate, radius_of_resonances

__all__ = ["Bound", "bound_states", "regular"]

# An eigenvalue is enclosed to 2^-HALVINGS of the gap.
HALVINGS = 400


@dataclass(frozen=True)
class Bound:
    """A state outside of all bands.

    Attributes
    ----------
    energy : arb
        Its energy.
    share : acb_mat
        The residue of the Green's function there: what a full state adds to the density matrix.
    occupation : int or acb
        How full it is: what all leads agree on.
    near : Fraction
        No edge of a band and no other state is as near to it.
    """

    energy: Ball
    share: BallMatrix
    occupation: Ball
    near: Fraction


def bound_states(junction: Junction) -> list[Bound]:
    """Return the states of a system on leads that all have bands.

    Raises
    ------
    UnbroadenedLevelError
        The leads do not agree on the occupation, or a state lies at the edge of a band.
    NeedsPrecision
        A state is not told from another, from an edge or from a potential with the bits at hand.
    """
    union = bands(junction.chains)
    reach = radius_of_resonances(junction) + 1
    gaps = [(-reach, union[0][0]), *((a[1], b[0]) for a, b in pairwise(union))]
    gaps.append((union[-1][1], reach))
    return [state for low, high in gaps if low < high for state in _in_gap(junction, low, high)]


def _in_gap(junction: Junction, low: Fraction, high: Fraction) -> list[Bound]:
    first, last = (_positive(junction, edge) for edge in (low, high))
    found = []
    for k in range(first, last):
        a, b = low, high
        for _ in range(HALVINGS):
            middle = (a + b) / 2
            try:
                a, b = (a, middle) if _positive(junction, middle) > k else (middle, b)
            except NeedsPrecision:
                break
            if (b - a) * 2**HALVINGS < high - low:
                break
        found.append((a, b))
    states = []
    for i, (a, b) in enumerate(found):
        others = [low, high, *(x for j, pair in enumerate(found) if j != i for x in pair)]
        near = min(abs(x - (a + b) / 2) for x in others)
        if near <= 4 * (b - a):
            raise NeedsPrecision("a state is not told from its neighbours")
        middle, radius = (a + b) / 2, (b - a) / 2
        energy = arb(arb(fmpq(middle.numerator, middle.denominator)).mid(), 0) + arb(0, exact(radius).upper())
        states.append(Bound(energy, _share(junction, acb(energy)), _occupation(junction, energy), near))
    return states


def surface(chain: Channel, E: Ball) -> tuple[Ball, Ball]:
    """Return the Green's function at the end of a chain, and its slope, at a complex ball off its band."""
    z = E - exact(chain.centre)
    width = 2 * exact(chain.hopping)
    # The branch that decays like 1/z; both roots turn with the half plane.
    below = z.real < 0
    root = (-z - width).sqrt() * (-z + width).sqrt() if below else (z - width).sqrt() * (z + width).sqrt()
    root = -root if below else root
    g = 2 / (z + root)
    return g, -g / root


def resolvent(junction: Junction, E: Ball) -> BallMatrix:
    """Return F(E) = E - h - Sigma(E) off all bands."""
    sigma = acb_mat(junction.n, junction.n)
    for chain in junction.chains:
        sigma = sigma + chain.weight * surface(chain, E)[0]
    return identity(junction.n) * E - junction.h - sigma


def _positive(junction: Junction, E: Fraction) -> int:
    """Return the number of positive eigenvalues of F at an energy in a gap, or at its edge."""
    n = junction.n
    sigma = acb_mat(n, n)
    for chain in junction.chains:
        z, width = E - chain.centre, 2 * chain.hopping
        root = acb(exact(z**2 - width**2)).sqrt() * (1 if z > 0 else -1)
        sigma = sigma + chain.weight * (2 / (exact(z) + root))
    # A congruence keeps the signs of the eigenvalues, and leaves no minor zero by its structure.
    turn = acb_mat(
        [[1 if i == j else fmpq(3 * i + j + 1, 7 + i) * (i < j) for j in range(n)] for i in range(n)]
    )
    F = turn * (identity(n) * exact(E) - junction.h - sigma) * turn.transpose()
    minors = [arb(1)]
    for size in range(1, n + 1):
        minor = acb_mat([[F[i, j] for j in range(size)] for i in range(size)]).det().real
        if minor.contains(0):
            raise NeedsPrecision("a state at the edge of a band, or a minor that vanishes")
        minors.append(minor)
    return sum(bool(a * b > 0) for a, b in pairwise(minors))


def _share(junction: Junction, E: Ball) -> BallMatrix:
    """Return the residue adj F / (dF/dE det F) of the Green's function."""
    cofactors = adjugate(resolvent(junction, E))
    slope = identity(junction.n)
    for chain in junction.chains:
        slope = slope - chain.weight * surface(chain, E)[1]
    return cofactors * (1 / trace(cofactors, slope))


def _occupation(junction: Junction, energy: Ball) -> Ball:
    """Return what all leads agree on, exactly."""
    states = set(zip(junction.mu, junction.temperature, strict=True))
    if len(states) == 1 and (temperature := junction.temperature[0]):
        return acb(1 / (1 + ((energy - exact(junction.mu[0])) / exact(temperature)).exp()))
    if any(junction.temperature):
        raise UnbroadenedLevelError("leads at different temperatures do not agree on a bound state")
    if any((energy - exact(mu)).contains(0) for mu in junction.mu):
        raise NeedsPrecision("a state at a potential")
    sides = {int(energy < exact(mu)) for mu in junction.mu}
    if len(sides) > 1:
        raise UnbroadenedLevelError("the leads do not agree on the occupation of a bound state")
    return acb(sides.pop())


def regular(junction: Junction, state: Bound, order: int, goal: float) -> list[Ball]:
    """Return the Taylor coefficient of what is left of G at a state without its pole, entry by entry.

    Cauchy: 1/(2 pi i) times the integral of G(E) / (E - E_b)^(order + 1) around the state.
    """
    radius = exact(state.near / 2)
    turn = 2 * arb.pi() * acb(0, 1)

    def around(t: Ball, analytic: bool) -> list[Ball]:
        del analytic
        step = (turn * t).exp() * radius
        G = resolvent(junction, state.energy + step).inv()
        return [x / step**order for x in G.entries()]

    return integrate(around, junction.n**2, 0, 1, goal)
