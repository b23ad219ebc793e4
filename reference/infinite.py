"""Where sharp states make an observable infinite.

What fluctuates between sharp states of one energy, or couples them at their distance in energy, never decays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import numpy as np

from electronwind.errors import UnbroadenedLevelError, UnsupportedError

from .arithmetic import Array, number, working
from .filling import occupations
from .levels import named
from .problem import Problem
from .sharp import State

__all__ = ["refuse_edges", "refuse_endless"]

# Fluctuations, and differences of occupations, of bound states that count as none: no double shows them.
NOTHING = 1e-15


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
            before, after = (occupations(s, s.fed or problem.leads, small) for s in (first, second))
            # A divergence at the edge of a band shows in the digits asked for; a bound state's is left out.
            least = 10.0**-problem.digits if first.fed or second.fed else NOTHING
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
            values = occupations(state, problem.leads, problem.sharp.small)
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


def _coupled(problem: Problem, first: State, second: State) -> bool:
    """Return whether any dh/dx leads from the first state to the second."""
    elements: Array = np.conjugate(second.vector) @ (problem.L @ first.vector).T
    size = max((abs(entry) for entry in problem.L.ravel()), default=number(0))
    return bool(np.max(abs(elements), initial=number(0)) > size * problem.sharp.small / problem.scale)
