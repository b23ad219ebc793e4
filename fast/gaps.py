"""Leads seen from beside their bands, where their self-energies are Hermitian and states may be bound."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from electronwind import ChainLead, Lead, OpenSystem, PrecisionError

from .leads import broadening, edges, ranges, self_energy, slope

__all__ = [
    "EPS",
    "UNTOLD",
    "Edge",
    "Interval",
    "band_edges",
    "beside",
    "broadens",
    "inside_band",
    "intervals",
    "pull",
    "steepness",
]

Array = np.ndarray[Any, Any]

# A lead whose coupling is below this fraction of the largest energy broadens nothing: its square, the
# width, and the inverse of that are still numbers.
NOTHING = 1e-100
# Roundings that an energy relative to a band may be off.
UNTOLD = 64
EPS = float(np.finfo(float).eps)
# Where an interval is sampled, in fractions of it: open channels, and what tells a pole of a self-energy.
# Not in the middle, where symmetry puts the pole of a chain of dimers.
SAMPLES = np.array([0.25, 0.5, 0.75])
SEARCH = (1 - np.cos(np.pi * (np.arange(24) + 0.43) / 24)) / 2
BISECTIONS = 60
# How far from a pole its last digits are read off, in fractions of the distance of two samples.
AWAY = 1e-4
# The root at an edge, taken to zero along these fractions of it; and what a self-energy so found may be off.
LADDER = 0.02 * np.arange(1, 10)
BLURRED = 1e-11
# An edge this fraction of the width of all bands away is a lead's own.
OWN = 1e-9


class Edge(NamedTuple):
    """The lower (side -1) or the upper (side 1) edge of the band of a lead, or of no lead a pole (side 0)."""

    energy: float
    lead: Lead | None
    side: int


class Interval(NamedTuple):
    """Energies between two neighbouring edges of bands, or beyond all of them, where an edge is None.

    Attributes
    ----------
    low, high : Edge, or None
        Its ends.
    open : list of (Lead, ndarray of shape (s, s))
        Leads that broaden something here, and what in all, of largest entry about one.
    closed : list of Lead
        Those whose self-energy has a Hermitian part that depends on energy.
    """

    low: Edge | None
    high: Edge | None
    open: list[tuple[Lead, Array]]
    closed: list[Lead]


def pull(lead: Lead) -> Array:
    """Return the largest coupling of a lead to the system, shape (...); none of a lead without bands."""
    coupling = getattr(lead, "coupling", None)
    if coupling is None:
        return np.zeros(lead.shape)
    core = lead.axes["coupling"]
    return np.max(np.abs(coupling), axis=tuple(range(-core, 0)), initial=0.0) if core else np.abs(coupling)


def broadens(lead: Lead, scale: Array) -> Array:
    """Return whether a lead broadens anything, where the largest energy is `scale`."""
    return np.asarray((pull(lead) > NOTHING * scale) | (edges(lead).shape[-1] == 0))


def band_edges(system: OpenSystem) -> list[float]:
    """Return the edges of all bands of a system without batch axes, sorted."""
    return sorted({float(edge) for lead in system.leads for edge in edges(lead)})


def inside_band(lead: Lead, e: float) -> bool:
    """Tell whether an energy lies in a band of a lead."""
    low, high = np.moveaxis(ranges(lead), -1, 0)
    return bool(np.any((low < e) & (e < high)))


def intervals(system: OpenSystem, scale: float) -> list[Interval]:
    """Return all energies in pieces, ascending; leads that broaden nothing are in none of them.

    Parameters
    ----------
    system : OpenSystem
        Without batch axes.
    scale : float
        Its largest energy.
    """
    leads = [lead for lead in system.leads if broadens(lead, np.asarray(scale))]
    ends = [
        Edge(float(edge), lead, 1 if inside_band(lead, edge - 1e-6 * reach) else -1)
        for lead in leads
        for edge, reach in ((edge, float(np.ptp(edges(lead)))) for edge in edges(lead))
    ]
    ends.sort(key=lambda edge: (edge.energy, edge.side))
    found = []
    for low, high in zip([None, *ends], [*ends, None], strict=True):
        a, b = low.energy if low else -np.inf, high.energy if high else np.inf
        if a < b:
            shown = [(lead, _channels(lead, a, b)) for lead in leads]
            passing = [(lead, gamma) for lead, gamma in shown if gamma.any()]
            banded = [lead for lead in leads if edges(lead).size]
            found += _split(Interval(low, high, passing, banded), scale)
    return found


def _channels(lead: Lead, low: float, high: float) -> Array:
    """Return what a lead broadens between two neighbouring edges, of largest entry about one."""
    if not edges(lead).size:
        gamma = broadening(lead, np.zeros(1))[0]
        # Which levels a lead reaches does not hang on how strongly.
        return np.asarray(gamma / max(float(np.max(np.abs(gamma), initial=0.0)), 1e-300))
    s = len(lead.sites)
    if not np.isfinite(high - low) or not inside_band(lead, (low + high) / 2):
        return np.zeros((s, s))
    gamma = broadening(lead, low + (high - low) * SAMPLES)
    sizes = np.max(np.abs(gamma), axis=(1, 2), keepdims=True)
    return np.asarray(np.sum(gamma / np.maximum(sizes, 1e-300), axis=0))


def _split(interval: Interval, scale: float) -> list[Interval]:
    """Return an interval cut where a self-energy has a pole: a state at the end of a lead of its own."""
    a, b = (edge.energy if edge else np.nan for edge in (interval.low, interval.high))
    a, b = (b - 8 * scale if np.isnan(a) else a), (a + 8 * scale if np.isnan(b) else b)
    ends = [interval.low, interval.high]
    for lead in interval.closed:
        if lead.chain is not None or inside_band(lead, (a + b) / 2):
            continue  # a chain has no such state, and where a channel is open nothing tells it
        e = a + (b - a) * SEARCH
        trace = _trace(lead, e)
        for low, high, first, last in zip(e[:-1], e[1:], trace[:-1], trace[1:], strict=True):
            # Without a pole it falls.
            if last > first + BLURRED * scale:
                ends.append(Edge(_pole(lead, low, high, first), None, 0))
    inner = sorted(ends[2:], key=lambda edge: edge.energy if edge else 0.0)
    return [interval._replace(low=p, high=q) for p, q in pairwise([ends[0], *inner, ends[1]])]


def _trace(lead: Lead, e: Array) -> Array:
    return np.trace(self_energy(lead, e), axis1=-2, axis2=-1).real


def _pole(lead: Lead, low: float, high: float, first: float) -> float:
    """Return where between two energies the self-energy of a lead, of trace `first` at the lower, has a pole.

    Next to it the waves of the lead are lost in rounding: the last digits are read off from farther away.
    """
    width = high - low
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        try:
            trace = _trace(lead, np.array([middle]))[0]
        except PrecisionError:
            low = high = middle
            break
        low, high = (middle, high) if trace <= first else (low, middle)
    middle, step = (low + high) / 2, AWAY * width
    # Of r/(x - x_0) + s + q x at four points about the pole.
    inner, outer = (_trace(lead, middle + part * step * np.array([-1.0, 1.0])) for part in (1, 2))
    strength = step * (inner[1] - inner[0]) / 2
    moved = 2 * step**2 * (np.sum(inner) - np.sum(outer)) / (3 * strength)
    return float(middle + moved) if abs(moved) < step / 2 else middle


def beside(lead: Lead, edge: Edge, side: int, x: Array) -> tuple[Array, float]:
    """Return the self-energy of a lead at ``edge.energy + side x^2``, (X, s, s), and its rounding error.

    Counted from the edge, an energy close to it keeps all its digits.
    """
    if lead.chain and edge.lead and edge.lead.chain:
        value, _, error = _beside_chain(lead.chain, edge.lead.chain, edge.side, side, x)
        return value[:, None, None], error
    apart = np.abs(edges(lead) - edge.energy)
    if np.any(x == 0) and np.any(apart <= OWN * np.max(apart)):
        steps = np.sqrt(np.min(apart[apart > OWN * np.max(apart)])) * LADDER
        values = self_energy(lead, edge.energy + side * steps**2)
        weights = [np.prod((rest := np.delete(steps, k)) / (rest - h)) for k, h in enumerate(steps)]
        value = np.einsum("k,kij->ij", weights, values)
        return value[None], BLURRED * float(np.max(np.abs(values)))
    value = self_energy(lead, edge.energy + side * x * x)
    return value, UNTOLD * EPS * float(np.max(np.abs(value)))


def steepness(lead: Lead, edge: Edge, side: int, x: float) -> Array:
    """Return the slope of a self-energy at ``edge.energy + side x^2``, x > 0, shape (s, s)."""
    if lead.chain and edge.lead and edge.lead.chain:
        value, root, _ = _beside_chain(lead.chain, edge.lead.chain, edge.side, side, np.array([x]))
        return -np.abs(value)[:, None] / root
    return np.asarray(slope(lead, np.array([edge.energy + side * x * x]))[0])


def _beside_chain(
    lead: ChainLead, own: ChainLead, end: int, side: int, x: Array
) -> tuple[Array, Array, float]:
    """Return self-energy, size of the root in it, and rounding error of a chain beside an end of another."""
    half = 2 * abs(float(lead.hopping))
    offset = float(own.onsite - lead.onsite) + end * 2 * abs(float(own.hopping)) + side * x * x
    if lead.onsite == own.onsite and abs(lead.hopping) == abs(own.hopping):
        # Of its own edge the square root is x times a number, and not the root of a rounding error.
        root, blur = x * np.sqrt(x * x + 2 * half), 0.0
    else:
        root = np.sqrt(np.maximum((np.abs(offset) - half) * (np.abs(offset) + half), 0.0))
        blur = UNTOLD * EPS * (float(np.max(np.abs(offset))) + half + abs(float(lead.onsite)))
    value = 2 * float(lead.coupling) ** 2 / (offset + np.copysign(root, offset))
    error = np.max(np.abs(value) * blur / np.maximum(root, max(np.sqrt(blur * half), 1e-300)))
    return value, root, float(error)
