r"""Force noise and pair density of systems whose leads have bands: two spectral functions side by side.

.. math::

    S_{\mu\nu}(W) &= \int Tr[L_\mu P(E + W) L_\nu N(E)], \\
    \Lambda_{\mu\nu}(W) &= \int Tr[L_\mu A(E - W) L_\nu N(E)] / 2\pi,

with :math:`N = \sum_a f_a G \Gamma_a G^+`, P likewise with 1 - f, A = N + P, and :math:`\int = \int dE/2\pi`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import OpenSystem

from . import real_axis
from .bordered import injected
from .contacts import Contacts, groups
from .contour import THERMAL
from .marks import marks, refuse_narrow
from .moving import filling, traces

__all__ = ["force_noise", "pair_density"]

Array = np.ndarray[Any, Any]

# Nothing is subtracted in these integrals that rounds: pieces that hardly count keep no error of their own.
FINE = real_axis.FINE


def force_noise(system: OpenSystem, frequency: Array) -> Array:
    """Return the noise of a system on leads with bands; see `electronwind.fast.force_noise`."""
    value = _each(system, frequency, _noise)
    return (value + np.swapaxes(value, -1, -2).conj()) * (system.degeneracy / (4 * np.pi))


def pair_density(system: OpenSystem, frequency: Array) -> Array:
    """Return the pair density of a system on leads with bands; see `electronwind.fast.pair_density`."""
    value = _each(system, frequency, _pairs)
    return (value + np.swapaxes(value, -1, -2).conj()) * (system.degeneracy / (8 * np.pi**2))


def _each(system: OpenSystem, frequency: Array, compute: Any) -> Array:
    w, d = frequency.ravel(), system.coordinates
    result = np.empty((int(np.prod(system.shape)), len(w), d, d), complex)
    for where, group in groups(system):
        result[where] = compute(group, w).reshape(len(where), len(w), d, d)
    return result.reshape(*system.shape, *frequency.shape, d, d)


def _noise(group: Contacts, w: Array) -> Array:
    """Return 2 pi S(W), shape (M * W, d, d)."""
    leads = range(len(group.leads))
    mu, warm = group.mu, group.temperature
    each = np.tile(w, len(group.hamiltonian))

    def values(owner: Array, e: Array, _: Array) -> Array:
        member, there = owner // len(w), e + each[owner]
        sigmas, above = group.energies(e + 0j), group.energies(there + 0j)
        g, other = group.green(member, e + 0j, sigmas), group.green(member, there + 0j, above)
        occupied = injected(group, g, sigmas, [filling(group, a, e) for a in leads])
        # 1 - f(E) is f at the energy mirrored about mu.
        free = [filling(group, a, 2 * mu[a] - there) for a in leads]
        return traces(group, member, injected(group, other, above, free), occupied)

    low = np.min(mu - THERMAL * warm) - each
    pieces = real_axis.between(
        marks(group, [0 * w, -w]), low, np.full(len(each), np.max(mu + THERMAL * warm))
    )
    refuse_narrow(group, pieces)
    return real_axis.integrate(values, pieces, len(each), group.gradient.shape[1:2] * 2, FINE)


def _pairs(group: Contacts, w: Array) -> Array:
    """Return 4 pi^2 Lambda(W), shape (M * W, d, d)."""
    leads = range(len(group.leads))
    each = np.tile(w, len(group.hamiltonian))

    def values(owner: Array, e: Array, _: Array) -> Array:
        member, there = owner // len(w), e - each[owner]
        sigmas, below = group.energies(e + 0j), group.energies(there + 0j)
        g, other = group.green(member, e + 0j, sigmas), group.green(member, there + 0j, below)
        occupied = injected(group, g, sigmas, [filling(group, a, e) for a in leads])
        full = injected(group, other, below, [np.ones_like(e) for _ in leads])
        return traces(group, member, full, occupied)

    far = marks(group, [0 * w, w])
    high = np.full(len(each), np.max(group.mu + THERMAL * group.temperature))
    # Below all marks the spectra fall off like the inverse square; with bands alone there is nothing.
    low = np.minimum(np.min(far, axis=1), high) - group.scale
    pieces = real_axis.between(far, low, high, tail=group.scale + float(np.max(np.abs(w))))
    refuse_narrow(group, pieces)
    return real_axis.integrate(values, pieces, len(each), group.gradient.shape[1:2] * 2, FINE)
