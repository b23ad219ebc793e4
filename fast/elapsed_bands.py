r"""Occupied and all states in time, on leads with bands: N(s) and A(s) by quadrature.

On the axis N(E) and A(E) are smooth between marks and end with the bands. A lead without edges has no end:
beside all edges and levels :math:`A = i (G - G^+)` is analytic in a quadrant below the axis, where
:math:`e^{-iEs}` decays, and the tail goes straight down. There G goes on from above the axis, with what leads
without edges say of themselves on both sides of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import roots_legendre

from . import leads, real_axis
from .bordered import injected
from .calculus import adjoint
from .contacts import Contacts
from .contour import THERMAL
from .marks import marks, refuse_narrow
from .moving import filling

__all__ = ["elapsed"]

Array = np.ndarray[Any, Any]

# Panels that double in length on the way down, the first half as long as the nearest level is far away: at
# zero delay the inverse square is then cut where it is below rounding.
DOUBLINGS = 56
NODES, WEIGHTS = (np.asarray(part) for part in roots_legendre(16))
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2


def elapsed(group: Contacts, delays: Array) -> tuple[Array, Array]:
    """Return N(s) and A(s) on the touched levels, without bound states, each of shape (M, S, p, p).

    No delay is below zero.
    """
    count, p = len(group.hamiltonian), len(group.touched)
    every = np.tile(delays, count)
    endless = [not leads.edges(lead).size for lead in group.leads]
    if any(endless):
        # No level and no edge is as far from zero as half of this.
        reach = 4 * group.scale * np.sqrt(group.hamiltonian.shape[-1])
        low = min(-reach, float(np.min(group.mu - THERMAL * group.temperature)))
        high = max(reach, float(np.max(group.mu + THERMAL * group.temperature)))
    else:
        low, high = float(group.edges[0]), float(group.edges[-1])

    def values(owner: Array, e: Array, _: Array) -> Array:
        member = owner // len(delays)
        sigmas = group.energies(e + 0j)
        g = group.green(member, e + 0j, sigmas)
        turn = np.exp(-1j * e * every[owner]) / (2 * np.pi)
        weights = [filling(group, a, e) for a in range(len(group.leads))]
        occupied = injected(group, g, sigmas, weights)
        full = injected(group, g, sigmas, [np.ones_like(e) for _ in weights])
        return turn[:, None, None, None] * np.stack([occupied, full], axis=1)

    ends = (np.full(len(every), end) for end in (low, high))
    pieces = real_axis.between(marks(group, [0 * delays]), *ends)
    refuse_narrow(group, pieces)
    # Far tails hardly count, and their errors must not add up: nothing is subtracted here that rounds.
    found = real_axis.integrate(values, pieces, len(every), (2, p, p), real_axis.FINE)
    found = found.reshape(count, len(delays), 2, p, p)
    if any(endless):
        below, above = (_tail(group, end, endless, delays) for end in (low, high))
        # Full below, and empty above.
        found += 1j * below[:, :, None]
        found[:, :, 1] -= 1j * above
    return found[:, :, 0], found[:, :, 1]


def _tail(group: Contacts, end: float, endless: list[bool], delays: Array) -> Array:
    """Return the integral of e^{-izs} A(z)/2 pi over y > 0 at z = end - i y, shape (M, S, p, p)."""
    edges = np.concatenate([[0.0], abs(end) / 4 * 2.0 ** np.arange(DOUBLINGS)])
    width = np.diff(edges)[:, None]
    y, w = (edges[:-1, None] + width * NODES).ravel(), (width * WEIGHTS).ravel()
    z = end - 1j * y
    mirrored = group.energies(z.conj())
    # The retarded self-energy goes on below the axis: beside its band that of a lead is Hermitian there.
    retarded = [
        group.continued(lead, z, end) if open_ else adjoint(sigma)
        for lead, (sigma, open_) in enumerate(zip(mirrored, endless, strict=True))
    ]
    weights = w * np.exp(-1j * np.multiply.outer(delays, z)) / (2 * np.pi)
    result = []
    for one in range(len(group.hamiltonian)):
        member = np.full(len(z), one)
        advanced = adjoint(group.green(member, z.conj(), mirrored))
        states = 1j * (group.green(member, z, retarded) - advanced)
        result.append(np.tensordot(weights, states, 1))
    return np.stack(result)
