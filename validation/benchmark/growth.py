"""How time and memory grow with the size of a workload, and what the next size will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Growth", "growth", "predict"]

# Rungs that take less than this multiple of the smallest one's time measure the cost of a call.
OVERHEAD = 2.0
# Growth that a prediction assumes at least and at most beyond the sizes measured, by ladder: at small
# sizes the cost of a call hides how the work grows, and one noisy rung must not end the climb.
ASSUMED = {"levels": (2.0, 3.5), "batch": (0.8, 1.2), "temperature": (0.0, 1.2), "chain": (1.0, 4.0)}


@dataclass(frozen=True)
class Growth:
    """A power law.

    Attributes
    ----------
    exponent : float
        Time grows like size to this power.
    spread : float
        Standard error of the exponent; infinite where two sizes leave it open.
    first, last : float
        The sizes it was read from.
    """

    exponent: float
    spread: float
    first: float
    last: float

    def __str__(self) -> str:
        return f"{self.exponent:.2f}"


def growth(sizes: Sequence[float], times: Sequence[float]) -> Growth | None:
    """Return the power law of the largest sizes, where the cost of a bare call is left behind.

    Parameters
    ----------
    sizes, times : sequence of float
        In ascending order of size.

    Returns
    -------
    Growth or None
        Nothing where fewer than two sizes are left, or where no size took longer than a bare call.

    Notes
    -----
    Least squares of the logarithms over the last three sizes above `OVERHEAD`. Where only the last one
    is above it, the last two sizes serve.
    """
    if len(sizes) < 2:
        return None
    above = [i for i, time in enumerate(times) if time > OVERHEAD * min(times)]
    start = min(above[0], len(sizes) - 2) if above else len(sizes) - 2
    start = max(start, len(sizes) - 3)
    x, y = np.log(np.array(sizes[start:])), np.log(np.array(times[start:]))
    slope, offset = np.polyfit(x, y, 1)
    left, freedom = y - slope * x - offset, len(x) - 2
    spread = np.inf
    if freedom:
        spread = float(np.sqrt(np.sum(left**2) / freedom / np.sum((x - x.mean()) ** 2)))
    return Growth(float(slope), spread, float(sizes[start]), float(sizes[-1]))


def predict(
    ladder: str, sizes: Sequence[float], values: Sequence[float], size: float
) -> tuple[float, float] | None:
    """Return what a larger size will take, in the unit of `values`, and the exponent that says so.

    Parameters
    ----------
    ladder : str
        Key of `ASSUMED`.
    sizes, values : sequence of float
        What smaller sizes took, in ascending order; time or memory.
    size : float
        The size asked about.
    """
    if not sizes:
        return None
    low, high = ASSUMED[ladder]
    exponent = low
    if len(sizes) > 1 and min(values[-2:]) > 0:
        exponent = float(np.log(values[-1] / values[-2]) / np.log(sizes[-1] / sizes[-2]))
    exponent = min(max(exponent, low), high)
    return values[-1] * (size / sizes[-1]) ** exponent, exponent
