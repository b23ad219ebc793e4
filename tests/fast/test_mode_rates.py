"""The waterwheel: rates of rotation against the golden rule, work on a circle, and closed limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad_vec
from thinning import few

from electronwind import InvalidSystemError, OpenSystem, WideBandLead
from electronwind.fast import curl, force_noise, friction, response
from electronwind.fast.mode_rates import mode_rates

MASS = 40.0


def drawn(seed, *, n=3, leads=2, degeneracy=1, temperature=None, mu=None, real=False):
    """Return a system with two coordinates, complex unless asked for real, with full broadenings."""
    rng = np.random.default_rng(seed)

    def hermitian(*shape):
        a = rng.normal(size=shape) + (0 if real else 1j) * rng.normal(size=shape)
        return (a + np.swapaxes(a, -1, -2).conj()) / 2

    made = []
    for k in range(leads):
        b = rng.normal(size=(n, n)) + (0 if real else 1j) * rng.normal(size=(n, n))
        t = 0.05 + 0.1 * rng.random() if temperature is None else temperature
        m = rng.normal() if mu is None else mu
        made.append(WideBandLead(0.3 * b @ b.conj().T + 0.1 * np.eye(n), m, t + 0.0 * k))
    return OpenSystem(hermitian(n, n), hermitian(2, n, n), made, degeneracy)


def golden_rule(system, w, mass):
    """Return emission minus absorption of the two modes, with Pauli factors, by quadrature."""
    n, gradient = system.levels, system.gradient
    h = system.hamiltonian - 0.5j * sum(lead.broadening for lead in system.leads)

    def parts(e):
        g = np.linalg.inv(e * np.eye(n) - h)
        filled, empty = 0, 0
        for lead in system.leads:
            f = 1 / (1 + np.exp(np.clip((e - lead.mu) / lead.temperature, -700, 700)))
            x = g @ lead.broadening @ g.conj().T / (2 * np.pi)
            filled, empty = filled + f * x, empty + (1 - f) * x
        return filled, empty

    def rates(e):
        (full_low, empty_low), (full_high, empty_high) = parts(e), parts(e + w)
        found = []
        for sense in (1, -1):
            # f_+ = f_x + i f_y takes a quantum from the anticlockwise mode.
            take = -(gradient[0] + 1j * sense * gradient[1])
            give = take.conj().T
            emitted = np.trace(take @ empty_low @ give @ full_high).real
            absorbed = np.trace(give @ empty_high @ take @ full_low).real
            found.append(emitted - absorbed)
        return np.array(found)

    marks = [lead.mu + s for lead in system.leads for s in (0.0, -w)]
    low, high = min(marks) - 45 * 0.2, max(marks) + 45 * 0.2
    value = quad_vec(rates, low, high, epsabs=1e-13, epsrel=1e-12, limit=2000, points=sorted(marks))[0]
    return system.degeneracy * 2 * np.pi / (4 * mass * w) * value


@pytest.mark.parametrize("seed", few(range(4), 4))
def test_rates_are_those_of_the_golden_rule(seed):
    """Emission minus absorption with Pauli factors f (1 - f), at finite bias and unequal temperatures."""
    system = drawn(seed, leads=2 + seed % 2, degeneracy=1 + seed % 2)
    for w in (0.2, 1.3):
        np.testing.assert_allclose(
            mode_rates(system, w, MASS), golden_rule(system, w, MASS), rtol=1e-9, atol=1e-13
        )


@pytest.mark.parametrize("seed", range(6))
def test_rates_are_the_noise_of_quanta_given_minus_taken(seed):
    """The same as spectra of the force at plus and minus the frequency."""
    system, w = drawn(seed, temperature=0.0 if seed % 2 else None), 0.7
    s_plus, s_minus = force_noise(system, w), force_noise(system, -w)
    expected = []
    for sense in (1, -1):
        c = np.array([1, 1j * sense])
        # The quantum that f_+ takes goes into electrons at +w: <f_+^+(t) f_+(0)>.
        taken, given = (c.conj() @ s_plus @ c).real, (c @ s_minus @ c.conj()).real
        expected.append((given - taken) / (4 * MASS * w))

    np.testing.assert_allclose(mode_rates(system, w, MASS), expected, rtol=1e-10, atol=1e-14)


def test_rates_are_the_work_on_a_circle():
    """Mean power of the force on an anticlockwise circular orbit, over the energy of the oscillator."""
    system, w, radius = drawn(3, degeneracy=2), 0.6, 0.01
    chi = response(system, w)
    times = np.linspace(0, 2 * np.pi / w, 64, endpoint=False)
    for sense, rate in zip((1, -1), mode_rates(system, w, MASS), strict=True):
        # x = Re a e^{-iwt} is anticlockwise for a = (1, i).
        a = radius * np.array([1, 1j * sense])
        turning = np.exp(-1j * w * times)[:, None]
        push, velocity = (turning * (chi @ a)).real, (-1j * w * turning * a).real
        position = (turning * a).real
        turn = position[0, 0] * velocity[0, 1] - position[0, 1] * velocity[0, 0]
        assert np.sign(turn) == sense
        power = np.mean(np.sum(push * velocity, axis=-1))

        np.testing.assert_allclose(power / (MASS * w**2 * radius**2), rate, rtol=1e-12)


def test_slow_rates_are_friction_and_curl():
    """As w -> 0 the sum is the trace of the friction, and the difference the curl, over M and w."""
    system, w = drawn(5), 1e-4
    up, down = mode_rates(system, w, MASS)

    np.testing.assert_allclose(up + down, -np.trace(friction(system)) / MASS, rtol=1e-6)
    np.testing.assert_allclose((up - down) * MASS * w, curl(system)[0, 1], rtol=1e-6)


@pytest.mark.parametrize("real", [True, False])
def test_a_junction_at_rest_only_brakes(real):
    """At equilibrium both rates are negative; without a magnetic field they are equal."""
    for seed in range(5):
        rates = mode_rates(drawn(seed, temperature=0.1, mu=0.2, real=real), [0.1, 1.0], MASS)
        assert np.all(rates < 0)
        if real:
            np.testing.assert_allclose(rates[:, 0], rates[:, 1], rtol=1e-10)


def biased(system, bias):
    """Return the system with its two leads at plus and minus half a bias."""
    leads = [
        WideBandLead(lead.broadening, lead.mu + side * bias / 2, lead.temperature)
        for side, lead in zip((1, -1), system.leads, strict=True)
    ]
    return OpenSystem(system.hamiltonian, system.gradient, leads)


def test_a_mode_is_unstable_where_the_curl_beats_friction():
    """The threshold: a slow mode grows where the curl exceeds the frequency times the friction."""
    system = biased(drawn(5, real=True, temperature=0.02, mu=0.0), 0.4)
    limit = abs(curl(system)[0, 1]) / np.trace(friction(system))
    assert 0 < limit < 0.05
    slower, faster = (mode_rates(system, part * limit, MASS) for part in (0.98, 1.02))

    assert np.sum(slower > 0) == 1
    assert np.all(faster < 0)


def test_current_the_other_way_turns_the_other_way():
    """Without bias both modes are calm; the mode that a bias winds up is braked by the opposite one."""
    system, w = drawn(5, real=True, temperature=0.02, mu=0.0), 0.005
    calm, driven, back = (mode_rates(biased(system, bias), w, MASS) for bias in (0.0, 0.4, -0.4))
    assert np.all(calm < 0)
    assert np.sum(driven > 0) == np.sum(back > 0) == 1
    assert np.argmax(driven) != np.argmax(back)


def test_shapes_of_batches_and_frequencies():
    """One frequency adds no axis, an array adds one, before the two modes."""
    one = drawn(0)
    batch = OpenSystem(np.stack([one.hamiltonian] * 3), one.gradient, one.leads)

    assert mode_rates(one, 0.3, 1.0).shape == (2,)
    assert mode_rates(batch, [0.3, 0.4], 1).shape == (3, 2, 2)
    found = mode_rates(batch, [0.4, 0.3], 1.0)[2, 1]
    np.testing.assert_allclose(found, mode_rates(one, 0.3, 1.0), rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"frequency": 0.0}, r"frequency: expected a frequency > 0, got 0"),
        ({"frequency": [0.1, -0.2]}, r"frequency\[1\]: expected a frequency > 0, got -0.2"),
        ({"mass": 0.0}, "mass: expected a mass > 0, got 0"),
        (
            {"system": OpenSystem([[0.0]], [[[1.0]]], [WideBandLead([[1.0]], 0, 0)])},
            "system: expected two coord",
        ),
    ],
)
def test_what_makes_no_waterwheel_is_refused(arguments, words):
    """Another number of coordinates, no frequency, no mass."""
    with pytest.raises(InvalidSystemError, match=words):
        mode_rates(**{"system": drawn(0), "frequency": 0.1, "mass": 1.0} | arguments)
