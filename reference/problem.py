"""One system of the batch in high precision."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from electronwind.system import OpenSystem

from .arithmetic import Array, array, number, working
from .filling import Filled, filled
from .leads import WideBand, precise
from .levels import refuse_unbroadened, resonances
from .sharp import EXACT, Sharp, distinct

__all__ = ["Problem"]

GUARD = 15  # digits beyond those asked for, before any known cancellation


class Problem:
    """A single system: the numbers of the arithmetic, and the working precision they need.

    Parameters
    ----------
    system : OpenSystem
        Without batch axes.
    digits : int
        Digits of the result.

    Attributes
    ----------
    work_digits, sharp_digits : int
        Digits of the integrals, and of the energies of `sharp` states and of what G is beside them.
    """

    def __init__(self, system: OpenSystem, digits: int) -> None:
        self.digits = digits
        self.levels = system.levels
        self.degeneracy = system.degeneracy
        sizes = [np.max(np.abs(system.hamiltonian)), *(lead.size for lead in system.leads)]
        self.scale = float(max(sizes))
        # Every input is a number of the arithmetic, whatever the precision.
        self.h = array(system.hamiltonian)
        self.L = array(system.gradient)
        self.leads = [precise(lead, system.levels) for lead in system.leads]
        self.wide_bands = [lead for lead in self.leads if isinstance(lead, WideBand)]
        self.resonances = resonances(self.h, self.leads)
        with working(digits + GUARD):
            edges = sorted(edge for lead in self.leads for edge in lead.edges)
        self.work_digits = digits + GUARD + self._lost_digits([float(edge) for edge in edges])
        with working(self.work_digits):
            self.edges = distinct((edge for lead in self.leads for edge in lead.edges), self.scale)
        self.sharp_digits = max(EXACT, 3 * self.work_digits)

    @cached_property
    def sharp(self) -> Sharp:
        """The states that no lead broadens."""
        with working(self.sharp_digits):
            return Sharp(self.h + number(0j), self.leads, self.scale, self.sharp_digits)

    @cached_property
    def _bands(self) -> list[tuple[Any, Any]]:
        """The intervals between neighbouring edges where a lead is open."""
        pairs = list(pairwise(self.edges))
        middles = [start + (stop - start) / 2 for start, stop in pairs]
        found = [any(lead.open(middle) for lead in self.leads) for middle in middles]
        return [pair for pair, is_open in zip(pairs, found, strict=True) if is_open]

    @property
    def nothing(self) -> Array:
        """Zero for every pair of coordinates, shape ``(d, d)``."""
        return np.full((len(self.L), len(self.L)), number(0j), dtype=object)

    def is_open(self, energy: Any) -> bool:
        """Return whether some lead has states at the energy."""
        return bool(self.wide_bands) or any(start < energy < stop for start, stop in self._bands)

    @cached_property
    def filled(self) -> list[Filled]:
        """The bound states and their occupations.

        Raises
        ------
        UnbroadenedLevelError
            The leads disagree on one.
        """
        return filled(self.sharp)

    def refuse_torn(self) -> None:
        """Raise where a bound state has no definite occupation, as `filled` does."""
        _ = self.filled

    def check(self) -> None:
        """Raise where the system has no steady state of its own.

        Raises
        ------
        UnbroadenedLevelError
            Naming the energies.
        """
        with working(self.sharp_digits):
            refuse_unbroadened(self.sharp, () if self.edges else self.resonances)

    def _lost_digits(self, edges: list[float]) -> int:
        """Return the digits that E - mu, E - e and f_a - f_b can cost at their smallest scale."""
        mus = [float(lead.mu) for lead in self.leads]
        temperatures = [float(lead.temperature) for lead in self.leads]
        small = [*temperatures, *(abs(e.imag) for e in self.resonances)]
        small += [abs(a - b) for group in (mus, temperatures, edges) for a in group for b in group]
        large = max(self.scale, *(abs(mu) for mu in mus), *temperatures)
        return math.ceil(max([0.0, *(math.log10(large) - math.log10(s) for s in small if s > 0)]))
