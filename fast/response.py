"""Linear response of the force to a small harmonic motion."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import OpenSystem

from .calculus import Calculus
from .chains import refuse_chains
from .curl import response_kernel
from .evaluate import evaluate
from .scale import own_units

__all__ = ["response"]

Array = np.ndarray[Any, Any]


@own_units
def response(system: OpenSystem, frequency: ArrayLike) -> NDArray[np.complex128]:
    """Return chi with dF_mu = sum_nu chi[mu, nu] dx_nu for the motion dx e^{-i frequency t}.

    Parameters
    ----------
    system : OpenSystem
        Wide-band leads.
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
        A level that no lead broadens.
    UnsupportedError
        A chain lead.
    InvalidSystemError
        A frequency that is not finite and real.

    Notes
    -----
    Source: todorov2014 Eq. 14, 20, 21, for open systems and any bias.
    """
    refuse_chains(system, "response")
    return evaluate(system, _response, frequency)


def _response(calculus: Calculus) -> Array:
    both = response_kernel(calculus, 1) + response_kernel(calculus, -1).conj()
    return both * (-calculus.spectrum.degeneracy / (2 * np.pi))
