"""The Fermi function in closed form: the integral of f(w)/(w - z) and its derivatives."""

from __future__ import annotations

from fractions import Fraction

from flint import acb, arb

from .balls import Ball, exact
from .chain import Kernel

__all__ = ["fermi_kernel"]


def fermi_kernel(mu: Fraction, temperature: Fraction) -> Kernel:
    r"""Return the Taylor coefficients of J(z), the integral of f(w)/(w - z).

    Below the real axis J = psi(1/2 + i (z - mu)/(2 pi T)) - i pi/2, at T = 0 J = log(i (z - mu)) - i pi/2;
    above it J is the conjugate. A constant common to both half-planes drops out of every product of two
    resolvents or more, and is left out.
    """
    centre = exact(mu)

    def kernel(z: Ball, m: int) -> Ball:
        turn = acb(0, 1) if z.imag < 0 else acb(0, -1) if z.imag > 0 else acb(arb.nan(), arb.nan())
        if temperature:
            step = turn / (2 * arb.pi() * exact(temperature))
            x = acb(0.5) + step * (z - centre)
            if m == 0:
                return x.digamma() - turn * arb.pi() / 2
            # psi^(m)(x) / m! = (-1)^(m+1) zeta(m + 1, x)
            return (-1) ** (m + 1) * step**m * acb(m + 1).zeta(x)
        if m == 0:
            return (turn * (z - centre)).log() - turn * arb.pi() / 2
        return (-1) ** (m - 1) / (m * (z - centre) ** m)

    return kernel
