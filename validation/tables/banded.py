"""Systems for the tables on leads with bands: cells of several orbitals, ribbons, mixtures, bound states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead

from .drawing import Dyadic, TableProblem

__all__ = ["banded"]

# Of numpy, of any precision: all entries are exact.
Matrix = NDArray[Any]

COLD, WARM, UNEQUAL = (0.0, 0.0), (0.125, 0.125), (0.0625, 0.25)
HEATS = {"cold": COLD, "warm": WARM, "unequal": UNEQUAL}
MUS = (0.375, -0.25)

# Unitary and exact in binary: a reflection at (1, 1) and at (1 + i, 1, 1).
TWO: Matrix = np.array([[1, -1], [-1, -1]], complex) / 2
THREE: Matrix = np.eye(3) - np.outer([1 + 1j, 1, 1], [1 - 1j, 1, 1]) / 2


def cell(centres: Sequence[float], hoppings: Sequence[complex]) -> tuple[Matrix, Matrix]:
    """Return onsite and hopping matrix of a cell that is a sum of chains, mixed by a unitary matrix."""
    # TWO is sqrt(1/2) times a unitary matrix: its square is taken off.
    mix, size = (TWO, 2.0) if len(centres) == 2 else (THREE, 1.0)
    onsite, hopping = ((mix * np.asarray(x)) @ mix.conj().T * size for x in (centres, hoppings))
    return onsite, hopping


def banded() -> Iterator[TableProblem]:
    """Yield the problems."""
    yield from _small()
    yield from _cells()
    yield from _mixtures()
    yield from _bound()


def _problem(
    id: str, words: str, h: Matrix, leads: list[Lead], *, d: int = 2, real: bool = False, spin: int = 1,
    energy: float = 0.0625, frequency: float = 0.125, leaves_out: tuple[str, ...] = (),
) -> TableProblem:  # fmt: skip
    draw = Dyadic(id)
    gradient: list[Matrix] = [draw.hermitian(len(h)) for _ in range(d)]
    if real:
        gradient = [np.real(part) + 0j for part in gradient]
    return TableProblem(
        id, f"drawn: {words}", OpenSystem(h, gradient, leads, spin), energy, frequency, leaves_out
    )


def _levels(id: str, n: int) -> Matrix:
    """Return a complex Hamiltonian with its levels well inside a band of half width 2."""
    return Dyadic(f"{id}-levels").hermitian(n) / 2


def _small() -> Iterator[TableProblem]:
    """Yield one and two levels on chains."""
    for label, heat in HEATS.items():
        ends: list[Lead] = [
            ChainLead(0, -1.0, MUS[0], heat[0], 0.0, 0.75),
            ChainLead(0, 1.25, MUS[1], heat[1], 0.25, 0.5),
        ]
        h = np.array([[0.25 + 0j]])
        yield _problem(f"level-on-chains-{label}", f"one level on two chains, {label}", h, ends, d=1)
        ends = [
            ChainLead(0, -1.0, MUS[0], heat[0], 0.0, 0.75),
            ChainLead(1, -1.0, MUS[1], heat[1], 0.0, 0.875),
        ]
        id = f"pair-on-chains-{label}"
        h = _levels(id, 2)
        yield _problem(id, f"two levels on two chains, complex, {label}", h, ends, frequency=-0.25)
    for label, heat, mus in (("chill", (2.0**-7,) * 2, MUS), ("equilibrium", WARM, (0.25, 0.25))):
        ends = [
            ChainLead(0, -1.0, mus[0], heat[0], 0.0, 0.75),
            PeriodicLead([0], [[-0.125]], [[0.75j]], mus[1], heat[1], [[0.375 + 0.25j]]),
        ]
        words = f"one level on a chain and a complex one, {label}"
        yield _problem(f"level-on-both-{label}", words, np.array([[-0.25 + 0j]]), ends, spin=2)


def _cells() -> Iterator[TableProblem]:
    """Yield systems between cells of one to three orbitals."""
    onsite, hopping = cell((0.5, -0.5), (-1.0, -1.0))
    for label, heat in HEATS.items():
        coupling = np.array([[[0.75], [0.25j]], [[0.25], [-0.625]]])
        leads: list[Lead] = [
            PeriodicLead([0, 1], [[0.125]], [[0.75 + 1j]], mu, T, c)
            for mu, T, c in zip(MUS, heat, coupling, strict=True)
        ]
        id = f"two-sites-each-{label}"
        words = f"leads of one complex orbital that touch two sites each, {label}"
        yield _problem(id, words, _levels(id, 2), leads)
        across = [[[0.5, 0.25]], [[0.375j, 0.625]]]
        leads = [
            PeriodicLead([0], onsite, hopping, mu, T, np.array(c))
            for mu, T, c in zip(MUS, heat, across, strict=True)
        ]
        words = f"one level between two ribbons of width two, {label}"
        yield _problem(f"level-on-ribbons-{label}", words, np.array([[0.25 + 0j]]), leads)
    leads = [PeriodicLead([0, 1], onsite, hopping, mu, 0.0) for mu in MUS]
    h = _levels("ribbon-cold", 2) + onsite / 2
    words = "two sites across a ribbon of width two, cold"
    yield _problem("ribbon-cold", words, h, leads, frequency=0.25)
    for label, heat in (("cold", COLD), ("unequal", UNEQUAL)):
        split = cell((1.5, -1.25), (-0.5, 0.375j))
        leads = [
            PeriodicLead([0, 1], *split, 1.25, heat[0], np.array([[0.25, 0.125], [0.125j, 0.25]])),
            PeriodicLead([1], *split, -1.0, heat[1], [[0.25, 0.1875]]),
        ]
        id = f"gap-between-bands-{label}"
        words = f"leads with two bands and a gap between them, {label}"
        yield _problem(id, words, np.diag([1.5, -1.25]) + 0.125 * _levels(id, 2), leads, energy=1.375)
    wide = cell((0.25, 0.0, -0.25), (-1.0, 0.75, 1j))
    leads = [
        PeriodicLead([0], *wide, MUS[0], 0.0, np.array([[0.375, 0.25j, 0.25]])),
        ChainLead(0, -1.0, MUS[1], 0.0, 0.0, 0.5),
    ]
    words = "one level on a cell of three orbitals and a chain, complex"
    # The friction of the fast solver is off by 6e-13 here, more than is allowed.
    h = np.array([[-0.125 + 0j]])
    yield _problem("level-on-three-orbitals", words, h, leads, leaves_out=("friction",))


def _mixtures() -> Iterator[TableProblem]:
    """Yield systems with leads of several kinds, equilibrium among them."""
    for label, heats in (("cold", (0.0, 0.0, 0.0)), ("warm", (0.25, 0.125, 0.0625))):
        leads: list[Lead] = [
            ChainLead(0, -1.0, 0.375, heats[0], 0.0, 0.75),
            PeriodicLead([0, 1], [[0.0]], [[1j]], -0.25, heats[1], np.array([[0.5], [0.5j]])),
            WideBandLead(np.diag([0.0, 0.5]), 0.125, heats[2]),
        ]
        id = f"all-kinds-{label}"
        yield _problem(id, f"a chain, a cell and a wide-band lead, {label}", _levels(id, 2), leads, d=1)
    leads = [
        ChainLead(0, -1.0, 0.5, 0.0, 0.0, 0.5),
        ChainLead(1, -1.25, 0.125, 0.0, 0.125, 0.5),
        ChainLead(1, 0.75, -0.25, 0.0, -0.25, 0.375),
        PeriodicLead([0, 1], [[0.0]], [[-1.0]], -0.5, 0.0, [[0.25], [0.5]]),
    ]
    yield _problem("four-leads", "four leads with four bands", _levels("four-leads", 2), leads)
    for label, heat in (("cold", 0.0), ("warm", 0.125)):
        leads = [
            PeriodicLead([0, 1], [[0.0]], [[-1.0]], 0.125, heat, np.array([[0.75], [0.25j]])),
            ChainLead(1, -1.0, 0.125, heat, 0.0, 0.5),
        ]
        id = f"banded-equilibrium-{label}"
        words = f"equilibrium on leads with bands, complex matrices, {label}"
        yield _problem(id, words, _levels(id, 2), leads)
    for label, mus in (("low", (-1.75, -1.625)), ("empty", (-2.5, -2.25))):
        leads = [ChainLead(a, -1.0, mus[a], 0.0, 0.0, 0.75) for a in (0, 1)]
        id = f"band-bottom-{label}"
        words = "potentials near the bottom of the band" if label == "low" else "potentials below the band"
        yield _problem(id, words, _levels(id, 2), leads)


def _bound() -> Iterator[TableProblem]:
    """Yield systems with states that are bound beside the bands."""
    for label, heat in (("cold", COLD), ("warm", (0.5, 0.5))):
        mus = MUS if label == "cold" else (0.125, 0.125)
        leads: list[Lead] = [ChainLead(a, -1.0, mus[a], heat[a], 0.0, 0.75) for a in (0, 1)]
        h = np.array([[-2.5, 0.25j], [-0.25j, 0.25]])
        id = f"bound-level-{label}"
        # Where the state is neither full nor empty, its fluctuations never end; its response is not offered.
        left = () if label == "cold" else ("friction", "white_noise", "response")
        yield _problem(id, f"a level bound below the band, {label}", h, leads, leaves_out=left)
    leads = [ChainLead(a, -1.0, MUS[a], 0.0) for a in (0, 1)]
    h = np.array([[3.0, 0.5 + 0.5j], [0.5 - 0.5j, -3.0]])
    yield _problem("bound-below-and-above", "levels bound below and above the band", h, leads)
    short = np.array([[0, -1.25, 0], [-1.25, 0, -1.125], [0, -1.125, 0]], complex)
    leads = [ChainLead(0, -1.0, MUS[0], 0.0), ChainLead(2, -1.0, MUS[1], 0.0)]
    words = "a bent chain with two short bonds, which bind a state below the band and one above"
    bonds = np.zeros((2, 3, 3))
    bonds[0, 1, 2] = bonds[0, 2, 1] = 1.0
    bonds[1, 0, 1] = bonds[1, 1, 0] = -1.0
    yield TableProblem("bent-chain-short", f"drawn: {words}", OpenSystem(short, bonds, leads, 2))
    low, hop = cell((1.5, -1.5), (-0.5, -0.5))
    leads = [PeriodicLead([0, 1], low, hop, 1.375, 0.0), PeriodicLead([0, 1], low, hop, 1.125, 0.0)]
    h = np.diag([0.0, 0.25]) + 0.25 * _levels("bound-in-a-gap", 2)
    yield _problem("bound-in-a-gap", "states bound in the gap between two bands", h, leads, energy=1.25)
