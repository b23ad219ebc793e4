r"""The weight f_a(w) (1 - f_b(w + W)) of the noise: the kernels that take it through a product of resolvents.

At equal temperatures it is a difference of two Fermi functions, and its kernel a difference of digamma
functions. At unequal ones the kernel is an integral that `acb.integral` encloses,

.. math:: J^{(m)}(z)/m! = \int f_a(w)\,(1 - f_b(w + W))\,(w - z)^{-m-1}\,dw,

with one integrand for all eigenvalues z. Beyond the window the weight falls off like exp(-|w|/T): what is
left out is at most T exp(-K) / |Im z|^(m+1) on either side.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

from flint import acb, arb

from .balls import Ball, NeedsPrecision, exact
from .chain import Chain, Kernel
from .fermi import fermi_kernel
from .integral import integrate

__all__ = ["pauli_kernel"]


def pauli_kernel(
    mu: tuple[Fraction, Fraction], heat: tuple[Fraction, Fraction], chain: Chain, goal: float
) -> Kernel | None:
    """Return the kernel of f_a (1 - f_b), None where that vanishes.

    Parameters
    ----------
    mu, heat : tuple of Fraction
        Potentials, that of b less the frequency, and temperatures.
    chain : Chain
        The product of resolvents that the kernel is for.
    goal : float
        Absolute radius that integrals aim at.

    Notes
    -----
    f_a (1 - f_b) = (f_a - f_b) / (1 - exp((mu_b - mu_a)/T)), and -T f' where the potentials are equal.
    """
    if heat[0] != heat[1]:
        return _window_kernel(mu, heat, chain, goal)
    a, b = (fermi_kernel(m, t) for m, t in zip(mu, heat, strict=True))
    width = heat[0]
    if width == 0:
        return (lambda z, m: a(z, m) - b(z, m)) if mu[0] > mu[1] else None
    if mu[0] == mu[1]:
        # The integral of f'/(w - z) is J'(z), whose Taylor coefficient m is m + 1 times that of J.
        return lambda z, m: -exact(width) * (m + 1) * a(z, m + 1)
    weight = 1 / -acb(exact((mu[1] - mu[0]) / width)).expm1()
    return lambda z, m: weight * (a(z, m) - b(z, m))


def _window_kernel(
    mu: tuple[Fraction, Fraction], heat: tuple[Fraction, Fraction], chain: Chain, goal: float
) -> Kernel:
    """Return the kernel by certified integrals, computed at once for the eigenvalues of the chain."""
    orders: list[tuple[Ball, int]] = []
    for hull, size in chain.clusters:
        # J of a conjugate is the conjugate of J.
        z = hull if hull.imag < 0 else hull.conjugate()
        if not z.imag < 0:
            raise NeedsPrecision("an eigenvalue touches the real axis")
        same = next((i for i, (other, _) in enumerate(orders) if other.contains(z)), None)
        if same is None:
            orders.append((z, size))
        else:
            orders[same] = (orders[same][0], max(size, orders[same][1]))
    values = iter(_integrals(mu, heat, orders, goal))
    known = [(z, [next(values) for _ in range(size)]) for z, size in orders]

    def kernel(z: Ball, m: int) -> Ball:
        lower = z if z.imag < 0 else z.conjugate()
        found = next(values[m] for other, values in known if other.contains(lower))
        return found if z.imag < 0 else found.conjugate()

    return kernel


def _reach(goal: float) -> int:
    """Return K with exp(-K) well below the goal."""
    return math.ceil(10 - math.log(goal))


def _integrals(
    mu: tuple[Fraction, Fraction],
    heat: tuple[Fraction, Fraction],
    orders: list[tuple[Ball, int]],
    goal: float,
) -> list[Ball]:
    """Return the Taylor coefficients of J at each z up to the order asked for."""
    reach = _reach(goal)
    low = min(mu[0], mu[1] - reach * heat[1])
    high = max(mu[1], mu[0] + reach * heat[0])
    cuts = sorted({low, high, *(cut for cut in mu if low < cut < high)})
    total = [acb(0)] * sum(size for _, size in orders)
    for start, stop in pairwise(cuts):
        factors = [
            _occupied(mu[0], heat[0], 1, (start + stop) / 2),
            _occupied(mu[1], heat[1], -1, (start + stop) / 2),
        ]
        if None in factors:
            continue
        steep = [factor for factor in factors if factor]

        def integrand(w: Ball, analytic: bool, steep: list[tuple[Ball, Ball]] = steep) -> list[Ball]:
            del analytic
            value = acb(1)
            for centre, slope in steep:
                value /= 1 + ((w - centre) * slope).exp()
            found = []
            for z, size in orders:
                inverse, term = 1 / (w - z), value
                for _ in range(size):
                    term *= inverse
                    found.append(term)
            return found

        parts = integrate(integrand, len(total), exact(start), exact(stop), goal)
        total = [x + y for x, y in zip(total, parts, strict=True)]
    rest = exact(heat[0] + heat[1]) * arb(-reach).exp()
    bounds = [rest / abs(z.imag) ** (m + 1) for z, size in orders for m in range(size)]
    radii = [arb(0, arb(bound).abs_upper()) for bound in bounds]
    return [x + acb(radius, radius) for x, radius in zip(total, radii, strict=True)]


def _occupied(
    mu: Fraction, heat: Fraction, side: int, inside: Fraction
) -> tuple[Ball, Ball] | tuple[()] | None:
    """Return centre and slope of a Fermi function; () or None where it is cold and 1 or 0."""
    if heat == 0:
        return () if (mu - inside) * side > 0 else None
    return exact(mu), side / exact(heat)
