"""The reference solver: published values, its own definitions by brute force, and its refusals."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy import integrate

from electronwind import (
    OBSERVABLES,
    ChainLead,
    OpenSystem,
    UnbroadenedLevelError,
    UnsupportedError,
    WideBandLead,
    models,
    reference,
)
from electronwind.reference import arithmetic

X = mpmath.mpf
WIDE_BAND_ONLY = ("friction", "white_noise", "force_noise", "response")


def compute(name: str, system: OpenSystem, argument: Any = 0.07, digits: int = 15) -> NDArray[Any]:
    """Return an observable by name, with its second argument where it takes one."""
    arguments = (argument,) if OBSERVABLES[name].argument else ()
    value: NDArray[Any] = getattr(reference, name)(system, *arguments, digits=digits)
    return value


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


def assert_close(value: Any, expected: Any, tolerance: float) -> None:
    """Compare in the precision of the numbers, relative to the largest entry expected."""
    value, expected = np.asarray(value), np.asarray(expected)
    assert value.shape == expected.shape
    with mpmath.workdps(60):
        size = max(abs(mpmath.mpmathify(entry)) for entry in expected.ravel())
        for index in np.ndindex(value.shape):
            error = abs(mpmath.mpmathify(value[index]) - mpmath.mpmathify(expected[index]))
            assert error <= tolerance * max(size, X(tolerance)), (index, value, expected)


# --------------------------------------------------------------------------- published values


@pytest.mark.parametrize(
    ("x", "expected"),
    [(-0.2, -0.11418978953), (0.0, 0.07942539), (-0.193891685, -0.11445500440)],
)
def test_friction_of_two_levels(x: float, expected: float) -> None:
    """The friction of preston2022 Fig. 1 has its values, its negative minimum among them."""
    value = float(reference.friction(models.two_level().at(x)).item())
    digits = 8 if x == 0 else 11
    assert round(value, digits) == expected


@pytest.mark.parametrize("x", [-0.3108521226258, -0.0511545883664])
def test_zeros_of_the_friction(x: float) -> None:
    """The friction of two levels changes sign where preston2022 Fig. 1 has it."""
    assert abs(float(reference.friction(models.two_level().at(x)).item())) < 1e-11


def test_stretch_and_turn() -> None:
    """The junction of preston2022 Fig. 7 has the known force, friction, curl and current."""
    system = models.stretch_and_turn().at([2.0, 1.0])
    assert_close(reference.force(system).astype(float), [0.0056041, 0.0078912], 1e-5)
    xi = [[0.164289, 0.179187], [0.555989, 0.491627]]
    assert_close(reference.friction(system).astype(float), xi, 2e-6)
    assert float(reference.curl(system)[0, 1]) == pytest.approx(0.02066452765, rel=1e-9)
    assert float(reference.current(system)[0]) == pytest.approx(0.0104022, rel=1e-5)


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


@pytest.mark.parametrize("name", OBSERVABLES)
def test_definition(name: str) -> None:
    """Each observable of a system without symmetries is the integral that defines it."""
    system = complex_system()
    kind = complex if OBSERVABLES[name].complex else float
    value = compute(name, system).astype(kind)
    assert_close(value, brute_force(name, system, 0.07), 1e-9)


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
    assert float(reference.curl(model.at(x))[0, 1]) == pytest.approx(expected, rel=1e-6)


def test_static_response_is_the_slope_of_the_force() -> None:
    """At zero frequency the response is dF/dx, where dh/dx is constant."""
    model, h = models.two_level(temperature=(0.05, 0.03)), 2.0**-10
    x = 0.3 + h * np.array([1, -1, 2, -2])[:, None]
    F = reference.force(model.at(x))[:, 0]
    slope = (8 * (F[0] - F[1]) - (F[2] - F[3])) / (12 * h)
    value = reference.response(model.at(0.3), 0.0).item()
    assert complex(value) == pytest.approx(float(slope), rel=1e-8)


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


# --------------------------------------------------------------------------- precision


@pytest.mark.parametrize("name", OBSERVABLES)
def test_digits_agree(name: str) -> None:
    """15, 30 and 45 digits agree to the lower precision, on a cold and a hot lead."""
    system = models.two_level(temperature=(1e-4, 0.2)).at(-0.2)
    few, more, most = (compute(name, system, digits=digits) for digits in (15, 30, 45))
    assert_close(few, most, 1e-14)
    assert_close(more, most, 1e-29)


@pytest.mark.parametrize("temperature", [1e-8, 1e-30])
def test_cold_limit(temperature: float) -> None:
    """The friction approaches its value at T = 0 as T^2."""
    cold = reference.friction(models.two_level(temperature=(0.0, 0.0)).at(-0.2)).item()
    value = reference.friction(models.two_level(temperature=(temperature,) * 2).at(-0.2)).item()
    assert abs(float(value - cold)) <= 1e5 * temperature**2 + 1e-29


def test_narrow_level() -> None:
    """A level a billion times narrower than the others is integrated to all digits."""
    gamma = 1e-9
    lead = WideBandLead([[gamma]], 0.0, 0.0)
    system = OpenSystem([[gamma]], [[[1.0]]], [lead])
    with mpmath.workdps(40):
        expected = X(1) / 2 - mpmath.atan(2) / mpmath.pi
    assert_close(reference.density_matrix(system), [[expected]], 1e-29)


def test_without_gmpy2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers of mpmath alone give the same digits."""
    system = models.single_level().at(0.5)
    with_gmpy2 = reference.friction(system)
    monkeypatch.setattr(arithmetic, "gmpy2", None)
    assert_close(reference.friction(system), with_gmpy2, 1e-29)


