"""The pen-and-paper model of long wires: its own relations, its limits, its fits, and the paper's numbers."""

import numpy as np
import pytest
from scipy.integrate import quad

from electronwind import InvalidSystemError, Units, fast, models
from electronwind import pen_and_paper as paper
from electronwind.fast.stiffness import stiffness

UNITS = Units()
MASS = UNITS.from_amu(10.0)
GOLD = models.wire(1, ends="chain", temperature=0.0)
H, SLOPE, _ = (float(part[0]) for part in GOLD.hopping(np.array([GOLD.spacing])))
EINSTEIN = float(stiffness(GOLD, GOLD.body(10.0), GOLD.rest)[0, 0])
OMEGA = np.sqrt(EINSTEIN / MASS)
DENSITY = paper.density_of_states(H, GOLD.filling, GOLD.spacing)
MICRO = 1e6


def microampere(current):
    return UNITS.ampere(current) * MICRO


# What cunningham2014 prints, what the formulas give, and how far the printed digits allow the two to differ.
PRINTED = {
    "hopping": (lambda: H, -4.78, 0.005),
    "Einstein frequency": (lambda: OMEGA / UNITS.femtosecond(1.0), 0.265, 0.0005),
    "bandwidth": (lambda: 4 * abs(H), 19.0, 0.5),
    "current at 0.5 V": (lambda: microampere(paper.saturation_current(OMEGA, 0.94)), 14.3, 0.1),
    "current at 1 V": (lambda: microampere(paper.saturation_current(OMEGA, 0.79)), 17.2, 0.1),
    "transmission at 0.5 V": (lambda: paper.transmission(0.5, OMEGA, 0.94), 0.37, 0.005),
    "energy of 200 atoms at 0.5 V": (
        lambda: paper.energy(200, 0.5, OMEGA, 0.94, 16.9, 23.2), 17.5, 1.5),
    "bond stiffness from 12.9 eV": (
        lambda: 12.9 / paper.energy_scale(1.0, H, SLOPE, GOLD.filling), 88.4, 1.3),
    "phonon bandwidth of springs": (
        lambda: np.sqrt(4 * 88.4 / MASS) / UNITS.femtosecond(1.0), 0.58, 0.005),
    "spread of E0": (lambda: np.std([12.9, 15.5, 9.3]) / np.mean([12.9, 15.5, 9.3]), 0.20, 0.005),
    "spread of beta": (lambda: np.std([18.7, 20.8, 12.1]) / np.mean([18.7, 20.8, 12.1]), 0.20, 0.02),
    "spread of the current": (
        lambda: microampere(paper.current_spread(17.5, MASS, GOLD.spacing, SLOPE, DENSITY)), 11.1, 0.05),
}  # fmt: skip


@pytest.mark.parametrize("number", PRINTED)
def test_the_numbers_of_the_paper(number):
    """Each follows from the formulas with gold's own parameters, within the digits that are printed."""
    compute, printed, digits = PRINTED[number]

    assert compute() == pytest.approx(printed, abs=digits)


def test_the_spread_is_the_variance_where_scattering_is_strong():
    """Eq. 10 is an integral over modes, and Eq. 11 what is left of it where D k >> c throughout."""
    args = {"kinetic": 17.5, "mass": MASS, "atoms": 200, "spacing": 2.373, "slope": SLOPE, "density": DENSITY}
    for diffusion, sound in ((40.0, 0.05), (2.0, 1.0)):

        def mode(k, diffusion=diffusion, sound=sound):
            strength = (SLOPE * diffusion * DENSITY) ** 2 / (1 + (diffusion * k / sound) ** 2)
            return strength * 8 * 17.5 * 2.373 / (MASS * sound**2 * 200) / np.pi

        want = quad(mode, np.pi / (200 * 2.373), np.pi / 2.373, epsrel=1e-12)[0]
        got = paper.current_variance(**args, diffusion=diffusion, sound=sound)
        assert got == pytest.approx(want, rel=1e-9)
    strong = paper.current_variance(**args, diffusion=1e6, sound=1e-3)
    spread = paper.current_spread(17.5, MASS, 2.373, SLOPE, DENSITY)
    assert np.sqrt(strong) == pytest.approx(spread, rel=5e-3)


