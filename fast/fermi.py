r"""The Fermi function of one lead, integrated against 1/(w - z) in closed form.

Below the real axis, :math:`J(z) = \int dw\, f(w)/(w - z)` is a digamma function up to a real constant that
every observable cancels. Written in :math:`u = \pi T + i(z - \mu)` and :math:`t = 2\pi T`, its recurrence and
its asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18, 6.4.6, 6.4.11) hold from T = 0, where J is a
logarithm, to any temperature.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from scipy.special import bernoulli, roots_legendre

__all__ = ["Fermi", "Points", "Smooth"]

Array = np.ndarray[Any, Any]

# The series is used from |u| >= REACH t on; its first neglected term is then below 1e-17.
REACH = 10.0
TERMS = 9
STEPS = 10
NEAREST = np.arange(STEPS)[:, None]
# Points at once whose sums over the nearest poles stay in the cache of a processor.
AT_ONCE = 2048
# Coefficient of (t/u)^2k in the m-th derivative, m = 0 ... 3; for m = 0 of minus the derivative.
SERIES = np.array(
    [
        [
            b * (1 / (2 * k) if m == 0 else factorial(2 * k + m - 1) / factorial(2 * k))
            for k, b in enumerate(bernoulli(2 * TERMS)[2::2], start=1)
        ]
        for m in range(4)
    ]
)

# Two points closer than a fraction of their distance to the next singularity are joined by a Gauss rule over
# the derivative (Hermite-Genocchi), whose error that fraction sets: below 1e-17 with as many nodes as these.
# Further apart a quotient loses three bits, and a quotient of quotients twice two.
CLOSE = {1: 0.125, 2: 0.25}


def _gauss(nodes: int) -> tuple[Array, Array]:
    """Return nodes and weights on [0, 1]."""
    points, weights = roots_legendre(nodes)
    return (points + 1) / 2, weights / 2


GAUSS = {1: _gauss(6), 2: _gauss(8)}


class Points:
    """A weight evaluated at points below the real axis.

    Attributes
    ----------
    z : ndarray, shape (..., n)
        The points, without the axes of leads.
    value : ndarray, shape (..., n)
        The integral of the weight against 1/(w - z).
    slopes : tuple of ndarray, shape (..., n)
        Its derivatives with respect to z, as many as were asked for.
    """

    __slots__ = ("slopes", "value", "z")

    def __init__(self, z: Array, value: Array, *slopes: Array) -> None:
        self.z, self.value, self.slopes = z, value, slopes

    def __getitem__(self, leads: Any) -> Points:
        """Return what belongs to some of the leads, the axes of which are in front."""
        return Points(self.z, self.value[leads], *(slope[leads] for slope in self.slopes))


class Smooth:
    """A weight whose integral against 1/(w - z) is an analytic function with known derivatives.

    Subclasses give `derivatives`, `radius` and `taken`; divided differences follow from them without loss
    where points fall together.
    """

    def derivatives(self, z: Array, orders: range) -> list[Array]:
        """Return the derivatives of the given orders at z."""
        raise NotImplementedError

    def radius(self, z: Array) -> Array:
        """Return the distance from z to the nearest singularity."""
        raise NotImplementedError

    def taken(self, shape: tuple[int, ...], where: Array) -> Smooth:
        """Return the weight with its parameters broadcast to `shape` and taken at the mask `where`."""
        raise NotImplementedError

    def at(self, z: Array, slopes: int = 2) -> Points:
        """Return the weight and a number of its derivatives evaluated at z, shape (..., n)."""
        return Points(z, *self.derivatives(z, range(slopes + 1)))

    def difference(self, p: Points, q: Points) -> Array:
        """Return the divided difference over p_k and q_j, shape (..., n, n)."""
        gap = p.z[..., :, None] - q.z[..., None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            result = (p.value[..., :, None] - q.value[..., None, :]) / gap
        return self._mend(result, p, gap, 1)

    def second_difference(self, p: Points, q: Points, first: Array) -> Array:
        """Return the divided difference over p_k twice and q_j; `first` is that over p_k and q_j."""
        gap = p.z[..., :, None] - q.z[..., None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            result = (p.slopes[0][..., :, None] - first) / gap
        return self._mend(result, p, gap, 2)

    def _mend(self, result: Array, p: Points, gap: Array, order: int) -> Array:
        """Replace what fell together: the known derivative on coincidence, a Gauss rule close to it."""
        distance = np.abs(gap)
        close = distance < CLOSE[order] * self.radius(p.z)[..., :, None]
        if len(p.slopes) >= order:
            same = distance == 0
            limit = p.slopes[order - 1][..., :, None] / order
            np.copyto(result, limit, where=same)
            close &= ~same
        if np.any(close):
            start, step = (np.broadcast_to(part, close.shape)[close] for part in (p.z[..., :, None], gap))
            weight = self.taken(close.shape, close)
            nodes, weights = GAUSS[order]
            (value,) = weight.derivatives(start - nodes[:, None] * step, range(order, order + 1))
            # Two coincident points of three leave the weight 1 - s.
            result[close] = (weights * (1 - nodes) ** (order - 1)) @ value
        return result


class Fermi(Smooth):
    """The Fermi function of a lead.

    Parameters
    ----------
    mu, temperature : ndarray, shape (..., 1)
        Electrochemical potential and temperature, broadcasting against the points.
    """

    def __init__(self, mu: Array, temperature: Array) -> None:
        self.mu, self.temperature = mu, temperature

    def derivatives(self, z: Array, orders: range) -> list[Array]:
        """Return the derivatives of J of the given orders at z, Im z < 0."""
        t = 2 * np.pi * self.temperature
        u = t / 2 + 1j * (z - self.mu)
        near = np.abs(u) < REACH * t
        if not near.any():
            return self._series(orders, u, t)
        # Recurrence from where the series holds; t/(u + n t) is the n-th Matsubara pole.
        start, step = u[near], (t + np.zeros(u.shape))[near]
        u[near] += STEPS * step
        results = self._series(orders, u, t)
        for m, result, total in zip(orders, results, _poles(orders, start, step), strict=True):
            result[near] -= factorial(m) * (-1j) ** m * total
        return results

    @staticmethod
    def _series(orders: range, u: Array, t: Array) -> list[Array]:
        """Return the asymptotic series of the derivatives d^m J/dz^m, d/dz = i d/du."""
        inverse = 1 / u
        half = t * inverse / 2
        ratio = 4 * half * half
        # All orders at once: for a single system it is the number of calls that costs.
        coefficients = SERIES[orders.start : orders.stop].T.reshape(TERMS, -1, *(1,) * u.ndim)
        tails = coefficients[-1] * ratio
        for coefficient in coefficients[-2::-1]:
            tails += coefficient
            tails *= ratio
        results: list[Array] = []
        power = inverse ** max(orders.start, 1)
        for m, tail in zip(orders, tails, strict=True):
            if m == 0:
                # -i pi/2 turns log(i(z - mu)) into the integral over the occupied side. numpy's complex
                # logarithm takes several times as long as its real parts.
                results.append(np.log(np.abs(u)) + 1j * (np.angle(u) - np.pi / 2) - half - tail)
                continue
            tail += factorial(m) * half
            tail += factorial(m - 1)
            tail *= power
            tail *= -((-1j) ** m)
            results.append(tail)
            power = power * inverse
        return results

    def radius(self, z: Array) -> Array:
        """Return the distance from z to the first Matsubara pole, or to mu at T = 0."""
        return np.abs(np.pi * self.temperature + 1j * (z - self.mu))

    def taken(self, shape: tuple[int, ...], where: Array) -> Fermi:
        """Return the function with its parameters broadcast to `shape` and taken at the mask `where`."""
        # The points gained a second level axis, so the parameters do too.
        return Fermi(
            np.broadcast_to(self.mu[..., None], shape)[where],
            np.broadcast_to(self.temperature[..., None], shape)[where],
        )


def _poles(orders: range, u: Array, t: Array) -> Array:
    """Return the sums over the nearest poles of t/(u + n t)^(m + 1), shape (orders, K) for u (K,)."""
    totals = np.empty((len(orders), len(u)), complex)
    for begin in range(0, len(u), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        pole = 1 / (u[some] + NEAREST * t[some])
        power = t[some] * pole
        for _ in range(orders.start):
            power *= pole
        for total in totals:
            np.add.reduce(power, 0, out=total[some])
            power *= pole
    return totals
