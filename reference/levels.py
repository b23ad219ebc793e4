"""Levels that no lead broadens: their occupation is undefined, so they are refused."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from electronwind.errors import UnbroadenedLevelError
from electronwind.leads import ChainLead
from electronwind.system import OpenSystem

from .arithmetic import Array, export, number
from .leads import Chain, surface_green

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["EXACT", "refuse_unbroadened", "resonances"]

# Half-widths below this fraction of the largest energy count as no broadening.
UNBROADENED = 1e-12
# Digits in which it is decided whether a level is bound: twice those of the squares of the inputs.
EXACT = 80


def resonances(system: OpenSystem) -> list[complex]:
    """Return the complex energies near which G varies fastest, in float64.

    With wide-band leads these are the eigenvalues of h - i Gamma / 2. Chain leads make the problem
    nonlinear; each level is then followed to an energy that reproduces itself, or nearly.
    """
    levels = np.linalg.eigvals(_effective(system, None))
    if system.wide_band:
        return [complex(e) for e in levels]
    found = []
    for k, start in enumerate(sorted(levels, key=lambda e: float(e.real))):
        e = complex(start)
        for _ in range(30):
            values = np.linalg.eigvals(_effective(system, e.real))
            # By order, and not by distance, so that no two levels end as the same one.
            e = complex(sorted(values, key=lambda e: float(e.real))[k])
        found.append(e)
    # Those that did not settle inside a band are none.
    return [e for e in found if -e.imag > UNBROADENED * abs(e)]


def _effective(system: OpenSystem, energy: float | None) -> Any:
    """Return h + Sigma(E), the chains left out where no energy is given."""
    matrix = system.hamiltonian.copy()
    for lead in system.leads:
        if not isinstance(lead, ChainLead):
            matrix -= 0.5j * lead.broadening
        elif energy is not None:
            z, t = energy - float(lead.onsite), float(lead.hopping)
            root = np.sqrt(complex(4 * t * t - z * z))
            g = (z - 1j * root) / (2 * t * t) if abs(z) < 2 * abs(t) else 2 / (z + _outer(z, root))
            matrix[lead.site, lead.site] += float(lead.coupling) ** 2 * g
    return matrix


def _outer(z: float, root: complex) -> float:
    return abs(root) if z > 0 else -abs(root)


def refuse_unbroadened(problem: Problem) -> None:
    """Raise where a level keeps an infinite lifetime.

    Raises
    ------
    UnbroadenedLevelError
        Wide-band leads: an eigenvalue of h - i Gamma / 2 without imaginary part. Chain leads: a level
        outside the bands of all leads that it couples to, or one that couples to none.

    Notes
    -----
    On an interval without band edges let M(E) = h + Sigma_out(E) - i Gamma_in, where the chains whose
    band the interval misses give their real self-energy, and all other leads broaden their sites. A real
    eigenvalue of M(E) falls as E rises, because Sigma_out does, so it passes E once at most: the number
    of real eigenvalues above E at the left end, less that at the right end, counts the levels.
    """
    for e in np.linalg.eigvals(_broadened(problem, problem.chains).astype(complex)):
        if -e.imag <= UNBROADENED * problem.scale:
            raise _error(e.real)
    edges = sorted({edge for lead in problem.chains for edge in lead.band})
    if not edges:
        return
    # No eigenvalue of M(E) is further out than this.
    bound = max(abs(edges[0]), abs(edges[-1])) + number(4 * problem.levels * problem.scale)
    ends = [-bound, *edges, bound]
    for start, stop in pairwise(ends):
        _search(problem, start, stop)


def _search(problem: Problem, start: Any, stop: Any) -> None:
    """Raise where an unbroadened level lies in [start, stop], which has no band edge inside."""
    # A level at the very edge of a band, as the perfect chain has, is no bound state. The inputs are binary
    # fractions, so that what is nearer to the edge than this is at the edge.
    edge = number(problem.scale) / number(10) ** (EXACT - 20)
    middle = start + (stop - start) / 2
    inside = [lead for lead in problem.chains if lead.band[0] < middle < lead.band[1]]
    above = _above(problem, start, edge, inside)
    if _above(problem, stop, -edge, inside) == above:
        return
    for _ in range(60):
        middle = start + (stop - start) / 2
        if _above(problem, middle, number(0), inside) == above:
            start = middle
        else:
            stop = middle
    raise _error(float(start))


def _above(problem: Problem, energy: Any, margin: Any, inside: list[Chain]) -> int:
    """Return the number of real eigenvalues of M(E) above E + margin."""
    matrix = _broadened(problem, inside)
    for lead in problem.chains:
        if lead not in inside:
            g, _ = surface_green(energy - lead.onsite, lead.hopping)
            matrix[lead.site, lead.site] += lead.coupling**2 * g
    digits = max(EXACT, problem.work_digits)
    values = mpmath.eig(mpmath.matrix(export(matrix, "mpc", digits)), False, False)
    limit = export(np.asarray(energy + margin, dtype=object), "mpf", digits).item()
    unbroadened = UNBROADENED * problem.scale
    return sum(abs(e.imag) <= unbroadened and e.real > limit for e in values)


def _broadened(problem: Problem, chains: list[Chain]) -> Array:
    """Return h - i Gamma, with some broadening on the sites of the `chains`."""
    matrix = problem.h
    for wide_band in problem.wide_bands:
        matrix = matrix - wide_band.broadening * number(0.5j)
    matrix = matrix + number(0j)
    for lead in chains:
        if lead.coupling != 0:
            matrix[lead.site, lead.site] -= number(complex(0, problem.scale))
    return matrix


def _error(energy: float) -> UnbroadenedLevelError:
    return UnbroadenedLevelError(
        f"no lead broadens the level at energy {energy:.15g}, so its occupation is undefined"
    )
