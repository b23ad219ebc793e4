"""Correlation of the force with itself in time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind.system import OpenSystem

from .arithmetic import Array, adjoint, function, number, pi
from .batch import Work, each_at
from .green import trace

__all__ = ["force_correlation"]


def force_correlation(system: OpenSystem, delays: ArrayLike, digits: int = 30) -> Array:
    """Correlation of the force with itself in time, in the steady state.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    delays : array_like, shape (...)
        Real times s; an array adds its axes, a number adds none. Unit: hbar / energy.
    digits : int
        Decimal digits, 15 to 50, relative to the value at the delay 0.

    Returns
    -------
    ndarray of mpc, shape (..., [s,] d, d)
        c_mu,nu(s) = <df_mu(s) df_nu(0)>, times the degeneracy; c(-s) is the conjugate transpose of c(s).
        Unit: (energy / length)^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime and has no definite occupation.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50, or `delays` are not finite and real.

    Notes
    -----
    c_mu,nu(s) = Tr[L_mu P(s) L_nu N(s)^+] with N(s) = int dE/2pi e^{-iEs} N(E), likewise P, and L = dh/dx:
    the Fourier transform of `force_noise`. Its symmetrised part is the correlation of the classical random
    force. Source: todorov2014 Eq. 52-58, preston2022 Eq. 62.
    """
    return each_at("force_correlation", system, delays, digits, _force_correlation)


def _force_correlation(work: Work, s: Any) -> Array:
    problem, exp = work.problem, function("exp")
    N, P = work.spectrum.at(abs(s)) / (2 * pi())
    for state, f in problem.filled:
        turning = state.share * exp(-number(1j) * state.energy * abs(s))
        N, P = N + turning * f, P + turning * (1 - f)
    value = trace(problem.L, P, adjoint(N))
    return np.asarray(value if s >= 0 else adjoint(value))
