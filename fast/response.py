"""Linear response of the force to a small harmonic motion."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem
from electronwind.doors import checked_axis

from . import moving
from .calculus import Calculus
from .curl import response_kernel
from .evaluate import evaluate
from .infinite import refuse_infinite
from .scale import own_units

__all__ = ["response"]

Array = np.ndarray[Any, Any]


@own_units
def response(system: OpenSystem, frequency: ArrayLike) -> NDArray[np.complex128]:
    """Return chi with dF_mu = sum_nu chi[mu, nu] dx_nu for the motion dx e^{-i frequency t}.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    frequency : array_like, shape () or (W,)
        Real angular frequency. Unit: energy / hbar.

    Returns
    -------
    ndarray, shape (..., [W,] d, d)
        Unit: energy per length squared. At fixed dh/dx: the term -Tr[d2h sigma] of a Hamiltonian
        nonlinear in x comes on top. chi(-W) is the complex conjugate of chi(W); at W = 0 it is the
        gradient of the force, and (chi(W) - chi(-W))/(2iW) tends to the friction.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens and the leads do not fill alike. The response at W = 0 is infinite where
        a coordinate shifts a state at the very edge of a band that the leads fill differently.
    InvalidSystemError
        A frequency that is not finite and real.

    Notes
    -----
    Source: todorov2014 Eq. 14, 20, 21, for open systems and any bias. Leads with bands: see `moving`.
    """
    if not system.wide_band:
        w = checked_axis("frequency", frequency)
        refuse_infinite(system, "response", w.ravel(), by="difference")
        return moving.response(system, w)
    return evaluate(system, _response, frequency)


def _response(calculus: Calculus) -> Array:
    both = response_kernel(calculus, 1) + response_kernel(calculus, -1).conj()
    return both * (-calculus.spectrum.degeneracy / (2 * np.pi))
