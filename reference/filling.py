"""How sharp states are filled, and what they make infinite.

A bound state is filled where all leads have one occupation at its energy: the limit of a vanishing broadening
then exists and is unique. What fluctuates between sharp states of one energy, or couples them at their
distance in energy, never decays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from electronwind.errors import UnbroadenedLevelError, UnsupportedError

from .arithmetic import Array, number, working
from .leads import Lead, fermi
from .levels import named, refuse_narrow
from .sharp import State

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["AGREED", "Filled", "filled", "refuse_edges", "refuse_endless"]

# Occupations that differ by less count as one, and fluctuations below as none.
AGREED = 1e-12

Filled = tuple[State, Any]


def filled(problem: Problem) -> list[Filled]:
    """Return the bound states with their occupations.

    Raises
    ------
    UnbroadenedLevelError
        The leads disagree on an occupation; the energies of all such states are named.
    PrecisionError
        Such a state decays, though far below all digits.
    """
    pairs, torn = [], []
    with working(problem.sharp_digits):
        for state in problem.sharp.bound:
            values = _occupations(state, problem.leads, problem.sharp.small)
            if max(values) - min(values) > AGREED:
                torn.append(float(state.energy))
            pairs.append((state, sum(values) / len(values)))
    refuse_narrow(problem, torn)
    if torn:
        raise UnbroadenedLevelError(
            f"no lead broadens {named(torn)}, and the leads disagree on its occupation, which is undefined"
        )
    return pairs


def refuse_endless(problem: Problem, name: str, W: Any, weight: Callable[[Any, Any], Any]) -> None:
    """Raise where transitions between sharp states make the value at the frequency W infinite.

    Parameters
    ----------
    problem : Problem
        The system.
    name : str
        The observable.
    W : number
        Of the transitions, from a state of energy E to one of energy E + W.
    weight : callable
        Takes the occupations of the first and the second state and returns how much they contribute.

    Raises
    ------
    UnbroadenedLevelError
        Naming the energies.
    """
    sharp, small = [*problem.sharp.bound, *problem.sharp.edges], problem.sharp.small
    with working(problem.sharp_digits):
        for first, second in product(sharp, sharp):
            apart = abs(second.energy - first.energy - W) > small
            if apart or not _coupled(problem, first, second):
                continue
            before, after = (_occupations(s, s.fed or problem.leads, small) for s in (first, second))
            # A divergence at the edge of a band shows in the digits asked for; a bound state's is left out.
            least = 10.0**-problem.digits if first.fed or second.fed else AGREED
            most = float(max(weight(f, g) for f, g in product(before, after)))
            if most > least:
                _refuse(name, [first, second], most)


def refuse_edges(problem: Problem, name: str) -> None:
    """Raise where the occupations of the leads differ at the energy of a state at the edge of a band.

    Raises
    ------
    UnsupportedError
        Naming the energy.
    """
    with working(problem.sharp_digits):
        for state in problem.sharp.edges:
            values = _occupations(state, problem.leads, problem.sharp.small)
            most = float(max(values) - min(values))
            if most > 10.0**-problem.digits:
                raise UnsupportedError(
                    f"{name} is not offered where leads disagree, here by {most:.1e}, on the occupation of a "
                    f"state at the edge of a band, here at energy {float(state.energy):.15g}"
                )


def _refuse(name: str, states: Iterable[State], weight: float) -> None:
    where = named(float(state.energy) for state in states)
    hint = f"; the weight of it is {weight:.1e}, which fewer digits do not show" if weight < 1e-10 else ""
    raise UnbroadenedLevelError(f"{name} is infinite: no lead broadens {where}, and it takes part{hint}")


def _occupations(state: State, leads: list[Lead], small: Any) -> list[Any]:
    """Return the Fermi functions of the leads at the energy of a state; at a sharp step, both its sides."""
    values = []
    for lead in leads:
        if lead.temperature == 0 and abs(lead.mu - state.energy) <= small:
            values += [number(0), number(1)]
        else:
            values.append(fermi(np.array([state.energy], dtype=object), lead.mu, lead.temperature)[0])
    return values


def _coupled(problem: Problem, first: State, second: State) -> bool:
    """Return whether any dh/dx leads from the first state to the second."""
    elements: Array = np.conjugate(second.vector) @ (problem.L @ first.vector).T
    size = max((abs(entry) for entry in problem.L.ravel()), default=number(0))
    return bool(np.max(abs(elements), initial=number(0)) > size * problem.sharp.small / problem.scale)
