"""Density matrix and mean force."""

from __future__ import annotations

import numpy as np

from electronwind.system import OpenSystem

from .arithmetic import Array, pi
from .batch import Work, each

__all__ = ["density_matrix", "force", "sigma"]


def density_matrix(system: OpenSystem, digits: int = 30) -> Array:
    """Density matrix of the steady state, per spin.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpc, shape (..., n, n)
        sigma_ij = <d_j^+ d_i>. Unit: 1.

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
    sigma = sum_a int dE/2pi f_a G Gamma_a G^+. Source: preston2022 Eq. 31-35, todorov2010 Eq. 14.
    """
    return each("density_matrix", system, digits, sigma)


def force(system: OpenSystem, digits: int = 30) -> Array:
    """Adiabatic mean force.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., d)
        F_nu = -Tr[dh/dx_nu sigma], times the degeneracy. Unit: energy / length.

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
    Source: preston2022 Eq. 11, todorov2010 Sec. III.
    """
    return each("force", system, digits, _force)


def sigma(work: Work) -> Array:
    """Return sum_a int dE/2pi f_a G Gamma_a G^+ (preston2022 Eq. 31-35), and the filled bound states."""
    value = work.axis.integrate(lambda at: at.N) / (2 * pi())
    return np.asarray(sum((state.share * f for state, f in work.problem.filled), value))


def _force(work: Work) -> Array:
    # Eq. 11: the trace of a product, Tr[L sigma] = sum_ij L_ij sigma_ji.
    product = work.problem.L * sigma(work).T
    return -product.sum(axis=(-2, -1))
