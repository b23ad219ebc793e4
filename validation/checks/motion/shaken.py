"""Junctions that are shaken for long: what Floquet's theorem says of a run, and of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OpenSystem, Oscillation

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import spectral
from ...numerics.quadrature import fermi, panels
from ...systems.motion import forgetful, paths
from ...systems.strategies import wide
from ...under_test.guard import Unsupported
from .tools import compare, observed, setting

__all__: list[str] = []

Array = NDArray[Any]

FORGOTTEN = -16.0


@st.composite
def _shaken(draw: Any) -> Problem:
    system = draw(forgetful(coordinates=(1, 2)))
    frequency = draw(st.integers(4, 12)) / 4
    path = draw(paths(system.coordinates).filter(lambda p: isinstance(p, Oscillation)))
    # One phase: the drive is h0 + h1 cos.
    path = Oscillation(path.center, path.amplitude, frequency)
    return Problem(system, {"path": path.to_dict(), "times": [FORGOTTEN, 0.0, 0.375, 1.0]})


@check(
    "analytic.floquet.driven",
    "driven",
    problems=_shaken(),
    source="Floquet's theorem; Tien and Gordon for one level",
    says="A junction that is shaken for long follows with the period of the drive: its A(w, t) solves one "
    "linear system over the harmonics, without any time step. Usual mistakes: a time step that is too "
    "long, a drift from the start, an energy grid so coarse that the past comes back.",
    catches=("revival", "driven-doubled-width", "adiabatic-electrons", "stale-hamiltonian"),
    cost="dear",
)
def _floquet(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    assert isinstance(given.path, Oscillation)
    sigma = following(system, given.path, given.times[1:])
    force = -system.degeneracy * np.einsum("mij,tji->tm", system.gradient, sigma).real
    found = observed(solver, "driven", given)
    got = {field: found[field][1:] for field in ("density_matrix", "force")}
    yield from compare("driven", got, {"density_matrix": sigma, "force": force}, system, 1e-6)


def following(system: OpenSystem, path: Oscillation, times: Sequence[float]) -> Array:
    """Return the density matrix of a junction that was always shaken, shape (times, n, n)."""
    n, rate = system.levels, path.frequency
    rest = spectral(system) + np.tensordot(path.center, system.gradient, axes=1)
    shake = np.tensordot(path.amplitude, system.gradient, axes=1) / 2
    most = 10 + int(np.ceil(4 * np.linalg.norm(shake, 2) / rate))
    k = np.arange(-most, most + 1)
    # (w + k W - h0) A_k - h1 (A_k-1 + A_k+1)/2 = delta_k0, for A = sum_k A_k e^{-ikWt}
    one = np.eye(len(k))
    block = np.kron(one, rest) - np.kron(np.diag(k * rate), np.eye(n))
    block = block + np.kron(np.eye(len(k), k=1) + np.eye(len(k), k=-1), shake)
    levels, right = np.linalg.eig(block)
    left = np.linalg.inv(right)[:, most * n : (most + 1) * n]
    near = np.concatenate([levels, [lead.mu + 1j * np.pi * lead.temperature for lead in wide(system)]])
    ends = [*(2.0 ** np.arange(2, 40)), *(-(2.0 ** np.arange(2, 40)))]
    w, weights = panels(near, ends, -(2.0**40), 2.0**40)
    f = np.array([weights / (2 * np.pi) * fermi(w, lead) for lead in wide(system)])
    gammas = np.array([lead.broadening for lead in wide(system)])
    source = np.einsum("aw,aij->wij", f, gammas)
    sigma = []
    for t in times:
        sums = np.kron(np.exp(-1j * k * rate * t), np.eye(n)) @ right
        a = np.einsum("ik,wk,kj->wij", sums, 1 / (w[:, None] - levels), left, optimize=True)
        sigma.append(np.einsum("wij,wjk,wlk->il", a, source, a.conj(), optimize=True))
    return np.array(sigma)


# --- steps ----------------------------------------------------------------------------------------

# Of runs whose error is not that of their steps, nothing is seen.
LEAST = 1e-7


@check(
    "analytic.steps.driven",
    "driven",
    problems=_shaken(),
    source="preston2022 Sec. II E: first order; Magnus: second and fourth",
    says="Of a junction that is shaken for long, a run with order=k must miss Floquet's density matrix by "
    "what falls as step^k. Usual mistakes: h(t_n) where the midpoint belongs, a midpoint for two Gauss "
    "points.",
    catches=("left-point-step", "fourth-order-is-second"),
    cost="dear",
)
def _steps(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    assert isinstance(given.path, Oscillation)
    if not solver.orders:
        raise Unsupported("driven: no orders= and step= are offered")
    want = following(system, given.path, given.times[-1:])[0]
    for order in solver.orders:
        coarse = 1 / 8 if order > 1 else 1 / 32
        misses = [
            float(np.linalg.norm(
                observed(solver, "driven", given, order=order, step=step)["density_matrix"][-1] - want
            ))
            for step in (coarse, coarse / 2)
        ]  # fmt: skip
        # Half of an order is what the next power of the step may take, and the memory of the leads.
        most = misses[0] / 2 ** (order - 0.5) + max(LEAST, 10 * float(solver.time_accuracy))
        yield Comparison("driven", max(misses[1] - most, 0.0), 0.0, 1.0, "run")
