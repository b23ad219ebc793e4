"""Electronic friction: the force of first order in the velocities."""

from __future__ import annotations

from electronwind.system import OpenSystem

from . import split
from .arithmetic import Array, imag, number, pi
from .batch import Work, each
from .green import Continuum, Green, trace, traces
from .infinite import refuse_endless
from .poles import Pole, integrate

__all__ = ["friction"]


def friction(system: OpenSystem, digits: int = 30) -> Array:
    """Friction matrix, symmetric part friction and antisymmetric part Lorentz-like force.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    digits : int
        Decimal digits, 15 to 50, relative to the natural size of the integral.

    Returns
    -------
    ndarray of mpf, shape (..., d, d)
        F1_mu = -sum_nu friction[mu, nu] v_nu, times the degeneracy. Unit: hbar / length^2.

    Raises
    ------
    UnbroadenedLevelError
        A level keeps an infinite lifetime and has no definite occupation, or makes the friction infinite.
    PrecisionError
        The quadrature did not reach `digits`.
    InvalidSystemError
        `digits` is not a whole number from 15 to 50.

    Notes
    -----
    xi_mu,nu = -2 Im int dE/2pi Tr[L_mu dG/dE L_nu N] with L = dh/dx. Source: preston2022 Eq. 26, in the
    expansion about the final instead of the central time, which has the same integral. A bound state adds its
    share of N. Where it is neither full nor empty and a coordinate shifts it, its fluctuations never end and
    the friction is infinite; so it is where such a state sits at the edge of a band.
    """
    return each("friction", system, digits, _friction)


def _friction(work: Work) -> Array:
    problem, L = work.problem, work.problem.L
    refuse_endless(problem, "friction", number(0), lambda f, g: f * (1 - g))
    if problem.sharp.edges:
        return split.friction(work)

    def integrand(at: Green) -> Array:
        return traces(L @ at.slope[:, None], L @ at.N[:, None])

    poles, value = [], problem.nothing
    for state, f in problem.filled:
        beside = Continuum(problem, state, number(0))
        value = value + trace(L, beside.slope, state.share) * f
        if problem.is_open(state.energy):
            first, second = (-trace(L, state.share, N) for N in (beside.N_slope, beside.N))
            poles.append(Pole(state.energy, 1, first, second))
    value = value + integrate(work.axis, integrand, lambda at: at.energies, poles) / (2 * pi())
    return -2 * imag(value)
