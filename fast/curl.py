"""Curl of the mean force: the part that does net work around a loop."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from . import chains
from .calculus import Calculus, adjoint, evaluate
from .friction import trace_with

__all__ = ["curl", "static_kernel"]

Array = NDArray[Any]


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


def _curl(calculus: Calculus, _: Array) -> Array:
    # dF_mu/dx_nu = -2 Re int dw/2pi Tr[L_mu G L_nu N] at fixed dh/dx.
    kernel = static_kernel(calculus).real / np.pi
    return (kernel - adjoint(kernel)) * calculus.spectrum.degeneracy


def static_kernel(calculus: Calculus, frequency: Array | None = None) -> Array:
    """Return the integral of Tr[L_mu G(w + frequency) L_nu N(w)], shape (B, W, d, d)."""
    parts = calculus.spectrum
    total: list[Any] = [0] * len(parts.gradient)
    vertices = [calculus.vertex(gradient) for gradient in parts.gradient]
    for lead, gamma in enumerate(parts.broadening):
        weight = calculus.fermi(lead)
        y = calculus.sylvester(calculus.inject(gamma))
        for nu, vertex in enumerate(vertices):
            # G(w + W) L (G Y - Y G^+): the second term splits with (H - W) Z - Z H^+ = L Y.
            z = calculus.sylvester(vertex @ y, frequency)
            tail = weight.g(z, frequency) - adjoint(weight.g(adjoint(z)))
            total[nu] = total[nu] + weight.gbg(vertex, frequency) @ y - tail
    return trace_with(calculus, total)
