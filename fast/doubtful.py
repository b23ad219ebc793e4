"""Which members of a batch may have a state that no lead broadens, or one at an edge: all at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import OpenSystem

from .gaps import broadens, pull
from .leads import edges as edges_of
from .leads import ranges, self_energy
from .sharp_states import DARK

__all__ = ["doubtful"]

Array = np.ndarray[Any, Any]

# Eigenvalues of a batch this fraction of the largest energy from an edge are looked at one by one.
TOLD = 1e-6


def doubtful(system: OpenSystem) -> Array:
    """Return which members may have a bound state or one at an edge, all at once, shape (...)."""
    n, shape = system.levels, system.shape
    h = system.hamiltonian
    wide = [lead for lead in system.leads if not edges_of(lead).shape[-1]]
    banded = [lead for lead in system.leads if edges_of(lead).shape[-1]]
    reach: Array = np.zeros((*shape, n, n), complex)
    for lead in wide:
        gamma = -2 * self_energy(lead, np.zeros(1))[..., 0, :, :].imag
        reach = reach + gamma / np.maximum(np.max(np.abs(gamma), axis=(-1, -2), keepdims=True), 1e-300)
    if wide and np.all(np.linalg.eigvalsh(reach)[..., 0] > DARK):
        return np.zeros(shape, bool)
    if any(len(lead.sites) > 1 or ranges(lead).shape[-2] > 1 for lead in banded):
        return np.ones(shape, bool)
    scale = np.max(np.abs(h), axis=(-1, -2)) + sum(pull(lead) for lead in banded)
    for lead in banded:
        (site,) = lead.sites
        reach[..., site, site] += broadens(lead, scale)
    # Levels out of reach of all leads, at any energy.
    decay = -np.linalg.eigvals(h - 0.5j * scale[..., None, None] * reach).imag
    found: Array = np.any(decay <= DARK * scale[..., None], axis=-1)
    sides = [np.broadcast_to(edges_of(lead), (*shape, 2)) for lead in banded]
    edges = np.sort(np.concatenate(sides, axis=-1), axis=-1)
    far = np.full((*shape, 1), np.inf)
    ends = np.concatenate([-far, edges, far], axis=-1)
    middle = np.clip((ends[..., 1:] + ends[..., :-1]) / 2, edges[..., :1] - 1, edges[..., -1:] + 1)
    outside = np.stack([(middle < side[..., :1]) | (middle > side[..., 1:]) for side in sides])
    gap = np.all(outside, axis=0) & (not wide)
    # Where some leads are open and others are not, a system is looked at by itself.
    partly = ~gap & (np.any(outside, axis=0) | bool(wide))
    found |= np.any((ends[..., 1:] > ends[..., :-1]) & partly, axis=-1)
    counts = []
    for k in range(edges.shape[-1]):
        m = np.array(h)
        for lead in banded:
            (site,) = lead.sites
            m[..., site, site] += self_energy(lead, edges[..., k : k + 1])[..., 0, 0, 0].real
        distance = np.linalg.eigvalsh(m) - edges[..., k, None]
        next_to = gap[..., k] | gap[..., k + 1]
        found |= next_to & np.any(np.abs(distance) <= TOLD * scale[..., None], axis=-1)
        counts.append(np.sum(distance > 0, axis=-1))
    above = np.stack([np.full(shape, n), *counts, np.zeros(shape, int)], axis=-1)
    return found | np.any(gap & (above[..., :-1] != above[..., 1:]), axis=-1)
