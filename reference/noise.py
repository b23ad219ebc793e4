"""Noise of the force."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind.system import OpenSystem

from .arithmetic import Array, number, pi, real
from .axis import axis
from .batch import Work, each, each_at
from .green import Continuum, Green, trace, traces
from .infinite import refuse_endless

__all__ = ["force_noise", "white_noise"]


def white_noise(system: OpenSystem, digits: int = 30) -> Array:
    """Symmetrised noise of the force at zero frequency.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., d, d)
        D with <df df> = D delta(t), times the degeneracy. Unit: energy hbar / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime and has no definite occupation, or makes the noise infinite.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50.

    Notes
    -----
    D = Re S(0), symmetric and positive semidefinite. Source: preston2022 Eq. 66-68.
    """
    return each("white_noise", system, digits, _white_noise)


def force_noise(system: OpenSystem, frequency: ArrayLike, digits: int = 30) -> Array:
    """Noise spectrum of the force.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    frequency : array_like, shape (...)
        Real frequencies W; an array adds its axes, a number adds none. Unit: energy / hbar.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpc, shape (..., [W,] d, d)
        S_mu,nu(W) = int dt e^{iWt} <df_mu(t) df_nu(0)>, times the degeneracy; Hermitian, positive
        semidefinite. Unit: energy hbar / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime and has no definite occupation, or makes the noise infinite.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50, or `frequency` is not finite and real.

    Notes
    -----
    S_mu,nu(W) = int dE/2pi Tr[L_mu P(E + W) L_nu N(E)] with L = dh/dx. Source: preston2022 Eq. 62-65,
    todorov2014 Eq. 64. Transitions between two bound states are sharp lines, infinite at their W and nothing
    elsewhere.
    """
    return each_at("force_noise", system, frequency, digits, _force_noise)


def _white_noise(work: Work) -> Array:
    refuse_endless(work.problem, "white_noise", number(0), _fluctuation)
    L = work.problem.L

    def integrand(at: Green) -> Array:
        return traces(L @ at.P[:, None], L @ at.N[:, None])

    value = work.axis.integrate(integrand) / (2 * pi())
    return real(value + _with_bound(work, number(0)))


def _force_noise(work: Work, W: Any) -> Array:
    refuse_endless(work.problem, "force_noise", W, _fluctuation)
    L = work.problem.L

    def evaluate(energies: Array) -> tuple[Array, Array]:
        return Green(work.problem, energies + W).P, Green(work.problem, energies).N

    def integrand(at: tuple[Array, Array]) -> Array:
        P, N = at
        return traces(L @ P[:, None], L @ N[:, None])

    shifted = axis(work.problem, evaluate, green_shifts=(0, W), fermi_shifts=(0, W))
    return np.asarray(shifted.integrate(integrand) / (2 * pi()) + _with_bound(work, W))


def _fluctuation(f: Any, g: Any) -> Any:
    return f * (1 - g)


def _with_bound(work: Work, W: Any) -> Array:
    """Return what transitions from and to bound states add; those between two of them are sharp lines."""
    problem, L, value = work.problem, work.problem.L, work.problem.nothing
    for state, f in problem.filled:
        after, before = (Continuum(problem, state, shift) for shift in (W, -W))
        value = value + trace(L, after.P, state.share) * f + trace(L, state.share, before.N) * (1 - f)
    return value
