"""What a lead is for the kernels: a self-energy on its sites, its slope, and the edges of its bands.

Here alone it is asked of which kind a lead is. Arrays of energies have the axis ``E``, behind the batch axes
of the lead or of a system that it broadcasts with.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from electronwind import ChainLead, Lead, PeriodicLead, PrecisionError, WideBandLead

from . import bloch
from .bands import Crystal
from .calculus import adjoint

__all__ = ["broadening", "edges", "ranges", "self_energy", "slope"]

Array = np.ndarray[Any, Any]


@singledispatch
def self_energy(lead: Lead, z: Array) -> Array:
    """Return the retarded self-energy on the sites of a lead.

    Parameters
    ----------
    lead : Lead
        Of any kind.
    z : ndarray, shape (..., E)
        Energies with Im z >= 0.

    Returns
    -------
    ndarray, shape (..., E, s, s)
        In the order of ``lead.sites``. It may be a view that cannot be written to.

    Raises
    ------
    PrecisionError
        The self-energy is infinite at one of the energies.
    """
    raise _unknown(lead)


@singledispatch
def slope(lead: Lead, z: Array) -> Array:
    """Return the derivative of `self_energy` in the energy, of the same shape.

    Raises
    ------
    PrecisionError
        It is infinite at one of the energies, the edge of a band.
    """
    raise _unknown(lead)


@singledispatch
def edges(lead: Lead) -> Array:
    """Return the energies at which the self-energy of a lead is not analytic, sorted, shape ``(..., k)``.

    They are the ends of all bands, those inside another band included. Where bands cross there is an edge
    too; and where a batch has members with fewer edges, the last one is repeated.
    """
    raise _unknown(lead)


@singledispatch
def ranges(lead: Lead) -> Array:
    """Return lower and upper edge of each band, shape ``(..., bands, 2)``; they may overlap."""
    raise _unknown(lead)


def broadening(lead: Lead, e: Array) -> Array:
    """Return the broadening i (Sigma - Sigma^+) at real energies, shape ``(..., E, s, s)``."""
    sigma = self_energy(lead, e)
    return 1j * (sigma - adjoint(sigma))


def _unknown(lead: object) -> TypeError:
    return TypeError(f"electronwind.fast knows no lead of the kind {type(lead).__name__}")


# Wide bands.


@self_energy.register
def _(lead: WideBandLead, z: Array) -> Array:
    sigma = -0.5j * lead.broadening[..., None, :, :]
    n = sigma.shape[-1]
    return np.broadcast_to(sigma, (*np.broadcast_shapes(sigma.shape[:-2], z.shape), n, n))


@slope.register
def _(lead: WideBandLead, z: Array) -> Array:
    return np.zeros_like(self_energy(lead, z))


@edges.register
def _(lead: WideBandLead) -> Array:
    return np.empty((*lead.broadening.shape[:-2], 0))


@ranges.register
def _(lead: WideBandLead) -> Array:
    return np.broadcast_to([[-np.inf, np.inf]], (*lead.broadening.shape[:-2], 1, 2))


# Chains.


@self_energy.register
def _(lead: ChainLead, z: Array) -> Array:
    offset, root = _root(lead, z)
    surface = 2 / (offset + root)
    return np.asarray((surface * lead.coupling[..., None] ** 2)[..., None, None])


@slope.register
def _(lead: ChainLead, z: Array) -> Array:
    offset, root = _root(lead, z)
    if np.any(root == 0):
        where = np.broadcast_to(z, root.shape)[root == 0][0]
        raise PrecisionError(
            f"the slope of the self-energy of a ChainLead is infinite at the energy {where.real:.15g}, the "
            "edge of its band"
        )
    return np.asarray((-2 / (offset + root) / root * lead.coupling[..., None] ** 2)[..., None, None])


def _root(lead: ChainLead, z: Array) -> tuple[Array, Array]:
    """Return z counted from the middle of the band, and the root of its square less that of the edge."""
    offset = z - lead.onsite[..., None] + 0j
    edge = 2 * np.abs(lead.hopping)[..., None]
    # The product of two principal roots has Im >= 0 and grows like z: the decaying solution, on the
    # band too, where a choice by modulus would be a coin toss.
    return offset, np.sqrt(offset - edge) * np.sqrt(offset + edge)


@edges.register
def _(lead: ChainLead) -> Array:
    return ranges(lead)[..., 0, :]


@ranges.register
def _(lead: ChainLead) -> Array:
    half = 2 * np.abs(lead.hopping)
    return np.stack([lead.onsite - half, lead.onsite + half], axis=-1)[..., None, :]


# Crystals.


@self_energy.register
def _(lead: PeriodicLead, z: Array) -> Array:
    _, g = _surface(lead, z)
    coupling = lead.coupling[..., None, :, :]
    return np.asarray(coupling @ g @ adjoint(coupling))


@slope.register
def _(lead: PeriodicLead, z: Array) -> Array:
    passed, g = _surface(lead, z)
    steep = bloch.steepness(_crystal(lead).cell, z, passed)
    coupling = lead.coupling[..., None, :, :]
    return np.asarray(-coupling @ g @ (np.eye(g.shape[-1]) - steep) @ g @ adjoint(coupling))


def _surface(lead: PeriodicLead, z: Array) -> tuple[Array, Array]:
    """Return t g t^+ and the Green's function g of the first cell."""
    cell = _crystal(lead).cell
    z = np.broadcast_to(z, np.broadcast_shapes(z.shape, (*cell.strength.shape[:-1], 1)))
    passed = bloch.passed(cell, z)
    rest = z[..., None, None] * np.eye(cell.onsite.shape[-1]) - cell.onsite[..., None, :, :] - passed
    try:
        return passed, np.linalg.inv(rest)
    except np.linalg.LinAlgError:
        raise PrecisionError(
            "the self-energy of a periodic lead is infinite at one of the energies, that of a state bound to "
            "its end"
        ) from None


@edges.register
def _(lead: PeriodicLead) -> Array:
    return _crystal(lead).extrema


@ranges.register
def _(lead: PeriodicLead) -> Array:
    return _crystal(lead).ranges


_CRYSTALS: WeakKeyDictionary[PeriodicLead, Crystal] = WeakKeyDictionary()


def _crystal(lead: PeriodicLead) -> Crystal:
    if lead not in _CRYSTALS:
        _CRYSTALS[lead] = Crystal(lead.onsite, lead.hopping)
    return _CRYSTALS[lead]
