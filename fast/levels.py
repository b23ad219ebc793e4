"""Levels that no lead broadens: filled where the leads agree on their occupation, and refused elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind import OpenSystem, PrecisionError, UnbroadenedLevelError

from .bound_states import found_states
from .contour import occupation
from .gaps import EPS

__all__ = ["refuse_unfilled"]

Array = np.ndarray[Any, Any]

# Occupations that differ by no more are the same.
ALIKE = 1e-12
# Roundings that the energy of a bound state may be off.
UNTOLD = 64


def refuse_unfilled(system: OpenSystem) -> None:
    """Raise if some bound state of some system of the batch is occupied differently by different leads.

    What the leads agree on is the limit of vanishing broadening, whatever broadens the state.

    Raises
    ------
    UnbroadenedLevelError
        A bound state whose occupation hangs on the past; its energy is named.
    PrecisionError
        A bound state at the potential of a cold lead, or a state at the edge of a band, of which rounding
        hides whether it is bound.
    """
    for index, found in enumerate(found_states(system)):
        if not found.bound:
            continue
        where = np.unravel_index(index, system.shape)
        energies = np.array([state.energy for state in found.bound])
        filled = []
        for lead in system.leads:
            mu = float(np.broadcast_to(lead.mu, system.shape)[where])
            temperature = float(np.broadcast_to(lead.temperature, system.shape)[where])
            blur = UNTOLD * EPS * np.maximum(np.abs(energies), abs(mu))
            if temperature == 0 and np.any(np.abs(energies - mu) <= blur):
                raise PrecisionError(
                    f"the bound state at energy {energies[np.abs(energies - mu) <= blur][0]:.15g} is at the "
                    f"potential {mu:.15g} of a cold lead: rounding of the energies decides its occupation"
                )
            filled.append(occupation(energies, np.asarray(mu), np.asarray(temperature)))
        torn = np.ptp(filled, axis=0) > ALIKE
        if torn.any():
            place = f" of system {tuple(map(int, where))}" if system.shape else ""
            many = "states" if np.sum(torn) > 1 else "state"
            listed = ", ".join(f"{energy:.6g}" for energy in energies[torn])
            raise UnbroadenedLevelError(
                f"no lead broadens the bound {many} at energy {listed}{place}, and the leads do not agree on "
                "the occupation there: it is undefined in the steady state"
            )
