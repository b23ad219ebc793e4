"""Mistakes about states that no lead broadens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, fast

from .. import registry

Array = NDArray[Any]

ISOLATED = "todorov2010 Eq. A8: the isolated part of the density matrix"
OBSERVABLES = ("density_matrix", "force", "bond_current")


def _bound_part(system: OpenSystem, share: Callable[[Array, Array], Array]) -> Array:
    """Return the sum of ``share(f, Z) v v^+`` over the bound states, f the occupation of the first lead."""
    found = fast.bound_states(system)
    lead = system.leads[0]
    mu, temperature = np.asarray(lead.mu)[..., None], np.asarray(lead.temperature)[..., None]
    x = np.where(found.count[..., None] > np.arange(found.energies.shape[-1]), found.energies, 0.0) - mu
    cold = np.where(x < 0, 1.0, 0.0)
    ratio = np.clip(x / np.where(temperature > 0, temperature, 1.0), -700, 700)
    f = np.where(temperature > 0, 1 / (np.exp(ratio) + 1), cold)
    weights = share(f, found.weights)
    return np.einsum("...k,...ki,...kj->...ij", weights, found.states, found.states.conj())


def _wrong(name: str, share: Callable[[Array, Array], Array], system: OpenSystem) -> Array:
    value = np.asarray(getattr(fast, name)(system))
    if system.wide_band:
        return value
    added = _bound_part(system, share)
    if name == "density_matrix":
        return value + added
    if name == "force":
        trace = np.einsum("...dij,...ji->...d", system.gradient, added).real
        return np.asarray(value - system.degeneracy * trace)
    return np.asarray(value + 2 * system.degeneracy * (np.swapaxes(system.hamiltonian, -1, -2) * added).imag)


def _planted(name: str, says: str, share: Callable[[Array, Array], Array]) -> None:
    registry.plant(
        name, says, lambda: {o: partial(_wrong, o, share) for o in OBSERVABLES}, OBSERVABLES, source=ISOLATED
    )


_planted(
    "bound-state-forgotten",
    "The density matrix is an integral over the bands alone: states bound beside them are left out.",
    lambda f, z: -f * z,
)
_planted(
    "bound-state-twice",
    "Bound states are added to a contour integral that holds them already.",
    lambda f, z: f * z,
)
_planted(
    "bound-state-inverted",
    "Bound states are filled like holes, by 1 - f for f.",
    lambda f, z: (1 - 2 * f) * z,
)
_planted(
    "bound-state-whole",
    "Bound states are filled as if they lived in the junction alone, with Z = 1.",
    lambda f, z: np.where(z > 0, f * (1 - z), 0.0),
)
