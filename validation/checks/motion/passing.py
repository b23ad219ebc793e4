"""The noise of a body that moves: its strength is that of the place where the body is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import ClassicalBody, Harmonic, OpenSystem, fast, models

from ...core.check import Comparison, Problem, check
from ...core.tolerances import TRUST
from ...systems.strategies import systems
from ...work.stopwatch import ORACLE
from .laws import felt
from .statistical import HEAVY, Statistic, sequential, squares
from .tools import Setting, run

__all__: list[str] = []

Array = NDArray[Any]

# So slowly it goes that an error of the velocity, relative as solvers claim it, is no impulse.
STEPS, SPACING = 16, 1.0
WALKERS = (32, 64)
# Ways to try; along one that serves, noise of the start is wrong by this factor in the later half.
WAYS, FACTOR = (1.0, -1.0, 2.0, -2.0, 4.0, -4.0), 4.0
# Where the noise all but ceases, a step changes it too much.
LEAST = 2.0**-8


@st.composite
def _passing(draw: Any) -> Problem:
    system = draw(systems((1, 2), (1, 2), (2, 2), temperatures=(0.2, 0.5), bias=0.25))
    problem = felt(Problem(system, {"seed": draw(st.integers(0, 2**16))}))
    one = np.eye(system.coordinates)[draw(st.integers(0, system.coordinates - 1))]
    factors = [_factor(problem.system, far * one) for far in WAYS]
    assume(max(factors) >= FACTOR)
    far = WAYS[int(np.argmax(factors))]
    return Problem(problem.system, problem.numbers | {"way": [float(part) for part in far * one]})


@ORACLE.times
def _strengths(system: OpenSystem, x: Array) -> Array:
    return np.asarray(fast.white_noise(models.tangent(system).at(x)))


def _factor(system: OpenSystem, way: Array) -> float:
    """Return by which factor noise of the start is wrong in the later half of a way, there and back."""
    parts = np.arange(STEPS + 1)[:, None] / STEPS
    sizes = np.linalg.eigvalsh(_strengths(system, parts * way))[:, -1]
    if np.min(sizes) < LEAST * np.max(sizes):
        return 0.0
    half = STEPS // 2
    ends = sizes[0] / np.mean(sizes[half:]), sizes[-1] / np.mean(sizes[: half + 1])
    return float(min(max(ratio, 1 / ratio) for ratio in ends))


@check(
    "statistical.passing.langevin",
    "langevin",
    problems=_passing(),
    source="preston2022 Eq. 20: <df df> = D(x(t)) delta(t - t')",
    says="A heavy body that passes from one place to another must feel at each the white noise of the "
    "junction there, and walkers that go the other way, too. Usual mistakes: the strength of the noise is "
    "that of the start, or in a batch that of the first walker. A right solver fails with probability below "
    "1e-6.",
    catches=("langevin-noise-of-the-start", "langevin-noise-of-the-first"),
    cost="long",
)
def _changing(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, way = problem.system, np.array(problem.numbers["way"])
    body = ClassicalBody(HEAVY * np.ones(len(way)), Harmonic(np.zeros(len(way))))
    times = tuple(SPACING * k for k in range(STEPS + 1))
    speed = way / times[-1]
    ends = np.array([0 * way, way]), np.array([speed, -speed])
    rest = Setting(models.tangent(system), times, None, body, ends)
    drift = run(solver, "langevin", rest)
    strengths = _strengths(system, drift.position)
    between = SPACING * (strengths[:, 1:] + strengths[:, :-1]) / 2
    values, vectors = np.linalg.eigh(between)
    sizes, strongest = values[..., -1], vectors[..., -1]
    # The place of a step is its own affair, and within it the strength changes; errors of the velocity add
    # to the impulses.
    change = SPACING * np.abs(np.einsum("stu,stuv,stv->st", strongest, np.diff(strengths, axis=1), strongest))
    claimed = 2 * HEAVY * TRUST * float(solver.time_accuracy) * float(np.max(np.abs(speed)))
    doubt = np.mean(change / (2 * sizes) + 2 * claimed / np.sqrt(sizes) + claimed**2 / sizes)

    def sample(look: int) -> dict[str, Statistic]:
        many = WALKERS[look] // 2
        start = tuple(np.repeat(end, many, axis=0) for end in ends)
        given = Setting(rest.model, times, None, body, start)
        found = run(solver, "langevin", given, noise=True, seed=problem.numbers["seed"] + look)
        velocity = found.velocity.reshape(2, many, STEPS + 1, -1) - drift.velocity[:, None]
        z = np.einsum("smtu,stu->smt", HEAVY * np.diff(velocity, axis=-2), strongest)
        z = z / np.sqrt(sizes)[:, None]
        half = STEPS // 2
        return {
            f"{side} {part}": squares(z[k, :, cut])
            for k, side in enumerate(("there", "back"))
            for part, cut in (("early", slice(half)), ("late", slice(half, None)))
        }

    yield from sequential(len(WALKERS), sample, doubt=float(doubt))
