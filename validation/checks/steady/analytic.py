"""One level in closed form: digamma functions, polygammas and one bounded integral."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...numerics.quadrature import panels
from ...systems.strategies import COLD, problems, single_level, wide
from ..tools import against, value

Array = NDArray[Any]

ONE = problems(single_level(coordinates=(1, 2)))


def level(system: OpenSystem) -> tuple[float, Array, Array]:
    """Return energy, widths and, for each lead alone, the occupation of a single level.

    Notes
    -----
    1/2 - Im psi(1/2 + (Gamma/2 + i (e - mu))/(2 pi T))/pi; at T = 0 an arctangent.
    """
    e = float(system.hamiltonian[0, 0].real)
    widths = np.array([float(lead.broadening[0, 0].real) for lead in wide(system)])
    half = np.sum(widths) / 2
    filled = []
    for lead in wide(system):
        above, heat = e - float(lead.mu), float(lead.temperature)
        if heat > 0:
            angle = digamma(0.5 + (half + 1j * above) / (2 * np.pi * heat)).imag
        else:
            angle = np.arctan(above / half)
        filled.append(0.5 - angle / np.pi)
    return e, widths, np.array(filled)


@check(
    "analytic.one_level.density_matrix",
    "density_matrix",
    problems=ONE,
    source="preston2022 Sec. III A",
    says="The occupation of one level is a mean of digamma functions over the leads, weighted by their "
    "Gamma. Usual mistakes: Gamma for Gamma/2, swapped potentials, one temperature for all leads, the "
    "wrong branch at T = 0.",
    catches=(
        "swapped-potentials", "one-temperature", "pi-for-two-pi", "spin-on-density",
        "relative-1e-7", "single-precision", "doubled-width", "holes-for-electrons",
        "single-precision-temperature", "wrong-for-real-matrices", "doubled-self-energy",
        "arctangent-branch", "digamma-argument", "digamma-half-plane", "residues-without-temperature",
    ),
)  # fmt: skip
def _occupation(solver: Any, problem: Problem) -> Iterator[Comparison]:
    _, widths, filled = level(problem.system)
    want = np.sum(widths * filled) / np.sum(widths)
    yield against(solver, "density_matrix", want, problem.system)


@check(
    "analytic.one_level.force",
    "force",
    problems=ONE,
    source="preston2022 Sec. III A",
    says="The force of one level is minus its slope times its occupation, times the spin factor. Usual "
    "mistakes: the sign, the spin factor, swapped potentials.",
    catches=(
        "force-sign",
        "force-doubled",
        "swapped-potentials",
        "one-temperature",
        "one-coordinate-squeezed",
    ),
)
def _level_force(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    _, widths, filled = level(system)
    occupied = system.degeneracy * np.sum(widths * filled) / np.sum(widths)
    yield against(solver, "force", -occupied * system.gradient[:, 0, 0].real, system)


@check(
    "analytic.one_level.friction",
    "friction",
    problems=ONE,
    source="preston2022 Eq. 53 and A6",
    says="One level has positive viscosity at any bias: slope^2 Gamma/4pi times the mean over leads of "
    "-f'/((w - e)^2 + Gamma^2/4)^2. Usual mistakes: a factor 2 or pi, Gamma for Gamma/2, the derivative "
    "of f at one temperature for all leads.",
    catches=(
        "friction-halved", "friction-sign", "one-temperature", "swapped-potentials", "two-pi-missing",
        "friction-slope-of-first-lead", "friction-without-slope",
    ),
)  # fmt: skip
def _viscosity(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    e, widths, _ = level(system)
    half = np.sum(widths) / 2
    total = 0.0
    for width, lead in zip(widths, wide(system), strict=True):
        mu, heat = float(lead.mu), float(lead.temperature)
        if heat > 0:
            # Energies count from mu: rounding of w itself would be eps mu/T in the exponent.
            near = np.array([e - mu - 1j * half, 1j * np.pi * heat])
            v, weights = panels(near, [], -40 * heat, 40 * heat)
            slope = 1 / (4 * heat * np.cosh(v / (2 * heat)) ** 2)
            mean = np.sum(weights * slope / ((v + (mu - e)) ** 2 + half**2) ** 2)
        else:
            mean = 1 / ((mu - e) ** 2 + half**2) ** 2
        total += width * float(mean)
    slopes = system.gradient[:, 0, 0].real
    want = np.multiply.outer(slopes, slopes) * (system.degeneracy * half / (2 * np.pi) * total)
    got = solver.friction(system)
    yield value("friction", got, want, system)
    power = np.array(np.trace(got))
    yield value("friction", power, np.maximum(power, 0.0), system)


@check(
    "analytic.one_level.current",
    "current",
    problems=ONE,
    source="Landauer-Buttiker for one level",
    says="The current through one level is Gamma_a Gamma_b/Gamma times the difference of the occupations "
    "that each lead alone would give it. Usual mistakes: the sign (positive is into the junction), the "
    "spin factor, pi for 2 pi.",
    catches=(
        "current-sign",
        "current-pi-for-two-pi",
        "swapped-potentials",
        "one-temperature",
        "wrong-on-a-level",
        "stale-cache",
    ),
)
def _level_current(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    _, widths, filled = level(system)
    mean = np.sum(widths * filled) / np.sum(widths)
    want = system.degeneracy * widths * (filled - mean)
    yield against(solver, "current", want, system)


@check(
    "analytic.one_level.transmission",
    "transmission",
    problems=ONE,
    source="Breit-Wigner",
    says="The transmission of one level is a Lorentzian, Gamma_a Gamma_b/((E - e)^2 + Gamma^2/4), per spin. "
    "Usual mistakes: Gamma for Gamma/2, the spin factor.",
    catches=(
        "doubled-width", "spin-on-transmission", "relative-1e-7", "relative-1e-10",
        "transmission-sign",
    ),
)  # fmt: skip
def _lorentzian(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, point = problem.system, problem.numbers["energy"]
    e, widths, _ = level(system)
    want = np.multiply.outer(widths, widths) / ((point - e) ** 2 + np.sum(widths) ** 2 / 4)
    yield against(solver, "transmission", want, system, point)


@check(
    "analytic.one_level.white_noise",
    "white_noise",
    problems=problems(single_level(coordinates=(1, 2), temperatures=COLD)),
    source="preston2022 Eq. 66 for one level at T = 0",
    says="At T = 0 the noise of one level is shot noise: slope^2 Gamma_a Gamma_b times the squared "
    "Lorentzian over the bias window of each pair of leads. Usual mistakes: a factor 2, mean "
    "occupations, pairs of equal leads only.",
    catches=("noise-doubled", "noise-of-mean-occupation", "same-lead-noise", "lead-diagonal-noise"),
)
def _shot(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    e, widths, _ = level(system)
    half = float(np.sum(widths)) / 2

    def integral(u: float) -> float:
        return u / (2 * half**2 * (u**2 + half**2)) + float(np.arctan(u / half)) / (2 * half**3)

    total = 0.0
    for a, full in enumerate(system.leads):
        for b, empty in enumerate(system.leads):
            if full.mu > empty.mu:
                spread = integral(float(full.mu) - e) - integral(float(empty.mu) - e)
                total += widths[a] * widths[b] * spread / (2 * np.pi)
    slopes = system.gradient[:, 0, 0].real
    want = system.degeneracy * total * np.multiply.outer(slopes, slopes)
    yield against(solver, "white_noise", want, system)
