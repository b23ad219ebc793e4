"""Curl of the mean force: the part that does net work around a loop."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from . import chains
from .calculus import Calculus, adjoint, product
from .evaluate import evaluate
from .scale import own_units

__all__ = ["curl", "response_kernel"]

Array = np.ndarray[Any, Any]


@own_units
def curl(system: OpenSystem) -> NDArray[np.float64]:
    """Return curl[mu, nu] = dF_nu/dx_mu - dF_mu/dx_nu of the adiabatic mean force.

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    ndarray, shape (..., d, d)
        Antisymmetric. Unit: energy per length squared. A positive [0, 1] element drives anticlockwise
        motion in that plane.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.

    Notes
    -----
    Source: todorov2010 Eq. 24, which holds at any bias and any number of leads. Second derivatives of the
    Hamiltonian drop out.
    """
    if not system.wide_band:
        return chains.curl(system)
    return evaluate(system, _curl)


def _curl(calculus: Calculus) -> Array:
    # dF_mu/dx_nu = -2 Re int dw/2pi Tr[L_mu G L_nu N] at fixed dh/dx.
    kernel = response_kernel(calculus, 0).real / np.pi
    return (kernel - adjoint(kernel)) * calculus.spectrum.degeneracy


def response_kernel(calculus: Calculus, shift: int) -> Array:
    """Return the integral of Tr[L_mu G(w + shift) L_nu N(w)], shape (B, W, d, d)."""
    weight, y, vertices = calculus.fermi(), calculus.sources, calculus.vertices
    # G(w + W) L N with N = G Y - Y G^+. Only the integrals know of W: all else is formed once.
    enclosed = weight.gbg_traces([product(y, probe) for probe in calculus.probes], vertices, shift)
    mixed = weight.gba_traces(calculus.probes, [product(vertex, y) for vertex in vertices], shift)
    return enclosed - mixed
