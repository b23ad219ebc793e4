r"""The perfect infinite chain: closed forms where the band edges defeat an integral over energy.

Two chains that continue a piece of themselves make G diverge at both edges of the band. Its states are
plane waves, E = onsite + 2 t cos(phi), and with x = j - k

.. math::

    X_L\,dE = e^{i x \phi} d\phi, \qquad X_R\,dE = e^{-i x \phi} d\phi, \qquad
    A = \frac{2\cos(x \phi)}{|dE/d\phi|}

for t < 0, so that every observable is an integral of a trigonometric polynomial times Fermi functions.
For t > 0, phi becomes pi - phi: a state turns its sign from site to site, X by (-1)^x.

Sources: todorov2010 Eq. 28-32; the finite bias is no more than Eq. 24 with these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb
from numpy.typing import NDArray

from .balls import Ball, BallMatrix, Junction, exact
from .integral import integrate

__all__ = ["Perfect"]

Balls = NDArray[Any]
Series = Callable[[Ball], Ball]


class Perfect:
    """The closed forms of one perfect chain.

    Parameters
    ----------
    junction : Junction
        A system that `drawing.is_perfect`.
    goal : float
        Absolute radius to aim at where an integral over phi is left.
    """

    def __init__(self, junction: Junction, goal: float) -> None:
        self.at, self.goal = junction, goal
        chain = junction.chains[0]
        self.centre, self.quarter = chain.centre, chain.hopping
        self.sign = 1 if float(junction.system.leads[0].hopping) < 0 else -1

    def energy(self, phi: Ball) -> Ball:
        """Return E = onsite - 2 |t| cos(phi)."""
        return exact(self.centre) - 2 * exact(self.quarter) * phi.cos()

    def density_matrix(self) -> BallMatrix:
        """Return sigma_jk = (-sgn t)^x int dphi/2pi (f_L e^{i x phi} + f_R e^{-i x phi})."""
        n = self.at.n
        left, right = (self._moments(a, n) for a in (0, 1))
        sigma = acb_mat(n, n)
        for j in range(n):
            for k in range(n):
                x = j - k
                m = abs(x)
                even = left[m][0] + right[m][0]
                odd = (left[m][1] - right[m][1]) * (1 if x > 0 else -1)
                sigma[j, k] = self.sign**m * (even + acb(0, 1) * odd) / (2 * arb.pi())
        return sigma

    def current(self) -> Balls:
        """Return int dE/2pi (f_L - f_R) and its negative: nothing is scattered."""
        by = 2 * exact(self.quarter)
        flow = self._between(lambda phi: by * phi.sin(), lambda phi: -by * phi.cos())
        flow = flow / (2 * arb.pi())
        return np.array([flow, -flow], dtype=object)

    def transmission(self, energy: Fraction) -> Balls:
        """Return 1 inside the band and 0 outside."""
        inside = acb(int(abs(energy - self.centre) < 2 * self.quarter))
        return np.full((2, 2), inside, dtype=object)

    def curl(self) -> Balls:
        """Return 2 Im int dE/2pi (f_L - f_R) Tr[L_mu A L_nu X_L].

        The trace is a sum of c_m sin(m phi) / sin(phi), which is a polynomial of cos(phi).
        """
        d, n = len(self.at.gradient), self.at.n
        curl = np.full((d, d), acb(0), dtype=object)
        for mu in range(d):
            for nu in range(mu):
                terms = self._sines(self.at.gradient[mu], self.at.gradient[nu], n)
                # X_L = e^{i x phi}/v, A = 2 cos(x phi)/v, dE = v dphi, v = 2 |t| sin(phi).
                scale = 2 / (2 * arb.pi() * 2 * exact(self.quarter))
                curl[mu, nu] = self._ratios(terms) * 2 * scale
                curl[nu, mu] = -curl[mu, nu]
        return curl

    def _sines(self, left: BallMatrix, right: BallMatrix, n: int) -> dict[int, Ball]:
        """Return c_m of Im Tr[L cos(x phi) L' e^{i x phi}] = sum_m c_m sin(m phi)."""
        terms: dict[int, Ball] = defaultdict(lambda: acb(0))
        for i in range(n):
            for j in range(n):
                for k in range(n):
                    for m in range(n):
                        a, b = j - k, m - i
                        weight = left[i, j] * right[k, m] * self.sign ** (a + b) / 2
                        for s in (b + a, b - a):
                            # sin is odd
                            terms[abs(s)] += weight * (s > 0) - weight * (s < 0)
        return terms

    def _ratios(self, terms: dict[int, Ball]) -> Ball:
        """Return int dphi (f_L - f_R) sum_m c_m sin(m phi)/sin(phi)."""
        # sin(m x)/sin(x) = 2 cos((m-1) x) + 2 cos((m-3) x) + ..., the last term 1 where m is odd.
        cosines: dict[int, Ball] = defaultdict(lambda: acb(0))
        for m, c in terms.items():
            for k in range(m - 1, -1, -2):
                cosines[k] += c * (2 if k else 1)
        return self._between(
            lambda phi: sum((c * _wave(k, False, phi) for k, c in cosines.items()), acb(0)),
            lambda phi: sum((c * _wave_primitive(k, False, phi) for k, c in cosines.items()), acb(0)),
        )

    def _edge(self, lead: int) -> Ball:
        """Return phi at the potential of a cold lead."""
        cosine = (self.centre - self.at.mu[lead]) / (2 * self.quarter)
        return acb(exact(max(min(cosine, Fraction(1)), Fraction(-1))).acos())

    def _between(self, function: Series, primitive: Series) -> Ball:
        """Return int dphi (f_L - f_R) times a function of phi with a known primitive."""
        left, right = (self._filled(lead, [function], [primitive])[0] for lead in (0, 1))
        return acb((left - right).real)

    def _filled(self, lead: int, functions: Sequence[Series], primitives: Sequence[Series]) -> list[Ball]:
        """Return the integrals of f and each function: by its primitive where the lead is cold."""
        if not self.at.temperature[lead]:
            edge = self._edge(lead)
            return [primitive(edge) - primitive(acb(0)) for primitive in primitives]

        def integrand(phi: Ball, analytic: bool) -> list[Ball]:
            del analytic
            x = (self.energy(phi) - exact(self.at.mu[lead])) / exact(self.at.temperature[lead])
            f = 1 / (1 + x.exp())
            return [f * function(phi) for function in functions]

        return integrate(integrand, len(functions), 0, arb.pi(), self.goal)

    def _moments(self, lead: int, n: int) -> list[tuple[Ball, Ball]]:
        """Return the integrals of f cos(m phi) and f sin(m phi) for m < n."""
        waves = [(m, odd) for m in range(n) for odd in (False, True)]
        functions = [partial(_wave, m, odd) for m, odd in waves]
        primitives = [partial(_wave_primitive, m, odd) for m, odd in waves]
        values = [acb(z.real) for z in self._filled(lead, functions, primitives)]
        return list(zip(values[::2], values[1::2], strict=True))


def _wave(m: int, odd: bool, phi: Ball) -> Ball:
    return (phi * m).sin() if odd else (phi * m).cos()


def _wave_primitive(m: int, odd: bool, phi: Ball) -> Ball:
    if m == 0:
        return acb(0) if odd else phi
    return -(phi * m).cos() / m if odd else (phi * m).sin() / m
