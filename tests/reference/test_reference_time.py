"""The reference on junctions in motion: electrons along a path and their noise, by other ways."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from junctions import broad
from reference_values import Array, largest

from electronwind import (
    Model,
    OpenSystem,
    Oscillation,
    Straight,
    Trajectory,
    WideBandLead,
    fast,
    models,
    reference,
)
from electronwind.reference.floquet import periodic

TOP = 120.0  # of the panels of the frequency axis
PATH = Oscillation([0.1, -0.2], [0.6, 0.4], 1.3, [0.3, 1.1])


def hard(temperatures: tuple[float, ...] = (0.2, 0.4, 0.0), degeneracy: int = 2) -> Model:
    """Return a family without symmetries: complex matrices, three leads, unequal temperatures."""
    rng = np.random.default_rng(7)
    m = rng.normal(size=(6, 2, 2)) + 1j * rng.normal(size=(6, 2, 2))
    hermitian = (m + m.conj().swapaxes(-1, -2)) / 4
    broadenings = m[:3] @ m[:3].conj().swapaxes(-1, -2) / 3 + 0.5 * np.eye(2)
    leads = [
        WideBandLead(gamma, mu, t)
        for gamma, mu, t in zip(broadenings, (0.3, -0.2, 0.1), temperatures, strict=True)
    ]
    return models.tangent(OpenSystem(hermitian[3], hermitian[4:], leads, degeneracy))


# --------------------------------------------------------------------------- electrons in motion


@pytest.mark.slow
@pytest.mark.parametrize(("temperatures", "digits"), [((0.2, 0.4, 0.0), 10), ((0.01, 0.05, 1.0), 15)])
def test_at_rest_nothing_changes(temperatures: tuple[float, ...], digits: int) -> None:
    """A path without velocity keeps density matrix, force and currents of the frequency integrals."""
    model, x = hard(temperatures), [0.3, -0.2]
    run = reference.driven(model, Straight(x, [0.0, 0.0]), [1.0, 1.001, 2.0], digits=digits)
    for field in ("density_matrix", "force", "current"):
        expected = getattr(reference, field)(model.at(x), digits=max(digits + 5, 15))
        assert largest(getattr(run, field) - expected) < 0.1**digits, field


def amplitudes(
    model: Model, path: Any, times: tuple[float, ...], step: float
) -> tuple[Array, Array, Array, list[Array]]:
    """Return energies, weights, Fermi functions and A(w, t) of Eq. 41, from rest at times[0], in float64.

    Commutator-free steps of fourth order on panels of the whole real axis, its ends mapped to 1/w.
    """
    x, weight = np.polynomial.legendre.leggauss(16)
    mus = [float(lead.mu) for lead in model.leads]
    cuts = sorted({mu + s * d for mu in mus for s in (-1, 1) for d in (0.0, *2.0 ** np.arange(-6, 2))})
    cuts = [*np.arange(-TOP, cuts[0], 0.5), *cuts, *np.arange(cuts[-1], TOP, 0.5)[1:], TOP]
    pieces = [((b - a) / 2 * x + (a + b) / 2, (b - a) / 2 * weight) for a, b in pairwise(cuts)]
    for end in (cuts[0], TOP):
        for a, b in ((0.0, 0.25), (0.25, 0.5), (0.5, 1.0)):
            u = (b - a) / 2 * x + (a + b) / 2
            pieces.append((end / u, (b - a) / 2 * weight * abs(end) / u**2))
    w, weights = (np.concatenate(part) for part in zip(*pieces, strict=True))
    fermi = [
        np.where(w < mu, 1.0, 0.0) if t == 0 else 0.5 - 0.5 * np.tanh((w - mu) / (2 * t))
        for mu, t in zip(mus, (float(lead.temperature) for lead in model.leads), strict=True)
    ]
    broad = sum(lead.broadening for lead in model.leads)
    unit = np.eye(len(broad))

    def green(h: Array) -> Array:
        return np.linalg.inv(w[:, None, None] * unit - h)

    def h_of(t: float) -> Array:
        return np.asarray(model.hamiltonian(path(t)) - 0.5j * broad)

    found = [green(h_of(times[0]))]
    root = np.sqrt(3) / 6
    for start, stop in pairwise(times):
        steps = round((stop - start) / step)
        a_now, dt = found[-1], (stop - start) / steps
        for k in range(steps):
            early, late = (h_of(start + (k + 0.5 + s * root) * dt) for s in (-1, 1))
            for p, q in ((0.5 + 2 * root, 0.5 - 2 * root), (0.5 - 2 * root, 0.5 + 2 * root)):
                h = p * early + q * late
                e, right = np.linalg.eig(h)
                turn = (right * np.exp(0.5j * dt * (w[:, None] - e))[:, None, :]) @ np.linalg.inv(right)
                rest = green(h)
                a_now = rest + turn @ (a_now - rest)
        found.append(a_now)
    return w, weights / (2 * np.pi), np.array(fermi), found


@cache
def by_frequencies(
    times: tuple[float, ...] = (0.0, 0.6, 1.5),
) -> tuple[Array, Array, Array, list[Array]]:
    """Return the amplitudes of the hard family at some times."""
    return amplitudes(hard(), PATH, times, 0.0075)


def two_time(late: Array, early: Array, filling: Array, w: Array, weights: Array, tau: float) -> Array:
    """Return sum_a int dw/2pi e^{-iw tau} filling_a A(w, t) Gamma_a A(w, t')^+, Eq. 35."""
    # The oscillation beyond the last panel is not resolved, and next to nothing.
    turns = weights * np.exp(-1j * w * tau) * ((abs(w) <= TOP) | (tau == 0))
    parts = [
        np.einsum("w,wij,jk,wlk->il", turns * f, late, lead.broadening, early.conj())
        for f, lead in zip(filling, hard().leads, strict=True)
    ]
    return np.asarray(sum(parts))


@pytest.mark.slow
@pytest.mark.parametrize("times", [(0.0, 0.2), (0.0, 0.6, 1.5)])
def test_against_the_frequency_axis(times: tuple[float, ...]) -> None:
    """Density matrix and currents are those of A(w, t) followed on the whole frequency axis."""
    w, weights, fermi, found = by_frequencies(times)
    run = reference.driven(hard(), PATH, times, digits=8)
    for a_now, sigma, current in zip(found, run.density_matrix, run.current, strict=True):
        expected = two_time(a_now, a_now, fermi, w, weights, 0.0)
        assert largest(sigma - expected) < 2e-8
        for f, lead, rate in zip(fermi, hard().leads, current, strict=True):
            # Im Tr[Gamma K] falls off like 1/w^2, and its oscillation is not resolved far out.
            fed = np.einsum("w,ij,wji->w", weights * f, lead.broadening, a_now).imag.sum()
            lost = np.trace(lead.broadening @ expected).real
            assert abs(float(rate) - 2 * (-2 * fed - lost)) < 1e-4


@pytest.mark.slow
def test_charge_is_conserved() -> None:
    """The currents into the system add up to the change of its charge."""
    step = 1e-3
    times = [0.0, *(0.8 + k * step for k in range(-2, 3))]
    run = reference.driven(hard(), PATH, times, digits=12)
    n = 2 * np.trace(run.density_matrix, axis1=1, axis2=2)[1:]
    slope = (8 * (n[3] - n[1]) - (n[4] - n[0])) / (12 * step)
    assert largest(slope - run.current[3].sum()) < 1e-9


@pytest.mark.slow
def test_slow_motion_feels_the_friction() -> None:
    """Reversing a slow motion turns force by twice the friction, up to the square of the velocity."""
    model, x, direction = hard((0.2, 0.4, 0.3)), np.array([0.3, -0.2]), np.array([1.0, -0.7])
    friction = reference.friction(model.at(x), digits=15)
    v, past = 4e-3 * direction, 6.0
    ways = [reference.driven(model, Straight(x - s * v * past, s * v), [0, past], digits=7) for s in (1, -1)]
    slope = (ways[0].force[-1] - ways[1].force[-1]) / 2
    assert largest(slope + friction @ v) < 1e-3 * largest(friction @ v)


@pytest.mark.slow
@pytest.mark.parametrize("digits", [6, pytest.param(14, marks=pytest.mark.slow)])
def test_the_periodic_state_is_reached(digits: int) -> None:
    """After the transient the electrons are in the state that Floquet algebra gives without any step."""
    model = hard((0.5, 0.4, 1.0))
    times = [0.0, 1.5, 3.0]
    expected = periodic(model, PATH, times, digits=digits + 2)
    # The slowest level and the coldest lead together forget like e^{-2.6 t}.
    run = reference.driven(model, PATH, [-1.0 - digits, *times], digits=digits)
    for field in ("density_matrix", "force", "current"):
        assert largest(getattr(run, field)[1:] - getattr(expected, field)) < 10.0**-digits, field


@pytest.mark.slow
def test_small_oscillations_follow_the_response() -> None:
    """The force of a small harmonic motion is that of the linear response."""
    model, center, amplitude = hard((0.2, 0.4, 0.3)), np.array([0.1, -0.2]), 1e-3 * np.array([1.0, 0.5])
    path = Oscillation(center, amplitude, 0.9, [0.0, 0.7])
    chi = reference.response(model.at(center), 0.9, digits=15).astype(complex)
    half = np.pi / 0.9
    run = periodic(model, path, [0.4, 0.4 + half], digits=10)
    swing = (run.force[0] - run.force[1]).astype(float) / 2
    expected = (chi @ (amplitude * np.exp(-1j * (0.9 * 0.4 + path.phase)))).real
    assert largest(swing - expected) < 1e-5 * largest(expected)


@pytest.mark.slow
def test_a_path_of_floats() -> None:
    """Any callable will do, and gives what the same motion as a path gives, to the digits of floats."""
    path = Oscillation([0.2], [0.5], 0.8)
    exact = reference.driven(broad(), path, [0.7, 2.0], digits=9)
    rounded = reference.driven(broad(), lambda t: path(t), [0.7, 2.0], digits=9)
    assert largest(exact.density_matrix - rounded.density_matrix) < 1e-12


@pytest.mark.slow
def test_sweeps_that_grow_before_they_converge() -> None:
    """On a long panel with few nodes rounding is that of the largest sweep, and the sweeps come to an end."""
    h, sharp = [[-1.1875, 0.03125], [0.03125, -1.1875]], np.diag([0.75, 0.0])
    slopes = [
        [[-1.4375, 0.8125 + 0.25j], [0.8125 - 0.25j, -0.375]],
        [[-0.9375, -0.375 - 0.6875j], [-0.375 + 0.6875j, 0.375]],
    ]
    leads = [WideBandLead(np.diag([0.0, 0.875]), -0.75, 0.2), WideBandLead(sharp, -0.6875, 0.05)]
    model = models.tangent(OpenSystem(h, slopes, leads))
    places = [[0.1875, -0.4375], [0.1875, -0.4375], [0.5, -0.375]]
    path = Trajectory([0.0, 0.875, 1.75], places, [[-0.3125, -0.5], [0.125, 0.0625], [-0.0625, 0.3125]])
    run = reference.driven(model, path, [0.0, 0.5], digits=8)
    assert largest(run.density_matrix - fast.driven(model, path, [0.0, 0.5]).density_matrix) < 1e-8


# --------------------------------------------------------------------------- noise


@cache
def noise() -> Any:
    return reference.two_time_noise(hard(), PATH, 1.5, [0.0, 0.9, 0.4], since=0.0, digits=6)


@pytest.mark.slow
def test_variance_of_the_force() -> None:
    """At no delay the noise is the variance of a sum of one-electron forces, times the spin factor."""
    sigma = reference.driven(hard(), PATH, [0.0, 1.5], digits=8).density_matrix[1].astype(complex)
    slope = hard().gradient(PATH(1.5))
    expected = 2 * np.einsum("aij,jk,bkl,li->ab", slope, np.eye(2) - sigma, slope, sigma)
    assert largest(noise().exact[0] - expected) < 1e-7


@pytest.mark.slow
def test_noise_against_the_frequency_axis() -> None:
    """The noise at a delay is that of the two-time Green's functions of Eq. 35, 36."""
    w, weights, fermi, (_, early, late) = by_frequencies()
    less = 1j * two_time(late, early, fermi, w, weights, 0.9)
    more = -1j * two_time(late, early, 1 - fermi, w, weights, 0.9)
    slopes = [hard().gradient(PATH(t)) for t in (1.5, 0.6)]
    expected = 2 * np.einsum("aij,jk,bkl,li->ab", slopes[0], more, slopes[1], -less.conj().T)
    assert largest(noise().exact[1] - expected) < 1e-3 * largest(expected)


class parabola(Model):  # noqa: N801 - a family is called like a function
    """One level, h = x^2 / 4 on a warm lead: the tangent family below in another coordinate."""

    coordinates = ("x",)
    leads = (WideBandLead([[1.0]], 0.1, 0.5),)  # type: ignore[assignment]  # a property there

    def _hamiltonian(self, x: Any, xp: Any) -> Any:
        return [[x[0] ** 2 / 4]]

    def _gradient(self, x: Any, xp: Any) -> Any:
        return [[[x[0] / 2]]]


@pytest.mark.slow
def test_noise_in_another_coordinate() -> None:
    """Each end of the correlation has the gradient of its own time."""
    path, linear = Oscillation([1.0], [0.5], 0.9), OpenSystem([[0.0]], [[[0.25]]], parabola.leads)
    record = reference.two_time_noise(parabola(), path, 1.5, [0.7], since=0.0, digits=6)
    squared = reference.two_time_noise(
        models.tangent(linear), lambda t: path(t) ** 2, 1.5, [0.7], since=0.0, digits=6
    )
    factor = 4 * path(1.5)[0] * path(0.8)[0]
    assert largest(record.exact - factor * squared.exact) < 1e-6
    assert largest(record.adiabatic - 4 * path(1.5)[0] ** 2 * squared.adiabatic) < 1e-6


@pytest.mark.slow
def test_white_noise_at_rest() -> None:
    """At rest exact and adiabatic noise agree, and over long delays they make up the white noise."""
    model, x = hard((0.4, 0.6, 0.5)), np.array([0.3, -0.2])
    record = reference.two_time_noise(model, lambda _: x, 2.0, [0.0, 7.5], since=0.0, digits=6)
    expected = reference.white_noise(model.at(x), digits=15)
    assert largest(record.white - expected) < 1e-6
    assert largest(record.exact - record.adiabatic) < 1e-6
    variance = np.diagonal(record.exact[0]).astype(complex).real
    assert largest(record.correlation_time - np.diagonal(expected).astype(float) / variance) < 1e-5


@pytest.mark.slow
def test_white_noise_of_a_level_that_outlives_the_memory_of_its_lead() -> None:
    """What the kernel of a warm lead no longer reaches may be left out."""
    model, x = models.tangent(OpenSystem([[0.2]], [[[1.0]]], [WideBandLead([[0.2]], 0.3, 0.5)])), np.zeros(1)
    record = reference.two_time_noise(model, lambda _: x, 0.0, [0.0, 125.0], digits=10)
    expected = reference.white_noise(model.at(x), digits=15)
    assert largest(record.white - expected) < 1e-10 * largest(expected)
