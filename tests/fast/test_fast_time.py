"""The fast solver on junctions in motion: prescribed paths, against brute force."""

import numpy as np
import pytest
from junctions import junction
from real_axis import PATH, brute, lesser
from scipy.integrate import quad_vec
from thinning import few

from electronwind import (
    ChainLead,
    InvalidSystemError,
    OpenSystem,
    PrecisionError,
    UnbroadenedLevelError,
    UnsupportedError,
    WideBandLead,
    fast,
    models,
)
from electronwind.fast import fermi, lobatto, memory
from electronwind.motion import Oscillation, Straight, Trajectory


@pytest.mark.parametrize("temperature", [0.0, 1e-12, 1e-3, 0.5])
def test_leads_in_time_are_sums_of_exponentials(temperature):
    """The complete rule gives the kernel and the integral of the lead; the few modes what they promise."""
    rule = memory.complete(temperature, 1e-4, 1e5)
    tau = np.geomspace(1e-3, 1e3, 50)
    x = np.pi * temperature * tau
    want = np.where(x > 1e-9, x / np.sinh(np.clip(x, 1e-9, 700)), 1.0)
    e = np.array([0.1 - 0.025j, -0.13 - 0.05j, 3 - 1j])
    got = -1j * np.sum(rule.weights / (0.12 + 1j * rule.heights - e[:, None]), -1)
    (j,) = fermi.Fermi(np.array([0.12]), np.array([temperature])).derivatives(e, range(1))

    assert np.allclose(
        2 * np.pi * tau * (np.exp(-np.outer(tau, rule.heights)) @ rule.weights), want, rtol=0, atol=1e-13
    )
    assert np.allclose(np.diff(got), np.diff(j) / (2 * np.pi), rtol=0, atol=1e-13)
    for accuracy in (1e-6, 1e-10):
        modes = memory.few(temperature, 1e-3, 1e3, accuracy)
        value = 2 * np.pi * tau * (np.exp(-np.outer(tau, modes.heights)) @ modes.weights)
        assert np.max(np.abs(value - want)) < 10 * accuracy
        assert len(modes.heights) < 60


def test_polynomials_against_exponentials():
    """Integrals of Lagrange polynomials against soft and stiff exponentials agree with quadrature."""
    grid = lobatto.lobatto(6)
    rate = np.array([0.3 - 0.2j, 20 + 5j, 59.0, 61.0, 300 - 40j, 1e4])
    ends = np.array([0.0, 0.05, 0.7, 1.0])
    got = grid.against(rate, ends)
    for i, end in enumerate(ends):
        for k, r in enumerate(rate):
            points = np.unique(end - np.minimum(end, np.array([0, 1, 5, 20, 100]) / abs(r)))
            want = quad_vec(
                lambda s, r=r, end=end: np.exp(-r * (end - s)) * grid.at(np.array([s]))[0], 0, end,
                points=points, epsabs=1e-14,
            )[0]  # fmt: skip
            assert np.allclose(got[i, :, k], want, rtol=0, atol=1e-13)


@pytest.mark.parametrize("temperature", [0.0, 1e-3])
def test_rest_stays_at_rest(temperature):
    """Without motion the density matrix stays the steady one to rounding, at any accuracy."""
    model = models.two_level(temperature=(temperature, temperature))
    run = fast.driven(model, Straight([-0.2], [0.0]), [0.0, 3.0, 500.0], accuracy=1e-4)

    assert np.max(np.abs(run.density_matrix - fast.density_matrix(model.at(-0.2)))) < 1e-15
    assert np.allclose(run.current, fast.current(model.at(-0.2)), rtol=0, atol=1e-15)


