"""Force noise between two times of a junction in motion."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from electronwind import OpenSystem, Path, Straight

from ...core.check import Comparison, Problem, check
from ...core.tolerances import condition
from ...numerics.matrices import adjoint, spectral
from ...numerics.quadrature import fermi, grid, panels
from ...systems.motion import forgetful, motions
from ...systems.strategies import equilibrium, single_level, systems, wide
from ...truth.oracle import truth
from .laws import delayed, felt
from .tools import compare, noise_floor, observed, run, setting, size
from .values import EDGE, energies, one_level

Array = NDArray[Any]

NOISE = "preston2022 Eq. 62-69"
GENERAL = motions(systems((1, 2), (1, 2), (2, 2), temperatures=(0.2, 0.05, 0.5))).map(delayed)
FORGETFUL = motions(forgetful(coordinates=(1, 2))).map(delayed)


def lags(reach: float) -> tuple[Array, Array]:
    """Return nodes and weights over delays from 0 to `reach`, denser where G^< has a logarithm."""
    ends = [0.0, 1 / 64, 1 / 8, 1 / 2, 1.0]
    ends = [end for end in ends if end < reach] + [reach] if reach <= 1 else ends
    parts = [grid(a, b, 1, 8) for a, b in itertools.pairwise(ends)]
    if reach > 1:
        parts.append(grid(1.0, reach, int(np.ceil(reach - 1)), 8))
    nodes, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    return nodes, weights


@check(
    "link.rest.two_time_noise",
    "two_time_noise",
    problems=GENERAL,
    source="stationarity",
    says="In a junction at rest the noise depends on the delay only: the exact and the adiabatic record are "
    "one, at any time. Usual mistakes: the memory before the start is cut off, the adiabatic record is "
    "taken at the wrong position, one of the two lacks a factor.",
    catches=("adiabatic-at-the-start",),
    cost="long",
)
def _rest(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    assert given.path is not None
    x = np.asarray(given.path(given.moment))
    still = replace(given, path=Straight(x, 0 * x))
    got = observed(solver, "two_time_noise", still)
    moving = observed(solver, "two_time_noise", given)
    want = {"exact": moving["adiabatic"], "adiabatic": moving["adiabatic"]}
    want |= {"white": moving["adiabatic_white"], "adiabatic_white": moving["adiabatic_white"]}
    yield from compare("two_time_noise", got, want, problem.system)


@check(
    "link.spectrum.two_time_noise",
    "two_time_noise",
    problems=motions(forgetful(coordinates=(1, 2)), (0.0, 1.0)).map(felt),
    source="Wiener and Khinchin; preston2022 Eq. 62-66",
    says="The Fourier transform of the adiabatic record over the delay must be the spectrum of the force "
    "noise at that position, and its white noise for a long range that of the junction. Usual "
    "mistakes: the sign of the delay, one order of G^> and G^< for the other, a missing factor of two, the "
    "spin factor.",
    catches=(
        "memory-conjugated",
        "memory-transposed",
        "memory-spin-squared",
        "memory-halved",
        "memory-white-doubled",
        "memory-averaged-potentials",
    ),
    cost="long",
)
def _spectrum(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given = setting(problem)
    assert given.path is not None
    moment, reach = given.times[-1], 16.0
    here = given.model.at(given.path(moment))
    tau, weights = lags(reach)
    asked = replace(given, times=(*tau, reach), moment=moment, since=given.times[0])
    found = run(solver, "two_time_noise", asked)
    for frequency in (0.0, 0.75):
        wave = np.exp(1j * frequency * tau) * weights
        half = np.tensordot(wave, found.adiabatic[:-1], axes=1)
        want = truth(solver, "force_noise", here, frequency)
        scale = condition("force_noise", here, frequency)[0]
        doubt = 1e-5 * scale + noise_floor(solver, size("two_time_noise", "exact", here))
        yield Comparison("two_time_noise", half + adjoint(half), want.value, scale, "run", uncertainty=doubt)
    want = truth(solver, "white_noise", here)
    scale = condition("white_noise", here)[0]
    yield Comparison(
        "two_time_noise", found.adiabatic_white, want.value, scale, "run", uncertainty=1e-5 * scale
    )


@check(
    "link.balance.two_time_noise",
    "two_time_noise",
    problems=st.builds(
        lambda system, w: felt(Problem(system, {"frequency": w})),
        equilibrium((1, 2), (1, 2), leads=(1, 2), temperatures=(0.5,)).filter(
            lambda s: min(-np.linalg.eigvals(spectral(s)).imag) >= 0.5
        ),
        st.sampled_from([0.5, 1.0, 0.25]),
    ),
    source="detailed balance: S(-W) = e^{-W/T} S(W)^T",
    says="Without bias the junction absorbs and emits in the ratio of Boltzmann factors: the transform of "
    "the record over the delay at -W is e^{-W/T} times the transpose of that at W. Usual mistakes: the "
    "occupation of electrons for that of holes, one sign of the delay only.",
    catches=("memory-conjugated", "memory-real-part"),
    cost="long",
)
def _balance(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system, frequency = problem.system, float(problem.numbers["frequency"])
    heat = float(system.leads[0].temperature)
    tau, weights = lags(16.0)
    model = setting(Problem(system, {"times": [0.0]})).model
    rest = Straight(np.zeros(system.coordinates), np.zeros(system.coordinates))
    found = solver.two_time_noise(model, rest, 0.0, tau).exact
    sides = []
    for w in (frequency, -frequency):
        half = np.tensordot(np.exp(1j * w * tau) * weights, found, axes=1)
        sides.append(half + adjoint(half))
    scale = condition("force_noise", system, frequency)[0]
    doubt = 1e-5 * scale + noise_floor(solver, size("two_time_noise", "exact", system))
    want = np.exp(-frequency / heat) * sides[0].T
    yield Comparison("two_time_noise", sides[1], want, scale, "run", uncertainty=doubt)


@check(
    "link.equal_time.two_time_noise",
    "two_time_noise driven",
    problems=GENERAL,
    source="D(t, t) = Tr[L (1 - sigma) L sigma]; Wick's theorem",
    says="At zero delay the noise is the variance of the force in the state at that time, which the density "
    "matrix of the driven run fixes, times the spin factor. Usual mistakes: the adiabatic density "
    "matrix, dh/dx at the start, the spin factor squared, Pauli's 1 - sigma left out.",
    catches=("memory-adiabatic", "memory-spin-squared", "memory-halved", "memory-late"),
    cost="long",
)
def _equal_time(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    assert given.path is not None
    record = run(solver, "two_time_noise", replace(given, times=(0.0, 0.5)))
    moving = run(solver, "driven", replace(given, times=(given.since or 0.0, given.moment)))
    sigma = moving.density_matrix[-1]
    slope = given.model.gradient(given.path(given.moment))
    want = np.einsum("mij,jk,vkl,li->mv", slope, np.eye(system.levels) - sigma, slope, sigma)
    want = given.model.degeneracy * want
    yield from compare("two_time_noise", {"exact": record.exact[0]}, {"exact": want}, system)


@check(
    "link.white.two_time_noise",
    "two_time_noise",
    problems=FORGETFUL,
    source="preston2022 Eq. 66-69",
    says="The white noise must be the integral of the real symmetric part of the record over delays of both "
    "signs, and the correlation time its diagonal over that of the variance. Usual mistakes: one sign of "
    "the delay only, a sum over the delays asked for, a decay time.",
    catches=(
        "memory-white-doubled",
        "memory-sum-of-delays",
        "memory-white-one-sided",
        "correlation-time-of-rest",
    ),
    cost="long",
)
def _white(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    tau, weights = lags(given.moment - (given.since or 0.0))
    reach = float(given.moment - (given.since or 0.0))
    found = run(solver, "two_time_noise", replace(given, times=(0.0, *tau, reach)))
    for record, white in ((found.exact, found.white), (found.adiabatic, found.adiabatic_white)):
        real = record[1:-1].real
        want = np.tensordot(weights, real + np.swapaxes(real, -1, -2), axes=1)
        scale = max(size("two_time_noise", "exact", system) * reach, float(np.max(np.abs(want))))
        yield Comparison("two_time_noise", white, want, scale, "run", uncertainty=1e-6 * scale)
    ratio = np.diag(found.white) / np.real(np.diag(found.exact[0]))
    yield from compare(
        "two_time_noise", {"correlation_time": found.correlation_time}, {"correlation_time": ratio}, system
    )


@check(
    "law.positive.two_time_noise",
    "two_time_noise",
    problems=GENERAL,
    source="a correlation matrix is positive semidefinite",
    says="Correlations of the force between several times of one path form a positive semidefinite matrix, "
    "Hermitian in times and coordinates. Usual mistakes: the delay counted forward, dh/dx of one time "
    "for both, an adiabatic record for the exact one, the transpose in the coordinates.",
    catches=("memory-transposed", "memory-reversed"),
    cost="long",
)
def _positive(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    d, moments = system.coordinates, (0.5, 1.0, 1.75)
    whole = np.zeros((3, d, 3, d), dtype=complex)
    for i, t in enumerate(moments):
        asked = replace(given, moment=t, times=tuple(t - s for s in moments[: i + 1])[::-1])
        record = run(solver, "two_time_noise", asked).exact[::-1]
        for j in range(i + 1):
            whole[i, :, j] = record[j]
            if j < i:
                whole[j, :, i] = record[j].conj().T
    matrix = whole.reshape(3 * d, 3 * d)
    levels, vectors = np.linalg.eigh((matrix + adjoint(matrix)) / 2)
    want = (vectors * np.maximum(levels, 0)) @ adjoint(vectors)
    yield Comparison("two_time_noise", matrix, want, size("two_time_noise", "exact", system, matrix), "run")


@check(
    "analytic.one_level.two_time_noise",
    "two_time_noise",
    problems=motions(single_level(temperatures=(0.2, 0.05, 0.5), bias=0.25)).map(delayed),
    source="Jauho, Wingreen and Meir (1994) Eq. 33; preston2022 Eq. 35, 36, 62",
    says="For one level in motion G^< and G^> between two times are one integral over energy each. The "
    "record differs. Usual mistakes: an adiabatic record for the exact one, the delay of the wrong "
    "sign, occupied states for empty ones, dh/dx or the start at the wrong time.",
    catches=(
        "memory-adiabatic",
        "memory-conjugated",
        "memory-cut-off",
        "memory-late",
        "memory-averaged-potentials",
        "memory-finite-eta",
    ),
    cost="dear",
)
def _one_level(solver: Any, problem: Problem) -> Iterator[Comparison]:
    given, system = setting(problem), problem.system
    path = given.path
    assert isinstance(path, Path)
    assert given.since is not None
    delays = (0.0, 0.25, 1.0)
    force = np.outer(system.gradient[:, 0, 0].real, system.gradient[:, 0, 0].real)
    want = []
    start = spectral(given.model.at(path(given.since)))[0, 0]
    w, weights = energies(system, [start], given.moment - given.since)
    now = one_level(system, path, given.since, given.moment, w)
    for tau in delays:
        before = one_level(system, path, given.since, given.moment - tau, w)
        sides = []
        for holes in (False, True):
            total = outside(system, path, given.moment, tau, holes)
            for lead in wide(system):
                f = fermi(w, lead)
                filled = weights * ((1 - f) if holes else f) * lead.broadening[0, 0].real
                total += filled * np.exp(-1j * w * tau) @ (now * before.conj())
            sides.append(total)
        # G^>(t, t') G^<(t', t)
        want.append(system.degeneracy * sides[1] * np.conj(sides[0]) * force)
    found = run(solver, "two_time_noise", replace(given, times=delays))
    yield from compare("two_time_noise", {"exact": found.exact}, {"exact": np.array(want)}, system, 1e-6)


def outside(system: OpenSystem, path: Path, t: float, tau: float, holes: bool) -> complex:
    """Return the integral beyond one edge at rest on each side, along a line down into the plane."""
    u, weights = panels(np.zeros(1), [], 2.0**-40, 1.0)
    z = (EDGE if holes else -EDGE) - 1j * EDGE * (1 - u) / u
    factor = (-1j if holes else 1j) * EDGE / u**2 * weights / (2 * np.pi) * np.exp(-1j * z * tau)
    slope = system.gradient[:, 0, 0].real
    rest = spectral(system)[0, 0]

    def green(moment: float, level: complex, sign: complex) -> Array:
        speed = (path(moment) - path(moment - 2.0**-20)) / 2.0**-20 @ slope
        one = 1 / (z - level - path(moment) @ slope)
        return np.asarray(one + sign * speed * one**3)

    both = green(t, rest, -1j) * green(t - tau, np.conj(rest), 1j)
    return complex(factor @ both * -2 * rest.imag)
