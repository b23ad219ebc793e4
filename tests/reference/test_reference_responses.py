"""Friction, noise response, pairs and correlation of the reference on leads with a band."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from reference_values import X, assert_close

from electronwind import ChainLead, OpenSystem, Straight, WideBandLead, models, reference

OF_FREQUENCY = ("force_noise", "response", "pair_density", "force_correlation")
RESPONSES = ("friction", "white_noise", *OF_FREQUENCY)


def ask(name: str, system: OpenSystem, argument: Any = 0.3, digits: int = 20) -> Any:
    """Return a response or a noise by name."""
    arguments = (argument,) if name in OF_FREQUENCY else ()
    return getattr(reference, name)(system, *arguments, digits=digits)


def complex_pair(leads: list[Any], sites: int = 2) -> OpenSystem:
    """Return two complex levels, the first `sites` of a longer system where more are asked for."""
    h, g = np.zeros((sites, sites), complex), np.zeros((2, sites, sites), complex)
    h[:2, :2] = [[0.1, 0.3 + 0.2j], [0.3 - 0.2j, -0.2]]
    g[:, :2, :2] = [[[0.3, 0.1j], [-0.1j, 0.2]], [[0.0, 0.4], [0.4, 0.1]]]
    return OpenSystem(h, g, leads, degeneracy=2)


def biased(warm: bool = True) -> OpenSystem:
    """Return two levels between two chains of different bands and a wide band, all different."""
    T = (0.05, 0.11, 0.02) if warm else (0.0, 0.0, 0.0)
    return complex_pair(
        [
            ChainLead(0, 0.7, 0.3, T[0], onsite=0.25, coupling=0.5),
            ChainLead(1, -0.9, -0.1, T[1], coupling=0.6),
            WideBandLead([[0.1, 0.05j], [-0.05j, 0.2]], 0.1, T[2]),
        ]
    )


# --------------------------------------------------------------------------- chains


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize("temperature", [0.0, 0.05])
@pytest.mark.parametrize("wide_band", [False, True])
def test_a_chain_may_be_cut_anywhere(name: str, temperature: float, wide_band: bool) -> None:
    """The first site of a chain may count as a level of the system instead, to all digits."""
    chain = ChainLead(0, 0.7, 0.3, temperature, onsite=0.25, coupling=0.5)
    other: Any = ChainLead(1, -0.9, -0.1, 0.02, coupling=0.6)
    longer: Any = other
    if wide_band:
        other = WideBandLead(np.diag([0.0, 0.2]), -0.1, 0.02)
        longer = WideBandLead(np.diag([0.0, 0.2, 0.0]), -0.1, 0.02)
    cut = complex_pair([ChainLead(2, 0.7, 0.3, temperature, onsite=0.25), longer], 3)
    h = cut.hamiltonian.copy()
    h[0, 2] = h[2, 0] = 0.5
    h[2, 2] = 0.25
    cut = OpenSystem(h, cut.gradient, cut.leads, degeneracy=2)

    assert_close(ask(name, complex_pair([chain, other]), digits=15), ask(name, cut, digits=15), 1e-13)


@pytest.mark.slow
def test_a_level_on_a_wide_band_is_a_lorentzian_lead() -> None:
    """The self-energy of a Lorentzian lead, put into the definitions for one level, to 18 digits."""
    g, e0, gamma, mu, T = 0.5, 0.25, 0.75, 0.125, 0.25
    h = [[-0.25, g], [g, e0]]
    system = OpenSystem(h, [[[1, 0], [0, 0]]], [WideBandLead(np.diag([0, gamma]), mu, T)])
    with mpmath.workdps(25):

        def G(E: Any) -> Any:
            return 1 / (E - h[0][0] - X(g) ** 2 / (E - e0 + gamma / 2 * 1j))

        def f(E: Any) -> Any:
            return 1 / (mpmath.exp((E - X(mu)) / T) + 1)

        def A(E: Any) -> Any:
            return -2 * G(E).imag

        def slope(E: Any) -> Any:
            self_energy_slope = -(X(g) ** 2) / (E - e0 + gamma / 2 * 1j) ** 2
            return -(G(E) ** 2) * (1 - self_energy_slope)

        W = X(0.3)
        cuts = [-mpmath.inf, *range(-24, 25, 2), mpmath.inf]

        def integral(f: Any) -> Any:
            return mpmath.quad(f, cuts)

        expected = {
            "friction": -2 * integral(lambda E: slope(E).imag * A(E) * f(E)),
            "white_noise": integral(lambda E: A(E) ** 2 * f(E) * (1 - f(E))),
            "force_noise": integral(lambda E: A(E + W) * (1 - f(E + W)) * A(E) * f(E)),
            "response": -integral(lambda E: (G(E + W) + mpmath.conj(G(E - W))) * A(E) * f(E)),
            "pair_density": integral(lambda E: A(E - W) * A(E) * f(E)) / (2 * mpmath.pi),
        }  # fmt: skip
        for name, value in expected.items():
            argument = W if name in OF_FREQUENCY else 0.0
            assert_close(ask(name, system, argument).ravel(), [value / (2 * mpmath.pi)], 1e-18)


# --------------------------------------------------------------------------- exact propagation


@pytest.fixture(scope="module")
def long_chain() -> tuple[OpenSystem, Any, Any, Any]:
    """Return two levels between two chains, and the same with 300 sites a side: energies, U, occupations."""
    mu, T, n = -0.3, 0.1, 300
    system = OpenSystem(
        [[0.2, -0.7 + 0.3j], [-0.7 - 0.3j, -0.1]],
        [[[0.5, 0.2j], [-0.2j, -0.3]], [[0.0, 0.6], [0.6, 0.2]]],
        [ChainLead(0, -1.0, mu, T, coupling=-0.8), ChainLead(1, -1.0, mu, T, coupling=-0.7)],
    )
    h = np.diag(np.full(2 * n + 1, -1.0 + 0j), 1)
    h = h + h.conj().T
    h[n : n + 2, n : n + 2] = system.hamiltonian
    h[n - 1, n] = h[n, n - 1] = -0.8
    h[n + 1, n + 2] = h[n + 2, n + 1] = -0.7
    e, U = np.linalg.eigh(h)
    return system, e, U[n : n + 2], 1 / (np.exp((e - mu) / T) + 1)


@pytest.mark.slow
def test_noise_of_a_long_finite_chain(long_chain: Any) -> None:
    """The noise at a frequency, as a Gaussian window in time sees it before the ends echo."""
    system, e, U, f = long_chain
    W, width = 0.35, 40.0
    L = np.einsum("ia,mij,jb->mab", U.conj(), system.gradient, U)
    window = np.exp(-(((e[None, :] - e[:, None] - W) * width) ** 2) / 2) * width * np.sqrt(2 * np.pi)
    lines = L * (f[:, None] * (1 - f) * window)
    seen = np.einsum("mab,nba->mn", lines, L)

    x, weights = np.polynomial.hermite_e.hermegauss(16)
    smooth = reference.force_noise(system, W + x / width, digits=15).astype(complex)
    expected = np.einsum("w,wmn->mn", weights / np.sqrt(2 * np.pi), smooth)
    assert np.max(np.abs(seen - expected)) < 1e-11


def test_friction_of_a_long_finite_chain(long_chain: Any) -> None:
    """The first moment of the response in time, cut smoothly before the ends echo, is the friction."""
    system, e, U, f = long_chain
    x, w = np.polynomial.legendre.leggauss(20)
    edges = np.arange(0.0, 241.0, 4.0)
    s, w = (edges[:-1, None] + 2 * (1 + x)).ravel(), np.tile(2 * w, len(edges) - 1)
    turning = np.exp(-1j * s[:, None] * e)
    N, P = (np.einsum("ia,sa,ja->sij", U, turning * part, U.conj()) for part in (f, 1 - f))
    L = system.gradient
    c = np.einsum("mij,sjk,nkl,sil->smn", L, P, L, N.conj())
    cut = np.array([math.erfc((t - 120) / 18) / 2 for t in s])
    seen = -2 * np.einsum("s,smn->mn", w * s * cut, c.imag)

    assert np.max(np.abs(seen - reference.friction(system, digits=15).astype(float))) < 1e-9


def test_correlation_of_a_long_finite_chain(long_chain: Any) -> None:
    """The correlation in time, before the ends echo."""
    system, e, U, f = long_chain
    delays = np.array([0.0, 0.5, 4.0, 40.0])
    turning = np.exp(-1j * delays[:, None] * e)
    N, P = (np.einsum("ia,sa,ja->sij", U, turning * part, U.conj()) for part in (f, 1 - f))
    L = system.gradient
    seen = np.einsum("mij,sjk,nkl,sil->smn", L, P, L, N.conj())
    expected = reference.force_correlation(system, delays, digits=15).astype(complex)
    assert np.max(np.abs(seen - expected)) < 1e-12


# --------------------------------------------------------------------------- relations


@pytest.mark.slow
@pytest.mark.parametrize("W", [0.35, pytest.param(-1.25, marks=pytest.mark.slow)])
def test_fluctuation_and_dissipation(W: float) -> None:
    """In equilibrium, for complex h: the theorem as matrices, and the detailed balance of the noise."""
    T = 0.125
    leads = [
        ChainLead(0, 0.75, 0.25, T, onsite=0.25, coupling=0.5),
        ChainLead(1, -1.0, 0.25, T, coupling=0.6),
    ]
    system = complex_pair(leads)
    S, back, chi = (
        ask(*call, digits=25)
        for call in (("force_noise", system, W), ("force_noise", system, -W), ("response", system, W))
    )
    with mpmath.workdps(30):
        assert_close(back, S.T * mpmath.exp(-X(W) / T), 1e-23)
        absorbed = (chi - np.conjugate(chi.T)) / 2j
        assert_close((S + back.T) / 2, absorbed * mpmath.coth(X(W) / (2 * T)), 1e-23)
        D, xi = (ask(name, system, digits=25) for name in ("white_noise", "friction"))
        assert_close(D, (xi + xi.T) * T, 1e-23)


@pytest.mark.slow
@pytest.mark.parametrize("W", [0.0, pytest.param(0.35, marks=pytest.mark.slow)])
def test_pairs_carry_the_forces_of_first_order(W: float) -> None:
    """Antisymmetric stiffness and symmetric friction are parts of the density of pairs, at any bias."""
    system = biased()
    chi = ask("response", system, W)
    up, down = ask("pair_density", system, W), ask("pair_density", system, -W)
    imaginary = np.frompyfunc(lambda z: z.imag, 1, 1)
    realist = np.frompyfunc(lambda z: z.real, 1, 1)
    with mpmath.workdps(30):
        # todorov2014 Eq. 34, 35; response = -(K + iWL).
        K, WL = -realist(chi), -imaginary(chi)
        assert_close(K - K.T, 2 * mpmath.pi * imaginary(up + down), 1e-18)
        assert_close((WL + WL.T) / 2, mpmath.pi * realist(up - down), 1e-18)
        assert_close(up, np.conjugate(up.T), 1e-18)
    if W == 0:
        assert_close(imaginary(up) * (4 * mpmath.pi), reference.curl(system, digits=20), 1e-17)


@pytest.mark.slow
def test_friction_is_the_slope_of_the_response() -> None:
    """Where the frequency vanishes the response is static, and its slope is the friction."""
    system, W = biased(), 2.0**-40
    slope = ask("response", system, W, digits=27)
    imaginary = np.frompyfunc(lambda z: z.imag, 1, 1)
    assert_close(imaginary(slope) / W, ask("friction", system), 1e-14)


@pytest.mark.night("True")
@pytest.mark.parametrize("warm", [False, True])
def test_the_correlation_begins_with_the_fluctuation(warm: bool) -> None:
    """At the delay 0 it is Tr[L (1 - sigma) L sigma]; before it, the conjugate transpose of what is after."""
    system = biased(warm)
    sigma = reference.density_matrix(system, digits=25)
    c = reference.force_correlation(system, [0.0, 1.5, -1.5], digits=25)
    with mpmath.workdps(30):
        L = np.array([[[mpmath.mpmathify(z) for z in row] for row in g] for g in system.gradient.tolist()])
        LP, LN = L @ (np.eye(2, dtype=int) - sigma), L @ sigma
        expected = 2 * np.array([[np.trace(a @ b) for b in LN] for a in LP])
        assert_close(c[0], expected, 1e-23)
        assert_close(c[2], np.conjugate(c[1].T), 1e-23)


@pytest.mark.slow
def test_the_correlation_is_that_of_a_junction_at_rest() -> None:
    """Carried along a path that stands still, a junction has the correlation of its steady state."""
    model = models.single_level(broadening=(2.5, 1.5), mu=(0.25, -0.25), temperature=(2.0, 1.0))
    delays = [0.0, 0.25]
    along = reference.two_time_noise(model, Straight([0.25], [0.0]), 0.0, delays, digits=15)
    assert_close(reference.force_correlation(model.at([0.25]), delays, digits=15), along.exact, 1e-14)


@pytest.mark.slow
def test_the_curl_is_that_of_the_static_response() -> None:
    """The antisymmetric part of the static response, and of finite differences of the force."""
    system = biased()
    chi, curl = ask("response", system, 0.0), reference.curl(system, digits=20)
    realist = np.frompyfunc(lambda z: z.real, 1, 1)
    assert_close(realist(chi.T - chi), curl, 1e-17)
    step = 2.0**-10
    forces = {}
    for k, sign in ((0, 1), (0, -1), (1, 1), (1, -1)):
        h = system.hamiltonian + sign * step * system.gradient[k]
        moved = OpenSystem(h, system.gradient, system.leads, degeneracy=2)
        forces[k, sign] = reference.force(moved, digits=20)
    slopes = [(forces[k, 1] - forces[k, -1]) / (2 * step) for k in (0, 1)]
    assert abs(slopes[0][1] - slopes[1][0] - curl[0, 1]) < 1e-5 * abs(curl[0, 1])
    assert abs(slopes[1][0] - chi[0, 1]) < 1e-5 * abs(chi[0, 1])
