"""The fast solver on the free-electron wire: against its definitions, and against what the papers say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import j1

from electronwind import InvalidSystemError, JelliumWire
from electronwind.fast.jellium import jellium_curl, jellium_friction, jellium_vector_potential

# side, Fermi energy, bias, frequency, strength: subbands that open inside the window, frequencies on either
# side of the bias, a bias against z, and one beyond the bottom of the band.
WIRES = {
    "at rest": (3.3, 19.7, 1e-3, 0.0, 1.0),
    "slow": (3.3, 19.7, 1.5, 0.3, 0.7),
    "quick": (2.3, 19.7, 0.4, 2.3, 1.0),
    "openings": (2.3, 19.7, 6.0, 2.3, 1.0),
    "openings, slow": (2.3, 19.7, 6.0, 0.01, 1.0),
    "against": (1.2, 19.7, -1.0, 0.5, 2.0),
    "deep": (1.2, 19.7, 45.0, 0.5, 1.0),
    "one subband": (0.9, 19.7, 1.0, 0.5, 1.0),
}
POINTS = [(0.3, 0.5), (0.45, 0.85)]
FUNCTIONS = [jellium_curl, jellium_friction, jellium_vector_potential]


class Plain:
    """The wire in the words of todorov2014 Eq. 39: sums over subbands, and integrals over energy."""

    def __init__(self, wire: JelliumWire, R: tuple[float, float]) -> None:
        self.E, self.eW, self.W, self.C, S = (
            float(v) for v in (wire.fermi_energy, wire.bias, wire.frequency, wire.strength, wire.side)
        )
        self.mu = self.E + self.eW / 2, self.E - self.eW / 2
        top = max(self.mu) + self.W
        n = np.arange(1, int(S * np.sqrt(2 * top) / np.pi) + 2)
        edges = np.pi**2 / (2 * S * S) * (n[:, None] ** 2 + n**2)
        kept = edges < top
        self.e = edges[kept]
        x, y = (np.pi * n * r / S for r in R)
        chi2 = np.multiply.outer(np.sin(x) ** 2, np.sin(y) ** 2)
        along_x = np.multiply.outer(n * np.pi / S * np.sin(2 * x), np.sin(y) ** 2)
        along_y = np.multiply.outer(np.sin(x) ** 2, n * np.pi / S * np.sin(2 * y))
        self.waves = [4 / S**2 * part[kept] for part in (chi2, along_x, along_y)]

    def _sum(self, E, function):
        """Return sum chi^2 function(k) over open subbands, and its two derivatives."""
        open_ = self.e < E
        values = function(np.sqrt(2 * (E - self.e[open_])))
        return np.array([np.sum(part[open_] * values) for part in self.waves])

    def D(self, E):
        """Density of states."""
        return self._sum(E, lambda k: 1 / (np.pi * k))

    def moment(self, E):
        """Density of the electrons below E."""
        return self._sum(E, lambda k: k / np.pi)

    def j(self, E):
        """Current per energy of the electrons that run one way."""
        return self._sum(E, lambda k: 0 * k + 1 / (2 * np.pi))

    def integral(self, function, low, high):
        """Return an integral whose integrand has roots, and their inverses, at the edges, and those +- W."""
        cuts = sorted({e + s * self.W for e in self.e for s in (-1, 0, 1)})
        edges = [low, *(c for c in cuts if low < c < high), high]
        nodes, weights = np.polynomial.legendre.leggauss(40)
        t, total = (nodes + 1) * np.pi / 4, 0.0
        for start, stop in itertools.pairwise(edges):
            for u, w in zip(t, weights * np.pi / 4, strict=True):
                total += (
                    function(start + (stop - start) * np.sin(u) ** 2) * w * (stop - start) * np.sin(2 * u)
                )
        return total


def curl_by_definition(plain):
    """The curl of Eq. 37 and 38."""

    def slopes(E):
        j, D = plain.j(E), (plain.D(E - plain.W) + plain.D(E + plain.W)) / 2
        return j[1:] * D[0] + j[0] * D[1:]

    low, high = sorted(plain.mu)
    dx, dy = plain.integral(slopes, low, high) * 2 * np.pi * plain.C**2 * np.sign(plain.eW)
    return np.array([dy, -dx])


def friction_by_definition(plain):
    """Minus 2 pi Lambda_ZZ^o'(W) / W of Eq. 31 and 40, with the momenta of both states."""

    def both(E):
        earlier = E - plain.W
        return plain.moment(E)[0] * plain.D(earlier)[0] + plain.D(E)[0] * plain.moment(earlier)[0]

    if plain.W == 0:
        return np.pi * plain.C**2 * sum(both(mu) / 2 for mu in plain.mu)
    return np.pi * plain.C**2 * sum(plain.integral(both, mu, mu + plain.W) for mu in plain.mu) / (2 * plain.W)


