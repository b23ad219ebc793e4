"""The free-electron wire, held against its definitions by quadrature, and against the fast solver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from electronwind import fast, reference

from ...core.check import Comparison, Problem, check
from ...systems.jellium import At, Plain, points_of, wire_of, wires
from ...truth.oracle import is_police

# What quadrature over some dozens of edges loses, relatively.
ROUNDING = 1e-13
# Of the vector potential, whose sum over closed subbands cancels those that are open.
CANCELLED = 1e-11


def _compared(name: str, got: Any, want: Any, lost: float = ROUNDING) -> Comparison:
    scale = float(np.max(np.abs(want)))
    return Comparison(name, got, want, scale, uncertainty=lost * scale)


@check(
    "analytic.jellium.curl",
    "jellium_curl",
    problems=wires(),
    source="todorov2014 Eq. 37-39",
    says="rot F = 2 pi C^2 rot of z int dE j_E [D(E - W) + D(E + W)]/2, per spin. Usual mistakes: the "
    "antisymmetric part of the response for the curl, its double; spin in the density of states and in the "
    "current; the sign of the y component; the limits of small bias or frequency.",
    catches=(
        "jellium-curl-halved", "jellium-curl-spin", "jellium-curl-sign", "jellium-curl-turned",
        "jellium-curl-at-rest", "jellium-curl-linear", "jellium-strength-once", "jellium-threshold-open",
    ),
    cost="dear",
)  # fmt: skip
def _curl(solver: Any, problem: Problem) -> Iterator[Comparison]:
    wire, points, want = wire_of(problem), points_of(problem), []
    for point in points:
        plain = Plain(wire, point)

        def slopes(at: At, plain: Plain = plain) -> Any:
            j = plain.total(at, 0, 0) / (2 * np.pi)
            sides = plain.total(at, -1, -1) + plain.total(at, 1, -1)
            states = sides / (2 * np.pi)
            return j[1:] * states[0] + j[0] * states[1:]

        dx, dy = plain.integral(slopes, plain.mus[1], plain.mus[0])
        want.append(2 * np.pi * plain.C**2 * plain.sign * np.array([dy, -dx]))
    yield _compared("jellium_curl", solver.jellium_curl(wire, points), np.array(want))


@check(
    "analytic.jellium.friction",
    "jellium_friction",
    problems=wires(),
    source="todorov2014 Eq. 31, 40",
    says="The friction of a scatterer that moves along the wire is (pi/2W) C^2 sum_mu int_mu^(mu + W) dE of "
    "m(E) D(E - W) + D(E) m(E - W), m = sum chi^2 k/pi, over both potentials. Usual mistakes: the sign of "
    "L_ZZ, one potential for both, the limit of small frequency.",
    catches=(
        "jellium-friction-sign", "jellium-friction-one-lead", "jellium-friction-at-rest",
        "jellium-friction-doubled",
    ),
    cost="dear",
)  # fmt: skip
def _friction(solver: Any, problem: Problem) -> Iterator[Comparison]:
    wire, points, want = wire_of(problem), points_of(problem), []
    for point in points:
        plain = Plain(wire, point)

        def both(at: At, plain: Plain = plain) -> float:
            now, then = (plain.total(at, shift, 1)[0] / np.pi for shift in (0, -1))
            return float(now * plain.total(at, -1, -1)[0] + plain.total(at, 0, -1)[0] * then) / np.pi

        found = sum(plain.integral(both, mu, mu + plain.W) for mu in plain.mus)
        want.append(np.pi * plain.C**2 * found / (2 * plain.W))
    yield _compared("jellium_friction", solver.jellium_friction(wire, points), np.array(want))


@check(
    "cross.jellium.vector_potential",
    "jellium_vector_potential",
    problems=wires(),
    source="todorov2014 Eq. 49-51",
    says="A_z = C^2 int dE j_E Re[g(E + W) - g(E - W)]/2W. Only closed subbands have a real part, and all of "
    "them count: the sum over n' and m' falls off like 1/N. Usual mistakes: the sum cut off, |E - e| under "
    "the root, the sign, the limit of small frequency.",
    catches=(
        "jellium-potential-cut", "jellium-potential-sign", "jellium-potential-slow",
        "jellium-potential-linear", "jellium-potential-open-only", "jellium-potential-modulus",
        "jellium-potential-eta",
    ),
    cost="dear",
)  # fmt: skip
def _vector_potential(solver: Any, problem: Problem) -> Iterator[Comparison]:
    wire, points = wire_of(problem), points_of(problem)
    if is_police(solver):
        # Nobody is held against himself; a point takes the reference a second.
        points = points[:1]
        want = reference.jellium_vector_potential(wire, points, digits=15).astype(float)
    else:
        want = fast.jellium_vector_potential(wire, points)
    got = solver.jellium_vector_potential(wire, points)
    yield _compared("jellium_vector_potential", got, want, CANCELLED)
