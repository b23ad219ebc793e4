"""Stiffness and vibrations under current: closed forms, differences of the force, the equation of motion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import fast
from electronwind.models import wire

from ...core.check import Comparison, Problem, check
from ...numerics.differences import derivative
from ...numerics.quadrature import panels
from ...systems.wires import family_of, resting, turning, wire_of
from ..tools import allowed

Array = NDArray[Any]

# Distance of the points of a difference, in units of the position; of a perfect wire, which binds states as
# soon as it is out of shape.
STEP, SMALL = 1 / 64, 1 / 256
# What eigenvalues of a matrix that is not symmetric lose: they may be all but defective.
EIGENVALUES = 1e-7


def closed(model: wire, bias: float) -> Array:
    """Return the stiffness of a perfect wire under a bias, by the sums over plane waves."""
    t = abs(float(model.perfect))
    slope, curvature = (float(part[0]) for part in model.hopping(np.array([model.spacing]))[1:])
    pair = float(model.repulsion(np.array([model.spacing]))[2][0])
    bonds = model.atoms + 1
    odd = 2 * np.arange(1, bonds) - 1
    waves = []
    for side in (1, -1):
        k, weights = _surface(model.mu + side * bias / 2, model.temperature, t)
        waves.append([float(weights @ np.sin(m * k)) for m in odd])
    left, right = np.array(waves)
    order = 2 / np.pi * (left[0] + right[0])
    inner = np.diag(np.full(bonds, pair + curvature * order + slope**2 * (order - 2) / t))
    for i in range(bonds):
        for j in range(bonds):
            if i != j:
                many = abs(i - j)
                half = (right if i > j else left)[:many] / odd[:many]
                inner[i, j] = slope**2 * (8 / np.pi * np.sum(half) - 2) / t
    stretch = np.eye(bonds, model.atoms) - np.eye(bonds, model.atoms, -1)
    return np.asarray(stretch.T @ inner @ stretch)


def _surface(mu: float, heat: float, t: float) -> tuple[Array, Array]:
    """Return Fermi momenta of E = -2t cos k and the weight -f' of each."""
    if heat == 0:
        return np.arccos([-mu / (2 * t)]), np.ones(1)
    w, weights = panels(np.array([1j * np.pi, -1j * np.pi]), [], -40.0, 40.0)
    return np.arccos(-(mu + heat * w) / (2 * t)), weights / (4 * np.cosh(w / 2) ** 2)


