"""The bands of a crystal: where they begin and end, and where else their density of states is not smooth."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from .bloch import Cell, change, ended
from .extrema import extrema
from .surface import refined, steepness

__all__ = ["Crystal", "crystal"]

Array = np.ndarray[Any, Any]

# So near an edge, as a fraction of all bands, waves lose digits that count.
NEAR = 1e-3
# Wave numbers at first, and at most: they are doubled until no more extrema are found.
WAVES, MOST = 64, 4096
# Green's function over the inverse of the hopping from which on a state at the end of a crystal is close.
LARGE = 10.0
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
        self._kept: tuple[tuple[Array, Array, Array], ...] = ()

    def ended(self, z: Array, missed: Array | float = 0.0) -> Array:
        """Return the Green's function of the first cell, shape (..., E, m, m).

        All leads of one cell are asked at the same energies, one after the other.

        Parameters
        ----------
        z : ndarray, shape (..., E)
            Energies with Im z >= 0.
        missed : float, or ndarray of shape (E,)
            What rounding took from energies that are counted from the nearest of `extrema`.
        """
        z = self._of_each(z)
        for energies, taken, known in self._kept:
            if np.array_equal(energies, z) and np.array_equal(taken, missed):
                return known
        g = self._refined(z, missed, ended(self.cell, z))
        g.flags.writeable = False
        if g.size <= ENTRIES:
            self._kept = ((z.copy(), np.array(missed), g), *self._kept[: KEPT - 1])
        return g

    def steep(self, z: Array, missed: Array | float = 0.0) -> Array:
        """Return the derivative of `ended` in the energy, of its shape; the arguments are the same.

        Raises
        ------
        PrecisionError
            It is infinite, at the edge of a band.
        """
        g, z = self.ended(z, missed), self._of_each(z)
        # Next to an edge the derivatives of waves are large, and g may be so for the edge's sake.
        apart = np.min(np.abs(z[..., None] - self.extrema[..., None, :]), axis=-1, initial=np.inf)
        apart = np.minimum(apart / np.ptp(self.extrema, axis=-1, keepdims=True), 1.0)
        large = np.max(np.abs(g), axis=(-1, -2)) * np.max(self.cell.strength, axis=-1)[..., None]
        bound = large * np.sqrt(apart) > LARGE
        if not np.any(bound):
            return self._by_surface(z, g)
        if bound.ndim > 1:
            return np.where(bound[..., None, None], change(self.cell, z), self._by_surface(z, g))
        found = np.empty_like(g)
        found[bound], found[~bound] = change(self.cell, z[bound]), self._by_surface(z[~bound], g[~bound])
        return found

    def _of_each(self, z: Array) -> Array:
        """Return the energies of every member of the batch."""
        return np.broadcast_to(z, np.broadcast_shapes(z.shape, (*self.cell.strength.shape[:-1], 1)))

    def _by_surface(self, z: Array, g: Array) -> Array:
        return -g @ (np.eye(g.shape[-1]) - steepness(self.cell, z, g)) @ g

    @cached_property
    def ranges(self) -> Array:
        """Lower and upper edge of every band, counted by energy, shape ``(..., m, 2)``."""
        return np.stack([ranges for _, _, ranges in self._ends]).reshape(*self.cell.onsite.shape[:-1], 2)

    @cached_property
    def extrema(self) -> Array:
        """Energies of all maxima and minima of the bands, sorted, shape ``(..., k)``.

        Where two bands cross there is a maximum of one and a minimum of the other. In a batch the last energy
        is repeated where there are fewer than elsewhere.
        """
        return self._filled([energies for energies, _, _ in self._ends])

    @cached_property
    def missed(self) -> Array:
        """What rounding took from `extrema`, of the same shape."""
        return self._filled([missed for _, missed, _ in self._ends])

    def _refined(self, z: Array, missed: Array | float, g: Array) -> Array:
        """Return g with the digits that waves lose next to an edge."""
        apart = np.abs(z[..., None] - self.extrema[..., None, :])
        near = np.min(apart, axis=-1) < NEAR * np.ptp(self.extrema, axis=-1, keepdims=True)
        if not np.any(near):
            return g
        if np.ndim(missed):
            # The extrema are rounded as well.
            each = np.broadcast_to(self.missed[..., None, :], apart.shape)
            missed = missed + np.take_along_axis(each, np.argmin(apart, axis=-1)[..., None], -1)[..., 0]
        if self.extrema.ndim > 1:
            return np.where(near[..., None, None], refined(self.cell, z, missed, g), g)
        g[near] = refined(self.cell, z[near], np.broadcast_to(missed, z.shape)[near], g[near])
        return g

    def _filled(self, found: list[Array]) -> Array:
        most = max(map(len, found), default=0)
        filled = [np.concatenate([one, np.full(most - len(one), one[-1])]) for one in found]
        return np.reshape(filled, (*self.cell.onsite.shape[:-2], most))

    @cached_property
    def _ends(self) -> list[tuple[Array, Array, Array]]:
        m = self.cell.onsite.shape[-1]
        parts = (self.cell.onsite.reshape(-1, m, m), self.cell.hopping.reshape(-1, m, m))
        return [extrema(onsite, hopping) for onsite, hopping in zip(*parts, strict=True)]


_KNOWN: WeakValueDictionary[Any, Crystal] = WeakValueDictionary()


def crystal(onsite: Array, hopping: Array) -> Crystal:
    """Return the crystal of a cell, the same one for all leads that have this cell."""
    key = tuple((part.shape, part.tobytes()) for part in (onsite, hopping))
    found = _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = Crystal(onsite, hopping)
    return found
