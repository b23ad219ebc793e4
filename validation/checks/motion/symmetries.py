"""Laws of junctions in motion: what a change of basis, unit, zero or description must not change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import ClassicalBody, Harmonic

from ...core.check import Comparison, Problem
from ...numerics.matrices import adjoint
from ...systems.strategies import wide, with_leads
from ...systems.transformations import changed, relead
from ..steady.symmetries import rotation, turned
from .laws import BIASED, GENERAL, IDLE, MOVING, law, put
from .tools import RUNS, compare, observed, power, setting, spin

Array = NDArray[Any]

MEASURED = ("force", "current", "position", "velocity", "kinetic", "potential", "exact", "white")


@law(
    "law.basis",
    ("driven", "two_time_noise"),
    GENERAL,
    source="unitary covariance",
    says="A constant change of basis of h, dh/dx and every Gamma leaves the {observable} run as it is; only "
    "the density matrix turns along. Usual mistakes: G^T for G^+ in the propagation, the diagonal of "
    "Gamma only.",
    catches={"": "driven-diagonal-broadening", "two_time_noise": "memory-diagonal-broadening"},
)
def _basis(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    u = rotation(problem.system.levels)
    want = observed(solver, name, given)
    if name == "driven":
        want["density_matrix"] = u @ want["density_matrix"] @ adjoint(u)
    got = observed(solver, name, put(given, turned(problem.system, u)))
    yield from compare(name, got, want, problem.system)


@law(
    "law.shift",
    ("driven",),
    GENERAL,
    source="the zero of energy is arbitrary",
    says="The {observable} run must not change when h and all electrochemical potentials are shifted alike. "
    "Usual mistakes: an energy grid with fixed ends, a bias taken about zero.",
    catches={"": "driven-mirrored-bias truncated-grid"},
)
def _shift(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system, step = setting(problem), problem.system, 1.25
    moved = changed(
        system,
        hamiltonian=system.hamiltonian + step * np.eye(system.levels),
        leads=relead(system, lambda lead: (lead.broadening, lead.mu + step, lead.temperature)),
    )
    got = observed(solver, name, put(given, moved))
    yield from compare(name, got, observed(solver, name, given), system)


@law(
    "law.particle_hole",
    ("driven", "two_time_noise"),
    GENERAL,
    source="particle-hole symmetry",
    says="Turning particles into holes (h, dh/dx -> minus their conjugates, mu -> -mu, Gamma -> its "
    "conjugate) reverses currents, makes 1 - sigma* of the density matrix and keeps the noise at every time "
    "of the {observable} run. Usual mistakes: a cut-off of the filled band, the sign of the source "
    "in the equation of motion.",
    catches={"driven": "truncated-grid", "two_time_noise": "memory-band-bottom"},
)
def _particle_hole(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    mirror = changed(
        system,
        hamiltonian=-system.hamiltonian.conj(),
        gradient=-system.gradient.conj(),
        leads=relead(system, lambda lead: (lead.broadening.conj(), -lead.mu, lead.temperature)),
    )
    want = observed(solver, name, given)
    if name == "driven":
        full = system.degeneracy * np.trace(system.gradient, axis1=-2, axis2=-1).real
        want = {
            "density_matrix": np.eye(system.levels) - want["density_matrix"].conj(),
            "force": want["force"] + full,
            "current": -want["current"],
        }
    yield from compare(name, observed(solver, name, put(given, mirror)), want, system)


@law(
    "law.split",
    RUNS,
    BIASED,
    source="leads with one Fermi function are one lead",
    says="A lead cut into two unequal parts of the same potential and temperature is still the same lead. "
    "The {observable} run changes. Usual mistakes: a mean of the Fermi functions over leads, pairs of "
    "equal leads only in the noise.",
    catches={
        "driven": "driven-averaged-potentials",
        "ehrenfest": "ehrenfest-averaged-potentials",
        "langevin": "langevin-averaged-potentials",
        "two_time_noise": "memory-averaged-potentials",
    },
)
def _split(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    first, *rest = ((lead.broadening, lead.mu, lead.temperature) for lead in wide(system))
    parts = [(share * first[0], *first[1:]) for share in (0.3125, 0.6875)]
    got = observed(solver, name, put(given, with_leads(system, [*parts, *rest])))
    want = observed(solver, name, given)
    if "current" in got:
        both = got["current"]
        got["current"] = np.concatenate([both[..., :2].sum(axis=-1)[..., None], both[..., 2:]], axis=-1)
    yield from compare(name, got, want, system)


@law(
    "law.decoupled",
    ("driven", "ehrenfest"),
    IDLE,
    source="a lead that touches nothing does nothing",
    says="The {observable} run must not depend on the potential and the temperature of a lead without "
    "coupling. Usual mistakes: the potentials of two leads are swapped, one temperature serves all leads.",
    catches={
        "driven": "driven-swapped-potentials driven-one-temperature",
        "ehrenfest": "ehrenfest-averaged-potentials",
    },
)
def _decoupled(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    *rest, last = ((lead.broadening, lead.mu, lead.temperature) for lead in wide(system))
    # First in the list, so that whoever takes the first for all is found out.
    idle, other = ((last[0], last[1] + up, last[2] + up) for up in (0.0, 0.75))
    got, want = (
        observed(solver, name, put(given, with_leads(system, [lead, *rest]))) for lead in (other, idle)
    )
    yield from compare(name, got, want, system)


@law(
    "law.degeneracy",
    MOVING,
    GENERAL,
    source="definition of the spin factor",
    says="The spin factor multiplies force, current, energies of the electrons, noise; never the density "
    "matrix. A body of twice the mass in twice the potential then moves alike. The {observable} run does "
    "otherwise.",
    catches={
        "driven": "driven-spin-dropped driven-spin-on-density",
        "ehrenfest": "electronic-per-spin",
        "langevin": "langevin-spin-dropped",
    },
)
def _degeneracy(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    single = changed(problem.system, degeneracy=1)
    want = observed(solver, name, put(given, single))
    twice = put(given, changed(single, degeneracy=2))
    if given.body is not None:
        numbers = problem.numbers
        twice = replace(twice, body=body_of(numbers, 2.0, 2.0))
    want = {field: 2 * value if spin(name, field) else value for field, value in want.items()}
    yield from compare(name, observed(solver, name, twice), want, problem.system)


def body_of(numbers: dict[str, Any], mass: float, stiffness: float) -> ClassicalBody:
    """Return the body of a problem with mass and stiffness multiplied."""
    springs = Harmonic(stiffness * np.array(numbers["stiffness"]), numbers["rest"])
    return ClassicalBody(mass * np.array(numbers["mass"]), springs)


@law(
    "law.unit",
    MOVING,
    GENERAL,
    source="dimensional analysis",
    says="All energies times s and all times over s must multiply what the {observable} run gives by a "
    "power of s. Usual mistakes: a fixed time step, an artificial i eta, a fixed energy grid.",
    catches={
        "driven": "driven-finite-eta coarse-grid",
        "ehrenfest": "ehrenfest-fixed-step",
        "langevin": "langevin-fixed-step",
    },
)
def _unit(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system, s = setting(problem), problem.system, 4.0
    scaled = changed(
        system,
        hamiltonian=s * system.hamiltonian,
        gradient=s * system.gradient,
        leads=relead(system, lambda lead: (s * lead.broadening, s * lead.mu, s * lead.temperature)),
    )
    quick = replace(put(given, scaled), times=tuple(t / s for t in given.times))
    if given.path is not None:
        since = None if given.since is None else given.since / s
        quick = replace(quick, path=given.path.altered(speed=s), moment=given.moment / s, since=since)
    if given.body is not None:
        x, v = given.start
        quick = replace(quick, body=body_of(problem.numbers, 1 / s, s), start=(x, s * v))
    got = observed(solver, name, quick)
    got = {field: value / s ** power(name, field) for field, value in got.items()}
    yield from compare(name, got, observed(solver, name, given), system)


@law(
    "law.coordinates",
    RUNS,
    GENERAL,
    ("langevin", "two_time_noise"),
    source="change of coordinates",
    says="Coordinates exchanged, mirrored, mixed and measured in other units must not change the motion: the "
    "{observable} run does not follow. Usual mistakes: one mass for all coordinates, only the diagonal "
    "in the coordinates, forces attributed to the wrong coordinate.",
    catches={
        "driven": "driven-force-reversed",
        "ehrenfest": "ehrenfest-one-mass",
        "langevin": "langevin-one-mass",
        "two_time_noise": "memory-diagonal",
    },
)
def _coordinates(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    # Masses stay one per coordinate where coordinates are exchanged, not where they are mixed.
    pair = [[2.0, 1.0], [0.0, -0.5]] if given.body is None else [[0.0, 2.0], [-0.5, 0.0]]
    m = np.array(pair if system.coordinates == 2 else [[-2.0]])
    # x.L = x'.L' for L' = M L and x = M^T x'
    back = np.linalg.inv(m).T
    moved = put(given, changed(system, gradient=np.einsum("ab,bij->aij", m, system.gradient)))
    if given.path is not None:
        moved = replace(moved, path=given.path.altered(mix=back))
    if given.body is not None:
        numbers, square = problem.numbers, m**2
        springs = Harmonic(square @ numbers["stiffness"], back @ numbers["rest"])
        x, v = given.start
        moved = replace(
            moved, body=ClassicalBody(square @ numbers["mass"], springs), start=(back @ x, back @ v)
        )
    want = observed(solver, name, given)
    for field in ("position", "velocity"):
        if field in want:
            want[field] = want[field] @ back.T
    if "force" in want:
        want["force"] = want["force"] @ m.T
    for field in ("exact", "adiabatic", "white", "adiabatic_white"):
        if field in want:
            want[field] = m @ want[field] @ m.T
    # A ratio of diagonals has no law of its own.
    want.pop("correlation_time", None)
    yield from compare(name, observed(solver, name, moved), want, system)
