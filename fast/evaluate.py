"""Evaluating a formula over a batch, each part in the calculus that suits it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from electronwind import OpenSystem
from electronwind.doors import checked_axis

from .calculus import Calculus
from .eigen import Eigen
from .resolvent import Resolvent
from .spectrum import Spectrum, spectrum

__all__ = ["evaluate"]

Array = np.ndarray[Any, Any]

# Resolvents held in memory at once, in matrix entries, at some NODES nodes for each lead of a system.
CHUNK, NODES = 4_000_000, 600
# Matrix entries of all leads at the frequencies that are evaluated at once.
CACHED = 100_000


def evaluate(
    system: OpenSystem,
    formula: Callable[[Calculus], Array],
    frequency: ArrayLike = 0.0,
) -> Array:
    """Evaluate a formula over the batch of a system, each part in the calculus that suits it.

    Parameters
    ----------
    system : OpenSystem
        Wide-band leads only.
    formula : callable
        ``formula(calculus)``, of shape (B, W, ...).
    frequency : array_like, shape () or (W,)
        Real frequencies.

    Returns
    -------
    ndarray, shape (..., [W,] ...)

    Raises
    ------
    InvalidSystemError
        A frequency that is not a finite real number, or an array of more than one axis.
    """
    w = checked_axis("frequency", frequency)
    parts = spectrum(system)
    result: Array
    if np.all(parts.sound):
        result = _at_all(formula, Eigen, parts, w)
    else:
        blocks: list[tuple[Array, type[Eigen] | type[Resolvent]]]
        blocks = [(parts.sound, Eigen)] if np.any(parts.sound) else []
        blocks += [(mask, Resolvent) for mask in _chunks(~parts.sound, parts.broadening[:, 0].size)]
        done = [(mask, _at_all(formula, kind, parts.take(mask), w)) for mask, kind in blocks]
        first = done[0][1]
        result = np.empty((len(parts.sound), *first.shape[1:]), first.dtype)
        for mask, value in done:
            result[mask] = value
    return result.reshape(*system.shape, *w.shape, *result.shape[2:])


def _at_all(
    formula: Callable[[Calculus], Array],
    kind: type[Eigen] | type[Resolvent],
    parts: Spectrum,
    frequency: Array,
) -> Array:
    """Evaluate a formula at all frequencies, as many at once as stay in the cache of a processor."""
    column, done = frequency.reshape(1, -1), []
    step = max(1, CACHED // max(1, parts.broadening.size))
    for begin in range(0, max(1, frequency.size), step):
        some = column[:, begin : begin + step]
        value = formula(kind(parts, some))
        # What is static for every frequency a formula gives once.
        done.append(value if value.shape[1] == some.shape[1] else np.repeat(value, some.shape[1], axis=1))
    return done[0] if len(done) == 1 else np.concatenate(done, axis=1)


def _chunks(mask: Array, entries: int) -> list[Array]:
    """Split a mask so that the resolvents of one part, at a few hundred nodes each, fit the memory."""
    where = np.flatnonzero(mask)
    size = max(1, CHUNK // (NODES * entries))
    pieces = []
    for start in range(0, len(where), size):
        piece = np.zeros_like(mask)
        piece[where[start : start + size]] = True
        pieces.append(piece)
    return pieces
