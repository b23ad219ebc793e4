"""Links over a whole axis: dispersion relations and sum rules of the frequency, work around a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import adjoint
from ...numerics.quadrature import grid
from ...systems.any_leads import loose, systems
from ...systems.strategies import problems
from ...systems.transformations import changed
from ..tools import allowed, value

Array = NDArray[Any]

# Bands of unit hopping about zero: no electron takes up more than this.
BAND = 4.0
# Beyond all transitions, where the dispersion integral has no pole.
ABOVE = 6.0
# Nodes of the finer and of the coarser rule, at temperatures that are wide for them.
NODES = (24, 16)
WARM = (0.5, 0.2)


def _transitions(nodes: int) -> tuple[Array, Array]:
    """Return frequencies in (0, `BAND`) and weights, dense at both ends: edges of bands meet there."""
    u, weights = grid(0.0, 1.0, nodes=nodes)
    return BAND * np.sin(np.pi * u / 2) ** 2, weights * BAND * np.pi / 2 * np.sin(np.pi * u)


def _by_two_rules(integral: Callable[[Array, Array], Array]) -> tuple[Array, float]:
    """Return an integral over the transitions, and what two rules differ by."""
    fine, coarse = (integral(*_transitions(nodes)) for nodes in NODES)
    return fine, float(np.max(np.abs(fine - coarse)))


@check(
    "link.kramers_kronig",
    "response",
    problems=problems(loose((2, 3), (2, 2), (2, 2), temperatures=WARM)),
    source="causality; todorov2014 Sec. III: K and L are Hilbert transforms of each other",
    says="What stores energy follows from what takes it up: with A = (R - R^+)/2i, the part (R + R^+)/2 at W "
    "is the integral of A(v)/(v - W) over pi. Usual mistakes: +W and -W exchanged, K and L exchanged, "
    "advanced Green's functions.",
    catches=("response-frequency-sign", "response-parts-exchanged", "advanced-response"),
    cost="dear",
)
def _kramers_kronig(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system

    def absorbed(v: Array) -> Array:
        chi = solver.response(system, v)
        return np.asarray((chi - adjoint(chi)) / 2j)

    def integral(v: Array, weights: Array) -> Array:
        up = absorbed(v)
        # A(-v) is minus the conjugate of A(v).
        still = 2 * np.real(up) / v[:, None, None]
        high = up / (v - ABOVE)[:, None, None] + up.conj() / (v + ABOVE)[:, None, None]
        return np.einsum("v,vpij->pij", weights, np.stack([still, high], axis=1)) / np.pi

    want, rough = _by_two_rules(integral)
    noise = BAND * allowed(solver, "response", system, 1.0)
    for w, transformed in zip((0.0, ABOVE), want, strict=True):
        chi = np.asarray(solver.response(system, w))
        yield value("response", (chi + adjoint(chi)) / 2, transformed, system, w, uncertainty=rough + noise)


@check(
    "link.noise_sum",
    "force_noise density_matrix",
    problems=problems(loose((2, 3), (1, 2), (2, 2), temperatures=WARM)),
    source="todorov2014 Eq. 52-58 at equal times; Wick's theorem",
    says="The noise spectrum, integrated over all frequencies of either sign, is 2 pi times the variance of "
    "the force, s Tr[L (1 - sigma) L sigma]. Usual mistakes: noise without the Pauli factor, pairs of leads "
    "left out, a factor 2 pi or 2, the spin factor squared.",
    catches=(
        "spectrum-doubled",
        "noise-transposed",
        "noise-symmetrised",
        "spectrum-symmetrised",
        "spin-squared",
    ),
    cost="dear",
)
def _noise_sum(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system

    def integral(v: Array, weights: Array) -> Array:
        both = np.asarray(solver.force_noise(system, np.concatenate([v, -v])))
        return np.einsum("v,vij->ij", np.tile(weights, 2), both) / (2 * np.pi)

    got, rough = _by_two_rules(integral)
    sigma = solver.density_matrix(system)
    left, right = system.gradient @ (np.eye(system.levels) - sigma), system.gradient @ sigma
    want = system.degeneracy * np.einsum("mij,vji->mv", left, right)
    noise = BAND * allowed(solver, "force_noise", system, 1.0)
    yield value("force_noise", got, want, system, 1.0, uncertainty=rough + noise)


@check(
    "link.stokes",
    "curl force",
    problems=problems(systems((2, 3), (2, 2), (2, 3), bias=0.25)),
    source="Stokes; todorov2010 Sec. II: work around a closed path",
    says="The work of the force around a loop is the integral of its curl over the area. Usual mistakes: the "
    "order of indices, 2 pi for 4 pi, the spin factor, a part of the force that has no curl of its own.",
    catches=("curl-transposed", "curl-halved", "curl-doubled"),
    cost="dear",
)
def _stokes(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    force = float(np.max(np.linalg.norm(system.gradient, 2, axis=(-2, -1)))) or 1.0
    # Every level is broadened by an eighth or more: within such a loop the force is smooth.
    side = 1 / (32 * force)
    x, weights = grid(0.0, 1.0, nodes=6)
    zero, one = np.zeros_like(x), np.ones_like(x)
    edges = np.concatenate([np.stack(p, -1) for p in ((x, zero), (one, x), (x, one), (zero, x))])
    pushes = np.asarray(solver.force(_at(system, side * edges))).reshape(4, len(x), 2)
    along = np.array([pushes[0, :, 0], pushes[1, :, 1], -pushes[2, :, 0], -pushes[3, :, 1]])
    work = side * np.sum(weights * along)
    inside = np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2)
    curls = np.asarray(solver.curl(_at(system, side * inside)))[:, 0, 1]
    got = side**2 * np.sum(np.multiply.outer(weights, weights).ravel() * curls)
    # In units of the area, so that the two are compared like curls.
    noise = 4 * allowed(solver, "force", system) / side
    yield value("curl", got / side**2, work / side**2, system, uncertainty=noise)


def _at(system: OpenSystem, places: Array) -> OpenSystem:
    """Return the systems at points of the plane, where h is linear."""
    return changed(system, hamiltonian=system.hamiltonian + np.einsum("pm,mij->pij", places, system.gradient))
