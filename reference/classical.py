"""The classical body in the numbers of the arithmetic."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from electronwind.body import ClassicalBody
from electronwind.watched import Watched

from .arithmetic import Array, array, export

__all__ = ["Body"]


class Body:
    """Masses and potential of a `ClassicalBody`, for positions and velocities of shape ``(t, d)``.

    A potential that takes mpmath numbers is evaluated in the working precision, any other in float64.

    Parameters
    ----------
    body : ClassicalBody
        As it came out of `checked_body`.
    coordinates : int
        Number d of coordinates.
    """

    def __init__(self, body: ClassicalBody, coordinates: int) -> None:
        self.mass = array(np.broadcast_to(body.mass, (coordinates,)))
        assert isinstance(body.potential, Watched)
        self.surface = body.potential

    def gradient(self, x: Array) -> Array:
        """Return dU/dx, shape ``(t, d)``."""
        return self._evaluate("gradient", x, x.shape)

    def energy(self, x: Array) -> Array:
        """Return U(x), shape ``(t,)``."""
        return self._evaluate("energy", x, x.shape[:-1])

    def kinetic(self, v: Array) -> Array:
        """Return sum_nu m_nu v_nu^2 / 2, shape ``(t,)``."""
        return np.asarray((v * v * self.mass).sum(axis=-1) / 2)

    def _evaluate(self, name: str, x: Array, shape: tuple[int, ...]) -> Array:
        plain = x.astype(float)
        try:
            values: Any = getattr(self.surface.surface, name)(export(x, "mpf", mpmath.mp.dps))
        except Exception:  # numpy's elementary functions do not know mpmath numbers, nor does other code
            return array(getattr(self.surface, name)(plain))
        self.surface.judged(name, values, plain, shape)
        return array(np.asarray(values))