@check(
    "analytic.wire.stiffness",
    "stiffness",
    problems=resting(),
    source="cunningham2014 Eq. 5-7 for the perfect chain",
    says="The stiffness of the perfect wire is D^T kappa D, with the response of bond i to bond j a sum of "
    "sin((2m - 1) k) over the momentum of the lead that bond j lies towards. Usual mistakes: the term of the "
    "second derivatives left out, the pole at the bottom of the band, leads swapped, the spin factor twice "
    "in the antisymmetric part.",
    catches=(
        "stiffness-without-curvature", "stiffness-without-pole", "stiffness-leads-swapped",
        "stiffness-symmetrised", "stiffness-spin-twice", "stiffness-transposed",
        "stiffness-without-potential", "stiffness-of-one-lead", "stiffness-curvature-without-bias",
        "stiffness-curvature-diagonal", "stiffness-rows-add-up",
    ),
)  # fmt: skip
def _closed(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, body, x = family_of(problem)
    want = closed(model, model.bias)
    yield Comparison("stiffness", solver.stiffness(model, body, x), want, _size(want))


@check(
    "law.wire.reversal",
    "stiffness",
    problems=resting(),
    source="the mirror image of a wire is the wire under the opposite bias",
    says="Under the opposite bias the stiffness of a perfect wire is its transpose, and its mirror image. "
    "Usual mistakes: the potential of one lead alone, a part that is even in the bias where it is odd.",
    catches=("stiffness-of-one-lead", "stiffness-odd-part-even"),
)
def _reversal(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, body, x = family_of(problem)
    k = solver.stiffness(model, body, x)
    back = solver.stiffness(replace(model, bias=-model.bias), body, x)
    yield Comparison("stiffness", back, k.T, _size(k), "exact")
    yield Comparison("stiffness", back, k[::-1, ::-1], _size(k), "exact")


@check(
    "link.stiffness_force",
    "stiffness",
    # Each atom takes seven forces on a chain.
    problems=st.one_of(turning(), turning(), resting(most=3)),
    source="cunningham2014 Eq. 5",
    says="The stiffness is minus the derivative of the total force: that of the potential, and that of the "
    "electrons with the derivative of dh/dx in it. Usual mistakes: dh/dx taken as constant, the order of "
    "indices, the potential left out, differences to one side, the pole at the bottom of a perfect wire's "
    "band.",
    catches=(
        "stiffness-without-curvature", "stiffness-transposed", "stiffness-symmetrised",
        "stiffness-without-potential", "stiffness-by-forward-steps", "stiffness-without-pole",
    ),
)  # fmt: skip
def _differences(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, body, x = family_of(problem)
    noise = allowed(fast, "force", problem.system)

    def force(unit: Array, shift: float) -> Array:
        y = x + shift * unit
        return np.asarray(fast.force(model.at(y)) - body.potential.gradient(y))

    step = SMALL if "wire" in problem.numbers else STEP
    found = [derivative(partial(force, unit), step, noise) for unit in np.eye(len(x))]
    want = -np.stack([slope for slope, _ in found], axis=-1)
    doubt = max(doubt for _, doubt in found)
    got = solver.stiffness(model, body, x)
    yield Comparison("stiffness", got, want, _size(want), uncertainty=doubt)


@check(
    "link.vibrations.motion",
    "vibrations",
    problems=st.one_of(resting(), turning()),
    source="M u'' = -K u for u exp(-i omega t); cunningham2014 Eq. 5-8",
    says="Every frequency and mode must solve M u omega^2 = K u, all 2d of them, with u^+ M u = 1, and Xi is "
    "the mean of |Im omega|. Usual mistakes: frequencies made real, the symmetric part of K alone, a mass "
    "forgotten, the mean over other modes, modes of length 1.",
    catches=(
        "vibrations-unit-mass", "vibrations-symmetrised", "vibrations-without-negative",
        "instability-halved", "vibrations-modes-unweighted",
    ),
)  # fmt: skip
def _motion(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, body, x = family_of(problem)
    found = solver.vibrations(model, body, x, friction=False)
    masses = np.broadcast_to(body.mass, len(x))
    w, u, k = found.frequencies, found.modes, found.stiffness
    left = masses[:, None] * u * w**2
    scale = _size(k) * float(np.max(np.abs(u)))
    yield Comparison("vibrations", left, k @ u, scale, "run", uncertainty=scale * EIGENVALUES**2)
    lengths = masses @ np.abs(u) ** 2
    yield Comparison("vibrations", lengths, np.ones_like(lengths), 1.0, "run", uncertainty=EIGENVALUES**2)
    largest = float(np.max(np.abs(w)))
    root = np.sqrt(masses)
    squares = np.linalg.eigvals(k / np.multiply.outer(root, root))
    roots = np.sqrt(squares.astype(complex))
    yield Comparison("vibrations", np.sum(w**2), 2 * np.sum(squares), largest**2, uncertainty=EIGENVALUES)
    yield Comparison("vibrations", np.sum(w), 0.0, largest, uncertainty=EIGENVALUES * largest)
    xi = np.mean(np.abs(roots.imag))
    yield Comparison("vibrations", found.instability, xi, largest, uncertainty=EIGENVALUES * largest)


@check(
    "link.vibrations.parts",
    "vibrations",
    problems=resting(),
    source="cunningham2014 Eq. 6, 7",
    says="S and A are the symmetric and the antisymmetric part of K(V) - K(0). Usual mistakes: the two "
    "exchanged, a factor 2, the parts of K(V) itself.",
    catches=("vibrations-parts-swapped", "vibrations-antisymmetric-doubled", "vibrations-parts-of-all"),
)
def _parts(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, body, x = family_of(problem)
    found = solver.vibrations(model, body, x, friction=False)
    still = closed(model, 0.0)
    change = found.stiffness - still
    scale = _size(still)
    yield Comparison("vibrations", found.symmetric, (change + change.T) / 2, scale)
    yield Comparison("vibrations", found.antisymmetric, (change - change.T) / 2, scale)


@check(
    "law.vibrations.calm",
    "vibrations",
    problems=resting(),
    source="without current the friction takes energy from every motion",
    says="Without a bias no vibration of a stable wire grows, and friction damps all. Usual mistakes: the "
    "sign of the friction, exp(+i omega t) for exp(-i omega t).",
    catches=("vibrations-conjugate",),
)
def _calm(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, x = wire_of(problem)
    still = replace(model, bias=0.0)
    found = solver.vibrations(still, still.body(problem.numbers["mass"]), x, friction=True)
    largest = float(np.max(np.abs(found.frequencies)))
    growth = float(np.max(found.frequencies.imag))
    yield Comparison("vibrations", max(growth, 0.0), 0.0, largest)


# Xi in 1e-3/fs of 10 amu at T = 0, by an independent calculation, and half of the last digit.
INSTABILITY = {(10, 0.5): 1.8678, (10, 1.0): 4.5345, (20, 0.5): 2.8978, (20, 2.0): 9.6207}
FEMTOSECOND = 0.6582119569509066


def _gold(atoms: int, bias: float) -> Problem:
    made = {"atoms": atoms, "bias": bias, "temperature": 0.0, "ends": "chain"}
    model = wire(**made)  # type: ignore[arg-type]  # as JSON has it
    xi = INSTABILITY[atoms, bias] * 1e-3
    return Problem(model.at(model.rest), {"wire": made, "x": model.rest.tolist(), "mass": 10.0, "xi": xi})


@check(
    "analytic.wire.instability",
    "vibrations",
    problems=st.sampled_from([(10, 0.5), (10, 1.0), (20, 0.5), (20, 2.0)]).map(lambda case: _gold(*case)),
    source="cunningham2014 Fig. 2(b) and 3",
    says="Xi of gold wires of 10 amu has another value, in 1/fs. Usual mistakes: the symmetric part of K "
    "alone (Xi is zero), a square root that is made real, the mass in amu taken as it is, a sum "
    "over other modes.",
    catches=(
        "vibrations-symmetrised",
        "instability-halved",
        "vibrations-unit-mass",
        "vibrations-real-frequencies",
    ),
)
def _published(solver: Any, problem: Problem) -> Iterator[Comparison]:
    model, body, x = family_of(problem)
    found = solver.vibrations(model, body, x, friction=False)
    want = problem.numbers["xi"]
    yield Comparison("vibrations", found.instability / FEMTOSECOND, want, want, uncertainty=6e-8)


def _size(matrix: Array) -> float:
    return float(np.max(np.abs(matrix)))
