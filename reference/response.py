"""Linear response of the force to a motion of any frequency."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from electronwind.system import OpenSystem

from . import split
from .arithmetic import Array, adjoint, pi
from .axis import axis
from .batch import Work, each_at
from .green import Continuum, Green, trace, traces
from .infinite import refuse_endless
from .poles import Pole, integrate

__all__ = ["response"]


def response(system: OpenSystem, frequency: ArrayLike, digits: int = 30) -> Array:
    """Linear response of the force.

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
        dF_mu = sum_nu response[mu, nu] dx_nu for motion e^{-iWt} at fixed dh/dx, times the
        degeneracy. Unit: energy / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime and has no definite occupation, or makes the response infinite.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50, or `frequency` is not finite and real.

    Notes
    -----
    chi_mu,nu(W) = -int dE/2pi Tr{L_mu [G(E + W) L_nu N(E) + N(E) L_nu G^+(E - W)]} with L = dh/dx.
    Source: todorov2014 Eq. 14, 20, 21.
    """
    return each_at("response", system, frequency, digits, _response)


def _response(work: Work, W: Any) -> Array:
    problem, L = work.problem, work.problem.L
    refuse_endless(problem, "response", W, lambda f, g: abs(f - g))
    if problem.sharp.edges and W == 0:
        return split.response(work)

    def evaluate(energies: Array) -> tuple[Green, Green, Green]:
        later, now, earlier = (Green(problem, energies + shift) for shift in (W, 0, -W))
        return later, now, earlier

    def integrand(at: tuple[Green, Green, Green]) -> Array:
        later, now, earlier = at
        N = L @ now.N[:, None]
        return -traces(L @ later.G[:, None], N) - traces(N, L @ adjoint(earlier.G)[:, None])

    poles, value = [], problem.nothing
    for state, f in problem.filled:
        E, share = state.energy, state.share
        after, before = Continuum(problem, state, W), Continuum(problem, state, -W)
        value = value - f * (trace(L, after.G, share) + trace(L, share, adjoint(before.G)))
        poles.append(Pole(E - W, 1, -trace(L, share, before.N), problem.nothing))
        poles.append(Pole(E + W, -1, -trace(L, after.N, share), problem.nothing))
    shifted = axis(problem, evaluate, green_shifts=(0, W, -W), poles=[pole.energy for pole in poles])
    return value + integrate(shifted, integrand, lambda at: at[1].energies, poles) / (2 * pi())
