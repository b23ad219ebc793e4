"""Links: one observable of a solver must follow from another one of the same solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...core.tolerances import decay
from ...numerics.differences import derivative, limit
from ...systems import strategies
from ...systems.any_leads import equilibrium, hard, systems
from ...systems.chains import chains
from ...systems.matrices import numbers
from ...systems.strategies import HOT, WARM, problems
from ...systems.transformations import changed, refilled
from ..tools import against, allowed, exact, value

Array = NDArray[Any]

# A finite difference crosses an energy of this many decay rates from end to end.
STENCIL = 1 / 3
# Width of levels on bands of unit hopping.
BAND = 0.5


def moved(system: OpenSystem, mu: int, x: float) -> OpenSystem:
    """Return the system at x along one coordinate, where h is linear in x."""
    return changed(system, hamiltonian=system.hamiltonian + x * system.gradient[mu])


def width(system: OpenSystem) -> float:
    """Return a width that no level falls below."""
    # Bands broaden by about their hopping; beside one a wide-band lead reaches every level.
    return decay(system) if any(lead.kind == "wide-band" for lead in system.leads) else BAND


def step(system: OpenSystem) -> float:
    """Return a step in x that moves the levels by a small part of their width."""
    force = float(np.max(np.linalg.norm(system.gradient, 2, axis=(-2, -1)))) or 1.0
    return STENCIL * width(system) / (6 * force)


def gradient(
    function: Callable[[OpenSystem], Array], system: OpenSystem, size: float, noise: float
) -> tuple[Array, float]:
    """Return the derivatives along each coordinate at fixed dh/dx, on a last axis, and their uncertainty."""
    found = []
    for nu in range(system.coordinates):

        def along(x: float, nu: int = nu) -> Array:
            return function(moved(system, nu, x))

        found.append(derivative(along, size, noise))
    return np.stack([d for d, _ in found], axis=-1), max(u for _, u in found)


# --- gradients of the force -----------------------------------------------------------------------


@check(
    "link.curl_force",
    "curl force",
    problems=problems(st.one_of(systems((2, 3), (2, 2)), systems((2, 3), (2, 2), bias=0.25))),
    source="definition; todorov2010 Eq. 24",
    says="The curl must be that of the force itself, d_mu F_nu - d_nu F_mu, by finite differences. Usual "
    "mistakes: the order of indices, 2 pi for 4 pi, the spin factor, the sign of the force.",
    catches=(
        "curl-transposed", "curl-halved", "curl-doubled", "curl-of-sum", "adjoint-before-width",
        "advanced-self-energy", "force-sign", "force-doubled",
    ),
)  # fmt: skip
def _curl_force(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    noise = allowed(solver, "force", system)
    slopes, uncertainty = gradient(solver.force, system, step(system), noise)
    want = slopes.T - slopes
    yield against(solver, "curl", want, system, uncertainty=2 * uncertainty)


@check(
    "link.curl_force_chains",
    "curl force",
    problems=problems(chains(coordinates=(2, 2), temperatures=HOT)),
    source="definition; todorov2010 Eq. 24",
    says="On chain leads, too, the curl must be that of the force by finite differences. Usual mistakes: "
    "the order of indices, a root of the surface Green's function that changes from energy to energy.",
    catches=("curl-transposed", "curl-halved", "root-by-modulus"),
    cost="dear",
)
def _curl_force_chains(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    noise = allowed(solver, "force", system)
    # A chain has no decay rate; its width is of the order of its hopping.
    size = 1 / 32 / float(np.max(np.linalg.norm(system.gradient, 2, axis=(-2, -1)), initial=0.1))
    slopes, uncertainty = gradient(solver.force, system, size, noise)
    want = slopes.T - slopes
    yield against(solver, "curl", want, system, uncertainty=2 * uncertainty)


@check(
    "link.response_force",
    "response force",
    problems=problems(hard((1, 3), coordinates=(2, 2))),
    source="todorov2014 Eq. 14, 20 at zero frequency",
    says="response(0) is the gradient of the force at fixed dh/dx, first index the force. Usual mistakes: "
    "the sign, the order of indices, half of it missing, the spin factor.",
    catches=("response-sign", "response-transposed", "response-halved", "force-sign"),
)
def _response_force(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    noise = allowed(solver, "force", system)
    want, uncertainty = gradient(solver.force, system, step(system), noise)
    yield against(solver, "response", want, system, 0.0, uncertainty=uncertainty)


@check(
    "link.response_curl",
    "response curl",
    problems=problems(hard((2, 3), coordinates=(2, 3))),
    source="todorov2014 Eq. 34; todorov2010 Eq. 24",
    says="The antisymmetric part of response(0), twice, is the curl: curl[mu, nu] = R[nu, mu] - R[mu, nu]. "
    "Usual mistakes: the order of indices in one of the two, the factor 2.",
    catches=(
        "curl-transposed", "curl-halved", "response-transposed", "zero-frequency-branch",
        "confluent-poles", "response-symmetrised",
    ),
)  # fmt: skip
def _response_curl(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    static = solver.response(system, 0.0)
    yield exact("curl", solver.curl(system), static.T - static, system)


@check(
    "link.friction_response",
    "friction response",
    # Edges of bands make R(W) - R(0) - i W friction fall like W^2 log W only.
    problems=problems(strategies.hard((1, 3), coordinates=(2, 2))),
    source="preston2022 Eq. 26; todorov2014 Eq. 21",
    says="For slow motion the response is the force gradient plus i W friction. Usual mistakes: friction "
    "transposed or symmetrised, the formula of equilibrium used under bias, a factor 2, a sign, +W and "
    "-W exchanged.",
    catches=(
        "friction-transposed",
        "friction-symmetrised",
        "friction-halved",
        "friction-sign",
        "friction-from-equilibrium",
        "friction-of-mean-occupation",
        "friction-of-each-lead",
        "friction-from-noise",
        "friction-not-over-frequency",
        "friction-without-green",
        "friction-green-sign",
        "friction-without-slope",
        "friction-conjugate-forgotten",
        "friction-conjugate-outside",
        "friction-slope-of-first-lead",
        "friction-of-first-power",
        "friction-order",
        "lorentz-as-dissipation",
        "response-frequency-sign",
        "advanced-response",
    ),
)
def _friction_response(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    steps = width(system) / 2.0 ** np.arange(2, 6)
    slopes = solver.response(system, steps).imag / steps[:, None, None]
    noise = allowed(solver, "response", system, float(steps[0])) / float(steps[-1])
    want, uncertainty = limit(steps, slopes, noise)
    yield against(solver, "friction", want, system, uncertainty=uncertainty)


@check(
    "link.maxwell",
    "force density_matrix",
    # Electrons of a lead with a band answer to x as well, and the density matrix does not count them.
    problems=problems(strategies.equilibrium((1, 3))),
    source="grand potential: dF/dmu = dN/dx",
    says="At equilibrium force and number of electrons come from one grand potential, so dF/dmu = dN/dx. "
    "Usual mistakes: the sign of the force, the spin factor, a factor 2.",
    catches=("force-sign", "force-doubled", "spin-dropped"),
)
def _maxwell(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system

    def number(found: OpenSystem) -> Array:
        return np.asarray(system.degeneracy * np.trace(solver.density_matrix(found)).real)

    def filled(mu: float) -> OpenSystem:
        return refilled(system, lambda a, lead: (lead.mu + mu, lead.temperature))

    noise = [allowed(solver, name, system) for name in ("force", "density_matrix")]
    noise[1] *= system.degeneracy * system.levels
    size = STENCIL * width(system) / 6
    got, loose = derivative(lambda mu: solver.force(filled(mu)), size, noise[0])
    want, rough = gradient(number, system, step(system), noise[1])
    yield value("force", got, want, system, uncertainty=loose + rough)


# --- noise ----------------------------------------------------------------------------------------


@check(
    "link.white_noise",
    "white_noise force_noise",
    problems=problems(hard(coordinates=(2, 3))),
    source="preston2022 Eq. 66-68",
    says="The white noise is the real part of the noise spectrum at zero frequency. Usual mistakes: a factor "
    "2 between the two, the spin factor.",
    catches=("noise-doubled", "noise-halved", "noise-skew-kept", "spectrum-doubled"),
)
def _white_noise(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    want = solver.force_noise(system, 0.0).real
    yield exact("white_noise", solver.white_noise(system), want, system)


@check(
    "link.fluctuation_dissipation",
    "white_noise friction",
    problems=problems(equilibrium((1, 3), (1, 3), temperatures=WARM)),
    source="fluctuation-dissipation theorem; preston2022 Sec. II",
    says="At equilibrium the white noise is 2 T times the symmetric part of the friction. Usual mistakes: "
    "a factor 2 in one of the two, noise without the Pauli factor 1 - f, a friction without G^2.",
    catches=(
        "noise-doubled", "friction-halved", "noise-without-pauli", "friction-sign", "doubled-self-energy",
        "friction-of-first-power", "friction-order", "friction-without-green", "friction-green-sign",
        "friction-without-slope", "friction-conjugate-forgotten", "friction-conjugate-outside",
    ),
)  # fmt: skip
def _fluctuation_dissipation(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    friction = solver.friction(system)
    want = float(system.leads[0].temperature) * (friction + friction.T)
    yield exact("white_noise", solver.white_noise(system), want, system)


@check(
    "link.fluctuation_response",
    "force_noise response",
    problems=problems(
        equilibrium((1, 3), (1, 2), temperatures=(0.2, 0.05, 0.5)),
        frequency=numbers().filter(bool),
    ),
    source="fluctuation-dissipation theorem at finite frequency; todorov2014 Eq. 67",
    says="At equilibrium the symmetrised noise is coth(W/2T) times the dissipative part of the response. "
    "Usual mistakes: +W and -W exchanged in one of the two, noise without the Pauli factor, a sign.",
    catches=(
        "response-frequency-sign",
        "noise-without-pauli",
        "spectrum-doubled",
        "response-sign",
        "advanced-response",
    ),
)
def _fluctuation_response(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, w = problem.system, problem.numbers["frequency"]
    chi = solver.response(system, w)
    dissipative = (chi - chi.conj().T) / 2j
    want = dissipative / np.tanh(w / (2 * float(system.leads[0].temperature)))
    got = (solver.force_noise(system, w) + solver.force_noise(system, -w).T) / 2
    # The hyperbolic cotangent enlarges what the response has lost.
    noise = allowed(solver, "response", system, w) * abs(
        1 / np.tanh(w / (2 * float(system.leads[0].temperature)))
    )
    yield exact("force_noise", got, want, system, w, uncertainty=float(noise))


@check(
    "link.detailed_balance",
    "force_noise",
    problems=problems(
        equilibrium((1, 3), (1, 2), temperatures=(0.2, 0.05, 0.5)),
        frequency=numbers().filter(bool),
    ),
    source="Kubo-Martin-Schwinger; todorov2014 Eq. 64",
    says="At equilibrium emission is weaker than absorption by the Boltzmann factor: "
    "S_uv(-W) = exp(-W/T) S_vu(W). Usual mistakes: the sign of the frequency, electrons and holes "
    "exchanged, noise without the Pauli factor.",
    catches=(
        "noise-frequency-sign",
        "noise-without-pauli",
        "noise-symmetrised",
        "small-values-zero",
    ),
)
def _detailed_balance(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, w = problem.system, abs(problem.numbers["frequency"])
    factor = np.exp(-w / float(system.leads[0].temperature))
    got = solver.force_noise(system, -w)
    want = factor * solver.force_noise(system, w).T
    yield exact("force_noise", got, want, system, w)
