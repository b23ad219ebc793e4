"""The reference solver: published values, and its own definitions by brute force."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from reference_values import X, assert_close, compute
from scipy import integrate
from thinning import few

from electronwind import OBSERVABLES, OpenSystem, WideBandLead, models, reference


def complex_system(levels: int = 2, temperatures: ArrayLike = (0.02, 0.3, 0.0)) -> OpenSystem:
    """Return a system without symmetries: complex matrices, three leads, unequal temperatures."""
    rng = np.random.default_rng(7)
    shape = (6, levels, levels)
    matrices = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    hermitian = (matrices + matrices.conj().swapaxes(-1, -2)) / 4
    broadenings = matrices[:3] @ matrices[:3].conj().swapaxes(-1, -2) / 8 + 0.1 * np.eye(levels)
    leads = [
        WideBandLead(gamma, mu, t)
        for gamma, mu, t in zip(broadenings, (0.3, -0.2, 0.1), np.asarray(temperatures), strict=True)
    ]
    return OpenSystem(hermitian[3], hermitian[4:], leads, degeneracy=2)


# --------------------------------------------------------------------------- published values


@pytest.mark.parametrize(
    ("x", "expected"),
    few([(-0.193891685, -0.11445500440), (-0.2, -0.11418978953), (0.0, 0.07942539)], 3),
)
def test_friction_of_two_levels(x: float, expected: float) -> None:
    """The friction of preston2022 Fig. 1 has its values, its negative minimum among them."""
    value = float(reference.friction(models.two_level().at(x), digits=15).item())
    digits = 8 if x == 0 else 11
    assert round(value, digits) == expected


@pytest.mark.parametrize("x", few([-0.3108521226258, -0.0511545883664], 2))
def test_zeros_of_the_friction(x: float) -> None:
    """The friction of two levels changes sign where preston2022 Fig. 1 has it."""
    assert abs(float(reference.friction(models.two_level().at(x), digits=15).item())) < 1e-11


def test_stretch_and_turn() -> None:
    """The junction of preston2022 Fig. 7 has the known force, friction, curl and current."""
    system = models.stretch_and_turn().at([2.0, 1.0])
    assert_close(compute("force", system).astype(float), [0.0056041, 0.0078912], 1e-5)
    xi = [[0.164289, 0.179187], [0.555989, 0.491627]]
    assert_close(compute("friction", system).astype(float), xi, 2e-6)
    assert float(compute("curl", system)[0, 1]) == pytest.approx(0.02066452765, rel=1e-9)
    assert float(compute("current", system)[0]) == pytest.approx(0.0104022, rel=1e-5)


def test_bent_chain() -> None:
    """The bent chain of todorov2010 has its curl at finite bias, its filling and a perfect current."""
    model = models.bent_chain()
    system = model.at([0.0, 0.0])
    with mpmath.workdps(40):
        left, right = (X(mu) for mu in model.mu)
        window = mpmath.sqrt(1 - left**2 / 4) - mpmath.sqrt(1 - right**2 / 4)
        filling = (mpmath.acos(-left / 2) + mpmath.acos(-right / 2)) / (2 * mpmath.pi)
        curl, current = 8 / mpmath.pi * window, (left - right) / mpmath.pi
        curls, currents = [[0, curl], [-curl, 0]], [current, -current]
    assert_close(reference.curl(system), curls, 1e-29)
    assert_close(np.diag(reference.density_matrix(system)), [filling] * 3, 1e-29)
    assert_close(reference.current(system), currents, 1e-29)


# --------------------------------------------------------------------------- definitions


def brute_force(name: str, system: OpenSystem, argument: float) -> NDArray[Any]:
    """Return an observable of a wide-band system from its definition, by adaptive float64."""
    h, L = system.hamiltonian, system.gradient
    leads = [lead for lead in system.leads if isinstance(lead, WideBandLead)]
    gammas = [lead.broadening for lead in leads]

    def G(E: float) -> NDArray[Any]:
        return np.asarray(np.linalg.inv(E * np.eye(len(h)) - h + 0.5j * sum(gammas)))

    def f(E: float, lead: WideBandLead) -> float:
        if lead.temperature == 0:
            return float(lead.mu > E)
        return float(0.5 - 0.5 * np.tanh((E - lead.mu) / lead.temperature / 2))

    def N(E: float, hole: bool = False) -> NDArray[Any]:
        weights = [1 - f(E, lead) if hole else f(E, lead) for lead in leads]
        inner = sum(w * gamma for w, gamma in zip(weights, gammas, strict=True))
        return np.asarray(G(E) @ inner @ G(E).conj().T)

    def T(E: float) -> NDArray[Any]:
        g = G(E)
        rows = [[np.trace(a @ g @ b @ g.conj().T).real for b in gammas] for a in gammas]
        return np.array(rows)

    def pairs(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
        return np.array([[np.trace(a @ left @ b @ right) for b in L] for a in L])

    def density(E: float) -> NDArray[Any]:
        return N(E)

    def currents(E: float) -> NDArray[Any]:
        fs = np.array([f(E, lead) for lead in leads])
        return np.asarray((T(E) * (fs[:, None] - fs[None, :])).sum(axis=1))

    def response(E: float) -> NDArray[Any]:
        early = G(E - argument).conj().T
        return -pairs(G(E + argument), N(E)) - pairs(N(E), early)

    integrands = {
        "density_matrix": density,
        "force": density,
        "bond_current": density,
        "current": currents,
        "friction": lambda e: pairs(G(e) @ G(e), N(e)),
        "curl": lambda e: pairs(1j * (G(e) - G(e).conj().T), N(e)),
        "white_noise": lambda e: pairs(N(e, hole=True), N(e)),
        "force_noise": lambda e: pairs(N(e + argument, hole=True), N(e)),
        "response": response,
    }
    if name == "transmission":
        return T(argument)
    # tan() maps the line to an interval; the steps and the resonances become break points.
    points = [np.arctan(lead.mu - s) for lead in leads for s in (0, argument)]
    value, _ = integrate.quad_vec(
        lambda u: integrands[name](np.tan(u)) / np.cos(u) ** 2 / (2 * np.pi),
        -np.pi / 2,
        np.pi / 2,
        epsabs=1e-12,
        epsrel=1e-12,
        points=points,
        limit=4000,
    )
    spin = system.degeneracy if OBSERVABLES[name].spin else 1
    if name == "force":
        return np.asarray(-spin * np.einsum("kij,ji->k", L, value).real)
    if name == "bond_current":
        return np.asarray(2 * spin * (h.T * value).imag)
    if name in ("friction", "curl"):
        return np.asarray(2 * spin * value.imag)
    return np.asarray(spin * value if OBSERVABLES[name].complex else spin * value.real)


# Pairs and correlation are held against their own definitions in test_reference_responses.py.
@pytest.mark.night("noise", "bond", "friction", "response", "curl", "force")
@pytest.mark.parametrize("name", [n for n in OBSERVABLES if n not in ("pair_density", "force_correlation")])
def test_definition(name: str) -> None:
    """Each observable of a system without symmetries is the integral that defines it."""
    system = complex_system()
    kind = complex if OBSERVABLES[name].complex else float
    value = compute(name, system).astype(kind)
    assert_close(value, brute_force(name, system, 0.07), 1e-9)


@pytest.mark.night("temperatures1-friction", "temperatures1-curl")
@pytest.mark.thin(most=2)
@pytest.mark.parametrize("name", ["density_matrix", "friction", "curl", "current"])
@pytest.mark.parametrize("temperatures", [(0.0, 0.0, 0.0), (0.1, 0.01, 0.05)])
def test_definition_cold_and_warm(name: str, temperatures: tuple[float, ...]) -> None:
    """Sharp Fermi steps and three warm leads are integrated alike."""
    system = complex_system(3, temperatures)
    kind = complex if OBSERVABLES[name].complex else float
    assert_close(compute(name, system).astype(kind), brute_force(name, system, 0.0), 1e-9)


def test_curl_is_that_of_the_force() -> None:
    """The curl equals finite differences of the force, sign and order of indices included."""
    model, x, h = models.stretch_and_turn(temperature=(0.03, 0.01)), np.array([2.0, 1.0]), 2.0**-7
    steps = h * np.array([[1, 0], [-1, 0], [2, 0], [-2, 0], [0, 1], [0, -1], [0, 2], [0, -2]])
    F = reference.force(model.at(x + steps), digits=15).astype(float)
    slopes = (8 * (F[0::4] - F[1::4]) - (F[2::4] - F[3::4])) / (12 * h)
    expected = slopes[0, 1] - slopes[1, 0]
    assert float(reference.curl(model.at(x), digits=15)[0, 1]) == pytest.approx(expected, rel=1e-6)


def test_static_response_is_the_slope_of_the_force() -> None:
    """At zero frequency the response is dF/dx, where dh/dx is constant."""
    model, h = models.two_level(temperature=(0.05, 0.03)), 2.0**-10
    x = 0.3 + h * np.array([1, -1, 2, -2])[:, None]
    F = reference.force(model.at(x), digits=15)[:, 0]
    slope = (8 * (F[0] - F[1]) - (F[2] - F[3])) / (12 * h)
    value = reference.response(model.at(0.3), 0.0, digits=15).item()
    assert complex(value) == pytest.approx(float(slope), rel=1e-8)


@pytest.mark.slow
def test_friction_is_the_slope_of_the_response() -> None:
    """Friction is (chi(W) - chi(-W)) / 2iW for slow motion, transposition included."""
    system, W = complex_system(), 1e-8
    chi = reference.response(system, [W, -W], digits=30)
    slope = (chi[0] - chi[1]) / mpmath.mpc(0, 2 * W)
    real = np.vectorize(lambda z: float(z.real))(slope)
    assert_close(real, reference.friction(system).astype(float), 1e-13)


def test_fluctuation_and_dissipation() -> None:
    """At equilibrium D = 2 T times the symmetric friction, to all digits, and nothing flows."""
    temperature = 0.0625
    leads = [WideBandLead(np.diag(g), 0.1, temperature) for g in ([0.1, 0.2], [0.05, 0.0])]
    hamiltonian = [[0.2, 0.1 + 0.3j], [0.1 - 0.3j, -0.1]]
    gradient = [[[1.0, 0.5j], [-0.5j, 0.2]], [[0.0, 1.0], [1.0, 0.3]]]
    system = OpenSystem(hamiltonian, gradient, leads)
    xi = reference.friction(system)
    with mpmath.workdps(40):
        expected = (xi + xi.T) * temperature
    assert_close(reference.white_noise(system), expected, 1e-29)
    for name in ("curl", "current"):
        assert all(entry == 0 for entry in compute(name, system, digits=30).ravel())
