"""The formulation of cunningham2014 as it is written down: all elements complex, second order in the step.

Atoms go by velocity Verlet, the density matrix by the method of Runge and Kutta with the hopping between both
ends of a step, and every atom of the electrodes injects what it did at the start. The paper prints neither
integrator nor step; this is what a careful user writes. No memory is asked for on the way: pages fresh from
the system cost as much again as the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from electronwind import fast
from electronwind.models import wire

__all__ = ["compiled", "follow"]

Array = np.ndarray[Any, Any]


@cache
def compiled() -> Callable[..., None]:
    """Return a step of a density matrix: sigma, hopping, half the widths, source, step, room, and where to.

    The room is six matrices.
    """
    from numba import njit

    slope, shifted = njit(_slope), njit(_shifted)

    def step(
        sigma: Array, hopping: Array, halves: Array, source: Array, length: float, room: Array, end: Array
    ) -> None:
        one, two, three, four, total, looked = room
        slope(sigma, hopping, halves, source, one)
        shifted(sigma, length / 2, one, looked)
        slope(looked, hopping, halves, source, two)
        shifted(sigma, length / 2, two, looked)
        slope(looked, hopping, halves, source, three)
        shifted(sigma, length, three, looked)
        slope(looked, hopping, halves, source, four)
        shifted(one, 2.0, two, total)
        shifted(total, 2.0, three, total)
        shifted(total, 1.0, four, total)
        shifted(sigma, length / 6, total, end)

    found: Callable[..., None] = njit(step)
    return found


def _slope(sigma: Array, hopping: Array, halves: Array, source: Array, to: Array) -> None:
    n = len(halves)
    for i in range(n):
        for j in range(n):
            turned = 0j
            if i > 0:
                turned += hopping[i - 1] * sigma[i - 1, j]
            if i < n - 1:
                turned += hopping[i] * sigma[i + 1, j]
            if j > 0:
                turned -= hopping[j - 1] * sigma[i, j - 1]
            if j < n - 1:
                turned -= hopping[j] * sigma[i, j + 1]
            to[i, j] = -1j * turned - (halves[i] + halves[j]) * sigma[i, j] + source[i, j]


def _shifted(matrix: Array, by: float, other: Array, to: Array) -> None:
    n = len(matrix)
    for i in range(n):
        for j in range(n):
            to[i, j] = matrix[i, j] + by * other[i, j]


def follow(family: wire, mass: float, x: Array, duration: float, steps: int) -> float:
    """Return by how much the energy of a wire on probes, that begins at rest at x, is off at the end.

    The unit of time is hbar / eV, that of mass amu.
    """
    body, halves = family.body(mass), np.sum(family.broadenings, axis=0) / 2
    levels = np.arange(family.levels)[family.sites]
    sigma = np.ascontiguousarray(fast.density_matrix(family.at(x)))
    effective = family.hamiltonian(x) - 1j * np.diag(halves)
    source = 1j * (effective @ sigma - sigma @ effective.conj().T)
    end, room, length = np.empty_like(sigma), np.empty((6, *sigma.shape), complex), duration / steps

    def pulled() -> tuple[Array, Array]:
        bonds = family.bonds(x)
        tension = 4 * bonds.slope * np.diagonal(sigma, 1).real
        force = tension[levels] - tension[levels - 1] - body.potential.gradient(x)
        return force / body.mass, bonds.hopping

    def power() -> float:
        rate = -(halves[:-1] + halves[1:]) * np.diagonal(sigma, 1) + np.diagonal(source, 1)
        return float(4 * np.sum(hopping * rate.real))

    def energy() -> float:
        inner = 4 * np.sum(hopping * np.diagonal(sigma, 1).real)
        return float(np.sum(body.mass * v**2) / 2 + body.potential.energy(x) + inner)

    v = np.zeros_like(x)
    pull, hopping = pulled()
    begun, work, given = energy(), 0.0, power()
    for _ in range(steps):
        v = v + length / 2 * pull
        x = x + length * v
        between = (hopping + family.bonds(x).hopping) / 2
        compiled()(sigma, between, halves, source, length, room, end)
        sigma, end = end, sigma
        pull, hopping = pulled()
        v = v + length / 2 * pull
        before, given = given, power()
        work += length / 2 * (before + given)
    return abs(energy() - work - begun)
