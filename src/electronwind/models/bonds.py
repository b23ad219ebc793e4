"""The bonds of a chain: their laws, and which atoms have one: those next to each other, and no others."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .._arrays import described
from ..errors import InvalidSystemError
from ..laws import Law
from ..watched import called

__all__ = ["Bonded", "Bonds", "evaluated", "refuse_contact"]

Array = NDArray[Any]


class Bonds(NamedTuple):
    """The bonds between neighbouring sites j and j + 1.

    Attributes
    ----------
    hopping, slope, curvature : ndarray, shape (..., n - 1)
        Hopping, and its first two derivatives with respect to the length of the bond.
    """

    hopping: Array
    slope: Array
    curvature: Array


@runtime_checkable
class Bonded(Protocol):
    """What a family offers to solvers that use the structure of a chain.

    Attributes
    ----------
    onsite : ndarray, shape (n,)
        Energies of the levels, which are the sites of the chain in order.
    sites : slice
        The levels of the moving atoms.
    """

    @property
    def onsite(self) -> Array:
        """Energies of the levels."""
        ...

    @property
    def sites(self) -> slice:
        """The levels of the moving atoms."""
        ...

    def bonds(self, x: Any, xp: Any = ..., /) -> Bonds:
        """Return the bonds for positions of shape (..., d)."""
        ...


def evaluated(name: str, law: Law, r: Array) -> tuple[Array, Array, Array]:
    """Return value, slope and curvature of a law at lengths r, each of the shape of r.

    Raises
    ------
    InvalidSystemError
        Naming the law as `name`: what cannot be called, raises, or returns anything else.
    """
    if not callable(law) or isinstance(law, type):
        expected = "a PowerLaw, or a function of lengths that returns value, slope and curvature"
        raise InvalidSystemError(name, described(law), expected)
    found = called(f"{name}(r)", law, r)
    if not isinstance(found, (tuple, list)) or len(found) != 3:
        raise InvalidSystemError(f"{name}(r)", described(found), "value, slope and curvature")
    parts = tuple(np.asarray(part) for part in found)
    for label, part in zip(("value", "slope", "curvature"), parts, strict=True):
        if part.shape != r.shape or part.dtype.kind not in "fiO":
            raise InvalidSystemError(
                f"{name}(r)", f"{label} {described(part)}", f"real numbers, shape {r.shape}"
            )
        if part.dtype.kind != "O" and not np.isfinite(part).all():
            at = float(r[tuple(np.argwhere(~np.isfinite(part))[0])])
            raise InvalidSystemError(f"{name}(r)", f"{label} that is not finite at {at:g}", "finite numbers")
    return parts[0], parts[1], parts[2]


def refuse_contact(chain: Array, reach: float | None) -> None:
    """Refuse a chain in which others than neighbours are bonded.

    Parameters
    ----------
    chain : ndarray, shape (..., d + 2)
        Positions of the moving atoms, counted from 1, and of the fixed one on either side.
    reach : float or None
        Distance from which the laws of the bonds are zero; None for laws without an end.

    Raises
    ------
    InvalidSystemError
        Atoms that are not in order, or second neighbours within reach.
    """
    if (wrong := chain[..., 1:] <= chain[..., :-1]).any():
        place, i = _first(wrong)
        here, there = float(chain[place][i]), float(chain[place][i + 1])
        raise InvalidSystemError(
            f"x{_index(place)}: atoms {i} and {i + 1}",
            f"positions {here:.6g} and {there:.6g}",
            "atoms in the order of the chain",
        )
    if reach is None:
        return
    second = chain[..., 2:] - chain[..., :-2]
    if (close := second < reach).any():
        place, i = _first(close)
        raise InvalidSystemError(
            f"x{_index(place)}: atoms {i} and {i + 2}",
            f"{float(second[place][i]):.6g} apart",
            f"second neighbours at least {reach:g} apart, the reach of the laws: only neighbours are bonded",
        )


def _first(mask: Array) -> tuple[tuple[int, ...], int]:
    *place, i = (int(k) for k in np.argwhere(mask)[0])
    return tuple(place), i


def _index(place: tuple[int, ...]) -> str:
    return str(list(place)) if place else ""
