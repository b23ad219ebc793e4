"""Electron-hole pairs, what they absorb, and the correlation in time: what ties them to other observables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import adjoint
from ...systems.any_leads import equilibrium, hard
from ...systems.matrices import numbers
from ...systems.strategies import problems
from ..tools import allowed, ask, exact
from .laws import nonnegative

GENERAL = problems(hard())
MOVING = problems(hard(), frequency=numbers().filter(bool), delays=numbers().filter(bool))


@check(
    "law.positive.pair_density",
    "pair_density",
    problems=GENERAL,
    source="todorov2014 Eq. 31: a density of states times one of electrons",
    says="The pair density is a Hermitian matrix without negative eigenvalues, at any bias. Usual mistakes: "
    "only the real part is kept, G stands for the spectral function.",
    catches=("pairs-of-green",),
)
def _positive(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, w = problem.system, problem.numbers["frequency"]
    found = solver.pair_density(system, w)
    yield exact("pair_density", found, adjoint(found), system, w)
    lowest = np.linalg.eigvalsh((found + adjoint(found)) / 2).min(initial=0.0)
    yield exact("pair_density", min(lowest, 0.0), 0.0, system, w)


@check(
    "law.positive.response",
    "response",
    problems=problems(equilibrium((2, 3), (2, 2)), frequency=numbers().filter(bool)),
    source="second law: electrons at equilibrium take energy from a motion of any frequency",
    says="At equilibrium the dissipative part of the response over the frequency, (R - R^+)/2iW, is positive "
    "semidefinite, in a magnetic field too. Usual mistakes: the sign, motions e^{+iWt}, advanced functions.",
    catches=("response-sign", "response-frequency-sign", "advanced-response"),
)
def _absorbs(solver: Any, problem: Problem) -> Iterator[Comparison]:
    point = problem.numbers["frequency"]
    got = ask(solver, "response", problem)
    taken = np.sign(point) * (got - adjoint(got)) / 2j
    yield exact("response", taken, nonnegative(taken), problem.system, point)


@check(
    "link.pairs_response",
    "pair_density response",
    problems=MOVING,
    source="todorov2014 Eq. 31-36",
    says="What a response does besides storing energy is in the pair density: with R = -(K + i W L), the "
    "antisymmetric part of K is pi Im(Lambda(W) + Lambda(-W)), and the symmetric part of W L is "
    "pi Re(Lambda(W) - Lambda(-W)). Usual mistakes: +W and -W exchanged in one of the two, a factor 2 pi, "
    "the curl taken for the antisymmetric part of K, which is half of it.",
    catches=("pairs-frequency-sign", "pairs-transposed", "response-frequency-sign", "response-halved"),
)
def _pairs_response(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, w = problem.system, problem.numbers["frequency"]
    chi = solver.response(system, w)
    taken, given = solver.pair_density(system, w), solver.pair_density(system, -w)
    noise = 2 * np.pi * allowed(solver, "pair_density", system, abs(w))
    odd, even = (chi - chi.T).real / 2, (chi + chi.T).imag / 2
    yield exact("response", odd, -np.pi * (taken + given).imag, system, w, uncertainty=noise)
    yield exact("response", even, -np.pi * (taken - given).real, system, w, uncertainty=noise)


@check(
    "law.backwards.force_correlation",
    "force_correlation",
    problems=MOVING,
    source="todorov2014 Eq. 52: <df(s) df(0)> of a stationary state",
    says="c(-s) is the conjugate transpose of c(s): only the order of the forces is exchanged. Usual "
    "mistake: a correlation that is even in time.",
    catches=("correlation-even",),
)
def _backwards(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, s = problem.system, problem.numbers["delays"]
    want = adjoint(solver.force_correlation(system, s))
    yield exact("force_correlation", solver.force_correlation(system, -s), want, system, s)


@check(
    "link.variance",
    "force_correlation density_matrix",
    problems=GENERAL,
    source="todorov2014 Eq. 53 at s = 0; Wick's theorem",
    says="At no delay the correlation is the variance of the force, s Tr[L (1 - sigma) L sigma]. Usual "
    "mistakes: an integral over energy that is cut off, the spin factor squared, forces in the wrong order.",
    catches=("correlation-transposed", "correlation-conjugated", "spin-squared"),
)
def _variance(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    sigma = solver.density_matrix(system)
    left = system.gradient @ (np.eye(system.levels) - sigma)
    right = system.gradient @ sigma
    want = system.degeneracy * np.einsum("mij,vji->mv", left, right)
    yield exact("force_correlation", solver.force_correlation(system, 0.0), want, system, 0.0)
