"""Density matrix and adiabatic mean force."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from . import chains
from .calculus import Calculus, adjoint
from .evaluate import evaluate
from .laws import filled
from .scale import own_units
from .spectrum import spectrum

__all__ = ["density_matrix", "force"]

Array = np.ndarray[Any, Any]


@own_units
def density_matrix(system: OpenSystem) -> NDArray[np.complex128]:
    """Return the steady-state density matrix sigma_ij = <d_j^+ d_i>, per spin.

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    ndarray, shape (..., n, n)
        Hermitian, eigenvalues in [0, 1].

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.

    Notes
    -----
    Source: preston2022 Eq. 31-35. Wide-band leads: closed form, relative error about 1e-14 times the
    condition of the problem. Chain leads: see `chains`.
    """
    if not system.wide_band:
        return filled(chains.density_matrix(system))
    memo = spectrum(system).memo
    if "sigma" not in memo:
        memo["sigma"] = filled(evaluate(system, _density))
    sigma: NDArray[np.complex128] = memo["sigma"].copy()
    return sigma


def _density(calculus: Calculus) -> Array:
    # G Gamma G^+ = G Y - Y G^+, and Y is anti-Hermitian.
    half = np.add.reduce(calculus.fermi().g(calculus.sources), 0)
    total = half + adjoint(half)
    # back() keeps Hermiticity up to rounding; the mean of both triangles restores it.
    sigma = calculus.back(total) / (2 * np.pi)
    return (sigma + adjoint(sigma)) / 2


@own_units
def force(system: OpenSystem) -> NDArray[np.float64]:
    """Return the adiabatic mean force F_nu = -Tr[dh/dx_nu sigma].

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    ndarray, shape (..., d)
        Unit: energy per length. The force of the electrons alone, all spins.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.

    Notes
    -----
    Source: preston2022 Eq. 11.
    """
    sigma = density_matrix(system)
    trace = np.einsum("...dij,...ji->...d", system.gradient, sigma).real
    return -system.degeneracy * trace
