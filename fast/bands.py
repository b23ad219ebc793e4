"""The bands of a crystal: where they begin and end, and where else their density of states is not smooth."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from .bloch import Cell, ended
from .calculus import adjoint

__all__ = ["Crystal", "crystal"]

Array = np.ndarray[Any, Any]

# Wave numbers at first, and at most: they are doubled until no more extrema are found.
WAVES, MOST = 64, 4096
# Where the grid starts: waves 0 and pi, at which bands of real cells touch, are not on it.
OFFSET = 0.123
# Halvings of an interval of wave numbers about an extremum.
HALVINGS = 52
# Sets of energies whose Green's functions are kept, and entries of one at most.
KEPT, ENTRIES = 4, 1_000_000


class Crystal:
    """A batch of crystals of one size of cell, and what is computed of them once.

    Attributes
    ----------
    cell : Cell
        Of shapes ``(..., m, m)``.
    """

    def __init__(self, onsite: Array, hopping: Array) -> None:
        onsite, hopping = np.broadcast_arrays(onsite, hopping)
        self.cell = Cell.of(onsite, hopping)
        self._kept: tuple[tuple[Array, Array], ...] = ()

    def ended(self, z: Array) -> Array:
        """Return the Green's function of the first cell at energies of shape (..., E), Im z >= 0.

        All leads of one cell are asked at the same energies, one after the other.
        """
        z = np.broadcast_to(z, np.broadcast_shapes(z.shape, (*self.cell.strength.shape[:-1], 1)))
        for energies, known in self._kept:
            if np.array_equal(energies, z):
                return known
        g = ended(self.cell, z)
        g.flags.writeable = False
        if g.size <= ENTRIES:
            self._kept = ((z.copy(), g), *self._kept[: KEPT - 1])
        return g

    @cached_property
    def ranges(self) -> Array:
        """Lower and upper edge of every band, counted by energy, shape ``(..., m, 2)``."""
        return np.stack([ranges for _, ranges in self._ends]).reshape(*self.cell.onsite.shape[:-1], 2)

    @cached_property
    def extrema(self) -> Array:
        """Energies of all maxima and minima of the bands, sorted, shape ``(..., k)``.

        Where two bands cross there is a maximum of one and a minimum of the other. In a batch the last energy
        is repeated where there are fewer than elsewhere.
        """
        found = [energies for energies, _ in self._ends]
        most = max(map(len, found), default=0)
        filled = [np.concatenate([one, np.full(most - len(one), one[-1])]) for one in found]
        return np.reshape(filled, (*self.cell.onsite.shape[:-2], most))

    @cached_property
    def _ends(self) -> list[tuple[Array, Array]]:
        m = self.cell.onsite.shape[-1]
        parts = (self.cell.onsite.reshape(-1, m, m), self.cell.hopping.reshape(-1, m, m))
        return [_ends(onsite, hopping) for onsite, hopping in zip(*parts, strict=True)]


_KNOWN: WeakValueDictionary[Any, Crystal] = WeakValueDictionary()


def crystal(onsite: Array, hopping: Array) -> Crystal:
    """Return the crystal of a cell, the same one for all leads that have this cell."""
    key = tuple((part.shape, part.tobytes()) for part in (onsite, hopping))
    found = _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = Crystal(onsite, hopping)
    return found


def _ends(onsite: Array, hopping: Array) -> tuple[Array, Array]:
    """Return all extrema of the bands of one crystal, and the two edges of each band."""
    count, before = WAVES, -1
    while True:
        waves = OFFSET + 2 * np.pi * np.arange(count + 1) / count
        seen, velocities = _slopes(onsite, hopping, waves)
        start, band = np.nonzero(velocities[:-1] * velocities[1:] <= 0)
        if len(start) == before or count >= MOST:
            break
        count, before = 2 * count, len(start)
    low, high = waves[start], waves[start + 1]
    every = np.arange(len(band))
    rising = velocities[start, band] > 0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        up = _slopes(onsite, hopping, middle)[1][every, band] > 0
        low, high = np.where(up == rising, middle, low), np.where(up == rising, high, middle)
    energies = _slopes(onsite, hopping, (low + high) / 2)[0][every, band]
    lowest, highest = np.min(seen, axis=0), np.max(seen, axis=0)
    np.minimum.at(lowest, band, energies)
    np.maximum.at(highest, band, energies)
    return np.sort(energies), np.stack([lowest, highest], axis=-1)


def _slopes(onsite: Array, hopping: Array, waves: Array) -> tuple[Array, Array]:
    """Return energies and velocities of the bands, sorted by energy, each of shape ``(k, m)``."""
    out = hopping * np.exp(1j * waves)[:, None, None]
    energies, states = np.linalg.eigh(onsite + out + adjoint(out))
    turned = adjoint(states) @ (1j * (out - adjoint(out))) @ states
    return energies, np.diagonal(turned, axis1=-2, axis2=-1).real
