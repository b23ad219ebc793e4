"""What a solver declares about itself: the problems it is made for, and its conventions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SolverLoadError
from .models import Model, bent_chain, single_level, stretch_and_turn, tangent, two_level
from .system import OpenSystem

__all__ = ["CONVENTIONS", "Limits", "check_conventions", "declared_orders"]

# Those that the suite sets in motion.
FAMILIES = tuple(
    family.__name__ for family in (bent_chain, single_level, stretch_and_turn, tangent, two_level)
)
CONVENTIONS: dict[str, str] = {
    "units": "hbar = kB = e = 1",
    "spin": "degeneracy multiplies all but density_matrix and transmission",
    "self_energy": "-i Gamma/2",
    "density_matrix": "sigma[i,j] = <d_j^+ d_i>",
    "force": "F[mu] = -Tr[dh/dx[mu] sigma]",
    "friction": "F[mu] = -sum_nu friction[mu,nu] v[nu]",
    "curl": "curl[mu,nu] = dF[nu]/dx[mu] - dF[mu]/dx[nu]",
    "current": "particles per time from each lead into the system",
    "bond_current": "particles per time from level i to level j",
    "transmission": "T[a,b] from lead b to lead a",
    "white_noise": "<df df> = D delta(t)",
    "fourier": "f(W) = int dt exp(+i W t) f(t)",
}


def check_conventions(declared: Any) -> None:
    """Refuse a solver whose declared conventions are not those of the suite.

    Parameters
    ----------
    declared : mapping or None
        Some of the keys of `CONVENTIONS` with their values; None declares nothing.

    Raises
    ------
    SolverLoadError
        Another value, or a key that the suite does not know and so cannot compare.
    """
    if declared is None:
        return
    if not isinstance(declared, Mapping):
        raise SolverLoadError(f"conventions: expected a table of texts, got {declared!r:.60}")
    for key, value in declared.items():
        _refuse_unknown("conventions", key, CONVENTIONS)
        if value != CONVENTIONS[key]:
            raise SolverLoadError(
                f"conventions: the solver declares {key} {value!r:.80}; the suite is in {CONVENTIONS[key]!r}"
            )


def declared_orders(declared: Any) -> tuple[int, ...]:
    """Return the orders of convergence that a solver declares for its runs; None declares none.

    Raises
    ------
    SolverLoadError
        Not a list of whole numbers above 0.
    """
    try:
        orders = tuple(operator.index(order) for order in (() if declared is None else declared))
    except TypeError:
        orders = (0,)
    if any(order < 1 for order in orders):
        raise SolverLoadError(f"orders: expected a list of whole numbers above 0, got {declared!r:.60}")
    return orders


@dataclass(frozen=True)
class Limits:
    """The problems that a solver is made for; what lies beyond is unsupported, not wrong.

    Attributes
    ----------
    levels, coordinates, leads : int or None
        Largest number of each.
    temperature : tuple of float or None
        Lowest and highest temperature of a lead.
    complex : bool
        Whether Hamiltonian, gradient and broadenings may be complex.
    chains : bool
        Whether leads may have bands: be chains or cells.
    periodic : bool
        Whether leads may be cells, `PeriodicLead`.
    batch : bool
        Whether a system may be a batch; otherwise its members are asked for one by one.
    lists : bool
        Whether energy or frequency may be a list; otherwise its entries are asked for one by one.
    threads : bool
        Whether it may be asked by several threads at once.
    families : tuple of str or None
        Families of `electronwind.models` that runs in time are offered for; None for all.
    """

    levels: int | None = None
    coordinates: int | None = None
    leads: int | None = None
    temperature: tuple[float | None, float | None] = (None, None)
    complex: bool = True
    chains: bool = True
    periodic: bool = True
    batch: bool = True
    lists: bool = True
    threads: bool = True
    families: tuple[str, ...] | None = None

    @classmethod
    def declared(cls, table: Any) -> Self:
        """Return the limits that a solver declares as a table; None declares nothing.

        Raises
        ------
        SolverLoadError
            Not a table, an unknown key, or a value that makes no limit.
        """
        if isinstance(table, cls):
            return table
        if table is None:
            return cls()
        if not isinstance(table, Mapping):
            raise SolverLoadError(f"limits: expected a table, got {table!r:.60}")
        known = {field.name: field.default for field in fields(cls)}
        for key, value in table.items():
            _refuse_unknown("limits", key, known)
            if isinstance(known[key], bool):
                good, expected = isinstance(value, bool), "true or false"
            elif key == "temperature":
                good, expected = _is_span(value), "[lowest, highest], null for an open end"
            elif key == "families":
                good, expected = _is_choice(value), f"a list of some of {', '.join(FAMILIES)}"
            else:
                good = isinstance(value, int) and not isinstance(value, bool) and value > 0
                expected = "a whole number above 0"
            if not good:
                raise SolverLoadError(f"limits: {key}: expected {expected}, got {value!r:.60}")
        values: dict[str, Any] = dict(table)
        for key in ("temperature", "families"):
            if key in values:
                values[key] = tuple(values[key])
        return cls(**values)

    def exclude(self, system: OpenSystem, *argument: ArrayLike) -> str:
        """Return in words why a call lies beyond the limits, or an empty string."""
        for name in ("levels", "coordinates", "leads"):
            most = getattr(self, name)
            number = len(system.leads) if name == "leads" else getattr(system, name)
            if most is not None and number > most:
                return f"{number} {name}, and the solver declares at most {most}"
        if not self.chains and not system.wide_band:
            return "a chain lead, and the solver declares chains false"
        if not self.periodic and any(lead.kind == "periodic" for lead in system.leads):
            return "a periodic lead, and the solver declares periodic false"
        if self.divide(system, *argument) and 0 in (*system.shape, *map(np.size, argument)):
            return "an empty batch or list, which cannot be asked for one by one"
        low, high = self.temperature
        for lead in system.leads:
            coldest, hottest = float(np.min(lead.temperature)), float(np.max(lead.temperature))
            if low is not None and coldest < low:
                return f"temperature {coldest:g}, and the solver declares at least {low:g}"
            if high is not None and hottest > high:
                return f"temperature {hottest:g}, and the solver declares at most {high:g}"
        if not self.complex and _is_complex(system):
            return "complex matrices, and the solver declares complex false"
        return ""

    def exclude_family(self, model: Model) -> str:
        """Return in words why a run lies beyond the limits for its family, or an empty string."""
        name = type(model).__name__
        if self.families is None or name in self.families:
            return ""
        return f"the family {name}, and the solver declares {', '.join(self.families)}"

    def divide(self, system: OpenSystem, *argument: ArrayLike) -> bool:
        """Return whether a call must be made in pieces."""
        batch = not self.batch and system.shape != ()
        return batch or (not self.lists and any(map(np.ndim, argument)))

    def piecewise(
        self, function: Callable[..., ArrayLike], system: OpenSystem, *argument: ArrayLike
    ) -> NDArray[Any]:
        """Return the value of a call out of calls for each member of the batch, or entry of the list."""
        if system.shape and not self.batch:
            members = [np.asarray(function(system[i], *argument)) for i in np.ndindex(system.shape)]
            return np.stack(members).reshape(*system.shape, *members[0].shape)
        values = np.asarray(argument[0]).tolist()
        entries = [np.asarray(function(system, value)) for value in values]
        return np.stack(entries, axis=len(system.shape))


def _refuse_unknown(where: str, key: Any, known: Mapping[str, Any]) -> None:
    if key not in known:
        near = get_close_matches(str(key), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise SolverLoadError(f"{where}: unknown key {key!r:.60}; {hint}")


def _is_span(value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return False
    numbers = [x for x in value if x is not None]
    real = all(isinstance(x, (int, float)) and not isinstance(x, bool) and x >= 0 for x in numbers)
    return real and numbers == sorted(numbers)


def _is_choice(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(name in FAMILIES for name in value)


def _is_complex(system: OpenSystem) -> bool:
    matrices = [system.hamiltonian, system.gradient, *(m for lead in system.leads for m in lead.matrices)]
    return any(np.any(matrix.imag) for matrix in matrices)
