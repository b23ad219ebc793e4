"""Levels that no lead broadens, and that leads hardly broaden: both are refused, and told apart."""

from __future__ import annotations

from collections.abc import Iterable

import mpmath
import numpy as np

from electronwind.errors import PrecisionError, UnbroadenedLevelError

from .arithmetic import Array, array, export, number, working
from .leads import Lead
from .sharp import UNBROADENED, Sharp

__all__ = ["named", "refuse_narrow", "refuse_unbroadened", "resonances"]

FLOAT_DIGITS = 20
# How far eigenvalues in floats may be from those in many digits, in units of the largest energy.
NEAR = 1e-9


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


def refuse_unbroadened(sharp: Sharp, resonances: Iterable[complex]) -> None:
    """Raise where a level keeps an infinite lifetime and has no occupation of its own.

    Parameters
    ----------
    sharp : Sharp
        The states that no lead broadens.
    resonances : iterable of complex
        All levels where leads are wide bands alone: there nothing is bound, and one may not decay. None else.

    Raises
    ------
    UnbroadenedLevelError
        Naming the energies.
    PrecisionError
        A level that decays by less than quadrature resolves.
    """
    energies = [float(energy) for energy in sharp.loose]
    energies += [e.real for e in resonances if -e.imag <= UNBROADENED * sharp.scale]
    refuse_narrow(sharp, energies)
    if energies:
        raise UnbroadenedLevelError(f"no lead broadens {named(energies)}, so its occupation is undefined")


def refuse_narrow(sharp: Sharp, energies: Iterable[float]) -> None:
    """Raise where one of the levels at these energies decays, however slowly.

    Raises
    ------
    PrecisionError
        Its occupation is defined, and out of reach.
    """
    if slow := [energy for energy in energies if _decays(sharp, energy)]:
        raise PrecisionError(
            f"leads broaden {named(slow)} by less than {UNBROADENED:g} of the largest energy: what fills it "
            "is defined, but it is narrower than this solver resolves"
        )


def _decays(sharp: Sharp, energy: float) -> bool:
    """Return whether all levels at an energy decay, by eigenvalues of h + Sigma in many digits."""
    with working(sharp.digits):
        at = array(np.array([energy]))
        matrix = sharp.h + sum(lead.self_energy(at)[0] for lead in sharp.leads)
        exact = mpmath.matrix(export(matrix, "mpc", sharp.digits).tolist())
        values = mpmath.eig(exact, left=False, right=False)
        near = [-value.imag for value in values if abs(value - energy) < NEAR * sharp.scale]
        return bool(min(near, default=0) > number(10) ** (-sharp.digits // 2) * sharp.scale)


def named(energies: Iterable[float]) -> str:
    """Return the words for levels at these energies."""
    different = list(dict.fromkeys(f"{energy:.15g}" for energy in energies))
    return f"the level{'s' * (len(different) > 1)} at energy {', '.join(different)}"
