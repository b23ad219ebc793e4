"""Mistakes about chain leads: which of the two roots is the Green's function at the end of a chain."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ChainLead, OpenSystem

from .axis import panels, poles
from .direct import Direct
from .formula import derived

Array = NDArray[Any]

CHAIN = "todorov2010 Eq. 29: the wave decays into the chain"


def decaying(z: Array, edge: float) -> Array:
    """Return the root of z^2 - edge^2 that grows like z and has Im >= 0 on the band."""
    return np.sqrt(z - edge) * np.sqrt(z + edge)


def _between(low: float, high: float, near: Array, cuts: list[float]) -> tuple[Array, Array]:
    """Return nodes and weights between two band edges, where the integrand may be an inverse root."""

    def place(w: Array) -> Array:
        # w = low + (high - low) sin^2(pi s/2) is flat at both ends.
        return 2 / np.pi * np.arcsin(np.sqrt((w - low) / (high - low) + 0j))

    inside = np.array([cut for cut in cuts if low < cut < high])
    s, weights = panels(place(near), list(np.real(place(inside))), 0.0, 1.0)
    w = low + (high - low) * np.sin(np.pi * s / 2) ** 2
    return w, weights * (high - low) * np.pi / 2 * np.sin(np.pi * s)


class Surface(Direct):
    """The definitions by quadrature over the bands of chain leads, where no state is bound outside.

    Parameters
    ----------
    root : callable
        ``root(z, edge)``: the square root of z^2 - edge^2 with edge = 2 abs(hopping).
    """

    def __init__(self, root: Callable[[Array, float], Array] = decaying) -> None:
        super().__init__()
        self.root = root

    def takes(self, system: OpenSystem) -> bool:
        """Return whether all leads are chains."""
        return len(self._chains(system)) == len(system.leads)

    def _chains(self, system: OpenSystem) -> list[ChainLead]:
        return [lead.chain for lead in system.leads if lead.chain]

    def _axis(self, system: OpenSystem, *shifts: float) -> tuple[Array, Array]:
        near, cuts = poles(system)
        ends = {
            float(lead.onsite + side * 2 * abs(lead.hopping))
            for lead in self._chains(system)
            for side in (-1, 1)
        }
        levels = np.linalg.eigvalsh(system.hamiltonian)
        shifted = np.linalg.eigvals(system.hamiltonian + self._self_energy(system, levels).sum(axis=0))
        # Poles of the Fermi functions alone: levels have the width that the chains give them.
        near = np.concatenate([near[system.levels :], shifted.ravel()])
        rules = [_between(*piece, near, cuts) for piece in pairwise(sorted(ends))]
        w, weights = (np.concatenate(part) for part in zip(*rules, strict=True))
        return w, weights / (2 * np.pi)

    def _self_energy(self, system: OpenSystem, w: Array) -> Array:
        """Return Sigma of each lead at each energy, shape (leads, W, n, n)."""
        found = np.zeros((len(system.leads), len(w), system.levels, system.levels), dtype=complex)
        for a, lead in enumerate(self._chains(system)):
            z, edge = w - lead.onsite + 0j, 2 * abs(float(lead.hopping))
            # The end of a chain has G = (z - root)/2 H^2.
            found[a, :, lead.site, lead.site] = 2 * (z - self.root(z, edge)) / edge**2 * lead.coupling**2
        return found

    def _green(self, system: OpenSystem, w: Array) -> Array:
        inverse = w[:, None, None] * np.eye(system.levels) - system.hamiltonian
        return np.linalg.inv(inverse - self._self_energy(system, w).sum(axis=0))

    def _widths(self, system: OpenSystem, w: Array) -> Array:
        return -2 * np.imag(self._self_energy(system, w))


def by_modulus(z: Array, edge: float) -> Array:
    """Return the root of the wave whose factor is below 1 in modulus, a coin toss on the band."""
    root = decaying(z, edge)
    return np.where(np.abs(z - root) > edge, -root, root)


STEADY = "density_matrix force curl current bond_current"
derived(
    "growing-root",
    "In the lower half of the band, where a principal root is the wrong one, the wave grows.",
    STEADY,
    CHAIN,
    kind=Surface,
    root=lambda z, edge: np.sqrt(z * z - edge**2),
)
derived(
    "root-by-modulus",
    "On the band, where both waves keep their size, rounding chooses between the two.",
    STEADY,
    CHAIN,
    kind=Surface,
    root=by_modulus,
)
