r"""Bond orders of a chain and their derivatives with respect to every hopping, at any bias.

The occupation of the right lead everywhere is an equilibrium, an integral of retarded functions alone on a
path above the real axis; what the left lead adds are its states, between the two potentials. Both paths are
cut where O(m) numbers of an energy say so, those with the longest phases among them; then the O(m^2) of the
response are summed at the nodes. A fixed number of nodes fails: the phase of the longest path
is 2 N V / (hbar v).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from electronwind import PrecisionError

from .adaptive import NODES, TAIL, WEIGHTS
from .contour import THERMAL, UP_LEFT, UP_RIGHT, occupation
from .neighbours import Chain

__all__ = ["bond_response"]

Array = np.ndarray[Any, Any]

# The last Legendre coefficients of a panel, in units of the whole; the error of its rule is far below.
ENOUGH = 1e-12
# Panels in all at most: a chain that needs more has a level that hardly decays.
MOST = 4000
# The first panel at a cold potential, in units of the extent; it is halved where that is too long.
START = 1 / 256


def bond_response(chain: Chain, response: bool = True) -> tuple[Array, Array]:
    """Return bond orders 2 Re sigma_j,j+1 and their derivatives with respect to the hopping, per spin.

    Parameters
    ----------
    chain : Chain
        A chain of m sites that moving bonds end on.
    response : bool
        Whether the derivatives are asked for; zeros otherwise.

    Returns
    -------
    orders : ndarray, shape (m - 1,)
    derivatives : ndarray, shape (m - 1, m - 1)
        The order of bond i with respect to the hopping of bond j.

    Raises
    ------
    PrecisionError
        The integrals did not converge.
    """
    bonds = chain.last - chain.first
    derivatives = np.zeros((bonds, bonds))

    def still(z: Array) -> tuple[Array, ...]:
        greens = chain.greens(z)
        numbers = (greens.next, greens.own(), greens.fringe())
        return tuple(part * _filled(chain, 1, z) for part in numbers)

    z, weights = _refined(still, *_path(chain))
    greens, weights = chain.greens(z), weights * _filled(chain, 1, z)
    orders = -2 * np.imag(greens.next @ weights) / np.pi
    if response:
        derivatives -= greens.pairs(weights).imag / np.pi

    def driven(z: Array) -> tuple[Array, ...]:
        greens = chain.greens(z)
        states = greens.row(0)
        numbers = (states[1:] * states[:-1].conj(), greens.own_driven(states), greens.fringe_driven(states))
        return tuple(part * (greens.width * _added(chain, z)) for part in numbers)

    start, step = _window(chain)
    if not len(start):
        return orders, derivatives
    z, steps = _refined(driven, start, step)
    greens = chain.greens(z)
    states, real = greens.row(0), np.real(steps * _added(chain, z) * greens.width) / (2 * np.pi)
    orders += 2 * np.real(states[1:] * states[:-1].conj()) @ real
    if response:
        derivatives += 2 * greens.driven(states, real)
    return orders, derivatives


def _numbers(chain: Chain, side: int) -> tuple[Array, Array]:
    lead = chain.leads[side]
    return np.asarray(float(lead.mu)), np.asarray(float(lead.temperature))


def _filled(chain: Chain, side: int, z: Array) -> Array:
    return occupation(z, *_numbers(chain, side))


def _added(chain: Chain, z: Array) -> Array:
    return _filled(chain, 0, z.real) - _filled(chain, 1, z.real)


def _path(chain: Chain) -> tuple[Array, Array]:
    """Return start and step of the panels from minus infinity over the potential to where all is empty.

    A panel that begins at infinity has an infinite start; its step is where it ends.
    """
    mu, temperature = (float(number) for number in _numbers(chain, 1))
    # From there the axis and the first pole of the occupation are equally far.
    base = mu + 0.5j * np.pi * temperature
    finest = np.pi * temperature / 4 if temperature else START * chain.extent
    reach = max(4 * chain.extent, 2 * THERMAL * temperature, 2 * finest)
    doublings = int(np.ceil(np.log2(reach / finest)))
    edges = np.concatenate([[0.0], reach * 2.0 ** np.arange(-doublings, 1)])
    start, step = list(base + UP_LEFT * edges[1:]), list(-UP_LEFT * np.diff(edges))
    hot = edges[: 1 + int(np.searchsorted(edges, 2 * THERMAL * temperature))]
    start += list(base + UP_RIGHT * hot[:-1])
    step += list(UP_RIGHT * np.diff(hot))
    return np.array([complex(np.inf), *start]), np.array([start[doublings], *step])


def _window(chain: Chain) -> tuple[Array, Array]:
    """Return start and step of the panels on which the occupations of the leads differ."""
    marks = {
        mu + k * temperature
        for mu, temperature in ((float(m), float(t)) for m, t in (_numbers(chain, side) for side in (0, 1)))
        for k in (-THERMAL, -12, -3, 0, 3, 12, THERMAL)
    }
    edges = np.array(sorted(marks))
    same = all(np.array_equal(*pair) for pair in zip(_numbers(chain, 0), _numbers(chain, 1), strict=True))
    steps = np.diff(edges)
    real = (steps > 1e-14 * np.max(np.abs(edges))) & (not same)
    return edges[:-1][real] + 0j, steps[real] + 0j


def _refined(values: Callable[[Array], tuple[Array, ...]], start: Array, step: Array) -> tuple[Array, Array]:
    """Return nodes and weights on which groups of numbers of an energy are integrated to rounding.

    Parameters
    ----------
    values : callable
        ``values(z)`` returns groups of numbers, each of shape (K, E).
    start, step : ndarray, shape (P,)
        Panels in the plane of energies.

    Raises
    ------
    PrecisionError
        Too many panels.
    """
    nodes: list[Array] = []
    weights: list[Array] = []
    sizes: Any = 0.0
    panels = 0
    while len(start):
        panels += len(start)
        if panels > MOST:
            raise PrecisionError(
                f"the integrals over energy of the chain did not converge on {MOST} panels; "
                "a level may be all but decoupled from the leads"
            )
        far = ~np.isfinite(start)
        z = start[:, None] + step[:, None] * NODES
        lengths = step[:, None] * WEIGHTS
        z[far] = step[far, None] / NODES
        lengths[far] = -step[far, None] * WEIGHTS / NODES**2
        groups = values(z.ravel())
        rough = np.zeros(len(start))
        integrals = np.stack([_bulk(group, lengths) for group in groups])
        sizes = sizes + np.sum(integrals, axis=1)
        for group, size in zip(groups, sizes, strict=True):
            if size > 0:
                rough = np.maximum(rough, _tail(group, lengths) / size)
        done = (rough <= ENOUGH) | far
        nodes.append(z[done].ravel())
        weights.append(lengths[done].ravel())
        sizes = sizes - np.sum(integrals[:, ~done], axis=1)
        half = step[~done] / 2
        start, step = np.concatenate([start[~done], start[~done] + half]), np.concatenate([half, half])
    return np.concatenate(nodes), np.concatenate(weights)


def _bulk(group: Array, lengths: Array) -> Array:
    """Return the integral of the largest number of a group along each panel, shape (P,)."""
    if not len(group):
        return np.zeros(len(lengths))
    largest = np.max(np.abs(group), axis=0).reshape(lengths.shape)
    return np.sum(largest * np.abs(lengths), axis=1)


def _tail(group: Array, lengths: Array) -> Array:
    """Return the largest of the last Legendre coefficients on each panel, times its length, shape (P,)."""
    if not len(group):
        return np.zeros(len(lengths))
    panels = group.reshape(len(group), *lengths.shape)
    coefficients = np.abs(np.einsum("ki,mpi->kmp", TAIL, panels))
    return np.max(coefficients, axis=(0, 1)) * np.sum(np.abs(lengths), axis=1)
