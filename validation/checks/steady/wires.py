"""Atomic wires, asked for by what any solver offers: the force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...numerics.differences import derivative
from ...numerics.quadrature import fermi, panels
from ...numerics.wide_band import force as force_by_modes
from ...systems.wires import displaced, long_wires, perfect, wire_of
from ..tools import against, allowed

Array = NDArray[Any]

# Distance of the points of a difference, in angstrom.
STEP = 1 / 64
# What eigenvectors of many levels lose.
ROUNDING = 1e-11


@check(
    "analytic.wire.force",
    "force",
    problems=perfect(),
    source="cunningham2014 Eq. 3, 4 for the perfect chain",
    says="In a perfect wire every bond pulls with -dh/du times the spin factor times (1/pi) sum_a int dk f_a "
    "cos k, whatever the bias, so that no atom feels a force. Usual mistakes: the spin factor, an atom that "
    "feels one of its bonds alone, half a filled band, the wrong root of the surface Green's function.",
    catches=(
        "force-of-one-bond", "force-doubled", "spin-dropped", "one-temperature", "growing-root",
        "root-by-modulus",
    ),
)  # fmt: skip
def _tension(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, bonds = problem.system, problem.numbers["bonds"]
    hopping = float(system.hamiltonian[0, 1].real)
    order = 0.0
    for lead in system.leads:
        mu, heat = float(lead.mu), float(lead.temperature)
        at = complex(np.arccos((mu + 1j * np.pi * heat) / (2 * hopping)))
        k, weights = panels(np.array([at, at.conjugate() if heat else 4j]), [at.real], 0.0, np.pi)
        order += float(weights @ (np.cos(k) * fermi(2 * hopping * np.cos(k), lead))) / np.pi
    slope = float(np.max(np.abs(system.gradient)))
    want = np.zeros(system.coordinates)
    want[:bonds] = -system.degeneracy * slope * order
    yield against(solver, "force", want, system)


@check(
    "link.wire.force_stiffness",
    "force",
    problems=displaced(),
    source="cunningham2014 Eq. 5",
    says="The force on the atoms of a wire under bias must change by minus the stiffness, its antisymmetric "
    "part included, as one atom is moved. Usual mistakes: potentials of the leads swapped, factors, forces "
    "that do not follow the density matrix of the position.",
    catches=(
        "swapped-potentials", "force-sign", "force-doubled", "spin-dropped", "force-of-one-bond",
    ),
    cost="dear",
)  # fmt: skip
def _stiffness(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, x = wire_of(problem)
    noise = allowed(solver, "force", problem.system)

    def columns(force: Callable[[OpenSystem], Array], noise: float) -> tuple[Array, float]:
        def moved(unit: Array, shift: float) -> Array:
            return np.asarray(force(model.at(x + shift * unit)))

        found = [derivative(partial(moved, unit), STEP, noise) for unit in np.eye(model.atoms)]
        return np.stack([slope for slope, _ in found], axis=-1), max(doubt for _, doubt in found)

    floor = ROUNDING * float(np.max(np.abs(force_by_modes(problem.system))))
    want, known = columns(force_by_modes, floor)
    got, doubt = columns(solver.force, noise)
    yield Comparison("force", got, want, float(np.max(np.abs(want))), uncertainty=known + doubt)


@check(
    "analytic.wire.long",
    "force",
    problems=long_wires(),
    source="cunningham2014 Eq. 3, 4 by the eigenvectors of h - i Gamma/2",
    says="The force on the atoms of a long wire under a large bias has another value. States in the bias "
    "window turn by 2 N V/(hbar v) along the wire: a fixed number of energies does not resolve them. Usual "
    "mistakes: a grid that does not follow the length, potentials of the leads swapped, a factor.",
    catches=("fixed-window-nodes", "swapped-potentials", "force-of-one-bond", "relative-1e-7"),
    cost="dear",
)
def _long(solver: Any, problem: Problem) -> Iterator[Comparison]:
    want = force_by_modes(problem.system)
    doubt = ROUNDING * float(np.max(np.abs(want)))
    yield against(solver, "force", want, problem.system, uncertainty=doubt)
