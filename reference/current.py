"""Currents through the leads and the bonds, and the transmission behind them."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from electronwind.errors import PrecisionError
from electronwind.system import OpenSystem

from .arithmetic import Array, imag, number, pi, real, working
from .batch import Work, each, each_at
from .density import sigma
from .green import Green

__all__ = ["bond_current", "current", "transmission"]


def current(system: OpenSystem, digits: int = 30) -> Array:
    """Particles per time from each lead into the system.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., leads)
        I_a, times the degeneracy; they sum to zero. Unit: energy / hbar.

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
    I_a = sum_b int dE/2pi T_ab (f_a - f_b), the Landauer-Buttiker formula. The electric current is its
    negative, the charge of the electron being -e. Source: preston2022 Sec. II.
    """
    return each("current", system, digits, _current)


def bond_current(system: OpenSystem, digits: int = 30) -> Array:
    """Particles per time from level i to level j.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., n, n)
        2 Im(h_ji sigma_ij), times the degeneracy; antisymmetric. Unit: energy / hbar.

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
    Source: todorov2010 Eq. 24 and Sec. III.
    """
    return each("bond_current", system, digits, _bond_current)


def transmission(system: OpenSystem, energy: ArrayLike, digits: int = 30) -> Array:
    """Transmission between the leads at given energies, per spin.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    energy : array_like, shape (...)
        Real energies; an array adds its axes, a number adds none. Unit: energy.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., [E,] leads, leads)
        T[a, b] = Tr[Gamma_a G Gamma_b G^+], from lead b to lead a. Unit: 1.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50, or `energy` is not finite and real.

    Notes
    -----
    Source: todorov2010 Eq. 16.
    """
    return each_at("transmission", system, energy, digits, _transmission, filled=False)


def _current(work: Work) -> Array:
    def integrand(at: Green) -> Array:
        T = _transmissions(at)
        leads = range(len(at.f))
        # Lead by lead: sum_b T_ab (f_a - f_b).
        flows = [sum(T[:, a, b] * (at.f[a] - at.f[b]) for b in leads) for a in leads]
        return np.stack([np.asarray(flow) for flow in flows], axis=-1)

    def magnitude(at: Green) -> Array:
        # Currents may vanish between leads that do reflect.
        T = _transmissions(at)
        return np.asarray(sum(T[:, a, a] * f for a, f in enumerate(at.f)))

    return work.axis.integrate(integrand, magnitude) / (2 * pi())


def _bond_current(work: Work) -> Array:
    value = 2 * imag(work.problem.h.T * sigma(work))
    return (value - value.T) / 2  # antisymmetric already, up to rounding


def _transmission(work: Work, energy: Any) -> Array:
    try:
        return _transmissions(Green(work.problem, np.array([energy], dtype=object)))[0]
    except PrecisionError:
        # A state at the end of a lead of its own: its self-energy is infinite, what passes is not.
        digits = mpmath.mp.dps
        with working(2 * digits):
            offset = number(work.problem.scale) / number(10) ** (digits // 2)
            sides = _transmissions(Green(work.problem, energy + np.array([-offset, offset], dtype=object)))
        return np.asarray((sides[0] + sides[1]) / 2)


def _transmissions(at: Green) -> Array:
    """Return Tr[Gamma_a G Gamma_b G^+], shape ``(nodes, leads, leads)``."""
    # X_b = G Gamma_b G^+, and Tr[Gamma X] = sum_ij Gamma_ij X_ji is real.
    rows = [[(gamma * np.swapaxes(X, -1, -2)).sum(axis=(-2, -1)) for X in at.X] for gamma in at.Gamma]
    values = np.moveaxis(np.array(rows, dtype=object), -1, 0)
    return real(values)
