"""What a lead is for the kernels: a self-energy on its sites, its slope, and the edges of its bands.

Here alone, and in `crystal_leads` for periodic ones, the kernels depend on the kind of a lead. Arrays of
energies have the axis ``E``, behind the batch axes of the lead or of a system that it broadcasts with.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np

from electronwind import ChainLead, Lead, PrecisionError, WideBandLead

from .calculus import adjoint
from .reflection import Border

__all__ = [
    "border",
    "broadening",
    "continued",
    "edges",
    "end_states",
    "grip",
    "is_exact",
    "is_open",
    "is_swollen",
    "open_at",
    "ranges",
    "self_energy",
    "slope",
]

Array = np.ndarray[Any, Any]
Missed = Array | float


@singledispatch
def self_energy(lead: Lead, z: Array, missed: Missed = 0.0) -> Array:
    """Return the retarded self-energy on the sites of a lead.

    Parameters
    ----------
    lead : Lead
        Of any kind.
    z : ndarray, shape (..., E)
        Energies with Im z >= 0.
    missed : ndarray, shape (E,)
        What rounding took from energies that are counted from the nearest of the `edges`.

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
def slope(lead: Lead, z: Array, missed: Missed = 0.0) -> Array:
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


@singledispatch
def grip(lead: Lead) -> Array:
    """Return the largest energy that couples the lead to the system, shape (...)."""
    raise _unknown(lead)


@singledispatch
def continued(lead: Lead, z: Array, e: float) -> tuple[Array, Array]:
    """Return the self-energy and its slope on both sides of the real axis, one analytic function.

    Parameters
    ----------
    lead : Lead
        Without batch axes.
    z : ndarray, shape (E,)
        Energies in a disc that holds no edge of a band. Its lower half goes on from the upper one.
    e : float
        The real energy in the middle of the disc.

    Returns
    -------
    value, slope : ndarray, shape (E, s, s)
        NaN where the function could not be followed.
    """
    raise _unknown(lead)


@singledispatch
def end_states(lead: Lead) -> list[tuple[float, float, Array]]:
    """Return the gaps between the bands of a lead, and the energies of states of its end; of no batch.

    None of a lead that has no such state.
    """
    return []


@singledispatch
def is_swollen(lead: Lead, z: Array, missed: Missed = 0.0) -> Array:
    """Tell where a self-energy is so large that its digits are not enough for a slope, shape (..., E)."""
    return np.zeros((*lead.shape, z.shape[-1]), bool)


@singledispatch
def border(lead: Lead, z: Array, missed: Missed = 0.0) -> Border | None:
    """Return the first cell of a lead and what is beyond it, where it repeats a cell; of no batch."""
    return None


def open_at(lead: Lead, e: Array) -> Array:
    """Return where a lead broadens anything, shape (..., E), at real energies of that shape."""
    low, high = np.moveaxis(ranges(lead)[..., None, :, :], -1, 0)
    return np.any((low < e[..., None]) & (e[..., None] < high), axis=-1)


@singledispatch
def is_exact(lead: Lead) -> bool:
    """Tell whether a self-energy and its slope have their digits at any distance from an edge of a band."""
    return True


def is_open(lead: Lead, e: float) -> bool:
    """Tell whether a lead without batch axes broadens anything at a real energy."""
    return bool(open_at(lead, np.array([e]))[0])


def broadening(lead: Lead, e: Array) -> Array:
    """Return the broadening i (Sigma - Sigma^+) at real energies, shape ``(..., E, s, s)``."""
    sigma = self_energy(lead, e)
    return 1j * (sigma - adjoint(sigma))


def _unknown(lead: object) -> TypeError:
    return TypeError(f"electronwind.fast knows no lead of the kind {type(lead).__name__}")


# Wide bands.


@self_energy.register
def _(lead: WideBandLead, z: Array, missed: Missed = 0.0) -> Array:
    sigma = -0.5j * lead.broadening[..., None, :, :]
    n = sigma.shape[-1]
    return np.broadcast_to(sigma, (*np.broadcast_shapes(sigma.shape[:-2], z.shape), n, n))


@slope.register
def _(lead: WideBandLead, z: Array, missed: Missed = 0.0) -> Array:
    return np.zeros_like(self_energy(lead, z))


@edges.register
def _(lead: WideBandLead) -> Array:
    return np.empty((*lead.broadening.shape[:-2], 0))


@ranges.register
def _(lead: WideBandLead) -> Array:
    return np.broadcast_to([[-np.inf, np.inf]], (*lead.broadening.shape[:-2], 1, 2))


@grip.register
def _(lead: WideBandLead) -> Array:
    return lead.size


@continued.register
def _(lead: WideBandLead, z: Array, e: float) -> tuple[Array, Array]:
    del e
    return self_energy(lead, z), slope(lead, z)


# Chains.


@self_energy.register
def _(lead: ChainLead, z: Array, missed: Missed = 0.0) -> Array:
    offset, root = _root(lead, z, missed)
    surface = 2 / (offset + root)
    return np.asarray((surface * lead.coupling[..., None] ** 2)[..., None, None])


@slope.register
def _(lead: ChainLead, z: Array, missed: Missed = 0.0) -> Array:
    offset, root = _root(lead, z, missed)
    if np.any(root == 0):
        where = np.broadcast_to(z, root.shape)[root == 0][0]
        raise PrecisionError(
            f"the slope of the self-energy of a ChainLead is infinite at the energy {where.real:.15g}, the "
            "edge of its band"
        )
    return np.asarray((-2 / (offset + root) / root * lead.coupling[..., None] ** 2)[..., None, None])


def _root(lead: ChainLead, z: Array, missed: Missed) -> tuple[Array, Array]:
    """Return z counted from the middle of the band, and the root of its square less that of the edge."""
    low, high = np.moveaxis(ranges(lead), -1, 0)
    # The product of two principal roots has Im >= 0 and grows like z: the decaying solution, on the
    # band too, where a choice by modulus would be a coin toss. Next to an edge z less the edge is exact.
    root = np.sqrt(z - high + missed + 0j) * np.sqrt(z - low + missed + 0j)
    return z - lead.onsite[..., None] + 0j, root


@edges.register
def _(lead: ChainLead) -> Array:
    return ranges(lead)[..., 0, :]


@ranges.register
def _(lead: ChainLead) -> Array:
    half = 2 * np.abs(lead.hopping)
    return np.stack([lead.onsite - half, lead.onsite + half], axis=-1)[..., None, :]


@grip.register
def _(lead: ChainLead) -> Array:
    return np.abs(lead.coupling)


@continued.register
def _(lead: ChainLead, z: Array, e: float) -> tuple[Array, Array]:
    offset, edge = z - lead.onsite + 0j, 2 * np.abs(lead.hopping)
    upper = 1j * np.sqrt(edge - offset) if is_open(lead, e) else np.sqrt(offset - edge)
    root = upper * np.sqrt(offset + edge)
    value = (2 * lead.coupling**2 / (offset + root))[:, None, None]
    return value, -value / root[:, None, None]
