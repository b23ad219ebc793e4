"""Laws on the value itself: bounds, sums, and what vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OBSERVABLES

from ...core.check import Comparison, Problem, check
from ...numerics.matrices import adjoint
from ...systems.any_leads import equilibrium, hard, loose, single_level, systems
from ...systems.strategies import hard as on_wide_bands
from ...systems.strategies import problems
from ...systems.transformations import refilled
from ..family import family
from ..tools import arguments, ask, exact, full

Array = NDArray[Any]

GENERAL = problems(hard())
SEVERAL = problems(hard(coordinates=(1, 3)))
EQUILIBRIUM = problems(equilibrium(levels=(2, 3), coordinates=(2, 2)))


def nonnegative(matrix: Array) -> Array:
    """Return the nearest Hermitian positive semidefinite matrix."""
    levels, vectors = np.linalg.eigh((matrix + adjoint(matrix)) / 2)
    return np.asarray((vectors * np.maximum(levels, 0)) @ adjoint(vectors))


@check(
    "law.hermitian.density_matrix",
    "density_matrix",
    problems=GENERAL,
    source="definition",
    says="The density matrix must be Hermitian. Usual mistake: a transpose where a conjugate transpose "
    "belongs.",
    catches=("transpose-for-adjoint", "conjugate-for-adjoint"),
)
def _hermitian(solver: Any, problem: Problem) -> Iterator[Comparison]:
    sigma = solver.density_matrix(problem.system)
    yield exact("density_matrix", sigma, adjoint(sigma), problem.system)


@check(
    "law.pauli.density_matrix",
    "density_matrix",
    problems=GENERAL,
    source="Pauli principle",
    says="Eigenvalues of the density matrix are occupations, between 0 and 1. Usual mistakes: 1/pi for "
    "1/2pi, the spin factor counted in, a self-energy that lacks a lead.",
    catches=("pi-for-two-pi", "two-pi-missing", "transpose-for-adjoint", "first-lead-self-energy"),
)
def _pauli(solver: Any, problem: Problem) -> Iterator[Comparison]:
    sigma = solver.density_matrix(problem.system)
    one = np.eye(problem.system.levels)
    nearest = one - nonnegative(one - nonnegative(sigma))
    yield exact("density_matrix", sigma, nearest, problem.system)


@family(
    "law.full",
    [name for name, row in OBSERVABLES.items() if row.holes == "complement"],
    problems=problems(st.one_of(on_wide_bands(), on_wide_bands(), loose())),
    source="completeness of the spectral function",
    says="With every electrochemical potential far above the levels all states are full: the density "
    "matrix is 1 and the force is minus the trace of dh/dx. The {observable} is not. Usual mistakes: "
    "weight lost in the tails of an energy grid, 1/pi for 1/2pi, -i Gamma for -i Gamma/2, a part of "
    "Gamma left out.",
    catches={
        "": "pi-for-two-pi two-pi-missing lost-tail doubled-self-energy first-lead-self-energy",
        "force": "lost-tail doubled-self-energy first-lead-self-energy force-sign force-squared-spin",
    },
)
def _full(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    # A band has a top.
    top = 2.0**30 if system.wide_band else 64.0
    got = ask(solver, name, problem, refilled(system, lambda a, lead: (top, lead.temperature)))
    want = full(name, system)
    # Above the levels Gamma/(2 pi mu) of each is still empty.
    broad = [np.linalg.norm(lead.broadening, 2) for lead in system.leads if lead.kind == "wide-band"]
    empty = sum(broad) / (2 * np.pi * top)
    size = np.max(np.abs(want), initial=1.0) * system.levels * system.degeneracy
    size = max(size, float(np.max(np.linalg.norm(system.gradient, axis=(-2, -1)))))
    comparison = exact(name, got, want, system, uncertainty=2 * float(empty) * float(size))
    yield comparison


# --- currents and transmission --------------------------------------------------------------------


@check(
    "law.sum.current",
    "current",
    problems=GENERAL,
    source="conservation of charge",
    says="The currents from all leads must add up to zero in the steady state. Usual mistake: f_a in place "
    "of f_a - f_b, or a lead left out.",
    catches=("current-without-return", "current-of-first-lead-only", "complex-for-real"),
)
def _sum(solver: Any, problem: Problem) -> Iterator[Comparison]:
    got = solver.current(problem.system)
    yield exact("current", np.sum(got), 0.0, problem.system)


@family(
    "law.equilibrium",
    ("current", "curl"),
    problems=EQUILIBRIUM,
    source="todorov2010 Sec. II; second law",
    says="With one potential and one temperature for all leads the {observable} vanishes, also for complex "
    "Hamiltonians. Usual mistakes: the real part where the imaginary part belongs, a transpose, a lead "
    "with a potential of its own.",
    catches={"current": "current-without-return", "curl": "curl-real-part elementwise-curl curl-of-green"},
)
def _equilibrium(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    got = ask(solver, name, problem)
    yield exact(name, got, np.zeros_like(got), problem.system)


@check(
    "law.positive.transmission",
    "transmission",
    problems=GENERAL,
    source="Landauer-Buttiker",
    says="A transmission is a probability summed over channels: it is never negative, and between two leads "
    "never larger than the number of channels of either, the rank of its Gamma.",
    catches=("transmission-sign",),
)
def _positive(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    point = problem.numbers["energy"]
    got = solver.transmission(system, point)
    ranks = [lead.channels for lead in system.leads]
    # The diagonal is |1 - r|^2 of each channel with the amplitude r of reflection.
    most = np.minimum.outer(ranks, ranks) * (1 + 3 * np.eye(len(ranks)))
    yield exact("transmission", got, np.clip(got, 0, most), system, point)


def _at_an_edge(problem: Problem) -> Problem:
    """Return the problem at an edge of the band of the first chain, if there is one."""
    chain = next((lead.chain for lead in problem.system.leads if lead.chain is not None), None)
    if chain is None:
        return problem
    edge = float(chain.onsite) + np.sign(problem.numbers["energy"]) * 2 * abs(float(chain.hopping))
    return Problem(problem.system, problem.numbers | {"energy": edge})


@check(
    "law.sum.transmission",
    "transmission",
    problems=st.one_of(problems(hard(leads=(3, 3))), problems(systems(leads=(2, 3)))).map(_at_an_edge),
    source="unitarity; Landauer-Buttiker",
    says="What all other leads send into a lead and what it sends to them must be equal, or a current "
    "flows at equilibrium, also at the edge of a band. Usual mistakes: a self-energy that lacks a lead, G in "
    "place of its adjoint, a division by the root that is 0 at the edge.",
    catches=("first-lead-self-energy", "edge-of-band-divides"),
)
def _unitarity(solver: Any, problem: Problem) -> Iterator[Comparison]:
    point = problem.numbers["energy"]
    got = solver.transmission(problem.system, point)
    yield exact("transmission", got.sum(axis=0), got.sum(axis=1), problem.system, point)


# --- curl -----------------------------------------------------------------------------------------


@check(
    "law.antisymmetric.curl",
    "curl",
    problems=problems(hard(coordinates=(2, 3))),
    source="definition; todorov2010 Eq. 24",
    says="curl[mu, nu] must be minus curl[nu, mu]. Usual mistakes: the real part in place of the imaginary "
    "part, the absolute value.",
    catches=("curl-real-part", "absolute-curl", "curl-of-green"),
)
def _antisymmetric(solver: Any, problem: Problem) -> Iterator[Comparison]:
    got = solver.curl(problem.system)
    yield exact("curl", got, -np.swapaxes(got, -1, -2), problem.system)


@check(
    "law.one_level.curl",
    "curl",
    problems=problems(single_level(coordinates=(2, 3))),
    source="todorov2010 Eq. 24: matrices of one level commute",
    says="One level has no curl at any bias: its force depends on x through the level's energy only.",
    catches=("curl-real-part",),
)
def _one_level(solver: Any, problem: Problem) -> Iterator[Comparison]:
    got = solver.curl(problem.system)
    yield exact("curl", got, np.zeros_like(got), problem.system)


# --- friction, noise, response --------------------------------------------------------------------


@check(
    "law.positive.friction",
    "friction",
    problems=problems(equilibrium(coordinates=(1, 3))),
    source="preston2022 Sec. II; second law",
    says="At equilibrium the symmetric part of the friction takes energy from every motion. Usual "
    "mistakes: wrong sign, G in place of G^2, the hole part in place of the electron part.",
    catches=("friction-sign", "friction-of-first-power"),
)
def _dissipates(solver: Any, problem: Problem) -> Iterator[Comparison]:
    got = solver.friction(problem.system)
    even = (got + got.T) / 2
    yield exact("friction", even, nonnegative(even), problem.system)


@family(
    "law.reciprocal",
    ("friction", "response"),
    problems=problems(equilibrium((2, 3), (2, 2), real=True)),
    source="Onsager; preston2022 Eq. 26; todorov2014 Sec. III",
    says="At equilibrium and with time-reversal symmetry (real h, dh/dx and Gamma) the {observable} is "
    "symmetric in the coordinates, at any frequency. Without it a Lorentz-like antisymmetric part may "
    "remain.",
    catches={"friction": "friction-lorentz-real-part", "response": "response-upper-triangle"},
)
def _reciprocal(name: str, solver: Any, problem: Problem) -> Iterator[Comparison]:
    got = ask(solver, name, problem)
    yield exact(name, got, got.T, problem.system, *arguments(name, problem))


@check(
    "law.positive.white_noise",
    "white_noise",
    problems=SEVERAL,
    source="preston2022 Eq. 66-68",
    says="The white noise is a matrix of mean squares: symmetric and positive semidefinite at any bias. "
    "Usual mistakes: the antisymmetric part kept, a sign, a cross term of two leads dropped.",
    catches=("noise-sign", "noise-skew-kept"),
)
def _mean_square(solver: Any, problem: Problem) -> Iterator[Comparison]:
    got = solver.white_noise(problem.system)
    yield exact("white_noise", got, nonnegative(got), problem.system)


@check(
    "law.positive.force_noise",
    "force_noise",
    problems=SEVERAL,
    source="preston2022 Eq. 62-65; todorov2014 Eq. 64",
    says="The noise spectrum is Hermitian and positive semidefinite at every frequency of either sign. "
    "Usual mistakes: a transpose for an adjoint, the frequency added to one Green's function only.",
    catches=("noise-sign", "noise-transposed-half"),
)
def _spectrum(solver: Any, problem: Problem) -> Iterator[Comparison]:
    point = problem.numbers["frequency"]
    got = solver.force_noise(problem.system, point)
    yield exact("force_noise", got, nonnegative(got), problem.system, point)


@check(
    "law.real.response",
    "response",
    problems=SEVERAL,
    source="todorov2014 Eq. 14: a real motion has a real force",
    says="response(-W) must be the conjugate of response(W), or a real motion meets a complex force. Usual "
    "mistake: the term with G(w + W) without its partner with the adjoint of G(w - W).",
    catches=(
        "one-sided-response",
        "absolute-frequency",
        "cache-ignores-point",
        "response-parts-exchanged",
    ),
)
def _real(solver: Any, problem: Problem) -> Iterator[Comparison]:
    point = problem.numbers["frequency"]
    got = solver.response(problem.system, -point)
    want = solver.response(problem.system, point).conj()
    yield exact("response", got, want, problem.system, point)