def test_the_density_solves_the_driven_diffusion_equation():
    """Eq. 9 with one phonon: the amplitude is that of the particular solution, found by its phases."""
    k, a, w, d = 0.7, 0.02, 0.15, 0.3
    # drho/dt = -D k^2 rho + 2 sigma H' k^2 A sin(w t) along sin kx: complex amplitudes.
    want = abs(2 * d * DENSITY * SLOPE * k**2 * a / (1j * w + d * k**2))

    assert paper.density_amplitude(k, a, w, SLOPE, d, DENSITY) == pytest.approx(want, rel=1e-13)


def test_the_relations_hold_together():
    """Eq. 12-18 are one self-consistent condition."""
    bias, alpha, scale, beta = 0.8, 0.9, 13.0, 19.0
    n = np.array([20.0, 60.0, 200.0])
    e = paper.energy(n, bias, OMEGA, alpha, scale, beta)

    # Eq. 16.
    assert np.allclose(alpha * bias / (1 + e / scale * (1 + beta / (n * OMEGA))), OMEGA, rtol=1e-13)
    # Eq. 12, 14 with L/l = E/E0 (1 + beta/(N w)), 17 and 18 give one transmission.
    t = paper.transmission_of_length(n, e / scale, OMEGA, beta)
    assert np.allclose(t, paper.transmission(bias, OMEGA, alpha), rtol=1e-13)
    current = paper.ohmic_current(bias, e / scale * (1 + beta / (n * OMEGA)), 1.0)
    assert np.allclose(current, paper.saturation_current(OMEGA, alpha), rtol=1e-13)
    # The line of Fig. 7, and its end.
    limit, slope = (
        paper.limit_energy(bias, OMEGA, alpha, scale), paper.limit_slope(bias, OMEGA, alpha, scale, beta),
    )  # fmt: skip
    assert np.allclose(1 / e, 1 / limit + slope / n, rtol=1e-13)
    assert paper.limit_energy(paper.critical_bias(OMEGA, alpha), OMEGA, alpha, scale) == pytest.approx(0.0)
    # At the critical mass the critical bias is the bias.
    mass = paper.critical_mass(EINSTEIN, bias, alpha)
    assert paper.critical_bias(np.sqrt(EINSTEIN / mass), alpha) == pytest.approx(bias, rel=1e-13)
    # Eq. 19 and 20: N bonds of stiffness K with the kinetic energy N K <X^2>/2 make L/l = E/E0.
    spread, spring = 0.01, 80.0
    ratio = 200 * paper.inverse_mean_free_path(spread, H, SLOPE, GOLD.filling)
    kinetic = 200 * spring * spread / 2
    assert ratio == pytest.approx(kinetic / paper.energy_scale(spring, H, SLOPE, GOLD.filling), rel=1e-13)


def test_the_quantum_is_the_current_of_the_perfect_wire():
    """A transmission of one carries what the solver finds at small bias."""
    wire = models.wire(2, bias=0.05, ends="chain", temperature=0.0)
    current = paper.ohmic_current(0.05, 0.0, 1.0)

    assert fast.current(wire.at(wire.rest))[0] == pytest.approx(current, rel=1e-9)
    assert UNITS.ampere(paper.QUANTUM) * MICRO == pytest.approx(77.48091729863648, rel=1e-12)


