"""Laws that tie a system to a transformed one: each holds for every system, at any bias."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import adjoint
from ...systems.any_leads import hard, systems
from ...systems.strategies import problems
from ...systems.transformations import changed, refilled
from ..axes import in_basis, shifted
from ..family import family
from ..tools import arguments, ask, energy_power, exact, full, rescaled

Array = NDArray[Any]

ALL = tuple(OBSERVABLES)
PAIRS = ("friction", "curl", "white_noise", "force_noise", "response", "pair_density", "force_correlation")
OCCUPIED = tuple(name for name, row in OBSERVABLES.items() if row.occupied)

# Three leads, since two are always each other's partner.
BIASED = problems(systems(bias=0.25))
GENERAL = problems(hard())


def rotation(n: int) -> Array:
    """Return a fixed unitary with no zero and no real column: a complex reflection times phases."""
    k = np.arange(1, n + 1)
    v = k + 1j * (n - k / 2)
    reflection = np.eye(n) - 2 * np.multiply.outer(v, v.conj()) / np.vdot(v, v)
    return np.asarray(reflection * np.exp(1j * k))


def turned(system: OpenSystem, u: Array) -> OpenSystem:
    """Return the system in another orthonormal basis."""
    return changed(
        system,
        hamiltonian=u @ system.hamiltonian @ adjoint(u),
        gradient=u @ system.gradient @ adjoint(u),
        leads=[lead.rotated(u) for lead in system.leads],
    )


# Mistakes that depend on the basis.
TURNED = "diagonal-broadening transposed-broadening injection-transposed conjugate-for-adjoint"


@family(
    "law.basis",
    [name for name, row in OBSERVABLES.items() if not row.sites],
    problems=GENERAL,
    source="unitary covariance",
    says="The {observable} must not depend on the orthonormal basis: h, dh/dx and every Gamma turned by "
    "one constant unitary are the same junction. Usual mistakes: only the diagonal of Gamma is used, "
    "a transpose stands where a conjugate transpose belongs, or Gamma is transposed.",
    catches={
        "": TURNED,
        "density_matrix": f"{TURNED} eight-decimals five-digits-lost single-precision-hamiltonian "
        "real-part-kept eigenvectors-not-conjugated eigenvectors-transposed",
        "force": f"{TURNED} coupling-conjugated sorted-levels eigenvectors-transposed",
        "force_correlation": "diagonal-broadening transposed-broadening",
    },
)
def _basis(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    u = rotation(system.levels)
    want = in_basis(name, ask(solver, name, problem), u)
    yield exact(name, ask(solver, name, problem, turned(system, u)), want, system,
                *arguments(name, problem))  # fmt: skip


@check(
    "law.relabel.bond_current",
    "bond_current",
    problems=GENERAL,
    source="unitary covariance",
    says="Levels numbered in another order and with other phases carry the same bond currents. Usual "
    "mistakes: the current is taken from the product of real parts, or Gamma is transposed.",
    catches=("transposed-broadening", "ignores-imaginary-hamiltonian"),
)
def _relabel(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    n = system.levels
    u = np.diag(np.exp(1j * np.arange(n)))[::-1]
    want = solver.bond_current(system)[::-1, ::-1]
    yield exact("bond_current", solver.bond_current(turned(system, u)), want, system)


@family(
    "law.shift",
    ALL,
    problems=GENERAL,
    source="the zero of energy is arbitrary",
    says="The {observable} must not change when h and all electrochemical potentials (and the energy of a "
    "transmission) are shifted alike. Usual mistakes: an energy grid with fixed ends, a bias taken as "
    "+V/2 and -V/2 about zero, energies counted from the Fermi level.",
    catches={
        "": "mirrored-bias band-bottom",
        "transmission": "energy-from-fermi-level",
        "curl": "mirrored-bias",
        "current": "mirrored-bias truncated-potentials",
        "bond_current": "mirrored-bias",
    },
)
def _shift(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    step = 1.25
    moved = changed(
        system,
        hamiltonian=system.hamiltonian + step * np.eye(system.levels),
        leads=[lead.shifted(step) for lead in system.leads],
    )
    argument = shifted(name, arguments(name, problem), step)
    got = getattr(solver, name)(moved, *argument)
    yield exact(name, got, ask(solver, name, problem), moved, *argument)


@family(
    "law.unit",
    ALL,
    problems=GENERAL,
    source="dimensional analysis",
    says="All energies times s at fixed dh/dx must multiply the {observable} by a power of s. Usual "
    "mistakes: an artificial i eta of fixed size, a fixed energy grid, a broadening hidden in the code, the "
    "answer for a system that is close by.",
    catches={
        "": "finite-eta uniform-grid",
        "friction": "finite-eta uniform-grid answers-of-neighbours",
        "density_matrix": "finite-eta uniform-grid temperature-floor frozen-below-a-temperature",
        "transmission": "finite-eta point-clipped point-rounded",
        "force_correlation": "finite-eta temperature-floor",
    },
)
def _unit(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = ask(solver, name, problem)
    # Far from 1: what is compared with a fixed energy then falls on the other side of it. And next to 1: a
    # comparison to five digits takes that for the same system.
    for s in (256.0, 1 + 2.0**-17):
        scaled = changed(
            system,
            hamiltonian=s * system.hamiltonian,
            leads=[lead.scaled(s) for lead in system.leads],
        )
        got = getattr(solver, name)(scaled, *rescaled(name, problem, s)) / s ** energy_power(name)
        yield exact(name, got, want, system, *arguments(name, problem))


@family(
    "law.particle_hole",
    # At an energy it would have to be asked at the opposite one.
    [name for name in OCCUPIED if OBSERVABLES[name].holes],
    problems=GENERAL,
    source="particle-hole symmetry; todorov2010 Sec. V",
    says="Turning particles into holes (h, dh/dx -> minus their conjugates, mu -> -mu, Gamma -> its "
    "conjugate) must reverse currents, turn the density matrix into 1 minus its conjugate, and keep the "
    "curl, friction, noise and response. The {observable} breaks this. Usual mistakes: a cut-off of the "
    "filled band, a missing factor 1/2pi, holes counted as electrons on one side only.",
    catches={"": "band-bottom"},
)
def _particle_hole(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    mirror = changed(
        system,
        hamiltonian=-system.hamiltonian.conj(),
        gradient=-system.gradient.conj(),
        leads=[lead.holes() for lead in system.leads],
    )
    want = ask(solver, name, problem)
    become = OBSERVABLES[name].holes
    if become == "complement":
        # Of the mirrored junction, whose dh/dx has the other sign.
        want = full(name, mirror) - want.conj() * (-1) ** OBSERVABLES[name].dimension.get("force", 0)
    elif become == "reversed":
        want = -want
    got = ask(solver, name, problem, mirror)
    yield exact(name, got, want, system, *arguments(name, problem))


@family(
    "law.degeneracy",
    ALL,
    problems=GENERAL,
    source="definition of the spin factor",
    says="The spin factor must multiply forces, friction, curl, currents, noise and response once, and "
    "leave the density matrix and the transmission alone. The {observable} does otherwise.",
    catches={
        "": "spin-dropped spin-squared wrong-for-degeneracy-two",
        "density_matrix": "spin-on-density",
        "transmission": "spin-on-transmission",
    },
)
def _degeneracy(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    single = changed(problem.system, degeneracy=1)
    value = ask(solver, name, problem, single)
    for factor in (3, 2):
        several = changed(problem.system, degeneracy=factor)
        want = factor * value if OBSERVABLES[name].spin else value
        yield exact(name, ask(solver, name, problem, several), want, several, *arguments(name, problem))


@family(
    "law.coordinates",
    ("force", *PAIRS),
    problems=problems(systems(coordinates=(1, 3), bias=0.25)),
    source="change of coordinates",
    says="The {observable} must follow a linear change of coordinates: dh/dx -> M dh/dx makes M F of a "
    "force and M X M^T of a matrix. Usual mistakes: only the diagonal is computed, the gradient is "
    "normalised, a cache whose key leaves it out.",
    catches={
        "": "diagonal-coordinates normalised-gradient wrong-for-three-coordinates",
        "friction": "diagonal-coordinates normalised-gradient cache-ignores-gradient",
        "curl": "normalised-gradient absolute-curl",
        "force": "normalised-gradient wrong-for-one-coordinate wrong-for-three-coordinates "
        "small-gradient-zero",
    },
)
def _coordinates(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    # More coordinates than there mostly are: sizes are put to the test along with directions.
    m = np.array([[1.0, -2.0, 0.5], [1.5, 0.5, -0.75], [0.25, 1.0, 1.25]])[:, : system.coordinates]
    moved = changed(system, gradient=np.einsum("ab,bij->aij", m, system.gradient))
    want = ask(solver, name, problem)
    want = m @ want @ m.T if name in PAIRS else m @ want
    yield exact(name, ask(solver, name, problem, moved), want, moved, *arguments(name, problem))


@check(
    "law.exchange.curl",
    "curl",
    problems=problems(systems((2, 3), (2, 2), (2, 2), bias=0.25)),
    source="todorov2010 Eq. 24 with two leads",
    says="Exchanging the complete Fermi functions of two leads, potential and temperature, must reverse "
    "the curl. Usual mistakes: one temperature for both leads, an equilibrium part left in.",
    catches=("one-temperature",),
)
def _exchange(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    other = system.leads[::-1]
    got = solver.curl(refilled(system, lambda a, _: (other[a].mu, other[a].temperature)))
    yield exact("curl", got, -solver.curl(system), system)


@check(
    "law.reversal.transmission",
    "transmission",
    problems=GENERAL,
    source="time reversal; Landauer-Buttiker",
    says="Reversing time (h and Gamma conjugated) must exchange source and drain of every transmission. "
    "Usual mistake: one Gamma transposed.",
    catches=("one-broadening-transposed",),
)
def _reversal(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    back = changed(
        system,
        hamiltonian=system.hamiltonian.conj(),
        leads=[lead.conjugated() for lead in system.leads],
    )
    point = problem.numbers["energy"]
    want = solver.transmission(system, point).T
    yield exact("transmission", solver.transmission(back, point), want, system, point)
