r"""Where the bands of a crystal turn: every maximum and minimum of the bands sorted by energy, by bounds.

Over an interval of wave numbers a group of neighbouring bands rises, each of them, or falls where the matrix
:math:`P H' P` of their velocities is definite, with P on the group and :math:`H' = dH/dk`. At a distance
:math:`\delta` it has changed by less than

.. math:: \delta \max (||P H'' P|| + 2 ||(1 - P) H' P||^2 / \Delta),

where :math:`\Delta` is the gap to the other bands, which closes by :math:`2 \delta ||H'||` at most. Intervals
in which some band may turn are halved until what turns there unseen does not show in its energy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arithmetic import adjoint

__all__ = ["turns"]

# Intervals at first, and halvings of them: bands that cross are followed to a wave number known to 1e-11.
WAVES, DEPTH = 96, 32
# Where the grid starts, nowhere that bands of real cells touch.
OFFSET = 0.123
# Halvings of an interval about one turn.
HALVINGS = 60
# Energies, over the norm of the hopping, that do not show, and velocities that are rounding.
HIDDEN, FLAT = 1e-15, 1e-13


def turns(onsite: Any, hopping: Any) -> list[tuple[int, float]]:
    """Return band and wave number of every extremum, in floats.

    Parameters
    ----------
    onsite, hopping : ndarray, shape (m, m)
        Complex floats.
    """
    size = float(np.linalg.norm(hopping, 2))
    half = np.full(WAVES, np.pi / WAVES)
    middle = OFFSET + half * (2 * np.arange(WAVES) + 1)
    ends = [middle - half, middle + half]
    for _ in range(DEPTH):
        open_ = ~_monotonic(onsite, hopping, middle, half, size)
        half = np.tile(half[open_] / 2, 2)
        middle = np.tile(middle[open_], 2) + half * np.repeat([-1.0, 1.0], len(half) // 2)
        if not len(half):
            break
        ends += [middle - half, middle + half]
    waves = np.unique(np.concatenate(ends))
    velocities = _velocities(onsite, hopping, waves)
    rising = velocities > 0
    flat = np.all(np.abs(velocities) <= FLAT * size, axis=0)
    start, band = np.nonzero((rising[:-1] != rising[1:]) & ~flat)
    low, high, first = waves[start], waves[start + 1], rising[start, band]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        up = _velocities(onsite, hopping, middle)[np.arange(len(band)), band] > 0
        low, high = np.where(up == first, middle, low), np.where(up == first, high, middle)
    found = [(int(k), float(wave)) for k, wave in zip(band, (low + high) / 2, strict=True)]
    return found + [(int(k), OFFSET) for k in np.flatnonzero(flat)]


def _monotonic(onsite: Any, hopping: Any, middle: Any, half: Any, size: float) -> Any:
    """Return in which intervals no band turns, or none so that its energy tells."""
    out = hopping * np.exp(1j * middle)[:, None, None]
    energies, states = np.linalg.eigh(onsite + out + adjoint(out))
    slopes = adjoint(states) @ (1j * (out - adjoint(out))) @ states
    m, fastest = len(onsite), 2 * size
    done = np.zeros(energies.shape, dtype=bool)
    for first in range(m):
        for last in range(first, m):
            group = slice(first, last + 1)
            gap = np.full(len(middle), np.inf)
            if first:
                gap = np.minimum(gap, energies[:, first] - energies[:, first - 1])
            if last + 1 < m:
                gap = np.minimum(gap, energies[:, last + 1] - energies[:, last])
            room = gap - 2 * fastest * half
            own = np.linalg.eigvalsh(slopes[:, group, group])
            across = np.delete(slopes[:, :, group], np.arange(first, last + 1), axis=1)
            with np.errstate(all="ignore"):
                mixed = np.linalg.norm(across, axis=(1, 2)) + half * (fastest + 2 * fastest**2 / room)
                change = half * (fastest + 2 * mixed**2 / room)
            slowest = np.maximum(own[:, 0], -own[:, -1])
            level = np.max(np.abs(own), axis=1) <= FLAT * size
            sure = (room > 0) & ((slowest > change) | (change * half <= HIDDEN * size) | level)
            done[:, group] |= sure[:, None]
    return np.all(done, axis=1)


def _velocities(onsite: Any, hopping: Any, waves: Any) -> Any:
    out = hopping * np.exp(1j * waves)[:, None, None]
    states = np.linalg.eigh(onsite + out + adjoint(out))[1]
    return np.einsum("kia,kij,kja->ka", states.conj(), 1j * (out - adjoint(out)), states).real
