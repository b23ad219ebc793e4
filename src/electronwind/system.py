"""The problem: electrons on n levels, d classical coordinates, and the leads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import MOST, ComplexArray, assembled, described, hermitian, whole
from .errors import InvalidSystemError
from .leads import Lead, checked_leads, lead_from_dict

__all__ = ["OpenSystem"]

SCHEMA = "electronwind-system/1"


@dataclass(frozen=True, eq=False)
class OpenSystem:
    """A snapshot of a junction: what every solver is given. hbar = k_B = e = 1.

    Parameters
    ----------
    hamiltonian : array_like, shape (..., n, n)
        Hermitian Hamiltonian h(x). Unit: energy.
    gradient : array_like, shape (..., d, n, n)
        Hermitian derivatives dh/dx of the Hamiltonian. Unit: energy per length.
    leads : sequence of WideBandLead, ChainLead or PeriodicLead
        At least one. The self-energies do not depend on x.
    degeneracy : int
        Spin factor. It multiplies force, friction, curl, currents and noise, and never the density
        matrix or the transmission, which are per spin.

    Raises
    ------
    InvalidSystemError
        Anything ill-formed, named with its place.

    Notes
    -----
    The leading axes of all arrays, those of the leads included, broadcast to one batch `shape`. Arrays
    are copied and read-only. A matrix that is Hermitian up to rounding is stored exactly Hermitian, so
    that every solver is given the very same numbers.
    """

    hamiltonian: ComplexArray
    gradient: ComplexArray
    # Of kinds that have attributes of their own, as `Lead` has not.
    leads: tuple[Any, ...]
    degeneracy: int

    def __init__(
        self,
        hamiltonian: ArrayLike,
        gradient: ArrayLike,
        leads: Iterable[Lead],
        degeneracy: int = 1,
    ) -> None:
        h = hermitian("hamiltonian", hamiltonian)
        g = hermitian("gradient", gradient, core=3)
        n = h.shape[-1]
        if g.shape[-1] != n:
            raise InvalidSystemError(
                "gradient", f"shape {g.shape}", f"shape (..., d, {n}, {n}) to fit the Hamiltonian"
            )
        kept = checked_leads(leads, n)
        spin = whole("degeneracy", degeneracy, 1, MOST)
        shapes = [h.shape[:-2], g.shape[:-3], *(lead.shape for lead in kept)]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError as error:
            raise InvalidSystemError(
                "hamiltonian, gradient, leads",
                f"batch shapes {', '.join(map(str, shapes))}",
                "batch shapes that broadcast together",
            ) from error
        object.__setattr__(self, "hamiltonian", np.broadcast_to(h, (*shape, n, n)))
        object.__setattr__(self, "gradient", np.broadcast_to(g, (*shape, *g.shape[-3:])))
        object.__setattr__(self, "leads", kept)
        object.__setattr__(self, "degeneracy", spin)

    @property
    def shape(self) -> tuple[int, ...]:
        """Batch shape: the leading axes of every observable."""
        return self.hamiltonian.shape[:-2]

    @property
    def levels(self) -> int:
        """Number n of levels."""
        return self.hamiltonian.shape[-1]

    @property
    def coordinates(self) -> int:
        """Number d of classical coordinates."""
        return self.gradient.shape[-3]

    @cached_property
    def wide_band(self) -> bool:
        """Whether every lead is a `WideBandLead`."""
        return all(lead.wide_band for lead in self.leads)

    @cached_property
    def broadenings(self) -> tuple[ComplexArray, ...]:
        """Broadening of each `WideBandLead`, in order; of other leads it depends on the energy."""
        return tuple(lead.broadening for lead in self.leads if lead.wide_band)

    def __getitem__(self, index: Any) -> Self:
        """Return the part `index` of the batch, as a system of its own."""
        if not self.shape:
            raise IndexError("this system is a single one and has no batch axis")
        # Positions in the flattened batch: any numpy index then works, an Ellipsis included.
        where = np.arange(int(np.prod(self.shape))).reshape(self.shape)[index]
        n, d = self.levels, self.coordinates
        return type(self)(
            self.hamiltonian.reshape(-1, n, n)[where],
            self.gradient.reshape(-1, d, n, n)[where],
            [lead.take(where, self.shape) for lead in self.leads],
            self.degeneracy,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the system as plain data. Python's JSON writes 17 digits where they are needed."""
        return {
            "schema": SCHEMA,
            "hamiltonian": {
                "re": self.hamiltonian.real.tolist(),
                "im": self.hamiltonian.imag.tolist(),
            },
            "gradient": {"re": self.gradient.real.tolist(), "im": self.gradient.imag.tolist()},
            "leads": [lead.to_dict() for lead in self.leads],
            "degeneracy": self.degeneracy,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the system that `to_dict` wrote.

        Raises
        ------
        InvalidSystemError
            Not the schema, a missing key, or numbers that make no system.
        """
        if not isinstance(data, dict):
            raise InvalidSystemError("data", described(data), f"an object with the schema {SCHEMA!r}")
        if data.get("schema") != SCHEMA:
            raise InvalidSystemError("schema", described(data.get("schema")), repr(SCHEMA))
        try:
            return cls(
                assembled(data["hamiltonian"], "hamiltonian"),
                assembled(data["gradient"], "gradient"),
                [lead_from_dict(lead) for lead in data["leads"]],
                data["degeneracy"],
            )
        except (KeyError, TypeError) as error:
            keys = described(sorted(map(str, data)))
            raise InvalidSystemError("system", f"keys {keys}", f"the keys of a system ({error})") from error

    def to_json(self) -> str:
        """Return the system as one line of JSON, without loss."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the system that `to_json` wrote.

        Raises
        ------
        InvalidSystemError
            Not JSON, or not a system.
        """
        try:
            data = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidSystemError("text", described(text), f"JSON ({error})") from error
        return cls.from_dict(data)

    def __repr__(self) -> str:
        batch = f", batch {self.shape}" if self.shape else ""
        return (
            f"OpenSystem({self.levels} levels, {self.coordinates} coordinates, "
            f"{len(self.leads)} leads{batch})"
        )
