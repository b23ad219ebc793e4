"""The adiabatic force, friction and noise along a motion, tabulated where that pays."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from electronwind.models import Model

from .density import force
from .friction import friction
from .noise import white_noise
from .spectrum import spectrum
from .table import Cells, Table

__all__ = ["SHARE", "Field"]

Array = np.ndarray[Any, Any]

# Between the steps the polynomial of order 7 errs by several times what the pair of rules finds in a step:
# the tolerance of a step is this much of the accuracy.
SHARE = 0.02
# Error of the interpolated forces, as a part of that tolerance; below the second number rounding would be
# larger, and each force is computed.
TABLED, ROUNDED = 0.1, 1e-13


class Field:
    """Force and friction, and with noise the white noise, as functions of the position.

    Parameters
    ----------
    model : Model
        The family.
    x : ndarray, shape (B, d)
        Where the motion starts.
    accuracy : float
        Of the run.
    noise : bool
        Whether the white noise is wanted.
    """

    def __init__(self, model: Model, x: Array, accuracy: float, noise: bool) -> None:
        d = x.shape[-1]
        self._model, self._noise = model, noise
        self._shapes: list[tuple[int, ...]] = [(d,), (d, d), (d, d)][: 3 if noise else 2]
        groups = tuple(math.prod(shape) for shape in self._shapes)
        self._cuts = np.cumsum(groups)[:-1]
        self._table: Table | None = None
        tolerance = TABLED * SHARE * accuracy
        if tolerance >= ROUNDED:
            system = model.at(x)
            # In a cell of this side a level moves by no more than the largest energy.
            slope = float(np.max(np.linalg.norm(system.gradient, axis=(-2, -1)), initial=0.0))
            side = float(np.max(np.abs(spectrum(system).effective))) / slope if slope > 0 else 1.0
            self._table = Table(self.exact, side, tolerance, groups)

    def __call__(self, x: Array) -> tuple[Array, ...]:
        """Return what was asked for at positions of shape (P, d)."""
        values = self.exact(x) if self._table is None else self._table(x)
        parts = zip(np.split(values, self._cuts, axis=-1), self._shapes, strict=True)
        return tuple(part.reshape(-1, *shape) for part, shape in parts)

    @property
    def state(self) -> Cells | Empty:
        """Where the run has been, which tells what is computed and what interpolated."""
        return Empty() if self._table is None else self._table.state

    @state.setter
    def state(self, state: Cells | Empty) -> None:
        if self._table is not None and isinstance(state, Cells):
            self._table.state = state

    def exact(self, x: Array) -> Array:
        """Return the same side by side, shape (P, F), and computed."""
        system = self._model.at(x)
        parts = [force(system), friction(system), *([white_noise(system)] if self._noise else [])]
        return np.concatenate([part.reshape(len(x), -1) for part in parts], axis=-1)


class Empty(NamedTuple):
    """The state of what remembers nothing."""
