"""The free-electron wire with a square cross section: a problem of its own, with no levels and no leads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isqrt
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import FloatArray, described, real
from .errors import InvalidSystemError

__all__ = ["JelliumWire", "checked_points", "checked_wire", "refuse_openings"]

SCHEMA = "electronwind-jellium/1"
NUMBERS = ("side", "fermi_energy", "bias", "frequency", "strength")
# An energy this close to the edge of a subband, relatively, cannot be told from it: side, Fermi energy and
# their product with 2 / pi^2 are each rounded.
ROUNDING = 64 * float(np.finfo(float).eps)
# n^2 + m^2 of the highest subband: 1000 Fermi wavelengths a side. A thicker wire is nothing but its surface.
MOST_SQUARES = 4e6


@dataclass(frozen=True, eq=False)
class JelliumWire:
    r"""Free electrons under current in a wire with hard walls, and a weak point scatterer in it.

    hbar = e = 1, and the mass of the electron is 1 as well. The wire runs along z, its cross section is
    ``0 <= x, y <= side``. Electrons fill the subbands with edges
    :math:`e_{nm} = (\pi^2 / 2 S^2)(n^2 + m^2)`, n and m from 1 on: those that run towards +z up to
    ``fermi_energy + bias / 2``, the others up to ``fermi_energy - bias / 2``, at zero temperature. The
    scatterer :math:`C \delta(r - R)` is treated to second order in its strength C.

    Parameters
    ----------
    side : array_like, shape (...)
        Side S of the cross section, > 0. Unit: length.
    fermi_energy : array_like, shape (...)
        Fermi energy without bias, > 0, from the bottom of the free band: :math:`k_F^2 / 2`. Unit: energy.
    bias : array_like, shape (...)
        Difference of the two electrochemical potentials; positive drives electrons towards +z. Unit: energy.
    frequency : array_like, shape (...)
        Angular frequency at which the scatterer moves, >= 0. Unit: energy.
    strength : array_like, shape (...)
        Strength C of the scatterer. Unit: energy length^3.

    Raises
    ------
    InvalidSystemError
        What is no finite number of its range; the edge of a subband on an electrochemical potential, or on
        one plus or minus the frequency; or on the Fermi energy where the frequency is 0.

    Notes
    -----
    What solvers offer, at points R = (x, y) of the cross section, all per spin:

    * ``jellium_curl(wire, points)``: x and y component of the curl of the force on the scatterer,
      :math:`2 \pi C^2 \nabla \times \hat z \int dE\, j_E(R) [D(R, E - W) + D(R, E + W)] / 2` with the
      density of states D, the particle current :math:`j_E` per energy and the frequency W (todorov2014
      Eq. 37, 38).
    * ``jellium_friction(wire, points)``: the friction of a scatterer that moves along z, positive where it
      takes energy: minus the :math:`L_{ZZ}` of todorov2014 Eq. 40 and 48.
    * ``jellium_vector_potential(wire, points)``: z component of A, whose curl is the field B of the
      Lorentz-like force V x B (todorov2014 Eq. 49-51).

    At the edge of a subband the density of states diverges. With sides of 10 and 20 Fermi wavelengths the
    Fermi energy lies on one exactly, 20^2 = 12^2 + 16^2: the curl per bias of todorov2014 Fig. 5 has no limit
    there.
    """

    side: FloatArray
    fermi_energy: FloatArray
    bias: FloatArray
    frequency: FloatArray
    strength: FloatArray

    def __init__(
        self,
        side: ArrayLike,
        fermi_energy: ArrayLike,
        bias: ArrayLike,
        frequency: ArrayLike = 0.0,
        strength: ArrayLike = 1.0,
    ) -> None:
        object.__setattr__(self, "side", _positive("side", side))
        object.__setattr__(self, "fermi_energy", _positive("fermi_energy", fermi_energy))
        object.__setattr__(self, "bias", real("bias", bias))
        object.__setattr__(self, "frequency", real("frequency", frequency, minimum=0.0))
        object.__setattr__(self, "strength", real("strength", strength))
        shapes = [getattr(self, name).shape for name in NUMBERS]
        try:
            np.broadcast_shapes(*shapes)
        except ValueError as error:
            raise InvalidSystemError(
                ", ".join(NUMBERS),
                f"batch shapes {', '.join(map(str, shapes))}",
                "batch shapes that broadcast together",
            ) from error
        self._refuse_edges()

    def _refuse_edges(self) -> None:
        with np.errstate(all="ignore"):
            unit = (np.pi / self.side) ** 2 / 2
            mus = [self.fermi_energy + sign * self.bias / 2 for sign in (1, -1)]
            shifted = [mu + sign * self.frequency for mu in mus for sign in (1, -1)]
            still = np.where(self.frequency == 0, self.fermi_energy, np.nan)
            largest = (self.fermi_energy + np.abs(self.bias) / 2 + self.frequency) / unit
            squares = [energies / unit for energies in (still, *mus, *shifted)]
        if np.any(far := ~(largest <= MOST_SQUARES)):
            raise InvalidSystemError(
                f"side{_where(far)}",
                f"subbands up to n^2 + m^2 = {largest[far].flat[0]:.3g}",
                f"a side, energies and a frequency with at most {MOST_SQUARES:g}",
            )
        for value in squares:
            near = np.abs(value - np.round(value)) <= ROUNDING * largest
            for place in np.argwhere(near):
                total = round(float(value[tuple(place)]))
                if found := _two_squares(total):
                    words = "an electrochemical potential, or one plus or minus the frequency, on the edge of"
                    raise InvalidSystemError(
                        f"side{place.tolist() or ''}",
                        f"{words} subband {found}, n^2 + m^2 = {total}",
                        "a side off the edges of the subbands, where the density of states diverges",
                    )

    @property
    def shape(self) -> tuple[int, ...]:
        """Batch shape: the leading axes of every answer."""
        return np.broadcast_shapes(*(getattr(self, name).shape for name in NUMBERS))

    def __getitem__(self, index: Any) -> Self:
        """Return the part `index` of the batch, as a wire of its own."""
        if not self.shape:
            raise IndexError("this wire is a single one and has no batch axis")
        return type(self)(*(np.broadcast_to(getattr(self, name), self.shape)[index] for name in NUMBERS))

    def to_dict(self) -> dict[str, Any]:
        """Return the wire as plain data. Python's JSON writes 17 digits where they are needed."""
        return {"schema": SCHEMA, **{name: getattr(self, name).tolist() for name in NUMBERS}}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the wire that `to_dict` wrote.

        Raises
        ------
        InvalidSystemError
            Not the schema, a missing or an unknown key, or numbers that make no wire.
        """
        if not isinstance(data, dict):
            raise InvalidSystemError("data", described(data), f"an object with the schema {SCHEMA!r}")
        if data.get("schema") != SCHEMA:
            raise InvalidSystemError("schema", described(data.get("schema")), repr(SCHEMA))
        if data.keys() != {"schema", *NUMBERS}:
            keys = described(sorted(map(str, data)))
            raise InvalidSystemError("wire", f"keys {keys}", f"the keys schema, {', '.join(NUMBERS)}")
        return cls(**{name: data[name] for name in NUMBERS})

    def to_json(self) -> str:
        """Return the wire as one line of JSON, without loss."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the wire that `to_json` wrote.

        Raises
        ------
        InvalidSystemError
            Not JSON, or not a wire.
        """
        try:
            data = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidSystemError("text", described(text), f"JSON ({error})") from error
        return cls.from_dict(data)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={getattr(self, name).tolist()}" for name in NUMBERS)
        return f"JelliumWire({numbers})" if not self.shape else f"JelliumWire(batch {self.shape})"


def checked_wire(wire: JelliumWire) -> JelliumWire:
    """Return the wire that a solver is given, refusing anything else.

    Raises
    ------
    InvalidSystemError
        Naming `wire`.
    """
    if not isinstance(wire, JelliumWire):
        raise InvalidSystemError("wire", described(wire), "a JelliumWire")
    return wire


def checked_points(wire: JelliumWire, points: ArrayLike) -> FloatArray:
    """Return points of the cross section, shape (..., 2), refusing what is outside of any wire of the batch.

    Raises
    ------
    InvalidSystemError
        Naming `points`.
    """
    array = real("points", points)
    if not array.ndim or array.shape[-1] != 2 or not array.size:
        raise InvalidSystemError("points", f"shape {array.shape}", "shape (..., 2): x and y")
    least = np.min(wire.side, initial=np.inf)
    outside = (array < 0) | (array > least)
    if np.any(outside):
        where = tuple(int(i) for i in np.argwhere(outside)[0])
        raise InvalidSystemError(
            f"points{list(where)}",
            f"{array[where]:.17g}",
            f"a point of the cross section, 0 to {least:.17g}",
        )
    return array


def refuse_openings(wire: JelliumWire) -> None:
    """Refuse a wire without a vector potential: frequency 0, and a subband that opens inside the window.

    At its edge the real part of the Green's function of a subband jumps from infinity to 0, so that what the
    electrons of that very subband feel at frequency W grows like ``W^(-1/2)``.

    Raises
    ------
    InvalidSystemError
        Naming `wire`.
    """
    for index in np.ndindex(wire.shape):
        one = wire[index] if index else wire
        unit = (np.pi / float(one.side)) ** 2 / 2
        half = abs(float(one.bias)) / 2
        low, high = ((float(one.fermi_energy) + sign * half) / unit for sign in (-1, 1))
        for total in range(max(2, int(np.ceil(low))), int(np.floor(high)) + 1) if one.frequency == 0 else ():
            if found := _two_squares(total):
                raise InvalidSystemError(
                    f"wire{list(index) or ''}.frequency",
                    f"0 with subband {found} opening inside the bias window",
                    "a frequency > 0: the vector potential is infinite without",
                )


def _positive(name: str, value: ArrayLike) -> FloatArray:
    array = real(name, value)
    if np.any(array <= 0):
        where = _where(array <= 0)
        raise InvalidSystemError(f"{name}{where}", f"{array[array <= 0].flat[0]:g}", "a number > 0")
    return array


def _where(mask: Any) -> list[int] | str:
    """Return the first place of a mask, or nothing where it has no axes."""
    return [int(i) for i in np.argwhere(mask)[0]] or ""


def _two_squares(total: int) -> tuple[int, int] | None:
    """Return n >= m >= 1 with n^2 + m^2 = `total`, where there are such."""
    for m in range(1, isqrt(max(total, 0) // 2) + 1):
        n = isqrt(total - m * m)
        if n * n + m * m == total:
            return n, m
    return None
