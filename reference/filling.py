"""How bound states are filled: where all leads have one occupation at their energy.

The limit of a vanishing broadening then exists and is unique.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from electronwind.errors import UnbroadenedLevelError

from .arithmetic import number, working
from .leads import Lead, fermi
from .levels import named, refuse_narrow
from .sharp import Sharp, State

__all__ = ["Filled", "filled", "occupations"]

# Occupations that differ by less count as one.
AGREED = 1e-12

Filled = tuple[State, Any]


def filled(sharp: Sharp) -> list[Filled]:
    """Return the bound states with their occupations.

    Raises
    ------
    UnbroadenedLevelError
        The leads disagree on an occupation; the energies of all such states are named.
    PrecisionError
        Such a state decays, though far below all digits.
    """
    pairs, torn = [], []
    with working(sharp.digits):
        for state in sharp.bound:
            values = occupations(state, sharp.leads, sharp.small)
            if max(values) - min(values) > AGREED:
                torn.append(float(state.energy))
            pairs.append((state, sum(values) / len(values)))
    refuse_narrow(sharp, torn)
    if torn:
        raise UnbroadenedLevelError(
            f"no lead broadens {named(torn)}, and the leads disagree on its occupation, which is undefined"
        )
    return pairs


def occupations(state: State, leads: list[Lead], small: Any) -> list[Any]:
    """Return the Fermi functions of the leads at the energy of a state; at a sharp step, both its sides."""
    values = []
    for lead in leads:
        if lead.temperature == 0 and abs(lead.mu - state.energy) <= small:
            values += [number(0), number(1)]
        else:
            values.append(fermi(np.array([state.energy], dtype=object), lead.mu, lead.temperature)[0])
    return values