@pytest.mark.night("deep", "openings, slow")
@pytest.mark.parametrize("name", WIRES)
def test_curl_and_friction_are_those_of_their_definitions(name):
    """Quadrature over the bias window, and over what is emptied and filled within the frequency."""
    wire = JelliumWire(*WIRES[name])
    for R in POINTS:
        plain = Plain(wire, R)
        curl = curl_by_definition(plain)
        assert np.max(np.abs(jellium_curl(wire, R) - curl)) < 1e-11 * np.max(np.abs(curl)), R
        assert jellium_friction(wire, R) == pytest.approx(friction_by_definition(plain), rel=1e-11), R


def tamed_sums(wire, R, roots):
    """The sums of Eq. 51 over n' and m' with an extra factor exp(-h^2 e), for every root h."""
    plain = Plain(wire, R)
    S, W, E, eW = (np.longdouble(float(v)) for v in (wire.side, wire.frequency, wire.fermi_energy, wire.bias))
    pi = 4 * np.arctan(np.longdouble(1))
    unit = pi**2 / (2 * S * S)
    n = np.arange(1, int(np.sqrt(45 / (min(roots) ** 2 * unit))) + 1)
    e = unit * (n[:, None] ** 2 + n**2)
    chi2 = np.multiply.outer(*(2 / S * np.sin(n * pi * np.longdouble(x) / S) ** 2 for x in R))
    low, high = E - abs(eW) / 2, E + abs(eW) / 2

    def bracket(energy):
        """kappa(E + W) - kappa(E - W)."""
        return np.sqrt(np.maximum(2 * (e - energy - W), 0)) - np.sqrt(np.maximum(2 * (e - energy + W), 0))

    starts: dict = {}
    for edge, wave in zip(plain.e, plain.waves[0], strict=True):
        if edge < high:
            start = max(low, np.longdouble(edge))
            starts[start] = starts.get(start, 0) + wave
    felt = chi2 * sum(o * (bracket(high) - bracket(start)) for start, o in starts.items()) / (2 * W)
    factor = np.sign(plain.eW) * plain.C**2 / (2 * np.pi)
    return [np.sum(felt * np.exp(-h * h * e)) * factor for h in roots]


@pytest.mark.night("quick", "openings")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("name", ["quick", "openings", "against", "one subband"])
def test_vector_potential_is_the_sum_over_all_subbands(name):
    """Eq. 51 with a factor that makes the sum finite; what it cuts off is a power series in its root h."""
    wire, R = JelliumWire(*WIRES[name]), POINTS[0]
    roots = [np.longdouble(0.06) / k for k in range(1, 9)]
    expected = np.longdouble(0)
    for h, value in zip(roots, tamed_sums(wire, R, roots), strict=True):
        expected += value * np.prod([g / (g - h) for g in roots if g != h])
    assert float(jellium_vector_potential(wire, R) / expected) == pytest.approx(1, abs=1e-9)


def test_a_pair_of_subbands_is_the_principal_value_of_the_paper():
    """Eq. 50 for one energy and one n', m' with its integral over kappa': closed, half open and open."""
    W, E = 0.3, 1.7
    for e in (4.0, 2.05, 1.8, 1.0):
        found = 0.0
        for energy, sign in ((E - W, 1), (E + W, -1)):
            k2 = 2 * (energy - e)  # 1 / (q^2 / 2 + e - energy), and its principal value is 0 where k is real
            if k2 < 0:
                found += sign * quad(lambda q, k2=k2: 2 / np.pi / (q * q - k2), 0, np.inf, epsabs=1e-13)[0]
            else:
                k = np.sqrt(k2)
                inside = quad(lambda q, k=k: 1 / (q + k), 0, 2 * k, weight="cauchy", wvar=k)[0]
                found += (
                    sign * 2 / np.pi * (inside + quad(lambda q, k2=k2: 1 / (q * q - k2), 2 * k, np.inf)[0])
                )
        expected = sum(-s / np.sqrt(2 * (e - E - s * W)) for s in (1, -1) if e > E + s * W)
        assert found == pytest.approx(expected, abs=1e-10)


FERMI = 2 * np.pi**2  # the Fermi wavelength is 1