def test_driven_is_the_definition():
    """Density matrix, force and current are those of A(w, t) on the real axis, for complex h, three leads."""
    model, times = junction(), np.array([0.2, 0.9])
    run = fast.driven(model, PATH, times, accuracy=1e-10)
    a, filled, _ = brute(model, PATH, times, 0.02)
    for k, t in enumerate(times):
        # The cutoff of the axis is the same at all times.
        cut = lesser(model, a[0], a[0], filled) - run.density_matrix[0]
        sigma = lesser(model, a[k], a[k], filled) - cut
        gradient = model.gradient(PATH(t))
        assert np.max(np.abs(run.density_matrix[k] - sigma)) < 2e-8
        assert np.allclose(run.force[k], -2 * np.einsum("dij,ji->d", gradient, sigma).real, rtol=0, atol=2e-7)
        for lead, f, flow in zip(model.leads, filled, run.current[k], strict=True):
            into = -2 * np.einsum("w,ij,wji->", f, lead.broadening, a[k]).imag
            # The brute steps lag behind at high frequencies, which shows in the current alone.
            assert abs(flow - 2 * (into - np.trace(lead.broadening @ sigma).real)) < 1e-4


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("temperatures", [(1e-3, 0.3, 0.0), (0.05, 0.2, 0.1), (0.0, 0.0, 0.0)])
def test_charge_is_conserved(temperatures):
    """The electrons gained are the currents integrated over time."""
    model = junction(temperatures)
    x, w = np.polynomial.legendre.leggauss(32)
    edges = np.array([0.0, *2.0 ** np.arange(-8, 3)])
    half = np.diff(edges)[:, None] / 2
    times, weights = (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
    run = fast.driven(model, PATH, np.concatenate([[0.0], times, [4.0]]), accuracy=1e-10)
    number = 2 * np.trace(run.density_matrix, axis1=-2, axis2=-1).real

    assert number[-1] - number[0] == pytest.approx(weights @ run.current.sum(-1)[1:-1], abs=2e-9)
    assert np.ptp(number) > 0.1


@pytest.mark.parametrize("method", ["modes", "spectral"])
def test_orders_of_the_steps(method):
    """Errors fall with the first, second and fourth power of the step."""
    model, path, times = models.two_level(), Oscillation([-0.2], [0.15], 0.1), [0.0, 10.0]
    # Far frequencies see h as constant for long, and bring the order down to three.
    options = {"method": method} | ({"grid": fast.Grid(reach=1.5)} if method == "spectral" else {})
    tight = {"step": 0.25, "order": 4} if method == "spectral" else {"accuracy": 1e-12}
    want = fast.driven(model, path, times, **options, **tight).density_matrix[-1]
    for order, step in ((1, 1.0), (2, 1.0), (4, 2.0)):
        errors = []
        for part in (1, 2):
            run = fast.driven(model, path, times, step=step / part, order=order, **options)
            errors.append(np.max(np.abs(run.density_matrix[-1] - want)))
            assert errors[-1] < run.error
        assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.4)


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("accuracy", [1e-5, 1e-8, 1e-10])
@pytest.mark.parametrize("frequency", [0.0141, 0.3])
def test_error_is_an_upper_bound_near_the_accuracy(accuracy, frequency):
    """The error in the result covers the true one and is about what was asked for, at sudden starts too."""
    path, times = Oscillation([-0.2], [0.15], frequency, [-0.7]), np.linspace(0, 200, 23)
    want = fast.driven(models.two_level(), path, times, accuracy=1e-12, order=22)
    run = fast.driven(models.two_level(), path, times, accuracy=accuracy)

    assert np.max(np.abs(run.density_matrix - want.density_matrix)) < run.error < 4 * accuracy


def test_kinks_and_last_times_are_ordinary():
    """A sudden stop is followed, and the end is met whatever the sum of start and length rounds to."""

    def path(t):
        return [min(0.05 + t, 1.1)]

    single, end = models.single_level(), 2.3
    run = fast.driven(single, path, [0.0, 1.5, end])
    want = fast.driven(single, path, [0.0, 1.05, 1.5, end], accuracy=1e-11, order=22)
    assert np.max(np.abs(run.density_matrix[1:] - want.density_matrix[2:])) < run.error < 4e-9
    swing = Oscillation([0.1], [0.4], 1.5)
    for begin in (-2.9, -1.1):
        later = fast.driven(single, swing, [begin, 4.2, 5.0])
        assert np.allclose(
            fast.driven(single, swing, [begin, 4.2]).density_matrix[-1],
            later.density_matrix[1],
            rtol=0,
            atol=3e-9,
        )


