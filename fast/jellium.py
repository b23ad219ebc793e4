"""The free-electron wire: curl, friction and vector potential of a weak scatterer.

At zero temperature every integral over energy is that of 1/k = d sqrt(2(E - e))/dE, or of k/k' + k'/k, so
that only sums over subbands are left. They factorise into sums over one direction: two matrix products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from electronwind.jellium import JelliumWire, checked_points, checked_wire, refuse_openings

from .ewald import closed_sums
from .subbands import Sines, Subbands, root_step, roots, weighted

__all__ = ["jellium_curl", "jellium_friction", "jellium_vector_potential"]

Floats = NDArray[np.float64]


def jellium_curl(wire: JelliumWire, points: ArrayLike) -> Floats:
    """Curl of the force on a weak scatterer.

    Parameters
    ----------
    wire : JelliumWire
        One, or a batch.
    points : array_like, shape (..., 2)
        Points (x, y) of the cross section. Unit: length.

    Returns
    -------
    ndarray, shape (*wire.shape, ..., 2)
        x and y component, per spin; the z component is 0. Unit: energy / length^2.

    Raises
    ------
    InvalidSystemError
        No wire, or points outside of it.

    Notes
    -----
    rot F = 2 pi C^2 rot L with L = int dE j_E [D(E - W) + D(E + W)] / 2 along z, at any bias. Source:
    todorov2014 Eq. 37 and 38.
    """
    return _each(wire, points, (2,), _curl)


def jellium_friction(wire: JelliumWire, points: ArrayLike) -> Floats:
    """Friction of a weak scatterer that moves along the wire.

    Parameters
    ----------
    wire : JelliumWire
        One, or a batch.
    points : array_like, shape (..., 2)
        Points (x, y) of the cross section. Unit: length.

    Returns
    -------
    ndarray, shape (*wire.shape, ...)
        Force per velocity against the motion, per spin, >= 0. Unit: hbar / length^2.

    Raises
    ------
    InvalidSystemError
        No wire, or points outside of it.

    Notes
    -----
    Minus the L_ZZ of todorov2014 Eq. 40 and 48: with K(E) = sum chi^2 k it is the mean over both
    electrochemical potentials of C^2 K(mu) [K(mu + W) - K(mu - W)] / pi W. At W = 0 that is 2 pi C^2 D times
    the density of the electrons, and the wind force (Eq. 1) is 2 pi C^2 D times their current.
    """
    return _each(wire, points, (), _friction)


def jellium_vector_potential(wire: JelliumWire, points: ArrayLike) -> Floats:
    """Vector potential of the Lorentz-like force on a weak scatterer.

    Parameters
    ----------
    wire : JelliumWire
        One, or a batch.
    points : array_like, shape (..., 2)
        Points (x, y) of the cross section. Unit: length.

    Returns
    -------
    ndarray, shape (*wire.shape, ...)
        z component of A, per spin, with the force V x rot A. Unit: hbar / length.

    Raises
    ------
    InvalidSystemError
        No wire, points outside of it, or a subband that opens inside the bias window at frequency 0.

    Notes
    -----
    C^2 int dE j_E [Re g(E + W) - Re g(E - W)] / 2W: only closed subbands have a real part of g. Source:
    todorov2014 Eq. 49-51.
    """
    refuse_openings(checked_wire(wire))
    return _each(wire, points, (), _vector_potential)


def _each(
    wire: JelliumWire,
    points: ArrayLike,
    axes: tuple[int, ...],
    compute: Callable[[Subbands, Floats, Floats], Floats],
) -> Floats:
    """Return what `compute` gives for every wire of the batch at all points."""
    checked_wire(wire)
    given = checked_points(wire, points)
    x, y = given.reshape(-1, 2).T
    result = np.empty((*wire.shape, *given.shape[:-1], *axes))
    for index in np.ndindex(wire.shape):
        one: Any = wire[index] if index else wire
        result[index] = compute(Subbands.of(one), x, y).reshape((*given.shape[:-1], *axes))
    return result


def _curl(of: Subbands, x: Floats, y: Floats) -> Floats:
    most = of.most(of.mu1 + of.frequency)
    edges = of.edges(most)
    across, up = Sines(x, of.side, most), Sines(y, of.side, most)
    value = np.zeros((len(x), 2))
    for start, width, carriers in of.windows:
        # int dE / k = k, from the start of the window to mu1.
        weights = np.zeros(edges.shape)
        for shift in (of.frequency, -of.frequency):
            weights += root_step(roots(start + shift, edges), roots(of.mu1 + shift, edges), width)
        current, density = (weighted(across.density, part, up.density) for part in (carriers, weights))
        for k, (left, right) in enumerate([(across.density, up.slope), (-across.slope, up.density)]):
            value[:, k] += weighted(left, carriers, right) * density + current * weighted(
                left, weights, right
            )
    return value * (of.sign * of.strength**2 / (2 * np.pi))


def _friction(of: Subbands, x: Floats, y: Floats) -> Floats:
    w = of.frequency
    most = of.most(of.mu1 + w)
    edges = of.edges(most)
    across, up = Sines(x, of.side, most).density, Sines(y, of.side, most).density
    value = np.zeros(len(x))
    for mu in (of.mu1, of.mu2):
        here, above, below = (roots(energy, edges) for energy in (mu, mu + w, mu - w))
        # [k(mu + W) - k(mu - W)] / 2W, which is 1/k at W = 0.
        slope = np.divide(2.0, above + below, out=np.zeros_like(edges), where=below > 0)
        if w > 0:
            slope = np.where(below > 0, slope, above / (2 * w))
        value += weighted(across, here, up) * weighted(across, slope, up)
    return value * (of.strength**2 / np.pi)


def _vector_potential(of: Subbands, x: Floats, y: Floats) -> Floats:
    value = np.zeros(len(x))
    if not of.windows or of.bias == 0:
        return value
    most = of.most(of.mu1)
    across, up = Sines(x, of.side, most).density, Sines(y, of.side, most).density
    sums = closed_sums(of, x, y)
    for (_, _, carriers), closed in zip(of.windows, sums, strict=True):
        value += weighted(across, carriers, up) * closed
    return value * (of.sign * of.strength**2 / (2 * np.pi))
