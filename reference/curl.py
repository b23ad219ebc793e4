"""Curl of the mean force."""

from __future__ import annotations

import numpy as np

from electronwind.system import OpenSystem

from .arithmetic import Array, imag, number, pi
from .batch import Work, each
from .green import Green, traces

__all__ = ["curl"]


def curl(system: OpenSystem, digits: int = 30) -> Array:
    """Curl of the mean force, at any bias.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., d, d)
        curl[mu, nu] = dF_nu/dx_mu - dF_mu/dx_nu, times the degeneracy. Unit: energy / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50.

    Notes
    -----
    2 Im int dE/2pi Tr[L_mu A L_nu N] with L = dh/dx; the second derivatives of h drop out. Source:
    todorov2010 Eq. 24.
    """
    return each("curl", system, digits, _curl)


def _curl(work: Work) -> Array:
    def integrand(at: Green) -> Array:
        value = imag(_traces(at))
        return (value - np.swapaxes(value, -1, -2)) / 2  # antisymmetric already, up to rounding

    def magnitude(at: Green) -> Array:
        return np.asarray(abs(_traces(at)).max(axis=(-2, -1), initial=number(0)))

    return work.axis.integrate(integrand, magnitude) / pi()


def _traces(at: Green) -> Array:
    """Return Tr[L_mu A L_nu N], with the part of N that matters.

    Im Tr[L_mu A L_nu A] = 0, so the occupation of one lead may be taken off all of them. At the edges of
    the band of a chain this also takes off a divergence.
    """
    L = at.problem.L
    excess = sum(X * (f - at.f[0])[:, None, None] for X, f in zip(at.X, at.f, strict=True))
    return traces(L @ at.A[:, None], L @ np.asarray(excess)[:, None])
