r"""The weight of force noise, f_a(w) (1 - f_b(w + W)): occupied in one lead, empty in the other.

At equal temperatures it is a difference of two Fermi functions times a constant, so the closed form of
`fermi` serves; at unequal temperatures there is none, and the rule of `contour` takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .contour import COLD, Rule
from .fermi import CLOSE, GAUSS, Fermi, Points, Smooth

__all__ = ["EqualPauli", "RulePauli", "bose"]

Array = np.ndarray[Any, Any]


def bose(delta: Array, temperature: Array) -> Array:
    """Return delta / (1 - exp(delta/T)), -T at delta = 0 and min(delta, 0) at T = 0.

    This times the divided difference of J over the two potentials is the weight of the noise.
    """
    delta, temperature = np.broadcast_arrays(delta, temperature)
    hot = temperature >= COLD
    x = np.where(hot, delta / np.where(hot, temperature, 1.0), 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        warm = -temperature * np.where(x == 0, 1.0, x / np.expm1(np.where(x == 0, 1.0, x)))
    return np.where(hot, warm, np.minimum(delta, 0.0))


class EqualPauli(Smooth):
    """The weight at one common temperature.

    Parameters
    ----------
    occupied, empty : ndarray, shape (..., 1)
        Potential of the occupied lead, and that of the empty lead less the frequency.
    temperature : ndarray, shape (..., 1)
        The common temperature.
    """

    def __init__(self, occupied: Array, empty: Array, temperature: Array) -> None:
        self.occupied, self.empty, self.temperature = occupied, empty, temperature
        self.delta = empty - occupied
        self.factor = bose(self.delta, temperature)

    def combine(self, occupied: Points, empty: Points) -> Points:
        """Return the weight at points where the Fermi functions of both leads are known already."""
        first, second = (occupied.value, *occupied.slopes), (empty.value, *empty.slopes)
        # One derivative of the occupied lead serves where both potentials are the same.
        orders = range(max(1, min(len(first) - 1, len(second))))
        return Points(occupied.z, *self._combined(occupied.z, first, second, orders))

    def derivatives(self, z: Array, orders: range) -> list[Array]:
        """Return the derivatives of the given orders at z, Im z < 0."""
        further = range(orders.start, orders.stop + 1)
        first = Fermi(self.occupied, self.temperature).derivatives(z, further)
        second = Fermi(self.empty, self.temperature).derivatives(z, orders)
        return self._combined(z, first, second, orders)

    def _combined(
        self, z: Array, first: Sequence[Array], second: Sequence[Array], orders: range
    ) -> list[Array]:
        """Return the derivatives of the weight from those of both Fermi functions, from the same order on."""
        delta = self.delta
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = self.factor / delta
            results = [scale * (a - b) for a, b, _ in zip(first, second, orders, strict=False)]
        close = np.abs(delta) < CLOSE[1] * self.radius(z)
        if len(first) > len(orders) and not delta.all():
            # One potential: f (1 - f) = -T f', so every derivative is the next one of J.
            same = delta == 0
            for result, slope in zip(results, first[1:], strict=False):
                np.copyto(result, self.factor * slope, where=same)
            close &= ~same
        if close.any():
            delta, factor, mu, temperature = (
                np.broadcast_to(part, close.shape)[close]
                for part in (delta, self.factor, self.occupied, self.temperature)
            )
            up = range(orders.start + 1, orders.stop + 1)
            points = np.broadcast_to(z, close.shape)[close]
            nodes, weights = GAUSS[1]
            parts = Fermi(mu + nodes[:, None] * delta, temperature).derivatives(points, up)
            for result, part in zip(results, parts, strict=True):
                result[close] = factor * (weights @ part)
        return results

    def radius(self, z: Array) -> Array:
        """Return the distance from z to the nearer of the two first Matsubara poles."""
        sides = (Fermi(mu, self.temperature).radius(z) for mu in (self.occupied, self.empty))
        return np.minimum(*sides)

    def taken(self, shape: tuple[int, ...], where: Array) -> EqualPauli:
        """Return the weight with its parameters broadcast to `shape` and taken at the mask `where`."""
        return EqualPauli(
            *(
                np.broadcast_to(part[..., None], shape)[where]
                for part in (self.occupied, self.empty, self.temperature)
            )
        )


class RulePauli:
    """The weight as a rule of nodes and weights, for unequal temperatures.

    Parameters
    ----------
    rule : Rule
        Nodes and weights, shape (..., N).
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def _resolvent(self, z: Array) -> Array:
        return 1 / (self.rule.nodes[..., :, None] - z[..., None, :])

    def at(self, z: Array) -> Points:
        """Return the weight evaluated at z, shape (..., n)."""
        return Points(z, np.sum(self.rule.weights[..., None] * self._resolvent(z), axis=-2))

    def difference(self, p: Points, q: Points) -> Array:
        """Return the divided difference over p_k and q_j, shape (..., n, n)."""
        left = np.swapaxes(self.rule.weights[..., None] * self._resolvent(p.z), -1, -2)
        return left @ self._resolvent(q.z)
