"""Density of electron-hole pairs, as the coordinates excite them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem, PrecisionError
from electronwind.doors import checked_axis, checked_system

from . import bound_pairs, pairs
from .calculus import Calculus, adjoint
from .curl import response_kernel
from .evaluate import evaluate
from .infinite import refuse_infinite
from .scale import in_own_units

__all__ = ["pair_density"]

Array = np.ndarray[Any, Any]


def pair_density(system: OpenSystem, frequency: ArrayLike) -> NDArray[np.complex128]:
    """Return Lambda_mu,nu(W) = int dE Tr[L_mu D(E - W) L_nu rho(E)], with L = dh/dx.

    D is the spectral density of all states and rho that of the occupied ones. What a response does besides
    storing energy is in it: for response = -(K + i W L), the antisymmetric part of K is pi times
    ``Im(Lambda(W) + Lambda(-W))``, and the symmetric part of W L is pi times ``Re(Lambda(W) - Lambda(-W))``.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    frequency : array_like, shape () or (W,)
        Real angular frequency. Unit: energy / hbar.

    Returns
    -------
    ndarray, shape (..., [W,] d, d)
        Hermitian, positive semidefinite. Unit: energy per length squared. All spins.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens and the leads do not fill alike. The pair density is infinite at W = 0
        where a coordinate shifts an occupied bound state, or one at the very edge of a band, and at the
        distance of two bound states.
    InvalidSystemError
        A frequency that is not finite and real.
    PrecisionError
        Numbers that leave the range of double precision.

    Notes
    -----
    Source: todorov2014 Eq. 31-32, for open systems and any bias. Wide-band leads: closed form. Leads with
    bands: see `pairs`.
    """
    w = checked_axis("frequency", frequency)

    def solve(scaled: OpenSystem, unit: float) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            if scaled.wide_band:
                return np.asarray(evaluate(scaled, _closed, w / unit)) * unit
            refuse_infinite(scaled, "pair_density", w.ravel() / unit, by="occupation")
            value = pairs.pair_density(scaled, w / unit) + bound_pairs.pair_density(scaled, w / unit)
            return np.asarray(value) * unit

    value = in_own_units(checked_system(system), solve)
    if not np.all(np.isfinite(value)):
        raise PrecisionError("pair_density leaves the range of double precision")
    return value


def _closed(calculus: Calculus) -> Array:
    # D = (G^+ - G)/2 pi i, and the trace with G^+ is the adjoint of that with G.
    kernel = response_kernel(calculus, -1)
    return (adjoint(kernel) - kernel) * (calculus.spectrum.degeneracy / (4j * np.pi**2))
