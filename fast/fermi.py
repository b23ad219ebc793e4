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
from numpy.typing import NDArray
from scipy.special import bernoulli, roots_legendre

__all__ = ["Fermi", "Points", "Smooth"]

Array = NDArray[Any]

# The series is used from |u| >= REACH t on; its first neglected term is then below 1e-17.
REACH = 10.0
TERMS = 9
BERNOULLI = bernoulli(2 * TERMS)[2::2]

# Two points closer than this fraction of their distance to the next singularity are joined by a
# Gauss rule over the derivative (Hermite-Genocchi); further apart the quotient loses two bits.
CLOSE = 0.25
GAUSS, GAUSS_WEIGHTS = (np.asarray(part) for part in roots_legendre(8))
GAUSS = (GAUSS + 1) / 2
GAUSS_WEIGHTS = GAUSS_WEIGHTS / 2


class Points:
    """A weight evaluated at points below the real axis.

    Attributes
    ----------
    z : ndarray, shape (..., n)
        The points.
    value, slope, bend : ndarray, shape (..., n)
        The integral of the weight against 1/(w - z), and its derivatives with respect to z.
    """

    __slots__ = ("bend", "slope", "value", "z")

    def __init__(self, z: Array, value: Array, slope: Array, bend: Array) -> None:
        self.z, self.value, self.slope, self.bend = z, value, slope, bend


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

    def at(self, z: Array) -> Points:
        """Return the weight evaluated at z, shape (..., n)."""
        return Points(z, *self.derivatives(z, range(3)))

    def difference(self, p: Points, q: Points) -> Array:
        """Return the divided difference over p_k and q_j, shape (..., n, n)."""
        gap = p.z[..., :, None] - q.z[..., None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            result = (p.value[..., :, None] - q.value[..., None, :]) / gap
        return self._mend(result, p, gap, p.slope, 1, np.ones_like(GAUSS))

    def second_difference(self, p: Points, q: Points, first: Array) -> Array:
        """Return the divided difference over p_k twice and q_j; `first` is that over p_k and q_j."""
        gap = p.z[..., :, None] - q.z[..., None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            result = (p.slope[..., :, None] - first) / gap
        return self._mend(result, p, gap, p.bend / 2, 2, 1 - GAUSS)

    def _mend(
        self, result: Array, p: Points, gap: Array, limit: Array, order: int, moment: Array
    ) -> Array:
        """Replace what fell together: the limit on coincidence, a Gauss rule close to it."""
        radius = self.radius(p.z)[..., :, None]
        close = np.abs(gap) < CLOSE * radius
        same = gap == 0
        result = np.where(same, np.broadcast_to(limit[..., :, None], gap.shape), result)
        close &= ~same
        if np.any(close):
            start = np.broadcast_to(p.z[..., :, None], gap.shape)[close]
            weight = self.taken(gap.shape, close)
            total = np.zeros_like(start)
            for node, share in zip(GAUSS, GAUSS_WEIGHTS * moment, strict=True):
                (value,) = weight.derivatives(start - node * gap[close], range(order, order + 1))
                total += share * value
            result[close] = total
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
        # Recurrence: t/(u + n t) is the n-th Matsubara pole of the Fermi function.
        nearest = float(np.min(np.abs(u) / np.where(t > 0, t, 1e-300), initial=np.inf))
        steps = 0 if nearest >= REACH else int(np.ceil(REACH - 0.5))
        shifted = u + steps * t
        inverse = 1 / shifted
        ratio = (t * inverse) ** 2
        results = [self._series(m, shifted, inverse, ratio, t) for m in orders]
        for n in range(steps):
            pole = 1 / (u + n * t)
            power = t * pole
            for m in range(orders.stop):
                if m in orders:
                    sign = -1 if m == 0 else (-1) ** (m - 1)
                    results[m - orders.start] += sign * factorial(m) * power
                if m + 1 < orders.stop:
                    power = power * pole
        return [result * 1j**m for m, result in zip(orders, results, strict=True)]

    @staticmethod
    def _series(order: int, u: Array, inverse: Array, ratio: Array, t: Array) -> Array:
        """Return the asymptotic series of the derivative d^m J/du^m."""
        if order == 0:
            coefficients = [-b / (2 * k) for k, b in enumerate(BERNOULLI, start=1)]
        else:
            coefficients = [
                b * factorial(2 * k + order - 1) / factorial(2 * k)
                for k, b in enumerate(BERNOULLI, start=1)
            ]
        tail = np.full_like(ratio, coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            tail = tail * ratio + coefficient
        tail = tail * ratio
        if order == 0:
            # -i pi/2 turns log(i(z - mu)) into the integral over the occupied side.
            return np.log(u) - 0.5j * np.pi - t * inverse / 2 + tail
        sign = (-1) ** (order - 1)
        leading = factorial(order - 1) + factorial(order) * t * inverse / 2 + tail
        return sign * leading * inverse**order

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
