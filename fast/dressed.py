"""The Green's function between any leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import Lead, OpenSystem, UnbroadenedLevelError

from .calculus import adjoint
from .leads import self_energy

__all__ = ["broadening", "dressed"]

Array = np.ndarray[Any, Any]


def dressed(
    system: OpenSystem, z: Array, sigma_of: Callable[[Lead, Array], Array] = self_energy
) -> tuple[Array, list[Array]]:
    """Return the Green's function and the broadening of each lead.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    z : ndarray, shape (..., E)
        Energies.
    sigma_of : callable
        ``sigma_of(lead, z)``, the self-energy of a lead on its sites.

    Returns
    -------
    g : ndarray, shape (..., E, n, n)
    gammas : list of ndarray, broadcasting to (..., E, n, n)

    Raises
    ------
    UnbroadenedLevelError
        The Green's function diverges at one of the energies.
    """
    n = system.levels
    z = np.broadcast_to(z, (*system.shape, z.shape[-1]))
    inverse = z[..., None, None] * np.eye(n) - system.hamiltonian[..., None, :, :]
    gammas: list[Array] = []
    for lead in system.leads:
        sigma = sigma_of(lead, z)
        rows, columns = np.ix_(lead.sites, lead.sites)
        inverse[..., rows, columns] -= sigma
        gammas.append(_placed(lead, 1j * (sigma - adjoint(sigma)), n))
    try:
        return np.linalg.inv(inverse), gammas
    except np.linalg.LinAlgError:
        raise UnbroadenedLevelError(
            "the Green's function diverges at one of the energies: a band edge with an infinite density of "
            "states, or a level that no lead broadens"
        ) from None


def broadening(system: OpenSystem, e: Array) -> list[Array]:
    """Return the broadening of each lead at real energies of shape (E,), as `dressed` does."""
    found = ((lead, self_energy(lead, e)) for lead in system.leads)
    return [_placed(lead, 1j * (sigma - adjoint(sigma)), system.levels) for lead, sigma in found]


def _placed(lead: Lead, values: Array, n: int) -> Array:
    """Return a matrix on the sites of a lead as one on all levels."""
    if lead.sites == tuple(range(n)):
        return values
    matrix = np.zeros((*values.shape[:-2], n, n), values.dtype)
    rows, columns = np.ix_(lead.sites, lead.sites)
    matrix[..., rows, columns] = values
    return matrix
