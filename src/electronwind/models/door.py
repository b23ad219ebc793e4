"""The door of the runs in time: whatever is taken for a family, and what it lacks in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidSystemError
from ..system import OpenSystem
from .base import Model
from .derivative import warn_of_gradient
from .family import Family, as_family

__all__ = ["checked_model"]

# What `at` returns may differ from the functions of a family by rounding, relative to the largest entry.
ROUNDING = 1e-10


def checked_model(model: Any, position: Callable[[], Any], *, single: bool = True) -> Model:
    """Return the family that a run is given, with what was left out worked out where it can be.

    Parameters
    ----------
    model : Model, or object with hamiltonian, gradient, leads and at
        As given.
    position : callable
        ``position()`` is where the run begins, shape (..., d). It may raise, or return what is no position:
        the door for positions comes later, and says so.
    single : bool
        Whether leads with batch axes are refused: a run in time has one set of leads.

    Returns
    -------
    Model

    Raises
    ------
    InvalidSystemError
        What the family lacks or contradicts itself in, by name; and leads with batch axes, unless told
        otherwise.

    Warns
    -----
    GradientWarning
        The gradient is not the derivative of the Hamiltonian there. Families that come with the suite
        are not tried.
    """
    family = as_family(model)
    for i, lead in enumerate(family.leads):
        if single and lead.shape:
            raise InvalidSystemError(
                f"leads[{i}]",
                f"a batch of shape {lead.shape}",
                "a single lead: a run in time has one set of leads",
            )
    if not isinstance(family, Family) or (x := _position(position)) is None:
        return family
    family = family.fitted(x.shape[-1])
    if x.shape[-1] == len(family.coordinates):
        first = x.reshape(-1, x.shape[-1])[0]
        family = _consistent(family, first)
        warn_of_gradient(family, first)
    return family


def _position(position: Callable[[], Any]) -> NDArray[np.float64] | None:
    """Return positions of shape (..., d), or None where there is none to be had."""
    try:
        x = np.atleast_1d(np.asarray(position(), dtype=float))
    # Whatever a path of a user's own raises, the door for paths will meet it again.
    except Exception:
        return None
    return x if x.size and np.all(np.isfinite(x)) else None


def _consistent(family: Family, x: NDArray[np.float64]) -> Family:
    """Return the family, whose functions make a system at x: that which `at` of a user's object makes."""
    mine = family.at(x)
    if family.source is None:
        return family
    kind = type(family.source).__name__
    try:
        other = family.source.at(x.copy())
    except Exception as error:
        got = f"{type(error).__name__}: {error}".rstrip(": ")
        raise InvalidSystemError(f"{kind}.at", f"{got} raised at x = {x}", "an OpenSystem") from error
    if not isinstance(other, OpenSystem):
        raise InvalidSystemError(f"{kind}.at", f"{type(other).__name__} at x = {x}", "an OpenSystem")
    for name in ("hamiltonian", "gradient"):
        here, there = getattr(mine, name), getattr(other, name)
        size = float(np.max(np.abs(here)))
        if here.shape != there.shape or np.max(np.abs(here - there)) > ROUNDING * size:
            raise InvalidSystemError(f"{kind}.at", f"another {name} at x = {x}", f"that of {kind}.{name}")
    said = getattr(family.source, "degeneracy", None)
    if said is not None and said != other.degeneracy:
        raise InvalidSystemError(f"{kind}.at", f"degeneracy {other.degeneracy}", f"{kind}.degeneracy, {said}")
    return family.fitted(len(x), other.degeneracy)
