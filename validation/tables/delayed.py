r"""The Fermi function with the phase of a delay, in closed form.

.. math:: J(z) = \int f(w)\,e^{iws}\,(w - z)^{-1}\,dw, \qquad s > 0,

is what takes that weight through a product of resolvents (`chain`). The phase decays in the upper half-plane,
where the Fermi function has its poles w_k = mu + i pi T (2k + 1) with the residue -T, so that, with
q = exp(-2 pi T s),

.. math:: J^{(m)}(z)/m! = -2\pi i T\, e^{i\mu s - \pi T s} \sum_k \frac{q^k}{(w_k - z)^{m+1}}
          + 2\pi i\, \frac{1}{m!} \frac{d^m}{dz^m} f(z)\,e^{izs},

the last term where z is above the axis. The sum is Lerch's transcendent. At T = 0 it becomes an exponential
integral, and higher coefficients follow by parts.
"""

from __future__ import annotations

from fractions import Fraction

from flint import acb, acb_series, arb, ctx

from .balls import Ball, exact
from .chain import Kernel

__all__ = ["delayed_kernel"]

_I = acb(0, 1)


def delayed_kernel(mu: Fraction, temperature: Fraction, delay: Fraction) -> Kernel:
    """Return the Taylor coefficients of J(z), the integral of f(w) e^{iws}/(w - z), for a delay s > 0."""
    s = exact(delay)
    return _warm(exact(mu), exact(temperature), s) if temperature else _cold(exact(mu), s)


def _cold(mu: Ball, s: Ball) -> Kernel:
    def kernel(z: Ball, m: int) -> Ball:
        # E1 along a line that ends at x; above the axis of z it has passed the cut of E1.
        x = _I * s * (z - mu)
        if z.imag < 0:
            value = -(_I * z * s).exp() * x.expint(1)
        elif z.imag > 0:
            value = (_I * z * s).exp() * ((-x).ei() + _I * arb.pi())
        else:
            return acb(arb.nan(), arb.nan())
        for k in range(1, m + 1):
            value = (_I * s * value - (_I * mu * s).exp() / (mu - z) ** k) / k
        return value

    return kernel


def _warm(mu: Ball, heat: Ball, s: Ball) -> Kernel:
    q = (-2 * arb.pi() * heat * s).exp()
    step = 2 * arb.pi() * heat * _I
    first = -2 * arb.pi() * heat * _I * (_I * mu * s - arb.pi() * heat * s).exp()

    def kernel(z: Ball, m: int) -> Ball:
        a = acb(0.5) + (mu - z) / step
        value = first * _lerch(acb(q), m + 1, a) / step ** (m + 1)
        if z.imag < 0:
            return value
        if not z.imag > 0:
            return acb(arb.nan(), arb.nan())
        return value + 2 * arb.pi() * _I * _taylor(z, m)

    def _taylor(z: Ball, m: int) -> Ball:
        """Return the coefficient m of f e^{iws} at z."""
        before, ctx.cap = ctx.cap, m + 1
        try:
            w = acb_series([z, 1])
            weight = (w * _I * s).exp() / (((w - mu) / heat).exp() + 1)
            return weight[m]
        finally:
            ctx.cap = before

    return kernel


def _lerch(q: Ball, order: int, a: Ball) -> Ball:
    """Return sum_k q^k / (k + a)^order, 0 < q < 1.

    FLINT answers NaN where a is no point: the sum is taken at the midpoint. From there to the rim of the ball
    it changes by at most the radius times order sum_k |k + a|^(-order - 1), and the k + a are 1 apart.
    """
    middle = acb(a.mid())
    nearest = int(max(0, round(-float(middle.real))))
    distance = min((abs(a + k).abs_lower() for k in range(max(0, nearest - 1), nearest + 2)), key=float)
    if not distance > 0:
        return acb(arb.nan(), arb.nan())
    slope = order * (2 / distance**2 + arb.pi() ** 2 / 3) / distance ** (order - 1)
    radius = arb(0, (abs(a - middle).abs_upper() * slope).abs_upper())
    return q.lerch_phi(acb(order), middle) + acb(radius, radius)
