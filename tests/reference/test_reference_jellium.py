"""The reference of the free-electron wire: few subbands by hand, brute sums, the two solvers, limits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from electronwind import InvalidSystemError, JelliumWire
from electronwind.fast import jellium as fast
from electronwind.reference import jellium as reference

NAMES = ["jellium_curl", "jellium_friction", "jellium_vector_potential"]
# One subband is open between e_11 = pi^2 and e_12 = 2.5 pi^2 of a wire of side 1.
POINT = [0.3, 0.4]


def profile(x, y):
    """Return chi^2 of the lowest subband of the wire of side 1, and its derivative along x."""
    weight = 4 * np.sin(np.pi * x) ** 2 * np.sin(np.pi * y) ** 2
    return weight, 4 * np.pi * np.sin(2 * np.pi * x) * np.sin(np.pi * y) ** 2


def values(name, wire, points, digits=20):
    return np.array(getattr(reference, name)(wire, points, digits=digits), dtype=float)


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("bias", [2.0, -2.0])
@pytest.mark.parametrize("w", [0.0, 0.7])
def test_one_subband_by_hand(bias, w):
    """Curl and friction of a wire with one open subband, in closed form."""
    fermi, c = 15.0, 0.5
    wire = JelliumWire(1.0, fermi, bias, w, c)
    high, low = fermi + abs(bias) / 2, fermi - abs(bias) / 2

    def k(e):
        return np.sqrt(2 * (e - np.pi**2))

    chi, slope = profile(*POINT)
    # dE / k integrates to k.
    change = np.mean([k(high + s) - k(low + s) for s in (w, -w)]) * np.sign(bias)
    curl = values("jellium_curl", wire, POINT)
    np.testing.assert_allclose(curl[1], -2 * c**2 * chi * slope * change / np.pi, rtol=1e-14)
    if w == 0:
        friction = c**2 * chi**2 * 4 / (2 * np.pi)
    else:
        e, weights = np.polynomial.legendre.leggauss(40)
        total = 0.0
        for mu in (low, high):
            here = mu + w * (e + 1) / 2
            ratio = k(here) / k(here - w)
            total += np.sum(weights * (ratio + 1 / ratio)) / 2
        friction = c**2 * chi**2 * total / (2 * np.pi)
    np.testing.assert_allclose(values("jellium_friction", wire, POINT), friction, rtol=1e-13)


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    ("side", "bias", "w"),
    [(1.0, 2.0, 0.0), (1.0, -2.0, 0.7), pytest.param(2.0, 0.5, 0.3, marks=pytest.mark.slow)],
)
def test_the_vector_potential_is_the_sum_over_closed_subbands(side, bias, w):
    """All closed subbands up to a large number, whose rest falls like one over it."""
    wire = JelliumWire(side, 15.0, bias, w)
    n = np.arange(1, 801)
    sines = [np.sin(n * np.pi * place / side) ** 2 for place in POINT]
    weights = 4 / side**2 * np.outer(*sines)
    edges = (np.pi / side) ** 2 / 2 * np.add.outer(n**2, n**2)
    high, low = 15.0 + abs(bias) / 2, 15.0 - abs(bias) / 2

    def kappa(e):
        return np.sqrt(np.maximum(2 * (edges - e), 0.0))

    def partial(size):
        total = 0.0
        for i, j in np.argwhere(edges[:9, :9] < high):
            start = max(low, edges[i, j])
            if w:
                ends = [kappa(high + w) - kappa(start + w), kappa(start - w) - kappa(high - w)]
                part = (ends[0] + ends[1]) / (2 * w)
            else:
                with np.errstate(divide="ignore"):
                    a, b = (np.where(edges > e, 1 / kappa(e), 0.0) for e in (start, high))
                part = a - b
            total += weights[i, j] / (2 * np.pi) * np.sum((weights * part)[:size, :size])
        return total * np.sign(bias)

    halves = [partial(size) for size in (200, 400, 800)]
    limit = 2 * halves[2] - halves[1]
    np.testing.assert_allclose(limit, 2 * halves[1] - halves[0], rtol=1e-4)
    found = values("jellium_vector_potential", wire, POINT, digits=15)
    np.testing.assert_allclose(found, limit, rtol=1e-4)


@pytest.mark.night("vector", "0-jellium")
@pytest.mark.thin
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_the_two_solvers_agree(name, seed):
    """Drawn sides, energies, biases of both signs and frequencies, at points up to the walls."""
    rng = np.random.default_rng(seed)
    wire = JelliumWire(
        side=1 + rng.random(), fermi_energy=15 + 5 * rng.random(), bias=2 * rng.normal(),
        frequency=[0.05, 2.0, 0.5][seed], strength=rng.normal(),
    )  # fmt: skip
    points = float(wire.side) * np.array([[0.01, 0.6], [0.5, 0.37]])
    found, expected = getattr(fast, name)(wire, points), values(name, wire, points, digits=15)

    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))


@pytest.mark.night("20-jellium_vector", "curl")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("few", "many"), [(15, 20), pytest.param(20, 30, marks=pytest.mark.slow)])
def test_digits_are_those_asked_for(name, few, many):
    """With few and with many digits the values agree to the few asked for, and are mpmath numbers."""
    wire = JelliumWire(1.5, 16.0, 1.0, 0.25)
    low, high = (getattr(reference, name)(wire, [[0.3, 1.0]], digits=digits) for digits in (few, many))
    for a, b in zip(low.ravel(), high.ravel(), strict=True):
        assert isinstance(a, mpmath.mpf)
        with mpmath.workdps(40):
            assert abs(a - b) <= mpmath.mpf(10) ** -few * max(abs(c) for c in high.ravel())


def test_friction_in_the_bulk_is_that_of_free_electrons():
    """C^2 k_F^4 / 6 pi^3 per spin, but for waves that come back from the walls: these fall like 1/side.

    Each mirror image of the place, a distance r of the order of the side away, adds a wave sin(2 k r)/2 k r
    to the density of states. It is infinite where a subband opens: medians are taken, and no mean squares.
    """
    fermi, rng = 2 * np.pi**2, np.random.default_rng(0)
    bulk = (2 * fermi) ** 2 / (6 * np.pi**3)
    for size in (2, 4, 6):
        off = []
        for side in size * (1 + 0.5 * rng.random(4)):
            places = side * (0.3 + 0.4 * rng.random((3, 2)))
            off.extend(values("jellium_friction", JelliumWire(side, fermi, 0.0), places, digits=15) - bulk)
        assert 0.25 < np.median(np.abs(off)) * size / bulk < 1.0


def test_batches_of_wires_come_before_those_of_points():
    """Axes of the wire, then of the points, then the components."""
    wire = JelliumWire([1.0, 1.1, 1.2], 15.0, 0.5)
    points = [[0.2, 0.3]]
    curl = values("jellium_curl", wire, points, digits=15)
    assert curl.shape == (3, 1, 2)
    assert values("jellium_friction", wire, POINT, digits=15).shape == (3,)
    np.testing.assert_allclose(curl[1, 0], values("jellium_curl", wire[1], points[0], digits=15))


@pytest.mark.parametrize("name", NAMES)
def test_what_makes_no_sense_is_refused(name):
    """No wire, points outside of it, digits out of range."""
    function, wire = getattr(reference, name), JelliumWire(1.0, 15.0, 0.5)
    for arguments, words in (
        ((None, POINT), "wire: expected a JelliumWire"),
        ((wire, [1.5, 0.2]), r"points\[0\]: expected a point of the cross section"),
        ((wire, POINT, 10), "digits: expected a whole number from 15"),
    ):
        with pytest.raises(InvalidSystemError, match=words):
            function(*arguments)


def test_a_subband_that_opens_in_the_window_has_no_vector_potential_at_rest():
    """At frequency 0 it is infinite there; at any other it is finite."""
    with pytest.raises(InvalidSystemError, match="frequency"):
        reference.jellium_vector_potential(JelliumWire(1.0, 2.5 * np.pi**2 + 0.1, 1.0), POINT)
    wire = JelliumWire(1.0, 2.5 * np.pi**2 + 0.01, 0.125, 0.3)
    assert np.isfinite(values("jellium_vector_potential", wire, POINT, digits=15))
