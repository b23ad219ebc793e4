"""Fluctuations of the force about its mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem
from electronwind.doors import checked_axis

from . import bound_pairs, pairs
from .calculus import Calculus, adjoint, product
from .evaluate import evaluate
from .friction import trace_with
from .infinite import refuse_infinite
from .scale import own_units

__all__ = ["force_noise", "white_noise"]

Array = np.ndarray[Any, Any]


@own_units
def white_noise(system: OpenSystem) -> NDArray[np.float64]:
    """Return D of the white force noise <df_mu(t) df_nu(t')> = D[mu, nu] delta(t - t').

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    ndarray, shape (..., d, d)
        Symmetric, positive semidefinite. Unit: energy hbar per length squared. At equilibrium it is
        2 T times the symmetric part of the friction; under bias no such relation holds.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens and the leads do not fill alike. The noise is infinite where a
        coordinate shifts a bound state, or one at the very edge of a band, whose occupation fluctuates.

    Notes
    -----
    Source: preston2022 Eq. 66-68, the real part of `force_noise` at zero frequency.
    """
    if not system.wide_band:
        still = np.zeros(())
        refuse_infinite(system, "white_noise", still.ravel())
        return pairs.force_noise(system, still).real.copy()
    return evaluate(system, _noise).real.copy()


@own_units
def force_noise(system: OpenSystem, frequency: ArrayLike) -> NDArray[np.complex128]:
    """Return S_mu,nu(W) = int dt e^{iWt} <df_mu(t) df_nu(0)>.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    frequency : array_like, shape () or (W,)
        Real angular frequency. Unit: energy / hbar.

    Returns
    -------
    ndarray, shape (..., [W,] d, d)
        Hermitian, positive semidefinite. Unit: energy hbar per length squared. Negative frequencies
        are emission by the electrons, positive ones absorption.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens and the leads do not fill alike. The noise is infinite at W = 0 as
        `white_noise` is, and at the distance of two bound states.
    InvalidSystemError
        A frequency that is not finite and real.

    Notes
    -----
    Source: preston2022 Eq. 62-65, todorov2014 Eq. 64. Leads of one temperature: closed form. Leads of
    different temperatures: Gauss rules on a path off the real axis, error below 1e-13 of the result's size.
    In both, a level of small width w costs eps times the broadening over w. Leads with bands: see `pairs`.
    """
    if not system.wide_band:
        w = checked_axis("frequency", frequency)
        refuse_infinite(system, "force_noise", w.ravel())
        return np.asarray(pairs.force_noise(system, w) + bound_pairs.noise(system, w))
    return evaluate(system, _noise, frequency)


def _noise(calculus: Calculus) -> Array:
    """Return the sum over pairs of leads of int dw/2pi f_a (1 - f_b) Tr[L_mu X_b(w + W) L_nu X_a(w)]."""
    total: list[Any] = [0] * len(calculus.probes)
    for some, others, weight in calculus.pauli():
        ya, yb = calculus.sources[some, None], calculus.sources[None, others]
        for nu, probe in enumerate(calculus.probes):
            # X = G Y - Y G^+ on either side; of the four products two are the adjoints of the others.
            enclosed = product(yb, probe)
            z = calculus.sylvester(product(enclosed, ya), 1)
            mixed = weight.g(z, 1) - adjoint(weight.g(adjoint(z)))
            pairs = product(weight.gbg(enclosed, 1), ya) - mixed
            total[nu] = total[nu] + np.add.reduce(pairs, (0, 1))
    half = trace_with(calculus, total)
    return (half + adjoint(half)) * (calculus.spectrum.degeneracy / (2 * np.pi))
