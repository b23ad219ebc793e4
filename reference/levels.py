"""Levels that no lead broadens: their occupation is undefined, so they are refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from electronwind.errors import UnbroadenedLevelError

from .arithmetic import Array, array, working
from .leads import Lead
from .sharp import UNBROADENED

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["named", "refuse_unbroadened", "resonances"]

FLOAT_DIGITS = 20


def resonances(h: Array, leads: list[Lead]) -> list[complex]:
    """Return the complex energies near which G varies fastest, to the digits of floats.

    With wide-band leads these are the eigenvalues of h - i Gamma / 2. Leads with an edge make the problem
    nonlinear; each level is then followed to an energy that reproduces itself, or nearly.
    """
    with working(FLOAT_DIGITS):
        fixed = h.astype(complex)
        moving = [lead for lead in leads if lead.edges]
        for lead in leads:
            if not lead.edges:
                fixed = fixed + lead.self_energy(h[0])[0].astype(complex)
        found = np.linalg.eigvals(fixed)
        if not moving:
            return [complex(e) for e in found]
        found = found[np.argsort(found.real)]
        for _ in range(30):
            at = array(found.real)
            matrices = fixed + sum(lead.self_energy(at).astype(complex) for lead in moving)
            values = np.linalg.eigvals(matrices)
            # By order, and not by distance, so that no two levels end as the same one.
            order = np.argsort(values.real, axis=-1)
            last, found = found, np.diagonal(np.take_along_axis(values, order, axis=-1))
            if np.allclose(found, last, rtol=1e-12, atol=0):
                break
    # Those that did not settle inside a band are none.
    return [complex(e) for e in found if -e.imag > UNBROADENED * abs(e)]


def refuse_unbroadened(problem: Problem) -> None:
    """Raise where a level keeps an infinite lifetime and has no occupation of its own.

    Raises
    ------
    UnbroadenedLevelError
        A level that decays by less than rounding can tell from nothing; on wide bands alone, where nothing is
        bound, also one that does not decay.
    """
    energies = [float(energy) for energy in problem.sharp.loose]
    if not problem.edges:
        energies += [e.real for e in problem.resonances if -e.imag <= UNBROADENED * problem.scale]
    if energies:
        raise UnbroadenedLevelError(f"no lead broadens {named(energies)}, so its occupation is undefined")


def named(energies: Iterable[float]) -> str:
    """Return the words for levels at these energies."""
    different = list(dict.fromkeys(f"{energy:.15g}" for energy in energies))
    return f"the level{'s' * (len(different) > 1)} at energy {', '.join(different)}"