def test_slow_motion_is_force_minus_friction():
    """At constant velocity the odd part of the force is the whole friction matrix times the velocity."""
    model, x = junction(), np.array([0.1, -0.2])
    friction = fast.friction(model.at(x))
    for nu, direction in enumerate(np.eye(2)):
        slopes = []
        for v in (2e-3, 1e-3):
            pair = [
                fast.driven(model, Straight(x, s * v * direction), [-25.0, 0.0], accuracy=1e-10).force[-1]
                for s in (1, -1)
            ]
            slopes.append((pair[1] - pair[0]) / (2 * v))
        assert np.allclose((4 * slopes[1] - slopes[0]) / 3, friction[:, nu], rtol=0, atol=1e-6)
        assert np.max(np.abs(friction[0, 1] - friction[1, 0])) > 1e-2


@pytest.mark.parametrize("frequency", few([1.1, 0.3], 2))
def test_small_oscillation_is_linear_response(frequency):
    """A small harmonic motion makes the force of `response` at its frequency."""
    model, x, small = junction(), np.array([0.1, -0.2]), 1e-4
    period = 2 * np.pi / frequency
    start = period * np.floor(80.0 / period)
    times = np.concatenate([[-start], np.arange(16) * period / 16])
    want = fast.response(model.at(x), frequency)
    for nu, direction in enumerate(np.eye(2)):
        path = Oscillation(x, small * direction, frequency)
        force = fast.driven(model, path, times, accuracy=1e-11).force[1:]
        turn = np.exp(1j * frequency * times[1:])
        assert np.allclose(2 * turn @ force / 16 / small, want[:, nu], rtol=0, atol=2e-6)


def test_zero_temperature_is_the_limit():
    """T = 0 is ordinary, and where T -> 0 leads."""
    times = [0.0, 1.0, 4.0]
    runs = [fast.driven(junction((t, t, t)), PATH, times).density_matrix for t in (0.0, 1e-8, 0.05)]

    assert np.max(np.abs(runs[0] - runs[1])) < 1e-9
    assert np.max(np.abs(runs[0] - runs[2])) > 1e-4


def test_bad_paths_are_refused():
    """Paths, times and options that make no sense are named."""
    model = models.two_level()
    for path, times, options in (
        (lambda _: [0.1, 0.2], [0.0, 1.0], {}),
        (lambda t: [np.nan] if t > 0.5 else [0.0], [0.0, 1.0], {}),
        (Straight([0.0], [1.0]), [1.0, 0.0], {}),
        (Straight([0.0], [1.0]), [0.0, 1.0], {"accuracy": 0}),
        (Straight([0.0], [1.0]), [0.0, 1.0], {"step": -1.0}),
        (Straight([0.0], [1.0]), [0.0, 1.0], {"order": 3}),
        (Straight([0.0], [1.0]), [0.0, 1.0], {"method": "grid"}),
        (Straight([0.0], [1.0]), [0.0, 1.0], {"method": "spectral"}),
    ):
        with pytest.raises(InvalidSystemError):
            fast.driven(model, path, times, **options)
    with pytest.raises(PrecisionError, match="must not jump"):
        fast.driven(model, lambda t: [float(t > 0.37)], [0.0, 1.0])
    with pytest.raises(InvalidSystemError, match="since"):
        fast.two_time_noise(model, Straight([0.0], [1.0]), 1.0, [0.0], since=2.0)
    rest = Trajectory([0.0, 1.0], [[0.0], [0.1]], [[0.0], [0.0]])
    assert fast.two_time_noise(model, rest, 0.0, [0.0, 3.0]).exact.shape == (2, 1, 1)


def test_systems_without_a_steady_state_are_refused():
    """A dark level and a chain lead are refused in words."""
    dark = OpenSystem(
        np.diag([0.0, 1.0]), np.ones((1, 2, 2)) * 0.1, [WideBandLead(np.diag([0.1, 0]), 0, 0.1)]
    )
    chain = OpenSystem([[0.0]], [[[0.1]]], [ChainLead(0, -1.0, 0.0, 0.1)])
    for model, error in (
        (models.tangent(dark), UnbroadenedLevelError),
        (models.tangent(chain), UnsupportedError),
    ):
        for call in (
            lambda m=model: fast.driven(m, Straight([0.0], [0.1]), [0.0, 1.0]),
            lambda m=model: fast.two_time_noise(m, Straight([0.0], [0.1]), 1.0, [0.5], since=0.0),
        ):
            with pytest.raises(error):
                call()
