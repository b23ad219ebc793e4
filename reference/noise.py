"""Noise of the force."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from electronwind.system import OpenSystem

from .arithmetic import Array, pi, real
from .axis import axis
from .batch import Work, each, each_at
from .green import Green, traces

__all__ = ["force_noise", "white_noise"]


def white_noise(system: OpenSystem, digits: int = 30) -> Array:
    """Symmetrised noise of the force at zero frequency.

    Parameters
    ----------
    system : OpenSystem
        Wide-band leads only.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., d, d)
        D with <df df> = D delta(t), times the degeneracy. Unit: energy hbar / length^2.

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
    D = Re S(0), symmetric and positive semidefinite. Source: preston2022 Eq. 66-68.
    """
    return each("white_noise", system, digits, _white_noise)


def force_noise(system: OpenSystem, frequency: ArrayLike, digits: int = 30) -> Array:
    """Noise spectrum of the force.

    Parameters
    ----------
    system : OpenSystem
        Wide-band leads only.
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
        A level keeps an infinite lifetime.
    PrecisionError
        The quadrature did not reach `digits`.
    UnsupportedError
        A lead is a chain.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50, or `frequency` is not finite and real.

    Notes
    -----
    S_mu,nu(W) = int dE/2pi Tr[L_mu P(E + W) L_nu N(E)] with L = dh/dx. Source: preston2022 Eq. 62-65,
    todorov2014 Eq. 64.
    """
    return each_at("force_noise", system, frequency, digits, _force_noise)


def _white_noise(work: Work) -> Array:
    L = work.problem.L

    def integrand(at: Green) -> Array:
        return traces(L @ at.P[:, None], L @ at.N[:, None])

    return real(work.axis.integrate(integrand)) / (2 * pi())


def _force_noise(work: Work, W: Any) -> Array:
    L = work.problem.L

    def evaluate(energies: Array) -> tuple[Array, Array]:
        return Green(work.problem, energies + W).P, Green(work.problem, energies).N

    def integrand(at: tuple[Array, Array]) -> Array:
        P, N = at
        return traces(L @ P[:, None], L @ N[:, None])

    shifted = axis(work.problem, evaluate, green_shifts=(0, W), fermi_shifts=(0, W))
    return shifted.integrate(integrand) / (2 * pi())
