"""The classical body in the numbers of the arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from electronwind.body import ClassicalBody
from electronwind.errors import InvalidSystemError

from .arithmetic import Array, array, export

__all__ = ["Body"]


class Body:
    """Masses and potential of a `ClassicalBody`, for positions and velocities of shape ``(t, d)``.

    A potential that takes mpmath numbers is evaluated in the working precision, any other in float64.

    Raises
    ------
    InvalidSystemError
        More than one mass, and not one for every coordinate.
    """

    def __init__(self, body: ClassicalBody, coordinates: int) -> None:
        if body.mass.shape not in ((1,), (coordinates,)):
            raise InvalidSystemError("body.mass", f"shape {body.mass.shape}", f"shape ({coordinates},)")
        self.mass = array(np.broadcast_to(body.mass, (coordinates,)))
        self.surface = body.potential

    def gradient(self, x: Array) -> Array:
        """Return dU/dx, shape ``(t, d)``."""
        return self._evaluate(self.surface.gradient, x, x.shape)

    def energy(self, x: Array) -> Array:
        """Return U(x), shape ``(t,)``."""
        return self._evaluate(self.surface.energy, x, x.shape[:-1])

    def kinetic(self, v: Array) -> Array:
        """Return sum_nu m_nu v_nu^2 / 2, shape ``(t,)``."""
        return np.asarray((v * v * self.mass).sum(axis=-1) / 2)

    @staticmethod
    def _evaluate(function: Callable[[Array], Array], x: Array, shape: tuple[int, ...]) -> Array:
        try:
            values: Any = function(export(x, "mpf", mpmath.mp.dps))
        except (TypeError, AttributeError):  # numpy's elementary functions do not know mpmath numbers
            values = function(x.astype(float))
        found = np.asarray(values)
        if found.shape != shape:
            raise InvalidSystemError("body.potential", f"values of shape {found.shape}", f"shape {shape}")
        return array(found)
