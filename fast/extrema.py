r"""Energies of all maxima and minima of the bands of a crystal.

Bands are followed over a grid of wave numbers that is halved wherever one of them might turn unseen: until
its velocity changes as the curvature at both ends says, and no other band can have crossed it. With
:math:`H' = dH/dk` both are known exactly,

.. math:: E_b' = <b|H'|b>, \qquad E_b'' = <b|H''|b> + 2 \sum_j |<j|H'|b>|^2 / (E_b - E_j).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .calculus import adjoint

__all__ = ["extrema"]

Array = np.ndarray[Any, Any]

# Wave numbers at first; halvings of an interval that is looked at again, and wave numbers at most.
WAVES, DEPTH, MOST = 64, 20, 8192
# Where the grid starts: waves 0 and pi, at which bands of real cells touch, are not on it.
OFFSET = 0.123
# Halvings of an interval of wave numbers about an extremum.
HALVINGS = 52
# Shares of a velocity, or of what a curvature makes of it, that may be unexplained; and of a curvature that
# may change.
UNEXPLAINED, BENT = 0.25, 0.5
# How much faster than it begins a gap between bands may close.
FASTER = 2.0
# Energies below this fraction of the largest are rounding.
NOTHING = 1e-13


class Curves(NamedTuple):
    """Bands sorted by energy, at k wave numbers, each of shape ``(k, m)``."""

    energies: Array
    velocities: Array
    curvatures: Array


def extrema(onsite: Array, hopping: Array) -> tuple[Array, Array, Array]:
    """Return all extrema of the bands of one crystal, what they miss, and the two edges of each band.

    Parameters
    ----------
    onsite, hopping : ndarray, shape (m, m)

    Returns
    -------
    energies, missed : ndarray, shape (k,)
        Sorted; what rounding took from them. Where two bands cross there is a maximum or a minimum of one.
    ranges : ndarray, shape (m, 2)
        Of the bands counted by energy.
    """
    waves, seen, velocities, small = _grid(onsite, hopping)
    # Of a flat band rounding alone makes a velocity.
    velocities = np.where(np.abs(velocities) <= small, 0.0, velocities)
    met = (velocities[:-1] * velocities[1:] <= 0) & ((velocities[:-1] != 0) | (velocities[1:] != 0))
    start, band = np.nonzero(met)
    low, high = waves[start], waves[start + 1]
    rising = velocities[start, band] > 0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        out, states = _states(onsite, hopping, middle, band)
        up = np.einsum("ki,kij,kj->k", states.conj(), out, states).imag < 0
        low, high = np.where(up == rising, middle, low), np.where(up == rising, high, middle)
    energies, missed = _told(onsite, hopping, (low + high) / 2, band)
    lowest, highest = np.min(seen, axis=0), np.max(seen, axis=0)
    flat = ~np.any(met, axis=0)
    energies, missed = np.concatenate([energies, lowest[flat]]), np.pad(missed, (0, int(np.sum(flat))))
    band = np.concatenate([band, np.flatnonzero(flat)])
    np.minimum.at(lowest, band, energies)
    np.maximum.at(highest, band, energies)
    order = np.argsort(energies)
    return energies[order], missed[order], np.stack([lowest, highest], axis=-1)


def _grid(onsite: Array, hopping: Array) -> tuple[Array, Array, Array, float]:
    """Return wave numbers between which no band turns twice, energies and velocities there, and rounding."""
    waves = OFFSET + 2 * np.pi * np.arange(WAVES + 1) / WAVES
    curves = _curves(onsite, hopping, waves)
    small = NOTHING * float(np.max(np.abs(curves.energies)))
    for _ in range(DEPTH):
        again = np.flatnonzero(~_followed(waves, curves, small))
        if not len(again) or len(waves) > MOST:
            break
        middle = (waves[again] + waves[again + 1]) / 2
        more = _curves(onsite, hopping, middle)
        waves = np.insert(waves, again + 1, middle)
        curves = Curves(
            *(np.insert(old, again + 1, new, axis=0) for old, new in zip(curves, more, strict=True))
        )
    return waves, curves.energies, curves.velocities, small


def _followed(waves: Array, curves: Curves, small: float) -> Array:
    """Return the intervals of waves in which every band turns at most once, and none crosses another."""
    energies, velocities, curvatures = curves
    step = np.diff(waves)[:, None]
    first, last = velocities[:-1], velocities[1:]
    bent, turned = curvatures[:-1] * step, curvatures[1:] * step
    largest, least = np.maximum(np.abs(bent), np.abs(turned)), np.minimum(np.abs(first), np.abs(last))
    with np.errstate(invalid="ignore"):
        unexplained = np.abs(last - first - (bent + turned) / 2)
        onwards = (first * last > 0) & (np.maximum(unexplained, UNEXPLAINED * largest) <= UNEXPLAINED * least)
        once = (bent * turned > 0) & (np.abs(bent - turned) <= BENT * largest)
        once &= unexplained <= UNEXPLAINED * largest
        flat = (np.maximum(np.abs(first), np.abs(last)) + largest) * step <= small
    gaps, closing = np.diff(energies, axis=1), np.diff(velocities, axis=1)
    left = gaps[:-1] + FASTER * step * np.minimum(closing[:-1], 0) > 0
    right = gaps[1:] - FASTER * step * np.maximum(closing[1:], 0) > 0
    along = np.maximum(np.abs(closing[:-1]), np.abs(closing[1:])) * step <= small
    return np.asarray(np.all(onwards | once | flat, axis=1) & np.all((left & right) | along, axis=1))


def _told(onsite: Array, hopping: Array, waves: Array, band: Array) -> tuple[Array, Array]:
    """Return energies of bands at extrema, and what rounding takes from them, each of shape ``(k,)``.

    What a state and a wave number are off counts squared: extended precision has digits to spare.
    """
    states = _states(onsite, hopping, waves, band)[1]
    v, turn = states.astype(np.clongdouble), np.exp(1j * waves.astype(np.longdouble))
    inside = np.einsum("ki,ij,kj->k", v.conj(), onsite.astype(np.clongdouble), v)
    between = np.einsum("ki,ij,kj->k", v.conj(), hopping.astype(np.clongdouble), v) * turn
    energies = (inside + 2 * between).real / np.einsum("ki,ki->k", v.conj(), v).real
    rounded = energies.astype(float)
    return rounded, (energies - rounded).astype(float)


def _states(onsite: Array, hopping: Array, waves: Array, band: Array) -> tuple[Array, Array]:
    """Return t e^(ik), and the state of one band for each wave number, of shape ``(k, m)``."""
    out = hopping * np.exp(1j * waves)[:, None, None]
    return out, np.linalg.eigh(onsite + out + adjoint(out))[1][np.arange(len(band)), :, band]


def _curves(onsite: Array, hopping: Array, waves: Array) -> Curves:
    """Return the bands at k wave numbers; a curvature is infinite, or not a number, where two meet."""
    out = hopping * np.exp(1j * waves)[:, None, None]
    energies, states = np.linalg.eigh(onsite + out + adjoint(out))
    back = adjoint(states)
    turned = back @ (1j * (out - adjoint(out))) @ states
    bent = np.einsum("kab,kba->ka", back, -(out + adjoint(out)) @ states).real
    gaps = energies[:, None, :] - energies[:, :, None]
    # Bands that are alike everywhere are not coupled but by rounding.
    others = np.abs(turned) > NOTHING * np.max(np.abs(turned))
    others &= ~np.eye(energies.shape[1], dtype=bool)
    with np.errstate(all="ignore"):
        pushed = np.where(others, np.abs(turned) ** 2 / np.where(others, gaps, 1.0), 0.0)
    return Curves(energies, np.diagonal(turned, axis1=-2, axis2=-1).real, bent + 2 * np.sum(pushed, axis=1))