@pytest.mark.parametrize("side", [10.1, 20.1, 40.1])
def test_the_curl_is_a_skin(side):
    """Figure 6: the peak at a quarter of a Fermi wavelength, and what the skin holds, of the half space."""
    wire = JelliumWire(side, FERMI, 1e-6)
    x = np.linspace(0, 4.9, 2000)
    curl = jellium_curl(wire, np.stack([x, np.full_like(x, side / 2)], -1)) / 1e-6
    peak = np.argmin(curl[:, 1])

    assert 0.235 <= x[peak] <= 0.247
    assert abs(curl[peak, 1] / -7.243 - 1) < 0.12
    assert abs(np.trapezoid(curl[:, 1], x) / -1 - 1) < 0.12
    assert np.max(np.abs(curl[:, 0])) < 1e-10  # on the line through the centre


def test_friction_in_the_bulk_is_that_of_free_electrons():
    """C^2 k_F^4 / 6 pi^3; what is left falls like 1/side, times the root of a logarithm of it.

    Mirror images of the place, one on each area of side^2, add waves of a height 1/(2 k r): their mean square
    is that of 1/side, times the logarithm of how far they count.
    """
    rng, bulk = np.random.default_rng(1), (2 * FERMI) ** 2 / (6 * np.pi**3)
    medians = []
    for size in (4, 8, 16, 32):
        off = []
        for side in size * (1 + 0.5 * rng.random(60)):
            wire = JelliumWire(side, FERMI, 0.0)
            off.extend(jellium_friction(wire, side * (0.3 + 0.4 * rng.random((4, 2)))) / bulk - 1)
        medians.append(np.median(np.abs(off)) * size)
    # The law alone: 1, and no power of the side.
    assert np.max(medians) < 1.5 * np.min(medians)
    assert np.allclose(medians, 0.53, rtol=0, atol=0.13)


def half_space(x):
    """D and j per bias next to one wall."""
    k = 2 * np.pi
    return k / (2 * np.pi**2) * (1 - np.sin(2 * k * x) / (2 * k * x)), (
        k**2 / (4 * np.pi) - k * j1(2 * k * x) / (4 * np.pi * x)
    ) / (2 * np.pi)


def test_a_thick_wire_is_a_half_space():
    """The mean over lines across the wire tends to rot(2 pi C^2 D j) of a single wall."""
    x = np.linspace(0.02, 1.0, 99)
    h = 1e-5
    (D, j), (E, i) = half_space(x - h), half_space(x + h)
    expected = -2 * np.pi * (E * i - D * j) / (2 * h)
    assert abs(np.min(expected) + 7.243) < 0.01
    errors = []
    for side in (20.3, 80.3):
        wire = JelliumWire(side, FERMI, 1e-6)
        y = np.linspace(0.4, 0.6, 41) * side
        points = np.stack(np.meshgrid(x, y, indexing="ij"), -1)
        curl = jellium_curl(wire, points)[..., 1].mean(axis=1) / 1e-6
        errors.append(np.max(np.abs(curl - expected)))
    assert errors[1] < 0.6 * errors[0]
    assert errors[1] < 0.35


def test_figure_5_has_no_limit_at_ten_fermi_wavelengths():
    """Next to the edge of subband (16, 12) the curl per bias grows without bound, off the centre lines."""
    for side, expected in ((10.1, -6.5), (10.01, -7.8), (10.0001, -21), (10 + 1e-8, -1483)):
        wire = JelliumWire(side, FERMI, 1e-11)
        assert jellium_curl(wire, [0.25, 2.2])[1] / 1e-11 == pytest.approx(expected, rel=0.03)
    with pytest.raises(InvalidSystemError, match=r"subband \(16, 12\)"):
        JelliumWire(10.0, FERMI, 1e-11)


