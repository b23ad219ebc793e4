"""The bands of a crystal: where they begin and end, and where else their density of states is not smooth."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from electronwind import PrecisionError

from . import reflection
from .bloch import Cell, ended
from .end_states import end_states
from .extrema import extrema
from .surface import refined, steepness

__all__ = ["Crystal", "crystal"]

Array = np.ndarray[Any, Any]

# So near an edge, as a fraction of all bands, waves lose digits that count.
NEAR = 1e-3
# Wave numbers at first, and at most: they are doubled until no more extrema are found.
WAVES, MOST = 64, 4096
# Green's function over the inverse of the hopping from which on a state at the end of a crystal is close.
LARGE = 3.0
# Where the grid starts: waves 0 and pi, at which bands of real cells touch, are not on it.
OFFSET = 0.123
# Halvings of an interval of wave numbers about an extremum.
HALVINGS = 52
# Points in (-1, 1), and weights of the polynomial through values there at their middle and at -1.
ABOUT = np.cos(np.pi * (np.arange(12) + 0.5) / 12)
_ONE = np.eye(12)
MIDDLE, START = (
    np.prod(np.where(_ONE > 0, 1.0, (ABOUT - x) / (ABOUT - ABOUT[:, None] + _ONE)), axis=1)
    for x in (0.0, -1.0)
)
# The reach of points about an energy over the distance to the next edge, and how far as a fraction of all
# bands that one is; what of a Green's function a polynomial may miss, and waves at an edge.
ROOM, CROSSED, SMOOTH, HALF = 0.1, 1e-5, 1e-9, 1e-6
# What the digits of an edge may be off, over the largest energy.
EXACT = 4 * float(np.finfo(np.longdouble).eps)
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
        large = self._large(g)
        found = _replaced(np.zeros_like(g), ~large, self._by_surface, z, missed, g)
        found = _replaced(found, large, self._by_reflection, z, missed, g)
        for where in map(tuple, np.argwhere(~np.isfinite(found).all(axis=(-1, -2)))):
            found[where] = self._member(where)._across(complex(z[where]), g[where])
        return found

    def _of_each(self, z: Array) -> Array:
        """Return the energies of every member of the batch."""
        return np.broadcast_to(z, np.broadcast_shapes(z.shape, (*self.cell.strength.shape[:-1], 1)))

    def _large(self, g: Array) -> Array:
        """Return where a state that is bound to the end is close to the energy of g."""
        strength = np.max(self.cell.strength, axis=-1)[..., None]
        return np.asarray(np.max(np.abs(g), axis=(-1, -2)) * strength > LARGE)

    @cached_property
    def faces(self) -> reflection.Faces:
        """The cell, and its hopping in two factors."""
        return reflection.Faces.of(self.cell)

    def is_large(self, z: Array, missed: Array | float = 0.0) -> Array:
        """Return where a state that is bound to the end is close to an energy, shape (..., E)."""
        return self._large(self.ended(self._of_each(z), missed))

    def reflected(self, z: Array, missed: Array | float = 0.0) -> tuple[Array, Array]:
        """Return what the cells beyond the first reflect, and its derivative, shape (..., E, r, r)."""
        z = self._of_each(z)
        rho = self._reflected(z, missed, self.ended(z, missed))
        return rho, reflection.steepened(self.faces, z, rho)

    def _reflected(self, z: Array, missed: Array | float, g: Array) -> Array:
        _, near, exact = self._near(z, missed)
        return reflection.reflected(self.faces, z, exact, g, near)

    def _by_surface(self, z: Array, missed: Array | float, g: Array) -> Array:
        return np.asarray(-g @ (np.eye(g.shape[-1]) - steepness(self.cell, g)) @ g)

    def _by_reflection(self, z: Array, missed: Array | float, g: Array) -> Array:
        rho = self._reflected(z, missed, g)
        return reflection.ended(self.faces, z, rho, reflection.steepened(self.faces, z, rho))[1]

    def _across(self, z: complex, g: Array) -> Array:
        """Return the derivative at an energy where bands cross, from energies about it: there g is smooth."""
        values = self.ended(z + self._room(z.real) * ABOUT)
        slopes = -values @ (np.eye(len(g)) - steepness(self.cell, values)) @ values
        if not np.max(np.abs(np.tensordot(MIDDLE, values, 1) - g)) <= SMOOTH * np.max(np.abs(g)):
            raise PrecisionError(
                f"the slope of the self-energy of a periodic lead at the energy {z.real:.15g}, an edge of a "
                "band, is infinite, or rounding decides it"
            )
        return np.asarray(np.tensordot(MIDDLE, slopes, 1))

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

    def _near(self, z: Array, missed: Array | float) -> tuple[Array, Array, Array]:
        """Return the distance of the next edge, where that is close, and what rounding took from energies."""
        apart = np.abs(z[..., None] - self.extrema[..., None, :])
        nearest = np.min(apart, axis=-1)
        near = nearest < NEAR * np.ptp(self.extrema, axis=-1, keepdims=True)
        if np.ndim(missed) and np.any(near):
            # The extrema are rounded as well.
            each = np.broadcast_to(self.missed[..., None, :], apart.shape)
            missed = missed + np.take_along_axis(each, np.argmin(apart, axis=-1)[..., None], -1)[..., 0]
        return nearest, near, np.broadcast_to(missed, z.shape)

    def _refined(self, z: Array, missed: Array | float, g: Array) -> Array:
        """Return g with the digits that waves lose next to an edge, or to a state of the end."""
        nearest, near, exact = self._near(z, missed)

        def by_surface(z: Array, missed: Array | float, g: Array) -> Array:
            return refined(self.cell, z, missed, g)

        def by_reflection(z: Array, missed: Array | float, g: Array) -> Array:
            rho = self._reflected(z, missed, g)
            return reflection.ended(self.faces, z, rho, np.zeros_like(rho))[0]

        large = self._large(g)
        g = _replaced(g, near & ~large, by_surface, z, exact, g)
        g = _replaced(g, large, by_reflection, z, missed, g)
        met = np.abs(exact) <= EXACT * np.max(np.abs(self.extrema), axis=-1, keepdims=True)
        for where in map(tuple, np.argwhere((nearest == 0) & met)):
            g[where] = self._member(where)._at_edge(float(z[where].real), g[where])
        return g

    def _at_edge(self, edge: float, g: Array) -> Array:
        """Return g at an edge itself, where waves have half of the digits: it is smooth in the root there."""
        root = np.sqrt(self._room(edge)) * (1 + ABOUT) / 2
        found = np.tensordot(START, self.ended(edge + 1j * root**2), 1)
        return np.where(np.max(np.abs(found - g)) <= HALF * np.max(np.abs(g)), found, g)

    def _member(self, where: tuple[int, ...]) -> Crystal:
        """Return the crystal of one member of the batch, which the last index leaves out.

        The energies may have axes that the crystal has not, which are the first ones then.
        """
        axes = self.cell.onsite.shape[:-2]
        if not axes:
            return self
        own = where[-1 - len(axes) : -1]
        index = tuple(i if size > 1 else 0 for i, size in zip(own, axes, strict=True))
        return crystal(*(part[index] for part in self.cell[:2]))

    def _room(self, e: float) -> float:
        """Return a distance from an energy, well within that to the next edge but the one that it is at."""
        apart, width = np.abs(self.extrema - e), float(np.ptp(self.extrema))
        return float(ROOM * np.min(apart[apart > CROSSED * width], initial=width))

    @cached_property
    def end_states(self) -> list[Array]:
        """Energies of the states that are bound to the end, for each gap between bands; of no batch."""
        levels = np.linalg.eigvalsh(self.cell.onsite)
        return [end_states(self.reflected, gap, levels) for gap in self.gaps]

    @cached_property
    def gaps(self) -> list[tuple[float, float]]:
        """Ends of the gaps between bands; of no batch."""
        found, highest = [], -np.inf
        for low, high in sorted(map(tuple, self.ranges.tolist())):
            if np.isfinite(highest) and low > highest:
                found.append((highest, low))
            highest = max(highest, high)
        return found

    def _filled(self, found: list[Array]) -> Array:
        most = max(map(len, found), default=0)
        filled = [np.concatenate([one, np.full(most - len(one), one[-1])]) for one in found]
        return np.reshape(filled, (*self.cell.onsite.shape[:-2], most))

    @cached_property
    def _ends(self) -> list[tuple[Array, Array, Array]]:
        m = self.cell.onsite.shape[-1]
        parts = (self.cell.onsite.reshape(-1, m, m), self.cell.hopping.reshape(-1, m, m))
        return [extrema(onsite, hopping) for onsite, hopping in zip(*parts, strict=True)]


def _replaced(
    values: Array,
    where: Array,
    found: Callable[[Array, Array | float, Array], Array],
    z: Array,
    missed: Array | float,
    g: Array,
) -> Array:
    """Return values, shape (..., E, m, m), with what is found of the other arguments at some energies."""
    if not np.any(where):
        return values
    if where.ndim > 1:
        return np.where(where[..., None, None], found(z, missed, g), values)
    taken = missed[where] if isinstance(missed, np.ndarray) and missed.ndim else missed
    values[where] = found(z[where], taken, g[where])
    return values


_KNOWN: WeakValueDictionary[Any, Crystal] = WeakValueDictionary()


def crystal(onsite: Array, hopping: Array) -> Crystal:
    """Return the crystal of a cell, the same one for all leads that have this cell."""
    key = tuple((part.shape, part.tobytes()) for part in (onsite, hopping))
    found = _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = Crystal(onsite, hopping)
    return found
