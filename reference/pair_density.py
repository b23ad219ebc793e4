"""Density of electron-hole pairs, weighted by the forces: what the forces of first order rest on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind.system import OpenSystem

from .arithmetic import Array, pi
from .axis import axis
from .batch import Work, each_at
from .green import Continuum, Green, trace, traces
from .infinite import refuse_endless

__all__ = ["pair_density"]


def pair_density(system: OpenSystem, frequency: ArrayLike, digits: int = 30) -> Array:
    """Density of electron-hole pairs, weighted by the forces.

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
        Lambda_mu,nu(W), Hermitian, times the degeneracy. Unit: energy / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime and has no definite occupation, or makes the density infinite.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50, or `frequency` is not finite and real.

    Notes
    -----
    Lambda_mu,nu(W) = int dE Tr[L_mu D(E - W) L_nu rho(E)] with the density of states D = A / 2 pi and its
    occupied part rho = N / 2 pi. Pairs of two bound states are sharp lines, infinite at their W and nothing
    elsewhere. Source: todorov2014 Eq. 22 and 31, 32.
    """
    return each_at("pair_density", system, frequency, digits, _pair_density)


def _pair_density(work: Work, W: Any) -> Array:
    problem, L = work.problem, work.problem.L
    refuse_endless(problem, "pair_density", -W, lambda f, _: f)

    def evaluate(energies: Array) -> tuple[Array, Array]:
        return Green(problem, energies - W).A, Green(problem, energies).N

    def integrand(at: tuple[Array, Array]) -> Array:
        A, N = at
        return traces(L @ A[:, None], L @ N[:, None])

    value = axis(problem, evaluate, green_shifts=(0, -W)).integrate(integrand) / (2 * pi())
    for state, f in problem.filled:
        below, above = (Continuum(problem, state, shift) for shift in (-W, W))
        value = value + trace(L, below.A, state.share) * f + trace(L, state.share, above.N)
    return np.asarray(value / (2 * pi()))
