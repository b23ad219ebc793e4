"""Geometries at rest under current: where the total force vanishes."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from electronwind import ClassicalBody, InvalidSystemError, Model, PrecisionError
from electronwind.doors import checked_body, checked_model, checked_place
from electronwind.watched import Watched

from .density import force
from .linear import bond_force, chain_of
from .stiffness import stiffness

__all__ = ["relaxed", "total_force"]

Array = np.ndarray[Any, Any]

# The force that is left, as a part of that of the potential alone.
LEFT = 1e-9


def relaxed(model: Model, body: ClassicalBody, x: ArrayLike) -> NDArray[np.float64]:
    """Return positions near a start at which electrons and potential together exert no force.

    Parameters
    ----------
    model : Model
        The family h(x).
    body : ClassicalBody
        The potential apart from the electrons; the masses do not matter.
    x : array_like, shape (d,)
        Where to begin.

    Returns
    -------
    ndarray, shape (d,)

    Raises
    ------
    PrecisionError
        No position was found: there need be none under current, and the last force is told.
    InvalidSystemError
        What is no family, body or position, or a family that refuses a position on the way.

    Notes
    -----
    Powell's hybrid method on the force, with the stiffness as its derivative. What is found is at rest, not
    necessarily stable: ask `vibrations`.
    """
    model = checked_model(model, lambda: x)
    place = checked_place("x", x, model)
    if place.ndim > 1:
        raise InvalidSystemError("x", f"shape {place.shape}", "one position, shape (d,)")
    watched = checked_body(body, place, strict=True).potential
    assert isinstance(watched, Watched)

    def forces(y: Array) -> Array:
        return total_force(model, watched, y)

    def slopes(y: Array) -> Array:
        return -stiffness(model, body, y)

    found = scipy.optimize.root(forces, place, jac=slopes, tol=1e-13)
    left = float(np.max(np.abs(forces(found.x))))
    size = max(float(np.max(np.abs(watched.gradient(found.x)))), float(np.max(np.abs(forces(place)))))
    if left > LEFT * max(size, 1e-3):
        words = f"no position at rest was found: a force of {left:.1e} is left"
        raise PrecisionError(f"{words} ({' '.join(found.message.split())})")
    return np.asarray(found.x)


def total_force(model: Model, potential: Watched, x: Array) -> Array:
    """Return the force of electrons and potential at one position, shape (d,)."""
    chain = chain_of(model, model.leads, x)
    electrons = force(model.at(x)) if chain is None else model.degeneracy * bond_force(chain)
    return np.asarray(electrons - potential.gradient(x))