def test_precision_is_left_alone() -> None:
    """The caller's mpmath precision is the same after a call, and after one that fails."""
    before = mpmath.mp.prec
    reference.force(models.two_level().at(0.1), digits=40)
    with pytest.raises(UnbroadenedLevelError):
        reference.force(OpenSystem(np.eye(2), [np.eye(2)], [ChainLead(0, 1.0, 0.0, 0.0)]))
    assert mpmath.mp.prec == before


# --------------------------------------------------------------------------- shapes and arguments


@pytest.mark.parametrize("name", OBSERVABLES)
def test_shapes_and_kinds(name: str) -> None:
    """Batch axes come first, an array argument adds its axes, and entries are mpmath numbers."""
    row = OBSERVABLES[name]
    system = models.two_level(temperature=(0.2, 0.2)).at([[[0.1], [0.2]]])
    argument = np.array([0.1, 0.3]) if row.argument else np.float64(0)
    value = compute(name, system, argument)
    assert value.dtype == object
    assert value.shape == row.shape(system, argument.shape)
    kind = mpmath.mpc if row.complex else mpmath.mpf
    assert {type(entry) for entry in value.ravel()} == {kind}
    single = compute(name, system[0, 1], 0.3)
    assert_close(value[(0, 1, 1) if row.argument else (0, 1)], single, 1e-15)


@pytest.mark.parametrize("digits", [14, 51, 30.0, True, "30"])
def test_digits_are_checked(digits: Any) -> None:
    """Digits outside 15 to 50 are refused in words that name the argument and the value."""
    with pytest.raises(ValueError, match=f"digits: expected .* 15 to 50, got {digits!r}"):
        reference.force(models.two_level().at(0.0), digits=digits)


@pytest.mark.parametrize("value", [1j, float("nan"), float("inf"), [0.1, float("nan")], "a"])
def test_arguments_are_checked(value: Any) -> None:
    """Complex numbers, NaN and infinity are no frequency and no energy."""
    system = models.two_level().at(0.0)
    with pytest.raises(ValueError, match="frequency: expected finite real numbers, got"):
        reference.response(system, value)
    with pytest.raises(ValueError, match="energy: expected finite real numbers, got"):
        reference.transmission(system, value)


def test_frequency_of_any_precision() -> None:
    """A frequency may be an mpmath number, and is taken as it is."""
    system = models.single_level(temperature=(0.1, 0.1)).at(0.0)
    with mpmath.workdps(40):
        tiny = X(1) / 3 * X(10) ** -12
    noise = reference.force_noise(system, [tiny, 0.0])
    assert 0 < abs(noise[0] - noise[1]).item() < 1e-12


# --------------------------------------------------------------------------- chain leads


def test_perfect_chain_transmits() -> None:
    """A chain without defect transmits all of its band and nothing outside."""
    leads = [ChainLead(0, -1.0, 0.5, 0.0), ChainLead(1, -1.0, -0.5, 0.0)]
    system = OpenSystem([[0, -1], [-1, 0]], [np.eye(2)], leads)
    energies = np.array([-2.5, -1.99, -0.3, 0.0, 1.7, 2.01])
    T = reference.transmission(system, energies)[:, 0, 1]
    assert_close(T, [0, 1, 1, 1, 1, 0], 1e-29)


