"""The problem set: which systems the tables are about. Exact floats, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ChainLead, Lead, OpenSystem, WideBandLead

from ..systems.cases import CASES
from .banded import banded
from .drawing import Dyadic, TableProblem, is_perfect
from .extreme import extreme

__all__ = ["PROBLEM_SET", "TableProblem", "problem_set"]

# Counted up whenever a system, an argument or a certified digit changes.
PROBLEM_SET = 1

Matrix = NDArray[np.complex128]

# Of a perfect chain: what an integral along the axis does not give, and what is infinite where it is warm.
EDGES = ("friction", "white_noise", "force_noise", "response", "pair_density", "force_correlation")


def _general(
    n: int, d: int, heat: tuple[float, ...], seed: str, *, mus: tuple[float, ...] = (), spin: int = 1
) -> OpenSystem:
    """Return a system of complex matrices that do not commute, each lead at its own potential."""
    draw = Dyadic(seed)
    leads = len(heat)
    levels = mus or tuple(float(x) + a / 2 - 0.5 for a, x in enumerate(draw.numbers((leads,), 4, 16)))
    # Leads of rank n and of rank 1 in turn: the first one reaches all levels.
    broadenings = [draw.broadening(n, n if a % 2 == 0 else 1) for a in range(leads)]
    broadenings[0] = broadenings[0] + np.eye(n) / 8
    return OpenSystem(
        draw.hermitian(n),
        [draw.hermitian(n) for _ in range(d)],
        [WideBandLead(g, mu, T) for g, mu, T in zip(broadenings, levels, heat, strict=True)],
        spin,
    )


def _exceptional(n: int, heat: tuple[float, float], seed: str, distance: float = 0.0) -> OpenSystem:
    """Return a system of 2 or 3 levels with one Jordan block in h - i Gamma/2, or `distance` from it.

    Two levels with broadenings g and 3 g that couple by g/2 have one eigenvector. For three, H is a
    triangular matrix with one number on its diagonal, deep enough below the axis for Gamma to be positive.
    """
    draw = Dyadic(seed)
    if n == 2:
        h = np.array([[0.25, 0.25 + distance], [0.25 + distance, 0.25]], complex)
        left, right = np.diag([0.5 + 0j, 0]), np.diag([0, 1.5 + 0j])
    else:
        whole = np.array([[0, 0.5, 0.25j], [0, 0, 0.375], [0, 0, 0]]) + (0.25 - 0.75j) * np.eye(3)
        h = (whole + whole.conj().T) / 2
        left = np.diag([0.25 + 0j, 0.125, 0.25])
        right = 1j * (whole - whole.conj().T) - left
    return OpenSystem(
        h,
        [draw.hermitian(n) for _ in range(2)],
        [WideBandLead(left, 0.375, heat[0]), WideBandLead(right, -0.25, heat[1])],
    )


def _chain(
    bonds: tuple[float, ...],
    sites: tuple[float, ...],
    leads: list[Lead],
    seed: str,
    *,
    phase: complex = 1.0,
    real: bool = True,
) -> OpenSystem:
    draw = Dyadic(seed)
    n = len(sites)
    upper = np.diag(np.array(bonds), 1) + 0j if bonds else np.zeros((n, n), complex)
    if bonds:
        upper[0, 1] *= phase
    gradient = [draw.hermitian(n) for _ in range(2)]
    if real:
        gradient = [np.real(part) for part in gradient]
    return OpenSystem(np.diag(np.array(sites)) + upper + upper.conj().T, gradient, leads, 2)


def _rounded(system: OpenSystem) -> OpenSystem:
    """Return the system with entries rounded to 48 binary places: exp and cos differ between machines."""

    def cut(x: Matrix) -> Matrix:
        scaled = x * 2.0**48
        return np.asarray((np.round(np.real(scaled)) + 1j * np.round(np.imag(scaled))) / 2.0**48)

    return OpenSystem(cut(system.hamiltonian), cut(system.gradient), system.leads, system.degeneracy)


def _papers() -> Iterator[TableProblem]:
    for name, case in CASES.items():
        id = name.replace("/-", "-at-minus-").replace("/", "-at-").replace(",-", "-minus-")
        system = case.system
        if name.startswith(("stretch-and-turn", "bent-chain/stretched")):
            system = _rounded(system)
        left = EDGES if is_perfect(system) else ()
        yield TableProblem(id.replace(",", "-"), case.source, system, leaves_out=left)
    two = CASES["two-level/-0.2"].system
    for label, heat in (("cold", 0.0), ("t-1e-4", 1e-4), ("t-0.5", 0.5)):
        leads = [WideBandLead(lead.broadening, lead.mu, heat) for lead in two.leads]
        system = OpenSystem(two.hamiltonian, two.gradient, leads)
        source = "preston2022 Eq. 54, 55 at another temperature"
        yield TableProblem(f"two-level-{label}", source, system, frequency=0.25)


def _drawn() -> Iterator[TableProblem]:
    kinds: list[tuple[str, str, tuple[float, ...]]] = [
        ("warm", "one temperature", (0.05, 0.05)),
        ("cold", "T = 0", (0.0, 0.0, 0.0)),
        ("chill", "T = 1e-4", (1e-4, 1e-4, 1e-4)),
        ("three", "three leads with three temperatures", (0.05, 0.2, 0.01)),
        ("mixed", "three leads, one of them at T = 0", (0.0, 0.1, 1e-4)),
    ]
    sizes = {"warm": (1, 2, 3, 5, 8), "cold": (1, 2, 3, 6, 8), "chill": (1, 2, 4, 7),
             "three": (1, 2, 3, 4, 6, 8), "mixed": (1, 2, 3, 5)}  # fmt: skip
    for kind, words, heat in kinds:
        for n in sizes[kind]:
            system = _general(n, 1 if n == 1 else 2 + (n == 3), heat, f"{kind}-{n}", spin=1 + (n == 2))
            source = f"drawn: {n} levels, complex matrices, {words}"
            frequency = 0.0 if n == 3 else (-0.3125 if n % 2 else 0.4375)
            yield TableProblem(f"{kind}-{n}", source, system, frequency=frequency)


def _hard() -> Iterator[TableProblem]:
    for label, heat in (
        ("warm", (0.05, 0.05)),
        ("cold", (0.0, 0.0)),
        ("chill", (1e-4, 1e-4)),
        ("unequal", (0.1, 0.01)),
    ):
        for n in (2, 3):
            source = f"drawn: a Jordan block of {n} levels"
            yield TableProblem(f"exceptional-{n}-{label}", source, _exceptional(n, heat, f"ep-{n}-{label}"))
    for power in (7, 17, 27, 40):
        source = f"drawn: 2^-{power} from an exceptional point of two levels"
        system = _exceptional(2, (0.05, 0.05), "near-ep", 2.0**-power)
        yield TableProblem(f"near-exceptional-{power}", source, system)
    draw = Dyadic("degenerate")
    for label, heat in (("warm", (0.05, 0.05)), ("cold", (0.0, 0.0)), ("unequal", (0.2, 1e-3))):
        wide = [
            WideBandLead(np.eye(3) * g, mu, T) for g, mu, T in zip((0.5, 0.25), (0.5, 0.0), heat, strict=True)
        ]
        system = OpenSystem(np.eye(3) * 0.25, [draw.hermitian(3) for _ in range(2)], wide)
        yield TableProblem(f"degenerate-{label}", "drawn: three levels of one energy and width", system)
    for n, heat_ in ((2, 0.05), (3, 1e-3), (4, 0.0)):
        system = _general(n, 2, (heat_, heat_), f"equilibrium-{n}", mus=(0.125, 0.125))
        source = "drawn: equilibrium, complex matrices; curl and current vanish"
        yield TableProblem(f"equilibrium-{n}", source, system, frequency=-0.25)
    for n, heat_ in ((1, 0.01), (2, 0.05), (2, 1e-3)):
        system = _general(n, 2, (heat_, heat_), f"near-equal-{n}", mus=(0.25, 0.25 + 2.0**-27))
        source = "drawn: potentials 2^-27 apart"
        yield TableProblem(f"near-equal-{n}-t-{heat_:g}", source, system, frequency=2.0**-27)
    weak = _general(2, 2, (0.01, 0.02), "weak")
    leads: list[Lead] = [
        WideBandLead(lead.broadening / 1024, lead.mu, lead.temperature) for lead in weak.leads
    ]
    yield TableProblem(
        "weak-2", "drawn: levels 1000 times narrower than the temperature",
        OpenSystem(weak.hamiltonian, weak.gradient, leads),
    )  # fmt: skip


def _chains() -> Iterator[TableProblem]:
    def ends(n: int, *more: Any) -> list[Lead]:
        return [ChainLead(0, *more[0]), ChainLead(n - 1, *more[1])]

    cold = ((-1.0, 0.5, 0.0), (-1.0, -0.25, 0.0))
    warm = ((1.0, 0.5, 0.1), (1.0, -0.25, 0.3))
    half = ((-1.0, 0.5, 0.0), (-1.0, -0.25, 0.05))
    perfect = "drawn: a perfect chain"
    yield TableProblem("perfect-1", perfect, _chain((), (0.0,), ends(1, *half), "p1"), leaves_out=EDGES)
    yield TableProblem(
        "perfect-3", perfect, _chain((-1.0,) * 2, (0.0,) * 3, ends(3, *cold), "p3"), -1.5, leaves_out=EDGES
    )
    yield TableProblem(
        "perfect-4", f"{perfect}, hopping > 0", _chain((1.0,) * 3, (0.0,) * 4, ends(4, *warm), "p4"), 0.5,
        leaves_out=EDGES,
    )  # fmt: skip
    bonds, sites = (-0.75, -0.875), (0.125, -0.125, 0.0625)
    weak = [(-1.0, mu, T, 0.0, 0.75) for mu, T in ((0.375, 0.0), (-0.5, 0.0), (0.5, 0.05), (-0.25, 0.2))]
    yield TableProblem(
        "chain-cold",
        "drawn: disorder between two chains, T = 0, complex",
        _chain(bonds, sites, ends(3, weak[0], weak[1]), "cc", phase=1j, real=False),
    )
    yield TableProblem(
        "chain-warm",
        "drawn: disorder between two chains at two temperatures, complex",
        _chain(bonds, sites, ends(3, weak[2], weak[3]), "cw", phase=1j, real=False),
    )
    other = (-1.25, -0.25, 0.1, 0.25)
    yield TableProblem(
        "chain-two-bands",
        "drawn: two chains with different bands",
        _chain(bonds, sites, ends(3, weak[2], other), "cb"),
        2.125,
    )
    three: list[Lead] = [*ends(3, weak[2], weak[1]), ChainLead(1, -1.0, 0.25, 0.1, 0.0, 0.5)]
    yield TableProblem("chain-three", "drawn: three chains", _chain(bonds, sites, three, "c3"))
    both: list[Lead] = [
        ChainLead(0, -1.0, 0.5, 0.05, 0.0, 0.75),
        WideBandLead(np.diag([0, 0, 0.5]), -0.25, 0.1),
    ]
    yield TableProblem(
        "chain-and-wide-band",
        "drawn: a chain and a wide-band lead",
        _chain(bonds, sites, both, "cwb", phase=1j, real=False),
    )
    frozen: list[Lead] = [
        ChainLead(0, -1.0, 0.5, 0.0, 0.0, 0.75),
        WideBandLead(np.diag([0, 0, 0.5]), -0.25, 0.0),
    ]
    yield TableProblem(
        "chain-and-wide-band-cold",
        "drawn: a chain and a wide-band lead, T = 0",
        _chain(bonds, sites, frozen, "cwc"),
    )


@cache
def problem_set() -> dict[str, TableProblem]:
    """Return all problems by id, the small ones first."""
    found = [*_papers(), *_drawn(), *_hard(), *extreme(), *_chains(), *banded()]
    found.sort(key=lambda problem: (problem.system.levels, len(problem.system.leads)))
    problems = {problem.id: problem for problem in found}
    if len(problems) != len(found):
        raise AssertionError("two problems of one name")
    return problems