def test_friction_and_wind_are_reciprocal():
    """Eq. 1 and 48: friction is 2 pi C^2 D times the density, the wind 2 pi C^2 D times the current."""
    wire, R = JelliumWire(3.3, FERMI, 1e-7, strength=0.6), (0.7, 1.9)
    plain, per = Plain(wire, R), 2 * np.pi * 0.36
    D, density, j = plain.D(FERMI), plain.moment(FERMI), plain.j(FERMI) * 1e-7
    wind = per * (D[1:] * j[0] + D[0] * j[1:])  # the derivatives of the wind force

    assert jellium_friction(wire, R) == pytest.approx(per * D[0] * density[0], rel=1e-9)
    assert np.allclose(jellium_curl(wire, R), [wind[1], -wind[0]], rtol=1e-9, atol=0)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_symmetries(function):
    """Mirrors, exchange of x and y, the sign of the bias, the square of the strength, the unit of length."""
    one = np.array([0.7, 0.4])
    for side, energy, bias, frequency, strength in WIRES.values():
        values = {
            "side": side,
            "fermi_energy": energy,
            "bias": bias,
            "frequency": frequency,
            "strength": strength,
        }
        values["frequency"] = max(frequency, 0.07)
        value = function(JelliumWire(**values), one)
        scale = np.max(np.abs(value))
        turned = function(JelliumWire(**values | {"bias": -bias}), one)
        odd = 1 if function is jellium_friction else -1
        assert np.allclose(turned, odd * value, rtol=0, atol=1e-14 * scale)
        twice = function(JelliumWire(**values | {"strength": 2 * strength}), one)
        assert np.allclose(twice, 4 * value, rtol=0, atol=1e-14 * scale)
        curl = function is jellium_curl
        swapped = function(JelliumWire(**values), one[::-1])
        assert np.allclose(-swapped[::-1] if curl else swapped, value, rtol=0, atol=1e-13 * scale)
        mirrored = function(JelliumWire(**values), [side - one[0], one[1]])
        assert np.allclose(mirrored * ([1, -1] if curl else 1), value, rtol=0, atol=1e-11 * scale)
        for length in (2.0, 1e-3, 3e4):
            scaled = JelliumWire(
                side * length, *(v / length**2 for v in (energy, bias, values["frequency"])), strength
            )
            power = {jellium_curl: 6, jellium_friction: 4, jellium_vector_potential: 3}[function]
            other = function(scaled, one * length) * length**power
            assert np.allclose(other, value, rtol=0, atol=1e-11 * scale), length


@pytest.mark.parametrize("function", FUNCTIONS)
def test_walls_batches_and_empty_wires(function):
    """All is zero on the walls and without an open subband; a batch is what its members are."""
    wires = JelliumWire([[3.3], [2.1]], 19.7, [0.5, 1.0], 0.25)
    points = np.array([[[0.0, 1.0], [0.4, 0.9]], [[1.3, 0.1], [2.0, 2.1]], [[1.0, 1.0], [1e-9, 1.0]]])
    value = function(wires, points)
    axes = (2,) if function is jellium_curl else ()
    assert value.shape == (2, 2, 3, 2, *axes)
    for index in np.ndindex(2, 2):
        for place in np.ndindex(3, 2):
            single = function(wires[index], points[place])
            assert np.allclose(value[(*index, *place)], single, rtol=1e-13, atol=0)
    assert np.all(value[:, :, 0, 0] == 0)
    assert np.all(function(JelliumWire(0.5, 19.7, 0.5, 0.25), [0.2, 0.3]) == 0)


def test_no_bias_no_current():
    """Without bias curl and vector potential are zero; friction is not."""
    wire = JelliumWire(3.3, 19.7, 0.0)
    assert np.all(jellium_curl(wire, [1.0, 0.4]) == 0)
    assert jellium_vector_potential(wire, [1.0, 0.4]) == 0
    assert jellium_friction(wire, [1.0, 0.4]) > 0


@pytest.mark.parametrize("function", FUNCTIONS)
def test_slow_motion_is_continuous(function):
    """Small frequencies tend to frequency 0, quadratically, down to the smallest."""
    values = [function(JelliumWire(3.3, 19.7, 0.01, W), [1.1, 0.7]) for W in (0.0, 1e-12, 1e-3, 2e-3)]
    scale = np.max(np.abs(values[0]))
    assert np.allclose(values[1], values[0], rtol=0, atol=1e-13 * scale)
    first, second = (np.max(np.abs(v - values[0])) for v in values[2:])
    assert second / first == pytest.approx(4, rel=1e-3)


def test_an_opening_at_rest_has_no_vector_potential():
    """At frequency 0 a subband that opens inside the window is refused, with the way out."""
    with pytest.raises(InvalidSystemError, match="frequency > 0") as caught:
        jellium_vector_potential(JelliumWire([3.3, 2.3], 19.7, 6.0), [0.3, 0.5])
    assert caught.value.argument == "wire[0].frequency"
    small = [jellium_vector_potential(JelliumWire(2.3, 19.7, 6.0, W), [0.3, 0.5]) for W in (1e-6, 1e-8)]
    assert small[1] / small[0] == pytest.approx(10, rel=0.05)  # like W^(-1/2)


def test_next_to_the_wall_no_digit_is_lost():
    """A falls like the third power of the distance, from either wall."""
    wire = JelliumWire(3.3, 19.7, 0.5, 0.25)
    d = np.array([1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
    low = jellium_vector_potential(wire, np.stack([d, np.full(5, 0.7)], -1)) / d**3
    high = jellium_vector_potential(wire, np.stack([3.3 - d, np.full(5, 0.7)], -1)) / (3.3 - (3.3 - d)) ** 3

    assert np.allclose(low, high, rtol=1e-12)
    steps = np.diff(low)
    assert np.allclose(steps[1:] / steps[:-1], 0.1, rtol=0.05)  # a power series in the distance
