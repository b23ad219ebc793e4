"""Families whose coordinates are positions along a chain: what they are made of, and their stiffness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from electronwind import ChainLead, Lead, Model
from electronwind.models.bonds import Bonded

from . import perfect
from .bond_response import bond_response
from .contour import THERMAL
from .leads import ranges
from .neighbours import Chain

__all__ = ["Moving", "bond_force", "bond_friction", "bond_stiffness", "chain_of", "perfect_ends", "stretched"]

Array = np.ndarray[Any, Any]

# Bonds of the perfect chain differ by no more than the rounding of positions along it.
PERFECT = 1e-12


@dataclass(frozen=True, eq=False)
class Moving:
    """The moving bonds of a chain.

    Attributes
    ----------
    chain : Chain
        With its leads.
    slope, curvature : ndarray, shape (d + 1,)
        Derivatives of the hopping of each moving bond with respect to its length.
    """

    chain: Chain
    slope: Array
    curvature: Array


def chain_of(model: Model, leads: Sequence[Lead], x: Array) -> Moving | None:
    """Return the chain that a family is at one position, or None where it is none.

    A chain has `bonds`, `sites` and `onsite`, as `models.wire` has, and two leads, one on sites up to the
    moving atoms and one on sites from there on. All that a chain lead may be asked about lies in its band:
    otherwise there may be bound states, which the general way knows.
    """
    if not isinstance(model, Bonded) or len(leads) != 2:
        return None
    first, last = model.sites.start - 1, model.sites.stop
    onsite = np.asarray(model.onsite)
    reach = ((0, first), (last, len(onsite) - 1))
    if not all(_fits(lead, *ends, len(onsite)) for lead, ends in zip(leads, reach, strict=True)):
        return None
    edges = [(float(a.mu), float(a.temperature)) for a in leads]
    low = min(mu - THERMAL * t for mu, t in edges)
    high = max(mu + THERMAL * t for mu, t in edges)
    for lead in leads:
        if not all(bottom < low <= high < top for bottom, top in ranges(lead)):
            return None
    bonds = model.bonds(x)
    moving = slice(first, last)
    chain = Chain(onsite, np.asarray(bonds.hopping), first, last, (leads[0], leads[1]))
    return Moving(chain, np.asarray(bonds.slope)[moving], np.asarray(bonds.curvature)[moving])


def _fits(lead: Lead, low: int, high: int, levels: int) -> bool:
    """Tell whether a lead is diagonal and touches sites from low to high alone."""
    if lead.shape or lead.levels not in (None, levels) or not (lead.chain or lead.wide_band):
        return False
    widths = np.diagonal(lead.peak)
    where = np.asarray(lead.sites)[widths != 0]
    inside = len(where) > 0 and low <= where[0] and where[-1] <= high
    return bool(inside and np.all(lead.peak == np.diag(widths)))


def perfect_ends(chain: Chain) -> tuple[ChainLead, ChainLead] | None:
    """Return the leads of a chain that continues them without a difference, or None."""
    left, right = (lead.chain for lead in chain.leads)
    if left is None or right is None:
        return None
    ends = left.site == 0 and right.site == len(chain.onsite) - 1
    beyond = [left.hopping, right.hopping, left.coupling, right.coupling]
    bonds = np.abs(np.concatenate([np.ravel(beyond), chain.hopping]))
    onsite = np.concatenate([chain.onsite, np.ravel(left.onsite), np.ravel(right.onsite)])
    same = [float(np.ptp(part)) <= PERFECT * float(bonds[0]) for part in (bonds, onsite)]
    found = ends and all(same) and perfect.in_band(left) and perfect.in_band(right)
    return (left, right) if found else None


def orders_and_response(chain: Chain) -> tuple[Array, Array]:
    """Return bond orders and their derivatives with respect to the hopping, by the quickest way that fits."""
    if (leads := perfect_ends(chain)) is None:
        return bond_response(chain)
    bonds = chain.last - chain.first
    orders = np.full(bonds, perfect.bond_orders(*leads))
    # The closed form is for bonds that lower the energy of a positive order.
    orders *= -np.sign(chain.hopping[chain.first : chain.last])
    return orders, perfect.bond_response(*leads, bonds)


def bond_force(parts: Moving) -> Array:
    """Return the force of the electrons on the atoms of a chain, per spin, shape (d,)."""
    orders = bond_response(parts.chain, response=False)[0]
    tension = orders * parts.slope
    return np.diff(tension)


def bond_stiffness(parts: Moving) -> Array:
    """Return the stiffness that the electrons of a chain add, per spin, shape (d, d)."""
    orders, derivatives = orders_and_response(parts.chain)
    inner = parts.slope[:, None] * derivatives * parts.slope
    inner[np.diag_indices(len(orders))] += parts.curvature * orders
    return stretched(inner)


def stretched(inner: Array) -> Array:
    """Return D^T inner D for the lengths of bonds as functions of the positions between two walls."""
    columns = inner[:, :-1] - inner[:, 1:]
    result: Array = columns[:-1] - columns[1:]
    return result


def bond_friction(parts: Moving) -> Array | None:
    """Return the friction on the atoms of a perfect chain, per spin, shape (d, d); None for any other."""
    if (leads := perfect_ends(parts.chain)) is None:
        return None
    pairs = perfect.pair_friction(*leads, len(parts.slope))
    return stretched(parts.slope[:, None] * pairs * parts.slope)
