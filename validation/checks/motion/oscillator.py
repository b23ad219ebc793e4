"""A quantum oscillator coupled to the electrons: what their noise and their response make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from electronwind import OpenSystem

from ...core.check import Comparison, Problem, check
from ...core.tolerances import TRUST
from ...numerics.differences import limit
from ...numerics.quadrature import interpolated, panels, poles
from ...systems.motion import forgetful
from ...systems.strategies import equilibrium
from ...systems.transformations import changed
from ..tools import accuracy

Array = NDArray[Any]

# Strengths of the coupling; the width of the resonance goes with their square.
COUPLINGS = np.array([1 / 8, 1 / 16, 1 / 32])


def spectra(
    solver: Any, system: OpenSystem, rate: float, strengths: Array
) -> tuple[Array, Array, Array, Array]:
    """Return frequencies, weights, and the spectra at +W and -W of the position of a unit mass.

    One row for each strength of the coupling; noise and response go with its square. The spring of the
    oscillator is such that the resonance is at `rate`, whatever the electrons do to it.
    """
    last = rate * 4.0**3
    own = complex(np.asarray(solver.response(system, rate))[0, 0])
    # The solver is asked where the electrons vary; the resonances are between its answers.
    electrons = _differences(system)
    asked, _ = panels(electrons, [], 0.0, last)
    chi = np.asarray(solver.response(system, asked))[:, 0, 0]
    noise = np.real(solver.force_noise(system, np.concatenate([asked, -asked])))[:, 0, 0]
    answers = np.stack([chi, noise[: len(asked)], noise[len(asked) :]], axis=-1)
    # Panels of three times the distance to a resonance leave eight digits.
    widths = strengths**2 * abs(own.imag) / (2 * rate)
    w, weights = panels(np.array([*(rate + 3j * widths), *electrons]), [], 0.0, last)
    chi, absorbed, emitted = interpolated(asked, answers, w).T
    couplings = strengths[:, None] ** 2
    gain = couplings * np.abs(1 / (rate**2 - w**2 - couplings * (chi - own.real))) ** 2
    return w, weights / (2 * np.pi), gain * absorbed.real, gain * emitted.real


def _differences(system: OpenSystem) -> Array:
    """Return where the spectra are singular: a pole of G or of a Fermi function met by another, shifted."""
    near = np.array([complex(pole.real, abs(pole.imag)) for pole in poles(system)[0]])
    return np.ravel(near[:, None] - near.conj())


@st.composite
def _oscillators(draw: Any, junctions: SearchStrategy[OpenSystem]) -> Problem:
    system = draw(junctions)
    slope = float(np.linalg.norm(system.gradient[0], 2))
    gradient = system.gradient / slope if slope else np.eye(system.levels)[None] + 0j
    # Powers of two stay exact, other sizes need not be.
    return Problem(
        changed(system, gradient=gradient, degeneracy=1), {"frequency": draw(st.integers(2, 6)) / 4}
    )


@check(
    "link.commutator",
    "force_noise response",
    problems=_oscillators(forgetful(coordinates=(1, 1), bias=0.25, common=True)),
    source="[x, p] = i; todorov2014 Sec. V",
    says="An oscillator coupled to the electrons stays a quantum one, at any bias: noise and response of the "
    "force together keep [x, p] = i, an integral over all frequencies that needs the real part of the "
    "response as much as the imaginary one. Usual mistakes: a noise without zero-point part or "
    "symmetrised in frequency, a factor of two, the sign of the frequency, a response that is not causal.",
    catches=(
        "spectrum-doubled",
        "response-halved",
        "noise-symmetrised",
        "noise-frequency-sign",
        "one-sided-response",
    ),
)
def _commutator(solver: Any, problem: Problem) -> Iterator[Comparison]:
    rate = float(problem.numbers["frequency"])
    w, weights, (emitted,), (absorbed,) = spectra(solver, problem.system, rate, np.array([0.25]))
    got = 2 * weights @ (w * (emitted - absorbed))
    # Beyond the last frequency the spectrum falls with its fourth power.
    doubt = 2 * (w * weights)[-1] * abs(emitted[-1] - absorbed[-1]) * len(w) + 1e-8
    yield Comparison("force_noise", got, 1.0, 1.0, uncertainty=float(doubt) + TRUST * accuracy(solver))


@check(
    "link.bose_einstein",
    "force_noise response",
    problems=_oscillators(equilibrium((1, 2), (1, 1), leads=(2, 2), temperatures=(0.2, 0.5))),
    source="todorov2014 Eq. 65-69",
    says="Without bias a weakly coupled oscillator must come to the energy W (1/2 + 1/(e^{W/T} - 1)) of "
    "Bose and Einstein, zero-point energy included. Usual mistakes: a factor of two between noise and "
    "response, a noise that lacks the zero-point part, Fermi functions at another temperature.",
    catches=("spectrum-doubled", "response-halved", "noise-without-pauli", "noise-sign"),
)
def _bose_einstein(solver: Any, problem: Problem) -> Iterator[Comparison]:
    rate, heat = float(problem.numbers["frequency"]), float(problem.system.leads[0].temperature)
    _, weights, emitted, absorbed = spectra(solver, problem.system, rate, COUPLINGS)
    got, doubt = limit(COUPLINGS, rate**2 * (emitted + absorbed) @ weights, 1e-8 + TRUST * accuracy(solver))
    want = rate / 2 / np.tanh(rate / (2 * heat))
    yield Comparison("force_noise", got, want, want, uncertainty=doubt)
