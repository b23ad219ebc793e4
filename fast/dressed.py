"""The Green's function between any leads, and the self-energy of a chain on either sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import ChainLead, OpenSystem, UnbroadenedLevelError, WideBandLead

__all__ = ["broadening", "continued", "dressed", "self_energy"]

Array = np.ndarray[Any, Any]


def self_energy(lead: ChainLead, z: Array) -> Array:
    """Return the retarded self-energy on the lead's site at z, shape (..., E), Im z >= 0."""
    offset = z - lead.onsite[..., None] + 0j
    edge = 2 * np.abs(lead.hopping)[..., None]
    # The product of two principal roots has Im >= 0 and grows like z: the decaying solution, on the
    # band too, where a choice by modulus would be a coin toss.
    root = np.sqrt(offset - edge) * np.sqrt(offset + edge)
    surface: Array = 2 / (offset + root)
    return surface * lead.coupling[..., None] ** 2


def continued(lead: ChainLead, z: Array, inside: bool) -> tuple[Array, Array]:
    """Return the self-energy and its slope on both sides of the real axis, one analytic function.

    Parameters
    ----------
    lead : ChainLead
        Without batch axes.
    z : ndarray, shape (E,)
        Energies in a disc about a real energy that holds no edge of the band.
    inside : bool
        Whether the disc lies about the band: its lower half is then on the second sheet.
    """
    offset, edge = z - lead.onsite + 0j, 2 * np.abs(lead.hopping)
    upper = 1j * np.sqrt(edge - offset) if inside else np.sqrt(offset - edge)
    root = upper * np.sqrt(offset + edge)
    value: Array = 2 * lead.coupling**2 / (offset + root)
    return value, -value / root


def dressed(
    system: OpenSystem, z: Array, sigma_of: Callable[[ChainLead, Array], Array] = self_energy
) -> tuple[Array, list[Array]]:
    """Return the Green's function and the broadening of each lead.

    Parameters
    ----------
    system : OpenSystem
        Any leads.
    z : ndarray, shape (..., E)
        Energies.
    sigma_of : callable
        ``sigma_of(lead, z)``, the self-energy of a chain.

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
        if isinstance(lead, WideBandLead):
            gammas.append(lead.broadening[..., None, :, :])
            inverse = inverse + 0.5j * gammas[-1]
        else:
            sigma = sigma_of(lead, z)
            inverse[..., lead.site, lead.site] -= sigma
            gammas.append(_on_site(lead, -2 * sigma.imag, n))
    try:
        return np.linalg.inv(inverse), gammas
    except np.linalg.LinAlgError:
        raise UnbroadenedLevelError(
            "the Green's function diverges at one of the energies: a band edge with an infinite density of "
            "states, or a level that no lead broadens"
        ) from None


def broadening(system: OpenSystem, e: Array) -> list[Array]:
    """Return the broadening of each lead at real energies of shape (E,), as `dressed` does."""
    return [
        lead.broadening[..., None, :, :]
        if isinstance(lead, WideBandLead)
        else _on_site(lead, -2 * self_energy(lead, e).imag, system.levels)
        for lead in system.leads
    ]


def _on_site(lead: ChainLead, values: Array, n: int) -> Array:
    gamma: Array = np.zeros((*values.shape, n, n))
    gamma[..., lead.site, lead.site] = values
    return gamma
