"""Leads seen from beside their bands, where their self-energies are Hermitian and states may be bound."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from electronwind import ChainLead, OpenSystem, WideBandLead

__all__ = [
    "Edge",
    "Interval",
    "band_edges",
    "broadens",
    "closed",
    "inside_band",
    "intervals",
    "self_energy_beside",
]

Array = np.ndarray[Any, Any]

# A chain whose coupling is below this fraction of the largest energy broadens nothing: its square, the
# width, and the inverse of that are still numbers.
NOTHING = 1e-100
# Roundings that an energy relative to a band may be off.
UNTOLD = 64
EPS = float(np.finfo(float).eps)


class Edge(NamedTuple):
    """The lower (side -1) or the upper (side 1) edge of the band of a chain."""

    energy: float
    lead: ChainLead
    side: int


class Interval(NamedTuple):
    """Energies between two neighbouring edges of bands, or beyond all of them, where an edge is None."""

    low: Edge | None
    high: Edge | None
    open: list[ChainLead]
    closed: list[ChainLead]


def broadens(lead: ChainLead, scale: Array) -> Array:
    """Return whether a chain broadens anything, where the largest energy is `scale`."""
    return np.abs(lead.coupling) > NOTHING * scale


def closed(lead: ChainLead, low: float, high: float) -> bool:
    """Tell whether energies between two neighbouring edges lie beside the band of a lead."""
    half = 2 * abs(float(lead.hopping))
    return high <= float(lead.onsite) - half or low >= float(lead.onsite) + half


def band_edges(system: OpenSystem) -> list[float]:
    """Return the edges of all bands of a system without batch axes, sorted."""
    sides = (
        float(lead.onsite + side * 2 * abs(lead.hopping))
        for lead in system.leads
        if not isinstance(lead, WideBandLead)
        for side in (-1, 1)
    )
    return sorted(set(sides))


def inside_band(lead: Any, e: float) -> bool:
    """Tell whether an energy lies in the band of a lead."""
    return isinstance(lead, WideBandLead) or bool(abs(e - lead.onsite) < 2 * abs(lead.hopping))


def intervals(system: OpenSystem, scale: float) -> list[Interval]:
    """Return all energies in pieces, ascending; chains that broaden nothing are in none of them.

    Parameters
    ----------
    system : OpenSystem
        Without batch axes.
    scale : float
        Its largest energy.
    """
    chains = [
        lead
        for lead in system.leads
        if not isinstance(lead, WideBandLead) and broadens(lead, np.asarray(scale))
    ]
    edges = [
        Edge(float(lead.onsite + side * 2 * abs(lead.hopping)), lead, side)
        for lead in chains
        for side in (-1, 1)
    ]
    edges.sort(key=lambda edge: (edge.energy, edge.side))
    found = []
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        a, b = low.energy if low else -np.inf, high.energy if high else np.inf
        if a < b:
            shut = [lead for lead in chains if closed(lead, a, b)]
            found.append(Interval(low, high, [lead for lead in chains if lead not in shut], shut))
    return found


def self_energy_beside(lead: ChainLead, edge: Edge, side: int, x: float) -> tuple[float, float, float]:
    """Return self-energy, slope and rounding error of a closed lead at ``edge.energy + side x^2``.

    Counted from the edge, an energy close to it keeps all its digits. At its own edge the slope is infinite.
    """
    half, own = 2 * abs(float(lead.hopping)), edge.lead
    offset = float(own.onsite - lead.onsite) + edge.side * 2 * abs(float(own.hopping)) + side * x * x
    if lead.onsite == own.onsite and abs(lead.hopping) == abs(own.hopping):
        # Of its own edge the square root is x times a number, and not the root of a rounding error.
        root, blur = x * np.sqrt(x * x + 2 * half), 0.0
    else:
        root = np.sqrt(max((abs(offset) - half) * (abs(offset) + half), 0.0))
        blur = UNTOLD * EPS * (abs(offset) + half + abs(float(lead.onsite)))
    value = 2 * float(lead.coupling) ** 2 / (offset + np.copysign(root, offset))
    slope = -abs(value) / root if root else -np.inf
    return value, slope, abs(value) * blur / max(root, np.sqrt(blur * half), 1e-300)
