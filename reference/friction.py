"""Electronic friction: the force of first order in the velocities."""

from __future__ import annotations

from electronwind.system import OpenSystem

from .arithmetic import Array, imag, pi
from .batch import Work, each
from .green import Green, traces

__all__ = ["friction"]


def friction(system: OpenSystem, digits: int = 30) -> Array:
    """Friction matrix, symmetric part friction and antisymmetric part Lorentz-like force.

    Parameters
    ----------
    system : OpenSystem
        Wide-band leads only.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., d, d)
        F1_mu = -sum_nu friction[mu, nu] v_nu, times the degeneracy. Unit: hbar / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime.
    PrecisionError
        The quadrature did not reach `digits`.
    UnsupportedError
        A lead is a chain.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50.

    Notes
    -----
    xi_mu,nu = 2 Im int dE/2pi Tr[L_mu G^2 L_nu N] with L = dh/dx. Source: preston2022 Eq. 26, in the
    expansion about the final instead of the central time, which has the same integral.
    """
    return each("friction", system, digits, _friction)


def _friction(work: Work) -> Array:
    L = work.problem.L

    def integrand(at: Green) -> Array:
        return traces(L @ (at.G @ at.G)[:, None], L @ at.N[:, None])

    return imag(work.axis.integrate(integrand)) / pi()
