"""Steps of coordinates under an acceleration that is known at past times: Adams and Stoermer, any lengths."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["DEPTH", "ahead", "gained"]

Array = np.ndarray[Any, Any]

# Past accelerations that a step uses: order 4 and more in its length, and stable far beyond those steps.
DEPTH = 4


@lru_cache(maxsize=64)
def ahead(past: tuple[float, ...], fraction: float) -> Array:
    """Return weights of past accelerations for the way that they add to a free flight.

    Parameters
    ----------
    past : tuple of float
        Times of the accelerations in units of the step, counted from its start: 0, and negative ones.
    fraction : float
        Of the step, at whose end the position is wanted.

    Returns
    -------
    ndarray, shape (len(past),)
        ``x(fraction) = x + fraction step v + step**2 * weights @ accelerations``.
    """
    power = np.arange(len(past))
    moments = fraction ** (power + 2.0) / ((power + 1) * (power + 2))
    return _weights(past, moments)


@lru_cache(maxsize=64)
def gained(known: tuple[float, ...]) -> Array:
    """Return weights of accelerations, that at the end of the step among them, for the velocity gained.

    Parameters
    ----------
    known : tuple of float
        Their times, as in `ahead`; the end of the step is 1.

    Returns
    -------
    ndarray, shape (len(known),)
        ``v(1) = v + step * weights @ accelerations``.
    """
    return _weights(known, 1 / (np.arange(len(known)) + 1.0))


def _weights(times: tuple[float, ...], moments: Array) -> Array:
    """Return the weights that integrate the polynomial through values at the times."""
    weights: Array = np.linalg.solve(np.vander(times, increasing=True).T, moments)
    weights.setflags(write=False)
    return weights
