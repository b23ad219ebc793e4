"""One system of the batch in high precision."""

from __future__ import annotations

import math

import numpy as np

from electronwind.leads import ChainLead
from electronwind.system import OpenSystem

from .arithmetic import array, working
from .leads import Chain, WideBand
from .levels import EXACT, refuse_unbroadened, resonances

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

    Raises
    ------
    UnbroadenedLevelError
        The system has no steady state of its own.
    """

    def __init__(self, system: OpenSystem, digits: int) -> None:
        self.digits = digits
        self.levels = system.levels
        self.degeneracy = system.degeneracy
        self.resonances = resonances(system)
        sizes = [np.max(np.abs(system.hamiltonian))]
        for lead in system.leads:
            if isinstance(lead, ChainLead):
                sizes += [abs(lead.onsite), abs(lead.coupling), abs(lead.hopping)]
            else:
                sizes.append(np.max(np.abs(lead.broadening)))
        self.scale = float(max(sizes))
        self.work_digits = digits + GUARD + self._lost_digits(system)
        with working(self.work_digits):
            self.h = array(system.hamiltonian)
            self.L = array(system.gradient)
            self.leads: list[WideBand | Chain] = []
            for lead in system.leads:
                mu, temperature = array(lead.mu).item(), array(lead.temperature).item()
                if isinstance(lead, ChainLead):
                    band = (lead.hopping, lead.coupling, lead.onsite)
                    hopping, coupling, onsite = (array(value).item() for value in band)
                    self.leads.append(
                        Chain(system.levels, lead.site, hopping, coupling, onsite, mu, temperature)
                    )
                else:
                    self.leads.append(WideBand(array(lead.broadening), mu, temperature))
            self.chains = [lead for lead in self.leads if isinstance(lead, Chain)]
            self.wide_bands = [lead for lead in self.leads if isinstance(lead, WideBand)]
        # Here every input is a number of the arithmetic still, whatever the precision.
        with working(max(EXACT, self.work_digits)):
            refuse_unbroadened(self)

    def _lost_digits(self, system: OpenSystem) -> int:
        """Return the digits that E - mu, E - e and f_a - f_b can cost at their smallest scale."""
        mus = [float(lead.mu) for lead in system.leads]
        temperatures = [float(lead.temperature) for lead in system.leads]
        chains = [lead for lead in system.leads if isinstance(lead, ChainLead)]
        edges = [float(lead.onsite + sign * 2 * lead.hopping) for lead in chains for sign in (-1, 1)]
        small = [*temperatures, *(abs(e.imag) for e in self.resonances)]
        small += [abs(a - b) for group in (mus, temperatures, edges) for a in group for b in group]
        large = max(self.scale, *(abs(mu) for mu in mus), *temperatures)
        return math.ceil(max([0.0, *(math.log10(large) - math.log10(s) for s in small if s > 0)]))
