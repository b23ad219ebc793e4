"""Hypothesis strategies for systems that are hard on a solver, made of small exact pieces.

All entries are multiples of a power of two, so the same system reaches every solver to the last bit. By
default everything that could hide a mistake is absent: Hamiltonian, gradient and broadenings are complex
and do not commute, the electrochemical potentials are not mirror images, and each lead has a temperature
of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from electronwind import (
    OpenSystem,
    WideBandLead,
)

from .check import Problem

__all__ = [
    "COLD",
    "HOT",
    "MOST",
    "SLOWEST",
    "TEMPERATURES",
    "WARM",
    "Drawing",
    "Matrix",
    "Span",
    "assembled",
    "decoupled",
    "degenerate",
    "equilibrium",
    "exceptional",
    "hard",
    "hermitians",
    "near_equal",
    "numbers",
    "potentials",
    "problems",
    "single_level",
    "site_leads",
    "slowest_rate",
    "some_broadenings",
    "some_of",
    "squares",
    "stacks",
    "systems",
    "wide",
    "with_leads",
]

Matrix = NDArray[np.complex128]
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


@cache
def numbers(limit: int = 24, unit: int = 16) -> SearchStrategy[float]:
    """Return a strategy for k/unit with whole k, abs(k) <= limit: exact in binary."""
    return st.integers(-limit, limit).map(lambda k: k / unit)


# Entries are drawn for this many levels, or as many as there may be: each keeps its place when it shrinks.
MOST = 3


def _entries(raw: NDArray[np.uint8], limit: int, unit: int) -> NDArray[np.float64]:
    """Return bytes as numbers like those of `numbers`."""
    k = raw.astype(int) % (2 * limit + 1)
    # 0, 1, -1, 2, -2 and so on: hypothesis makes bytes small when it shrinks.
    return np.where(k % 2, k + 1, -k) / (2 * unit)


@cache
def squares(count: int, n: int, limit: int, unit: int, most: int = MOST) -> SearchStrategy[Any]:
    """Return a strategy for (count, n, n) numbers as in `numbers`, in one draw: many small ones are slow."""
    most = max(n, most)

    def decode(text: bytes) -> NDArray[np.float64]:
        raw = np.frombuffer(text, np.uint8).reshape(count, most, most)
        return _entries(raw[:, :n, :n], limit, unit)

    return st.binary(min_size=count * most**2, max_size=count * most**2).map(decode)


@cache
def hermitians(count: int, n: int, real: bool = False, most: int = MOST) -> SearchStrategy[Any]:
    """Return a strategy for Hermitian matrices, shape (count, n, n)."""

    def fold(raw: NDArray[np.float64]) -> Matrix:
        # The upper triangle holds real parts, the strict lower triangle imaginary parts.
        upper, lower = np.triu(raw), np.tril(raw, -1)
        skew = 0.0 if real else lower - np.swapaxes(lower, -1, -2)
        return np.asarray(upper + np.swapaxes(np.triu(raw, 1), -1, -2) + 1j * skew, dtype=complex)

    return squares(count, n, 24, 16, most).map(fold)


@cache
def some_broadenings(count: int, n: int, real: bool = False, most: int = MOST) -> SearchStrategy[Any]:
    """Return a strategy for B B^+ with dyadic B, shape (count, n, n): each of rank one, or full."""
    most = max(n, most)
    parts = 1 if real else 2
    size = 1 + parts * most**2

    def decode(text: bytes) -> Matrix:
        raw = np.frombuffer(text, np.uint8).reshape(count, size)
        full, fineness = np.divmod(raw[:, 0].astype(int) % 6, 3)
        factor = _entries(raw[:, 1:].reshape(count, parts, most, most)[..., :n, :n], 8, 8)
        factor[full == 0, :, :, 1:] = 0.0
        roots = factor[:, 0] + (0j if real else 1j * factor[:, 1])
        squared = roots @ np.swapaxes(roots.conj(), -1, -2)
        return np.asarray(squared * (4.0**-fineness)[:, None, None])

    return st.binary(min_size=count * size, max_size=count * size).map(decode)


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


@cache
def some_of(choices: tuple[float, ...], count: int) -> SearchStrategy[list[float]]:
    """Return a strategy for `count` of the choices, in one draw; the first of them is the simplest."""
    base = len(choices)
    return st.integers(0, base**count - 1).map(lambda k: [choices[k // base**i % base] for i in range(count)])


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
    return [lead for lead in system.leads if isinstance(lead, WideBandLead)]


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
    """Return a strategy for problems: a system, and an energy and a frequency for who needs one."""
    named = {"energy": numbers(), "frequency": numbers()} | named
    return st.builds(Problem, systems, st.fixed_dictionaries(named))