@pytest.mark.parametrize("temperature", [0.0, 0.05])
@pytest.mark.parametrize("wide_band", [False, True])
def test_chain_may_be_cut_anywhere(temperature: float, wide_band: bool) -> None:
    """The first site of a chain may count as a level of the system instead."""
    t = 0.7
    h = np.array([[0.1, 0.3 + 0.2j], [0.3 - 0.2j, -0.2]])
    gradient = np.array([[[0.3, 0.1j], [-0.1j, 0.2]], [[0.0, 0.4], [0.4, 0.1]]])
    chain = ChainLead(0, t, 0.3, temperature, onsite=0.25, coupling=0.5)
    if wide_band:
        other = WideBandLead(np.diag([0.0, 0.2]), -0.1, 0.02)
        longer: Any = WideBandLead(np.diag([0.0, 0.2, 0.0]), -0.1, 0.02)
    else:
        other = longer = ChainLead(1, -0.9, -0.1, 0.02, coupling=0.6)
    system = OpenSystem(h, gradient, [chain, other])
    inner = np.zeros((3, 3), complex)
    inner[:2, :2] = h
    inner[0, 2] = inner[2, 0] = 0.5
    inner[2, 2] = 0.25
    padded = np.zeros((2, 3, 3), complex)
    padded[:, :2, :2] = gradient
    cut = OpenSystem(inner, padded, [ChainLead(2, t, 0.3, temperature, onsite=0.25), longer])
    value = reference.density_matrix(cut, digits=20)[:2, :2]
    assert_close(reference.density_matrix(system, digits=20), value, 1e-19)
    for name in ("force", "curl", "current"):
        assert_close(compute(name, system, digits=20), compute(name, cut, digits=20), 1e-18)


def test_chain_curl_is_that_of_the_force() -> None:
    """The curl of the bent chain equals finite differences of its force."""
    model, h = models.bent_chain(temperature=(0.08, 0.15), mu=(-0.5, -1.2)), 2.0**-6
    # Longer bonds on both sides bind no level.
    x = np.array([-0.125, 0.125])
    steps = h * np.array([[1, 0], [-1, 0], [2, 0], [-2, 0], [0, 1], [0, -1], [0, 2], [0, -2]])
    F = reference.force(model.at(x + steps), digits=15).astype(float)
    slopes = (8 * (F[0::4] - F[1::4]) - (F[2::4] - F[3::4])) / (12 * h)
    expected = slopes[0, 1] - slopes[1, 0]
    assert float(reference.curl(model.at(x))[0, 1]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", WIDE_BAND_ONLY)
def test_chains_are_not_offered_for(name: str) -> None:
    """Observables with integrals over unbounded products refuse chains in a sentence."""
    with pytest.raises(UnsupportedError, match=f"{name} of systems with a ChainLead is not offered"):
        compute(name, models.bent_chain().at([0.0, 0.0]))


# --------------------------------------------------------------------------- unbroadened levels


@pytest.mark.parametrize("name", OBSERVABLES)
def test_dark_level(name: str) -> None:
    """A combination of levels that no wide-band lead touches is refused, with its energy."""
    lead = WideBandLead([[0.1, 0.1], [0.1, 0.1]], 0.0, 0.01)
    system = OpenSystem([[0.5, 0.25], [0.25, 0.5]], [np.eye(2)], [lead])
    with pytest.raises(UnbroadenedLevelError, match=r"no lead broadens the level at energy 0\.25"):
        compute(name, system)


CHAIN = ChainLead(0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("hamiltonian", "leads", "energy"),
    [
        # One defect eps on a chain binds at sqrt(eps^2 + 4 t^2) above and below the band.
        ([[1.5]], [CHAIN, CHAIN], "2.5"),
        ([[-1.5]], [CHAIN, CHAIN], "-2.5"),
        # Levels that touch no lead, inside and outside the band, and at its very edge.
        ([[0, 0], [0, 0.5]], [CHAIN], "0.5"),
        ([[0, 0], [0, 3]], [CHAIN], "3"),
        ([[0, 0], [0, 2]], [CHAIN], "2"),
        ([[0.5]], [ChainLead(0, 1.0, 0.0, 0.0, coupling=0.0)], "0.5"),
        # A level bound below one narrow chain while another level is broadened at its energy.
        (np.diag([1.5, 2.5]), [CHAIN, CHAIN, WideBandLead(np.diag([0, 1]), 0.0, 0.1)], "2.5"),
    ],
)
def test_bound_level(hamiltonian: ArrayLike, leads: list[Any], energy: str) -> None:
    """A level outside the bands of all leads that it couples to is refused, with its energy."""
    n = len(np.asarray(hamiltonian))
    system = OpenSystem(hamiltonian, [np.eye(n)], leads)
    with pytest.raises(UnbroadenedLevelError, match=f"level at energy {energy}(0000|,|$)"):
        reference.density_matrix(system)
