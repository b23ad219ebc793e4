"""What a periodic lead is for the kernels: strands of chains where its matrices commute, else a crystal."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from electronwind import PeriodicLead, PrecisionError

from . import bloch, surface
from .bands import Crystal, crystal
from .calculus import adjoint
from .leads import (
    Missed,
    border,
    continued,
    edges,
    end_states,
    grip,
    is_exact,
    is_swollen,
    ranges,
    self_energy,
    slope,
)
from .reflection import Border
from .strands import Strands, strands

__all__: list[str] = []

Array = np.ndarray[Any, Any]

# Steps from the real axis to an energy below it.
STEPS = 12
# What the edges of bands may be off, as a fraction of the largest.
ROUNDING = 1e-14


_STRANDS: WeakKeyDictionary[PeriodicLead, Strands | None] = WeakKeyDictionary()


def _strands(lead: PeriodicLead) -> Strands | None:
    if lead not in _STRANDS:
        _STRANDS[lead] = strands(lead.onsite, lead.hopping, lead.coupling)
    return _STRANDS[lead]


def _coupled(lead: PeriodicLead, inner: Array) -> Array:
    """Return C X C^+."""
    coupling = lead.coupling[..., None, :, :]
    return np.asarray(coupling @ inner @ adjoint(coupling))


@self_energy.register
def _(lead: PeriodicLead, z: Array, missed: Missed = 0.0) -> Array:
    if (apart := _strands(lead)) is not None:
        offset, root = apart.roots(z, missed)
        sigma = apart.spread(2 / (offset + root))
    else:
        sigma = _coupled(lead, _crystal(lead).ended(z, missed))
    # Beside all bands nothing leaves: not even a rounding error, of which an integral would be made.
    shut = (z.imag == 0) & ~_reached(lead, z.real)
    return np.where(shut[..., None, None], (sigma + adjoint(sigma)) / 2, sigma)


def _reached(lead: PeriodicLead, e: Array) -> Array:
    """Return where an energy is in a band or at its edge: two bands may touch there, and waves pass."""
    low, high = np.moveaxis(ranges(lead)[..., None, :, :], -1, 0)
    blur = ROUNDING * np.max(np.abs(ranges(lead)), axis=(-1, -2), initial=0.0)[..., None, None]
    return np.any((low - blur <= e[..., None]) & (e[..., None] <= high + blur), axis=-1)


@slope.register
def _(lead: PeriodicLead, z: Array, missed: Missed = 0.0) -> Array:
    if (apart := _strands(lead)) is not None:
        offset, root = apart.roots(z, missed)
        if np.any(met := np.any(root == 0, axis=-1)):
            raise PrecisionError(
                "the slope of the self-energy of a PeriodicLead is infinite at the energy "
                f"{np.broadcast_to(z, met.shape)[met][0].real:.15g}, the edge of a band"
            )
        return apart.spread(-2 / (offset + root) / root)
    return _coupled(lead, _crystal(lead).steep(z, missed))


@end_states.register
def _(lead: PeriodicLead) -> list[tuple[float, float, Array]]:
    if _strands(lead) is not None:
        return []
    found = _crystal(lead)
    return [(*gap, states) for gap, states in zip(found.gaps, found.end_states, strict=True)]


@is_swollen.register
def _(lead: PeriodicLead, z: Array, missed: Missed = 0.0) -> Array:
    if _strands(lead) is not None:
        return np.zeros((*lead.shape, z.shape[-1]), bool)
    return _crystal(lead).is_large(z, missed)


@border.register
def _(lead: PeriodicLead, z: Array, missed: Missed = 0.0) -> Border | None:
    if _strands(lead) is not None:
        return None
    rho, steep = _crystal(lead).reflected(z, missed)
    passed = np.eye(rho.shape[-1]) - rho @ adjoint(rho)
    shut = (z.imag == 0) & ~_reached(lead, z.real)
    passed = np.where(shut[..., None, None], 0.0, passed)
    outer = _crystal(lead).faces.outer.astype(complex)
    return Border(lead.coupling, lead.onsite, outer, rho, steep, passed)


@edges.register
def _(lead: PeriodicLead) -> Array:
    if (apart := _strands(lead)) is None:
        return _crystal(lead).extrema
    return np.sort(apart.ends.reshape(*apart.ends.shape[:-2], -1), axis=-1)


@is_exact.register
def _(lead: PeriodicLead) -> bool:
    return _strands(lead) is not None


@ranges.register
def _(lead: PeriodicLead) -> Array:
    apart = _strands(lead)
    return _crystal(lead).ranges if apart is None else np.swapaxes(apart.ends, -1, -2)


_CRYSTALS: WeakKeyDictionary[PeriodicLead, Crystal] = WeakKeyDictionary()


def _crystal(lead: PeriodicLead) -> Crystal:
    if lead not in _CRYSTALS:
        _CRYSTALS[lead] = crystal(lead.onsite, lead.hopping)
    return _CRYSTALS[lead]


@grip.register
def _(lead: PeriodicLead) -> Array:
    return np.asarray(np.max(np.abs(lead.coupling), axis=(-1, -2)))


@continued.register
def _(lead: PeriodicLead, z: Array, e: float) -> tuple[Array, Array]:
    if (apart := _strands(lead)) is not None:
        offset, root = apart.continued(z, e)
        return apart.spread(2 / (offset + root)), apart.spread(-2 / (offset + root) / root)
    cell = _crystal(lead).cell
    upper = np.maximum(z.imag, 0.0)
    t = cell.hopping
    passed = t @ bloch.ended(cell, z.real + 1j * upper) @ adjoint(t)
    for share in np.arange(1, STEPS + 1) / STEPS:
        at = z.real + 1j * (upper + share * np.minimum(z.imag, 0.0))
        passed = surface.followed(cell, at, passed)
    coupling, unit = lead.coupling, np.eye(lead.onsite.shape[-1])
    value, steep = (np.full((len(z), *2 * (len(coupling),)), np.nan + 0j) for _ in range(2))
    found = np.isfinite(passed).all(axis=(-1, -2))
    try:
        g = np.linalg.inv(z[found, None, None] * unit - lead.onsite - passed[found])
    except np.linalg.LinAlgError:
        return value, steep
    inside = unit - surface.steepness(cell, g)
    if not np.all(np.isfinite(inside)):
        return value, steep
    value[found] = coupling @ g @ adjoint(coupling)
    steep[found] = -coupling @ g @ inside @ g @ adjoint(coupling)
    return value, steep
