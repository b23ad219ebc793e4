"""How the curl goes to its linear response: in which order of the bias, bare and screened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, fast
from electronwind.models import bent_chain

from ...core.check import Comparison, Problem, check
from ...core.tolerances import decay
from ...numerics.quadrature import grid
from ...systems.screening import corners, functional_of, position_of
from ...systems.strategies import COLD, problems, systems
from ...systems.transformations import refilled
from ..tools import value
from .analytic_many import spectra
from .screened_chain import alpha, rotation, rounded, screened_of, share

__all__: list[str] = []

Array = NDArray[Any]

# A window over the distance of the nearest pole of G. On so short a one the nodes below leave rounding.
WINDOW, NODES = 2.0**-7, 8
# Extrapolation adds up 4/3 of one value and 1/3 of another, of a bias half as large.
AMPLIFIED = 3.0


def per_energy(system: OpenSystem, w: Array) -> Array:
    """Return what an energy of the window adds to the curl, todorov2010 Eq. 25, shape (W, d, d)."""
    x = spectra(system, w)
    left, right = (np.einsum("mij,wjk->wmik", system.gradient, part) for part in (x.sum(axis=0), x[0]))
    return np.asarray(np.einsum("wmik,wvki->wmv", left, right).imag * (system.degeneracy / np.pi))


@check(
    "analytic.small_bias.curl",
    "curl",
    problems=problems(systems((2, 3), (2, 2), (2, 2), temperatures=COLD)),
    source="todorov2010 Eq. 25 and the order of what it leaves out",
    says="The curl per bias goes to (s/pi) Im Tr[d_mu h A d_nu h X_L] at the Fermi energy: what is left is "
    "of the second order of the bias where the window lies symmetrically about that energy, of the first "
    "where it begins there. Usual mistakes: factors of 2, potentials that move together, or only one of "
    "them, code for a small bias that is another limit than that of a large one.",
    catches=("curl-halved", "curl-doubled", "curl-of-sum", "swapped-potentials", "mirrored-bias"),
)
def _linear(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    middle, bias = float(system.leads[0].mu), WINDOW * decay(system)
    # Halves of a window, and what extrapolation to none leaves of the first orders.
    for start, order in ((-0.5, 2), (0.0, 1)):
        got, exact = [], []
        for part in (bias, bias / 2):
            low = middle + start * part
            mus = (low + part, low)
            curl = np.asarray(solver.curl(refilled(system, partial(_filling, mus))))
            got.append(curl / (mus[0] - mus[1]) * bias)
            w, weights = grid(low, mus[0], nodes=NODES)
            exact.append(np.einsum("w,wmv->mv", weights / part, per_energy(system, w)) * bias)
        want = per_energy(system, np.array([middle]))[0] * bias
        whole, half = got
        rest = _extrapolated(exact[0], exact[1], order) - want
        found = value(
            "curl", _extrapolated(whole, half, order), want, system, uncertainty=float(np.max(np.abs(rest)))
        )
        yield replace(found, condition=AMPLIFIED * found.condition)


def _filling(mus: tuple[float, ...], number: int, lead: Any) -> tuple[float, float]:
    """Return the potential and the temperature of a lead in a biased system."""
    return mus[number], lead.temperature


def _extrapolated(whole: Any, half: Any, order: int) -> Any:
    """Return the limit of what has an error of an order of the bias, from a bias and half of it."""
    return (2**order * half - whole) / (2**order - 1)


@check(
    "analytic.screening.order",
    "self_consistent",
    # Away from the edge of the band, where everything is smooth on the scale of the window.
    problems=corners((2.0**-6, 2.0**-7), ("neutral", "hubbard"), tuple(range(5, 12))),
    source="todorov2010 Eq. 30, 32, 33 and the order of what they leave out",
    says="The slopes of the potential at a screened corner differ from those at a small bias by terms of the "
    "first order, which are alike along x and y and odd in the bias, and by no other; their difference and "
    "the curl per bias are off by its square. Usual mistakes: the charge answers at the potential of one "
    "lead, or without bias; the same slope along both.",
    catches=(
        "screening-alpha-of-one-lead", "screening-same-alpha", "screening-along-x", "screening-alpha-spin",
        "screening-bare-gradient",
    ),
    cost="dear",
)  # fmt: skip
def _order(solver: Any, problem: Problem) -> Iterator[Comparison]:
    numbers, made = problem.numbers, problem.numbers["chain"]
    scale = abs(made["hopping"])
    middle, bias = sum(made["mu"]) / 2, float(numbers["bias"])
    slopes, curls = [], []
    for part in (bias, bias / 2, -bias):
        mus = (middle + part / 2, middle - part / 2)
        model = bent_chain(made["hopping"], made["decay"], mus)
        bare = model.at([0.0, 0.0])
        found = solver.self_consistent(model, functional_of(problem), position_of(problem))
        slopes.append(found.gradient[:, 1, 1].real)
        final = screened_of(bare, found)
        curls.append(np.asarray(fast.curl(final))[0, 1] / part * bias)
    size = float(np.max(np.abs(problem.system.gradient)))
    whole, half, back = slopes
    # What is smooth up to the edge of the band has terms of the k-th order below (V/2 over that distance)^k.
    small = abs(bias) / 2 / (2 * scale - abs(middle))
    yield Comparison("self_consistent", back, -whole[::-1], size, condition=64.0)
    across = _extrapolated(whole[1] - whole[0], half[1] - half[0], 2)
    yield Comparison("self_consistent", across, 2 * alpha(numbers), size, "value", 64.0, 8 * size * small**4)
    yield Comparison("self_consistent", 2 * sum(half), sum(whole), size, "value", 64.0, 8 * size * small**3)
    unit = abs(bias) * made["decay"] ** 2 / np.sin(np.pi * numbers["filling"])
    want = rotation(numbers, share(numbers))
    got = _extrapolated(curls[0], curls[1], 2)
    kappa = AMPLIFIED * rounded(numbers)
    yield Comparison("self_consistent", got, want, unit, "value", kappa, 8 * unit * small**4)
