"""Linear response of the force to a motion of any frequency."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from electronwind.system import OpenSystem

from .arithmetic import Array, adjoint, pi
from .axis import axis
from .batch import Work, each_at
from .green import Green, traces

__all__ = ["response"]


def response(system: OpenSystem, frequency: ArrayLike, digits: int = 30) -> Array:
    """Linear response of the force.

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
        dF_mu = sum_nu response[mu, nu] dx_nu for motion e^{-iWt} at fixed dh/dx, times the
        degeneracy. Unit: energy / length^2.

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
    chi_mu,nu(W) = -int dE/2pi Tr{L_mu [G(E + W) L_nu N(E) + N(E) L_nu G^+(E - W)]} with L = dh/dx.
    Source: todorov2014 Eq. 14, 20, 21.
    """
    return each_at("response", system, frequency, digits, _response)


def _response(work: Work, W: Any) -> Array:
    L = work.problem.L

    def evaluate(energies: Array) -> tuple[Array, Array, Array]:
        later, now, earlier = (Green(work.problem, energies + shift) for shift in (W, 0, -W))
        return later.G, now.N, adjoint(earlier.G)

    def integrand(at: tuple[Array, Array, Array]) -> Array:
        later, N, earlier = at
        ahead = traces(L @ later[:, None], L @ N[:, None])
        return -ahead - traces(L @ N[:, None], L @ earlier[:, None])

    shifted = axis(work.problem, evaluate, green_shifts=(0, W, -W))
    return shifted.integrate(integrand) / (2 * pi())
