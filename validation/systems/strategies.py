"""Hypothesis strategies for systems that are hard on a solver, made of small exact pieces.

All entries are multiples of a power of two, so the same system reaches every solver to the last bit. By
default everything that could hide a mistake is absent: Hamiltonian, gradient and broadenings are complex
and do not commute, the electrochemical potentials are not mirror images, and each lead has a temperature
of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from electronwind import (
    OpenSystem,
    WideBandLead,
)

from ..core.check import Problem
from .matrices import Matrix, hermitians, numbers, some_broadenings, some_of

__all__ = [
    "COLD",
    "HOT",
    "SLOWEST",
    "TEMPERATURES",
    "WARM",
    "Drawing",
    "Span",
    "assembled",
    "decoupled",
    "degenerate",
    "equilibrium",
    "exceptional",
    "hard",
    "near_equal",
    "potentials",
    "problems",
    "single_level",
    "site_leads",
    "slowest_rate",
    "stacks",
    "systems",
    "wide",
    "with_leads",
]

# Draws from a strategy, inside a composite one.
Drawing = Callable[..., Any]
Span = tuple[int, int]

# From a sharp Fermi edge to one wider than the levels' spacing.
TEMPERATURES = (0.2, 0.05, 0.5, 0.01, 1e-3, 1e-4, 0.0)
WARM = (0.2, 0.05, 0.5, 0.01, 1e-3, 1e-4)
HOT = (0.2, 0.5, 0.05)
COLD = (0.0,)

# Below this decay rate of a level its steady state takes long to form, and every solver loses digits.
SLOWEST = 0.02


def slowest_rate(hamiltonian: Matrix, broadenings: list[Matrix]) -> float:
    """Return the smallest decay rate of an eigenmode of h - i Gamma/2."""
    return float(np.min(-np.linalg.eigvals(hamiltonian - 0.5j * sum(broadenings)).imag))


def _coupled(hamiltonian: Matrix, broadenings: list[Matrix]) -> list[Matrix]:
    """Return the broadenings, the first one raised where a level would hardly decay."""
    if slowest_rate(hamiltonian, broadenings) >= SLOWEST:
        return broadenings
    return [broadenings[0] + np.eye(len(hamiltonian)) / 8, *broadenings[1:]]


# The last of the choices stand for a level and for an earlier potential.
_POTENTIAL = st.integers(-24, 29)


def potentials(draw: Drawing, hamiltonian: Matrix, leads: int) -> list[float]:
    """Draw electrochemical potentials, some on a level and some equal."""
    mus: list[float] = []
    for _ in range(leads):
        special = [float(hamiltonian[0, 0].real), *mus[:1]]
        choice = draw(_POTENTIAL) - 25
        mus.append(special[choice % len(special)] if choice >= 0 else (choice + 25) / 16)
    return mus


@st.composite
def systems(
    draw: Drawing,
    levels: Span = (1, 3),
    coordinates: Span = (1, 2),
    leads: Span = (2, 3),
    *,
    temperatures: tuple[float, ...] = TEMPERATURES,
    common: bool = False,
    real: bool = False,
    bias: float = 0.0,
) -> OpenSystem:
    """Return a strategy for systems with wide-band leads.

    Parameters
    ----------
    levels, coordinates, leads : tuple of int
        Smallest and largest number of each.
    temperatures : tuple of float
        Each lead gets one of these.
    common : bool
        One temperature for all leads.
    real : bool
        Real matrices: time-reversal symmetry.
    bias : float
        Where positive, the leads' potentials are at least this far apart.
    """
    n, d, k = (draw(st.integers(*span)) for span in (levels, coordinates, leads))
    h, *gradient = draw(hermitians(1 + d, n, real, levels[1]))
    broadenings = _coupled(h, list(draw(some_broadenings(k, n, real, levels[1]))))
    mus = potentials(draw, h, k)
    if bias:
        mus = [mus[0] + a * (bias + abs(mu)) for a, mu in enumerate(mus)]
    heat = draw(some_of(temperatures, 1)) * k if common else draw(some_of(temperatures, k))
    return assembled(draw, h, gradient, broadenings, mus, heat)


_SPIN = st.integers(1, 2)


def assembled(
    draw: Drawing,
    h: Matrix,
    gradient: list[Matrix],
    broadenings: list[Matrix],
    mus: list[float],
    heat: list[float],
) -> OpenSystem:
    """Draw the rest of a system around a Hamiltonian and its broadenings."""
    parts = zip(broadenings, mus, heat, strict=True)
    return OpenSystem(h, gradient, [WideBandLead(*p) for p in parts], draw(_SPIN))


def equilibrium(
    levels: Span = (1, 3), coordinates: Span = (1, 2), *, real: bool = False, **more: Any
) -> SearchStrategy[OpenSystem]:
    """Return a strategy for systems whose leads share one potential and one temperature."""

    def level(system: OpenSystem) -> OpenSystem:
        first = system.leads[0]
        return with_leads(system, [(lead.broadening, first.mu, first.temperature) for lead in wide(system)])

    return systems(levels, coordinates, real=real, **more).map(level)


def wide(system: OpenSystem) -> list[WideBandLead]:
    """Return the leads of a system that has wide-band leads only."""
    return [lead for lead in system.leads if lead.wide_band]


def with_leads(system: OpenSystem, leads: list[tuple[Any, Any, Any]]) -> OpenSystem:
    """Return the system on other wide-band leads: broadening, potential and temperature of each."""
    return OpenSystem(
        system.hamiltonian,
        system.gradient,
        [WideBandLead(*lead) for lead in leads],
        system.degeneracy,
    )


def single_level(**more: Any) -> SearchStrategy[OpenSystem]:
    """Return a strategy for one level on two or three leads."""
    return systems((1, 1), **more)


@st.composite
def exceptional(
    draw: Drawing, coordinates: Span = (1, 2), *, temperatures: tuple[float, ...] = TEMPERATURES
) -> OpenSystem:
    """Return a strategy for systems whose h - i Gamma/2 has a Jordan block: no basis of eigenvectors.

    Notes
    -----
    Levels of equal energy on leads of strength g1 and g2, coupled by v = abs(g1 - g2)/4, have the double
    eigenvalue e - i (g1 + g2)/4 with one eigenvector. A third level, phases and a permutation hide it.
    """
    n = draw(st.integers(2, 3))
    weak = draw(st.integers(1, 8)) / 8
    strong = weak + draw(st.integers(1, 8)) / 8
    d = draw(st.integers(*coordinates))
    h, *gradient = draw(hermitians(1 + d, n))
    h = h * np.eye(n)
    h[1, 1] = h[0, 0]
    h[0, 1] = h[1, 0] = (strong - weak) / 4
    left, right = np.zeros((2, n, n), dtype=complex)
    left[0, 0], right[1, 1] = strong, weak
    left[2:, 2:] = 0.25 * np.eye(n - 2)
    change = np.diag(1j ** np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))))
    change = change[draw(st.permutations(range(n)))]
    h, left, right = (change @ part @ change.conj().T for part in (h, left, right))
    heat = draw(some_of(temperatures, 2))
    return assembled(draw, h, gradient, [left, right], potentials(draw, h, 2), heat)


@st.composite
def degenerate(
    draw: Drawing, coordinates: Span = (1, 2), *, temperatures: tuple[float, ...] = TEMPERATURES
) -> OpenSystem:
    """Return a strategy for levels of equal energy and equal width: any basis is an eigenbasis."""
    n = draw(st.integers(2, 3))
    h = draw(numbers()) * np.eye(n) + 0j
    if n > 2 and draw(st.booleans()):
        h[2, 2] += draw(numbers())
    widths = [draw(st.integers(1, 8)) / 8 for _ in range(2)]
    gradient = list(draw(hermitians(draw(st.integers(*coordinates)), n)))
    heat = draw(some_of(temperatures, 2))
    broadenings = [width * np.eye(n) + 0j for width in widths]
    return assembled(draw, h, gradient, broadenings, potentials(draw, h, 2), heat)


@st.composite
def near_equal(draw: Drawing, /, delta: float = 1e-8, **more: Any) -> OpenSystem:
    """Return a strategy for systems whose potentials differ by multiples of `delta` temperatures.

    The bias is small against the temperature, so that observables are linear in it to `delta` squared.
    """
    system = draw(equilibrium(**more))
    leads = wide(system)
    step = delta * float(leads[0].temperature)
    return with_leads(
        system,
        [(lead.broadening, lead.mu + a * step, lead.temperature) for a, lead in enumerate(leads)],
    )


@st.composite
def decoupled(draw: Drawing, /, **more: Any) -> OpenSystem:
    """Return a strategy for systems whose last lead touches no level."""
    system = draw(systems(**more))
    mu, heat = draw(numbers()), draw(st.sampled_from(TEMPERATURES))
    leads = [(lead.broadening, lead.mu, lead.temperature) for lead in wide(system)]
    return with_leads(system, [*leads, (0 * leads[0][0], mu, heat)])


@st.composite
def site_leads(draw: Drawing, /, **more: Any) -> OpenSystem:
    """Return a strategy for systems with one lead on each level: lead a touches level a only."""
    n = draw(st.integers(2, 3))
    system = draw(systems((n, n), leads=(n, n), **more))
    widths = [draw(st.integers(1, 8)) / 8 for _ in range(n)]
    leads = [
        (width * np.diag(np.eye(n)[a]), lead.mu, lead.temperature)
        for a, (width, lead) in enumerate(zip(widths, wide(system), strict=True))
    ]
    return with_leads(system, leads)


def hard(
    levels: Span = (1, 3),
    coordinates: Span = (1, 2),
    leads: Span = (2, 3),
    *,
    temperatures: tuple[float, ...] = TEMPERATURES,
) -> SearchStrategy[OpenSystem]:
    """Return a strategy for wide-band systems of every kind: general, exceptional and degenerate."""
    general = systems(levels, coordinates, leads, temperatures=temperatures)
    special = [kind(coordinates, temperatures=temperatures) for kind in (exceptional, degenerate)]
    return st.one_of(general, general, *special) if leads[0] <= 2 else general


def stacks(systems: SearchStrategy[OpenSystem], size: int = 3) -> SearchStrategy[OpenSystem]:
    """Return a strategy for batches: one system, with its Hamiltonian shifted by matrices of its own."""

    def stack(system: OpenSystem, steps: list[float]) -> OpenSystem:
        shift = np.multiply.outer(np.asarray(steps), system.gradient[0])
        leads = [
            WideBandLead(lead.broadening, lead.mu + np.asarray(steps), lead.temperature)
            for lead in wide(system)
        ]
        return OpenSystem(system.hamiltonian + shift, system.gradient, leads, system.degeneracy)

    return st.builds(stack, systems, st.lists(numbers(8), min_size=size, max_size=size))


def problems(systems: SearchStrategy[OpenSystem], **named: SearchStrategy[Any]) -> SearchStrategy[Problem]:
    """Return a strategy for problems: a system, and an energy, a frequency and a delay for who needs one."""
    named = {"energy": numbers(), "frequency": numbers(), "delays": numbers()} | named
    return st.builds(Problem, systems, st.fixed_dictionaries(named))
