"""Laws of the length of a bond: what a hopping or a pair potential is, with its first two derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import real, scalar
from .errors import InvalidSystemError

__all__ = ["Law", "PowerLaw", "reach_of"]

# From lengths, shape (...), to the value and its first and second derivative, each of that shape.
Law = Callable[[NDArray[Any]], tuple[Any, Any, Any]]


@dataclass(frozen=True)
class PowerLaw:
    """f(r) = strength (length / r)^exponent, brought to zero between the two lengths of the tail.

    Parameters
    ----------
    strength : float
        Value at r = `length`, if the tail begins beyond it. Unit: energy.
    length : float
        Positive. Unit: length.
    exponent : float
        Any number; the larger, the shorter the range.
    tail : pair of float, or None
        Where the law begins to differ from the power, and where it ends; None for no end.

    Raises
    ------
    InvalidSystemError
        What is no finite number, a length that is not positive, or a tail that does not increase.

    Notes
    -----
    Source: cunningham2014 Eq. 1, 2. The paper gives no tail; here it is the factor
    ``1 - u^3 (10 - 15 u + 6 u^2)`` with u from 0 to 1 along the tail, so that the law has two continuous
    derivatives. Called with float64 or mpmath numbers it answers in them.

    Examples
    --------
    >>> value, slope, curvature = PowerLaw(-0.5, 3.0, 2, tail=None)([3.0, 6.0])
    >>> value.tolist(), slope.tolist()
    ([-0.5, -0.125], [0.3333333333333333, 0.041666666666666664])
    """

    strength: float
    length: float
    exponent: float
    tail: tuple[float, float] | None = (3.0, 4.0)

    def __post_init__(self) -> None:
        for name in ("strength", "length", "exponent"):
            object.__setattr__(self, name, scalar(name, getattr(self, name)))
        if self.length <= 0:
            raise InvalidSystemError("length", f"{self.length:g}", "a length > 0")
        if self.tail is not None:
            ends = real("tail", self.tail)
            if ends.shape != (2,) or not 0 < ends[0] < ends[1]:
                raise InvalidSystemError("tail", f"{self.tail}", "two lengths that increase, or None")
            object.__setattr__(self, "tail", (float(ends[0]), float(ends[1])))

    @property
    def reach(self) -> float | None:
        """The length from which the law is zero; None for a law without an end. Unit: length."""
        return None if self.tail is None else self.tail[1]

    def __call__(self, r: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return the value and its first two derivatives.

        Parameters
        ----------
        r : array_like, shape (...)
            Positive lengths, in float64 or objects of mpmath.

        Returns
        -------
        value, slope, curvature : ndarray, shape (...)
            Units: energy, energy per length, energy per length squared.
        """
        r = np.asarray(r)
        one = r * 0 + 1
        q = self.exponent if self.exponent % 1 else int(self.exponent)
        value = self.strength * (self.length * one / r) ** q
        slope = -q * value / r
        curvature = -(q + 1) * slope / r
        if self.tail is None or (r <= self.tail[0]).all():
            return value, slope, curvature
        start, end = self.tail[0] * one, self.tail[1] * one
        span = end - start
        u = np.minimum(np.maximum(r - start, 0 * one), span) / span
        s = 1 - u**3 * (10 - 15 * u + 6 * u**2)
        first = -30 * u**2 * (1 - u) ** 2 / span
        second = -60 * u * (1 - u) * (1 - 2 * u) / span**2
        return (
            value * s,
            slope * s + value * first,
            curvature * s + 2 * slope * first + value * second,
        )


def reach_of(law: Law) -> float | None:
    """Return the length from which a law is zero, where it says so."""
    reach = getattr(law, "reach", None)
    return None if reach is None else float(reach)