def test_fits_find_what_made_the_data():
    """Exact data give exact constants; noisy ones give them within a few of the errors that are told."""
    masses = UNITS.from_amu(np.array([1.0, 2.5, 5.0, 10.0, 20.0, 40.0]))
    currents = paper.saturation_current(np.sqrt(EINSTEIN / masses), 0.87)
    alpha, intercept = paper.fit_current(masses, currents, EINSTEIN)
    assert alpha.value == pytest.approx(0.87, rel=1e-9)
    assert abs(intercept.value) < 1e-9
    n = np.array([10.0, 20.0, 30.0, 60.0, 100.0, 200.0])
    e = paper.energy(n, 1.0, OMEGA, 0.79, 12.9, 18.7)
    found = paper.fit_energy(n, e, 1.0, OMEGA, 0.79)
    limit = paper.limit_energy(1.0, OMEGA, 0.79, 12.9)
    for fit, want in zip(
        found, (limit, 1 / (limit * n[0]) * 0 + (1 / e[0] - 1 / limit) * n[0], 12.9, 18.7), strict=True
    ):
        assert fit.value == pytest.approx(want, rel=1e-7)
    rng = np.random.default_rng(4)
    off = []
    for _ in range(200):
        noisy = paper.fit_energy(n, e * (1 + 0.02 * rng.normal(size=6)), 1.0, OMEGA, 0.79)
        off.append(
            [(fit.value - want) / fit.error for fit, want in zip(noisy[2:], (12.9, 18.7), strict=True)]
        )
    assert np.all(np.median(np.abs(off), axis=0) < 2.0)


def test_energies_that_do_not_depend_on_the_length_are_fitted():
    """Their slope is zero or rounding, so beta is, and its error is that of the points."""
    for wobble in (0.0, 1e-3):
        e = 8.0 + wobble * np.array([1.0, -1.0, -1.0, 1.0])
        found = paper.fit_energy([10.0, 20.0, 30.0, 60.0], e, 1.0, OMEGA, 0.79)
        assert found.limit.value == pytest.approx(8.0, rel=1e-3)
        assert abs(found.beta.value) < 1e-2
        assert 0 <= found.beta.error < 1e-2


def test_the_error_of_beta_is_the_spread_of_its_values():
    """A thousand sets of points with a known noise."""
    n, rng = np.array([10.0, 20.0, 30.0, 60.0, 100.0, 200.0]), np.random.default_rng(7)
    e = paper.energy(n, 1.0, OMEGA, 0.79, 12.9, 18.7)
    found = [
        paper.fit_energy(n, 1 / (1 / e + 1e-3 * rng.normal(size=6)), 1.0, OMEGA, 0.79).beta
        for _ in range(1000)
    ]
    told = np.sqrt(np.mean([fit.error**2 for fit in found]))

    assert told == pytest.approx(np.std([fit.value for fit in found]), rel=0.15)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: paper.fit_energy([10.0, 20.0, 30.0], [1.0, 2.0, 3.0], 1.0, 0.1, 1.0), "energies"),
        (lambda: paper.fit_energy([10.0, 10.0, 10.0], [1.0, 2.0, 3.0], 1.0, 0.1, 1.0), "atoms"),
        (lambda: paper.fit_current([5.0, 5.0, 5.0], [1.0, 2.0, 3.0], 1.0), "masses"),
        (lambda: paper.fit_current([1.0, 2.0], [1.0, 2.0], 1.0), "currents"),
        (lambda: paper.fit_current([1.0, 2.0, 3.0], [1.0, 2.0, -1.0], 1.0), "currents"),
        (lambda: paper.fit_energy([1.0, 0.0, 3.0], [1.0, 2.0, 3.0], 1.0, 0.1, 1.0), "atoms"),
        (lambda: paper.fit_energy([1.0, 2.0, 3.0], [1.0, 2.0], 1.0, 0.1, 1.0), "energies"),
        (lambda: paper.fit_energy([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.1, 0.2, 1.0), "bias"),
    ],
)
def test_data_that_are_none_are_refused(call, name):
    """Too few points, numbers without a meaning, and a bias at which nothing moves."""
    with pytest.raises(InvalidSystemError) as error:
        call()

    assert error.value.argument == name
