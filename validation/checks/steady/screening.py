"""Screened levels: the equation of the mean field, and what follows from it, by the solver's own values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, fast, reference
from electronwind.functionals import Functional, Hubbard

from ...core.check import Comparison, Problem, check
from ...core.tolerances import EPS, condition
from ...numerics.differences import derivative
from ...numerics.matrices import hermitian
from ...systems.screening import (
    excess_of,
    functional_of,
    model_of,
    position_of,
    screened,
    sites_of,
    strength_of,
)
from ...systems.strategies import COLD
from ...systems.transformations import changed, refilled
from ...truth.oracle import is_police, truth
from ..tools import allowed
from .links import step

__all__ = ["ENOUGH", "asked", "held", "like_response", "response_of", "solved"]

Array = NDArray[Any]

# Electrons, or energies, up to which a residual is that of a solution. What is left of the equation must be
# what the solver says is left.
ENOUGH = 1e-9
# What a user writes meets most mistakes: entries off the diagonal, a second derivative that is not constant.
USUAL = ("hubbard", "quartic", "exchange", "quartic", "neutral", "quartic")


def asked(solver: Any, problem: Problem) -> Any:
    """Return what a solver says of a screened problem."""
    return solver.self_consistent(model_of(problem), functional_of(problem), position_of(problem))


def solved(problem: Problem, found: Any) -> OpenSystem:
    """Return h + v with the bare gradient, by the potential of the solver."""
    return changed(problem.system, hamiltonian=problem.system.hamiltonian + hermitian(found.potential))


def held(got: Any, want: Any, observable: str, system: OpenSystem, uncertainty: float = 0.0) -> Comparison:
    """Return a comparison of what has the scale and the condition of an observable of h + v."""
    scale, kappa = condition(observable, system)
    scale = max(scale, float(np.max(np.abs(want), initial=0.0)))
    return Comparison("self_consistent", got, want, scale, "value", kappa, uncertainty)


# --- the equation ---------------------------------------------------------------------------------


@check(
    "law.screening.equation",
    "self_consistent",
    problems=screened(USUAL),
    source="todorov2010 Eq. 18-23",
    says="The potential must be the functional's, of the density of all spins: U (q - n) site by site, or "
    "whatever keeps q = n, and `converged` must say so. Usual mistakes: the density of one spin, one U for "
    "all sites, potentials off the diagonal left out, a residual that was not computed.",
    catches=(
        "screening-spinless", "screening-potential-sign", "screening-first-strength",
        "screening-first-charge", "screening-one-step", "screening-diagonal-potential",
        "screening-residual-sign",
    ),
    cost="dear",
)  # fmt: skip
def _equation(solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = asked(solver, problem)
    yield Comparison("self_consistent", found.converged, 1.0, 1.0)
    yield Comparison("self_consistent", found.residual, 0.0, 1.0, uncertainty=ENOUGH)
    system, functional, v = solved(problem, found), functional_of(problem), found.potential
    if isinstance(functional, Functional):
        want = functional.potential(problem.system.degeneracy * found.density_matrix)
        kernel = float(np.max(strength_of(problem, excess_of(problem, found.density_matrix)), initial=0.5))
        scale, kappa = condition("density_matrix", system)
        yield Comparison("self_consistent", v, want, scale * kernel, "exact", kappa, found.residual)
        return
    sites = sites_of(problem)
    rest = v - np.diag(np.diagonal(v))
    rest[np.ix_(sites, sites)] = 0
    off = np.delete(np.diagonal(v), sites)
    yield Comparison("self_consistent", [*rest.ravel(), *off], 0.0, 1.0)
    excess = excess_of(problem, found.density_matrix)
    if isinstance(functional, Hubbard):
        excess = excess - np.real(np.diagonal(v))[sites] / functional.strength
    yield replace(held(excess, 0.0 * excess, "density_matrix", system, found.residual), kind="exact")


@check(
    "link.screening.state",
    "self_consistent",
    problems=screened(("hubbard", "neutral", "exchange")),
    source="todorov2010 Eq. 5, 14 and Sec. IV",
    says="The density matrix must be the steady state of h + v, and the force -Tr[dh/dx sigma] with the bare "
    "dh/dx, all spins. Usual mistakes: the density of an earlier iteration, the screened gradient in the "
    "force, the spin factor.",
    catches=(
        "screening-late-density", "screening-force-screened", "screening-force-spin",
        "screening-force-sign", "screening-bare-density",
    ),
    cost="dear",
)  # fmt: skip
def _state(solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = asked(solver, problem)
    system = solved(problem, found)
    want = truth(solver, "density_matrix", system)
    yield held(found.density_matrix, want.value, "density_matrix", system, want.uncertainty)
    bare = problem.system.gradient
    force = -system.degeneracy * np.einsum("dij,ji->d", bare, want.value).real
    size = system.degeneracy * float(np.max(np.abs(bare))) * system.levels
    yield held(found.force, force, "force", system, size * want.uncertainty)


# --- what answers to a motion ---------------------------------------------------------------------


def response_of(problem: Problem, found: Any) -> tuple[Array, Array]:
    """Return the screened gradient and the derivative of the force along each unknown over its equation.

    The charges are coordinates like others: response(0) of h + v to projectors on the sites holds
    d q_i/d v_j and d q_i/dx, and the screened gradient solves linear equations. A user's functional may act
    on all entries of the density matrix.
    """
    bare, sites, functional = problem.system, sites_of(problem), functional_of(problem)
    n, d = bare.levels, bare.coordinates
    if isinstance(functional, Functional):
        basis = _hermitian_basis(n)
        density = bare.degeneracy * hermitian(found.density_matrix)
        acts = np.array([functional.kernel(density, part) for part in basis])
        kernel = np.einsum("kij,lji->kl", basis, acts).real
        stiff = np.eye(len(basis))
    else:
        unit = np.eye(n)
        basis = np.array([np.diag(unit[site]) for site in sites])
        kernel = np.eye(len(basis))
        stiff = np.diag(1 / strength_of(problem, excess_of(problem, found.density_matrix)))
    h = bare.hamiltonian + hermitian(found.potential)
    wide = OpenSystem(h, [*bare.gradient, *basis], bare.leads, bare.degeneracy)
    answer = np.asarray(fast.response(wide, 0.0)).real
    # A coordinate of dh/dx = B feels the force -Tr[B D]: what it measures is minus the density.
    chi, driven = -answer[d:, d:], -answer[d:, :d]
    # stiff dv = kernel dD, dD = chi dv + driven dx.
    inverse = np.linalg.solve(stiff - kernel @ chi, kernel)
    dv = inverse @ driven
    return bare.gradient + np.einsum("kd,kij->dij", dv, basis), answer[:d, d:] @ inverse


def _hermitian_basis(n: int) -> Array:
    """Return n^2 Hermitian matrices with Tr[B_k B_l] = delta_kl."""
    found = []
    for i in range(n):
        for j in range(i + 1):
            for entry in (1,) if i == j else (1 / np.sqrt(2), 1j / np.sqrt(2)):
                b = np.zeros((n, n), complex)
                b[i, j], b[j, i] = entry, np.conj(entry)
                found.append(b)
    return np.array(found)


@check(
    "link.screening.gradient",
    "self_consistent",
    problems=screened(USUAL),
    source="todorov2010 Eq. 20-24 by the static response of h + v",
    says="The gradient of the result's system must be d(h + v)/dx at the bias at hand: dv/dx solves "
    "(1/U - chi) dv/dx = dq/dx, chi the response of the charges. Usual mistakes: the bare gradient, chi at "
    "zero bias, chi of a site to itself alone, the spin factor in chi, no second derivative of the "
    "functional.",
    catches=(
        "screening-bare-gradient", "screening-alpha-at-rest", "screening-same-alpha",
        "screening-local-alpha", "screening-alpha-spin", "screening-alpha-sign",
        "screening-kernel-of-rest", "screening-diagonal-gradient",
    ),
    cost="dear",
)  # fmt: skip
def _gradient(solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = asked(solver, problem)
    want, _ = response_of(problem, found)
    yield like_response(found.gradient, want, problem, found)


def like_response(got: Array, want: Array, problem: Problem, found: Any) -> Comparison:
    """Return a comparison of screened gradients; they solve equations, whose condition counts."""
    system = solved(problem, found)
    scale = max(float(np.max(np.abs(want))), float(np.max(np.abs(system.gradient))) or 1.0)
    _, kappa = condition("response", system, 0.0)
    _, push = response_of(problem, found)
    sensitive = 1 + float(np.max(np.abs(push))) / (system.degeneracy * scale)
    return Comparison("self_consistent", got, want, scale, "value", kappa * sensitive)


@check(
    "link.screening.curl",
    "self_consistent",
    problems=screened(bias=0.25),
    source="todorov2010 Eq. 24 with the screened force operators",
    says="The curl of the result's system must be that of the self-consistent force, by finite differences, "
    "at any bias. Usual mistakes: the bare gradient, the response of the charge at zero bias, the same "
    "potential at all positions.",
    catches=(
        "screening-bare-gradient", "screening-alpha-at-rest", "screening-alpha-spin",
        "screening-frozen-potential", "screening-force-sign",
    ),
    cost="dear",
)  # fmt: skip
def _curl(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, functional = model_of(problem), functional_of(problem)
    found = asked(solver, problem)
    system = solved(problem, found)
    final = changed(system, gradient=hermitian(found.gradient))
    _, push = response_of(problem, found)
    noise = allowed(solver, "force", system)
    noise += float(np.max(np.abs(push))) * allowed(solver, "density_matrix", system)

    def along(unit: Array, x: float) -> Array:
        return np.asarray(solver.self_consistent(model, functional, x * unit).force)

    slopes, doubts = zip(
        *(derivative(partial(along, unit), step(final), noise) for unit in np.eye(2)), strict=True
    )
    force = np.stack(slopes, axis=-1)
    want = np.asarray(fast.curl(final))
    yield held(force.T - force, want, "curl", final, uncertainty=2 * max(doubts))


@check(
    "law.screening.equilibrium",
    "self_consistent",
    problems=screened(("hubbard", "neutral", "hubbard")).map(lambda problem: _at_rest(problem)),
    source="todorov2010 Sec. II: without current the force has a potential",
    says="Without bias the self-consistent force along x must answer to a motion along y as that along y "
    "does to one along x: bare operators, screened motions. Usual mistakes: screening along one coordinate "
    "alone, the same along both.",
    catches=("screening-same-alpha", "screening-along-x"),
    cost="dear",
)
def _rest(solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = asked(solver, problem)
    if not found.converged:
        return
    system = solved(problem, found)
    both = changed(system, gradient=[*system.gradient, *hermitian(found.gradient)])
    answer = np.asarray(fast.response(both, 0.0)).real[:2, 2:]
    scale, kappa = condition("response", both, 0.0)
    _, push = response_of(problem, found)
    size = system.degeneracy * (float(np.max(np.abs(both.gradient))) or 1.0)
    sensitive = 1 + float(np.max(np.abs(push))) / size
    yield Comparison("self_consistent", answer, answer.T, scale, "value", kappa * sensitive)


def _at_rest(problem: Problem) -> Problem:
    """Return the problem with the potential and the temperature of the first lead on all."""
    system = problem.system
    first = system.leads[0]
    same = refilled(system, lambda _, lead: (first.mu, first.temperature))
    return Problem(same, problem.numbers)


@check(
    "cross.self_consistent",
    "self_consistent",
    problems=screened(levels=(2, 2), leads=(2, 2), temperatures=COLD),
    source="todorov2010 Eq. 18-24",
    says="The self-consistent force, potential and screened gradient have other values. Usual mistakes: all "
    "of the above.",
    catches=(
        "screening-bare-gradient", "screening-spinless", "screening-alpha-at-rest",
        "screening-kernel-of-rest",
    ),
    cost="dear",
)  # fmt: skip
def _cross(solver: Any, problem: Problem) -> Iterator[Comparison]:
    found = asked(solver, problem)
    # Nobody is held against himself.
    other = reference if is_police(solver) else fast
    more = {"digits": 15} if is_police(solver) else {}
    want = other.self_consistent(model_of(problem), functional_of(problem), position_of(problem), **more)
    system = solved(problem, found)
    force = np.asarray(want.force).astype(float)
    yield held(found.force, force, "force", system, float(np.max(np.abs(force))) * EPS)
    yield like_response(found.gradient, np.asarray(want.system.gradient), problem, found)
