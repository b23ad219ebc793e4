"""Electronic friction and the Lorentz-like force, to first order in the velocity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from . import moving
from .calculus import Calculus, adjoint, product
from .evaluate import evaluate
from .infinite import refuse_infinite
from .scale import own_units

__all__ = ["friction"]

Array = np.ndarray[Any, Any]


@own_units
def friction(system: OpenSystem) -> NDArray[np.float64]:
    """Return the friction matrix: F1_mu = -sum_nu friction[mu, nu] v_nu.

    Parameters
    ----------
    system : OpenSystem
        Any leads.

    Returns
    -------
    ndarray, shape (..., d, d)
        First index the force, second the velocity. Unit: hbar per length squared. The antisymmetric
        part is the Lorentz-like (Berry) force. Out of equilibrium the symmetric part may be negative.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens and the leads do not fill alike. The friction is infinite where a
        coordinate shifts a bound state, or one at the very edge of a band, whose occupation fluctuates.

    Notes
    -----
    Source: preston2022 Eq. 26, in the equivalent form 2 Im int dw/2pi Tr[L_mu G^2 L_nu N] that follows from
    the expansion A(w, t) = G - i G^2 (dh/dt) G about the final time. Leads with bands: see `moving`.
    """
    if not system.wide_band:
        refuse_infinite(system, "friction", np.zeros(1))
        return moving.friction(system)
    return evaluate(system, _friction)


def _friction(calculus: Calculus) -> Array:
    weight, y = calculus.fermi(), calculus.sources
    products = []
    for vertex in calculus.vertices:
        # G^2 L (G Y - Y G^+), with G^2 B G^+ = G^2 Z - G V + V G^+.
        z = calculus.sylvester(product(vertex, y))
        v = calculus.sylvester(z)
        tail = weight.g(v) - adjoint(weight.g(adjoint(v)))
        products.append(np.add.reduce(product(weight.ggbg(vertex), y) - weight.gg(z) + tail, 0))
    return trace_with(calculus, products).imag * (calculus.spectrum.degeneracy / np.pi)


def trace_with(calculus: Calculus, products: list[Array]) -> Array:
    """Return Tr[L_mu X_nu] for products X_nu = G ... G^+, shape (B, W, d, d)."""
    rows = [
        np.stack([np.einsum("...ij,...ji->...", probe, x) for x in products], axis=-1)
        for probe in calculus.probes
    ]
    return np.stack(rows, axis=-2)
