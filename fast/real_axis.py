r"""Integrals on the energy axis of many systems and frequencies at once, between all that may be sharp.

Every owner, a system at a frequency, has marks: potentials, band edges, resonances, each also as seen from
another frequency. Between two marks E = a + (b - a) sin^2(pi u / 2) flattens both ends, where band edges are
square roots or their inverses; panels in u are halved until the last Legendre coefficients are small. All
panels of all owners are evaluated together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial.legendre import legder, legval, legvander
from scipy.special import roots_legendre

from electronwind import PrecisionError

__all__ = ["Pieces", "between", "integrate"]

Array = np.ndarray[Any, Any]

N = 24
NODES, WEIGHTS = (np.asarray(part) for part in roots_legendre(N))
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2
# From values to the last coefficients of the Legendre series; three, since one may vanish by symmetry.
SERIES = (legvander(2 * NODES - 1, N - 1) * (2 * np.arange(N) + 1)).T * WEIGHTS
TAIL = SERIES[-3:]
# From values to derivatives of the polynomial through them.
SLOPES = np.stack([legval(2 * NODES - 1, legder(2 * column)) for column in SERIES.T], axis=-1)

# The error of a panel that is resolved is about the square of its last coefficient; the power 1.5 leaves
# room. That of one which hardly counts, and so need not be resolved, is the coefficient itself: ask for FINE
# where the integrand has the digits. Where poles are subtracted next to them it has not.
ENOUGH, FINE = 1e-9, 1e-12
# Relative error above which there is no answer; halvings, and panels for each piece, until it is noise.
LIMIT, HALVINGS, MOST = 1e-10, 44, 50
# Points asked for at once.
AT_ONCE = 40_000
# Pieces shorter than this fraction of the largest energy are one point.
POINT = 1e-15


# Owner, energy and what rounding took from the energy of each point, to values.
Integrand = Callable[[Array, Array, Array], Array]


class Pieces(NamedTuple):
    """Parts of the axis: owner, lower and upper end, each of shape (P,); -inf for a tail of scale `reach`.

    Ends, and the energies that the integrand is asked for, are counted from `origin` in `unit`.
    """

    owner: Array
    low: Array
    high: Array
    reach: float
    origin: float = 0.0
    unit: float = 1.0


def between(marks: Array, low: Array, high: Array, *, tail: float = 0.0, exact: bool = False) -> Pieces:
    """Return the pieces between marks.

    Parameters
    ----------
    marks : ndarray, shape (owners, K)
        Where the integrand of each owner may be sharp; those beyond its range count for nothing.
    low, high : ndarray, shape (owners,)
        Its range; empty where ``high <= low``.
    tail : float
        Where not zero, a piece of this scale from minus infinity to `low` comes on top.
    exact : bool
        Whether the values will belong to the energies before rounding, as `integrate` has it: next to an
        inverse root no piece is then so short that it counts for nothing.
    """
    high = np.maximum(low, high)
    ends = np.concatenate([low[:, None], np.clip(marks, low[:, None], high[:, None]), high[:, None]], axis=1)
    ends = np.sort(ends, axis=1)
    a, b = ends[:, :-1], ends[:, 1:]
    kept = b - a > (0.0 if exact else POINT * np.max(np.abs(ends), axis=1, keepdims=True))
    owner = np.broadcast_to(np.arange(len(low))[:, None], a.shape)[kept]
    a, b = a[kept], b[kept]
    if tail:
        owner = np.concatenate([owner, np.arange(len(low))])
        a, b = np.concatenate([a, np.full(len(low), -np.inf)]), np.concatenate([b, low])
    return Pieces(owner, a, b, tail)


def integrate(
    integrand: Integrand,
    pieces: Pieces,
    owners: int,
    shape: tuple[int, ...],
    enough: float = ENOUGH,
    *,
    exact: bool = False,
) -> Array:
    """Integrate over the pieces of each owner.

    Parameters
    ----------
    integrand : callable
        ``integrand(owner, energy, missed)``, each of shape (P,), gives complex values of shape (P, ...).
    pieces : Pieces
    owners : int
    shape : tuple of int
        That of a value.
    enough : float
        What the last coefficients of a panel may be, relative to the integral.
    exact : bool
        Whether the values belong to the energies before rounding.

    Returns
    -------
    ndarray, shape (owners, ...)

    Raises
    ------
    PrecisionError
        The panels did not get small enough.
    """
    value, size, error = np.zeros((owners, math.prod(shape)), complex), np.zeros(owners), np.zeros(owners)
    piece = np.arange(len(pieces.owner))
    low, length = np.zeros(len(piece)), np.ones(len(piece))
    for _ in range(HALVINGS):
        if not 0 < len(piece) <= MOST * max(len(pieces.owner), MOST):
            break
        parts = [
            _panels(integrand, pieces, piece[at], low[at], length[at], exact)
            for at in (slice(i, i + AT_ONCE // N) for i in range(0, len(piece), AT_ONCE // N))
        ]
        integral, bulk, tail = (np.concatenate(part) for part in zip(*parts, strict=True))
        owner = pieces.owner[piece]
        scale = size + np.bincount(owner, bulk, owners)
        rough = tail / np.where(scale > 0, scale, 1.0)[owner]
        done = rough <= enough
        np.add.at(value, owner[done], integral[done])
        size += np.bincount(owner[done], bulk[done], owners)
        error += np.bincount(owner[done], rough[done] ** 1.5, owners)
        half = length[~done] / 2
        piece, low = np.tile(piece[~done], 2), np.concatenate([low[~done], low[~done] + half])
        length = np.tile(half, 2)
    if len(piece):
        where = pieces.origin + pieces.unit * float(np.mean(_energy(pieces, piece[:1], low[:1])[0]))
        raise PrecisionError(
            f"the integral over the energy does not converge next to {where:.15g}: a level all but decoupled "
            "from the leads, or a state at the edge of a band"
        )
    worst = float(np.max(error, initial=0.0))
    if not worst <= LIMIT:
        raise PrecisionError(f"the integral over the energy reached a relative error of {worst:.1e} only")
    return value.reshape(owners, *shape)


def _energy(pieces: Pieces, piece: Array, u: Array) -> tuple[Array, Array]:
    """Return the energy at u, and its derivative."""
    a, b = pieces.low[piece], pieces.high[piece]
    endless = np.isinf(a)
    width = np.where(endless, pieces.reach, b - a)
    start = np.where(endless, b + pieces.reach, a)
    q = np.where(endless, np.maximum(u, 1e-300), 1.0)
    energy = start + np.where(endless, -width / q, width * np.sin(np.pi * u / 2) ** 2)
    return energy, np.where(endless, width / q**2, width * np.pi * np.sin(np.pi * u) / 2)


def _missed(pieces: Pieces, piece: Array, u: Array, energy: Array) -> Array:
    """Return what rounding took from the energy at u, counted from the nearer end of the piece."""
    a, b = pieces.low[piece], pieces.high[piece]
    inside = np.isfinite(a)
    a = np.where(inside, a, 0.0)
    sine = (b - a) * np.sin(np.pi * u / 2) ** 2 - (energy - a)
    cosine = (b - energy) - (b - a) * np.cos(np.pi * u / 2) ** 2
    return np.where(inside, np.where(u < 0.5, sine, cosine), 0.0)


def _column(numbers: Array, like: Array) -> Array:
    """Return one number for each point, to go with an array over the points."""
    return numbers.reshape(-1, *(1,) * (like.ndim - 1))


def _panels(
    integrand: Integrand,
    pieces: Pieces,
    piece: Array,
    low: Array,
    length: Array,
    exact: bool,
) -> tuple[Array, Array, Array]:
    """Return integral, integral of the largest entry, and last coefficients of each panel."""
    u = (low[:, None] + length[:, None] * NODES).ravel()
    each = np.repeat(piece, N)
    energy, jacobian = _energy(pieces, each, u)
    missed = _missed(pieces, each, u, energy)

    def along(array: Array) -> Array:
        """Return the derivative in u of the polynomials through an array over the points."""
        found = np.einsum("ij,pj...->pi...", SLOPES, array.reshape(len(piece), N, *array.shape[1:]))
        return found.reshape(array.shape) / _column(np.repeat(length, N), array)

    values = integrand(pieces.owner[each], energy, missed)
    values = values.reshape(len(u), -1) * jacobian[:, None]
    if not exact:
        # The values belong to energies that are rounded: next to an edge that is noise in a root. They may
        # diverge there like an inverse root: with the jacobian alone they are smooth.
        span = np.where(missed == 0, 0.0, (pieces.high - pieces.low)[each])
        bend = span * np.pi**2 / 2 * np.cos(np.pi * u)
        values += (missed / jacobian)[:, None] * (along(values) - (bend / jacobian)[:, None] * values)
    values = values.reshape(len(piece), N, -1)
    sizes = np.max(np.abs(values), axis=-1, initial=0.0)
    tail = np.max(np.abs(np.einsum("ki,pix->pkx", TAIL, values)), axis=(1, 2), initial=0.0) * length
    integral = np.einsum("i,pix->px", WEIGHTS, values) * length[:, None]
    return integral, sizes @ WEIGHTS * length, tail
