"""Integrals over energies at which the integrand has a pole on the real axis, passed above or below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from electronwind.errors import PrecisionError

from .arithmetic import Array, function, number, pi
from .quadrature import Cosine, Quadrature

__all__ = ["Pole", "integrate"]


@dataclass(frozen=True, eq=False)
class Pole:
    """The part ``second / (E - energy)^2 + first / (E - energy)`` of an integrand.

    Attributes
    ----------
    energy : number
        Where the pole is.
    side : int
        1 for E + i0, as in a retarded function, -1 for E - i0.
    first, second : ndarray, shape (...)
        The coefficients.
    """

    energy: Any
    side: int
    first: Array
    second: Array


def integrate(
    quadrature: Quadrature,
    integrand: Callable[[Any], Array],
    energies: Callable[[Any], Array],
    poles: Sequence[Pole],
) -> Array:
    """Return the integral of `integrand`: its poles are subtracted on their piece of the axis, and added.

    Parameters
    ----------
    quadrature : Quadrature
        With the poles among its breakpoints.
    integrand, energies : callable
        Take what the quadrature knows of a panel; return the values there and the energies.
    poles : sequence of Pole
        The poles; those outside of all finite pieces have no weight and are left out.

    Raises
    ------
    PrecisionError
        A pole sits at the end of a piece, or the quadrature does not converge.
    """
    found = [(pole, *ends) for pole in poles if (ends := _ends(quadrature, pole.energy)) is not None]

    def regular(at: Any) -> Array:
        values, E = integrand(at), energies(at)
        for pole, start, stop in found:
            inside = np.array([bool(start < e < stop) for e in E]).astype(int).astype(object)
            factor = inside / (E - pole.energy)
            shape = (-1,) + (1,) * (values.ndim - 1)
            values = values - factor.reshape(shape) * pole.first
            values = values - (factor / (E - pole.energy)).reshape(shape) * pole.second
        return values

    total = quadrature.integrate(regular)
    for pole, start, stop in found:
        before, after = pole.energy - start, stop - pole.energy
        log = function("log")(after / before) - number(1j) * (pi() * pole.side)
        total = total + pole.first * log - pole.second * (1 / before + 1 / after)
    return np.asarray(total)


def _ends(quadrature: Quadrature, energy: Any) -> tuple[Any, Any] | None:
    for piece in quadrature.pieces:
        # Tails begin beyond every level, and without edges nothing is bound.
        if not isinstance(piece.map, Cosine):
            continue
        ends = piece.map.start, piece.map.stop
        if energy in ends:
            raise PrecisionError(f"a level that nothing broadens meets an edge at {float(energy):.15g}")
        if ends[0] < energy < ends[1]:
            return ends
    return None
