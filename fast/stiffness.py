"""Stiffness of a body that current flows through: minus the derivative of the total force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind import ClassicalBody, Lead, Model, OpenSystem
from electronwind.doors import checked_body, checked_model, checked_place
from electronwind.watched import Watched

from .density import density_matrix
from .linear import bond_stiffness, chain_of
from .response import response

__all__ = ["electronic_stiffness", "stiffness"]

Array = np.ndarray[Any, Any]


def stiffness(model: Model, body: ClassicalBody, x: ArrayLike) -> NDArray[np.float64]:
    """Return K with dF_mu = -sum_nu K[mu, nu] dx_nu of the total force on a body at rest.

    Parameters
    ----------
    model : Model
        The family h(x).
    body : ClassicalBody
        The potential apart from the electrons; the masses do not matter.
    x : array_like, shape (..., d)
        Positions.

    Returns
    -------
    ndarray, shape (..., d, d)
        The first index is that of the force. Under current it is not symmetric. Unit: energy per length
        squared.

    Raises
    ------
    UnbroadenedLevelError
        A level that no lead broadens.
    UnsupportedError
        Leads that `response` does not take.
    InvalidSystemError
        What is no family, body or position.
    PrecisionError
        A family or potential of a user's own that is not smooth at x, or integrals that did not converge.

    Notes
    -----
    ``K[mu, nu] = d2U/dx_mu dx_nu + Tr[d2h/dx_mu dx_nu sigma] - response[mu, nu]`` at zero frequency
    (cunningham2014 Eq. 5). A family that has `bonds`, as `models.wire` has, is a chain: a perfect one between
    perfect chains takes a closed form, any other one O(d^2) operations an energy. Where second derivatives
    are not given by formula they are worked out; see `models.family` and `Potential`.
    """
    model = checked_model(model, lambda: x)
    place = checked_place("x", x, model)
    watched = checked_body(body, place, strict=True).potential
    assert isinstance(watched, Watched)
    flat = place.reshape(-1, place.shape[-1])
    found = [electronic_stiffness(model, model.leads, one) + watched.hessian(one) for one in flat]
    return np.stack(found).reshape(*place.shape, place.shape[-1])


def electronic_stiffness(model: Model, leads: Sequence[Lead], x: Array) -> Array:
    """Return the part of the electrons, between any leads, at one position x; shape (d, d)."""
    chain = chain_of(model, leads, x)
    if chain is not None:
        return model.degeneracy * bond_stiffness(chain)
    system = OpenSystem(model.hamiltonian(x), model.gradient(x), leads, model.degeneracy)
    curvature = np.einsum("mvij,ji->mv", model.hessian(x), density_matrix(system)).real
    static: Array = response(system, 0.0).real
    return model.degeneracy * curvature - static
