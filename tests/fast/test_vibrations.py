"""Vibrations under current: the published table, the equation of motion, thresholds, and rest."""

from dataclasses import replace

import numpy as np
import pytest
from thinning import few

from electronwind import (
    ClassicalBody,
    Harmonic,
    InvalidSystemError,
    Potential,
    PrecisionError,
    Units,
    fast,
    models,
)
from electronwind.fast import perfect
from electronwind.fast.critical_bias import critical_bias
from electronwind.fast.linear import bond_friction, chain_of
from electronwind.fast.relaxed import relaxed, total_force
from electronwind.fast.stiffness import stiffness
from electronwind.fast.vibrations import vibrations
from electronwind.vibrations import GROWTH
from electronwind.watched import Watched

PER_FS = 1 / Units().femtosecond(1.0)


def cold(atoms, bias=0.0, **options):
    return models.wire(atoms, bias=bias, ends="chain", temperature=0.0, **options)


def ask(wire, mass=10.0, friction=False):
    return vibrations(wire, wire.body(mass), wire.rest, friction=friction)


BIASES = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
# Xi in 1e-3 / fs for 10 amu (cunningham2014 Fig. 2 and 3 at the digits of a figure), and complex eigenvalues.
XI = {
    5: ((0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0)),
    10: ((0.2731, 0.7501, 1.8678, 3.2288, 4.5345, 6.7560, 8.3515), (2, 2, 2, 2)),
    20: ((0.5605, 1.4463, 2.8978, 4.1614, 5.2050, 7.6468, 9.6207), (2, 2, 4, 4)),
    40: ((0.7098, 1.8004, 3.1995, 4.5435, 5.8078, 8.0355, 10.3556), (2, 6, 6, 8)),
    100: ((1.0160, 2.0140, 3.4265, 4.7418, 6.0145, 8.4486, 10.8220), (4, 14, 16, 20)),
    200: ((1.1455, 2.0710, 3.4925, 4.8228, 6.1064, 8.5754, 10.9652), (16, 30, 34, 36)),
}
RANGE = {2: 0.12560, 5: 0.25919, 10: 0.33160, 20: 0.36675, 40: 0.38426, 80: 0.39291, 120: 0.39577}


@pytest.mark.night("100", "200")
@pytest.mark.parametrize("atoms", XI)
def test_the_instability_of_gold_wires(atoms):
    """Eq. 8 for lengths and biases of the paper, to every digit of an independent calculation."""
    rates, counts = XI[atoms]
    found = [ask(cold(atoms, bias)) for bias in BIASES]

    assert np.allclose([1e3 * PER_FS * v.instability for v in found], rates, rtol=0, atol=6e-5)
    for bias, count in zip((0.1, 0.5, 1.0, 1.5), counts, strict=True):
        squares = np.linalg.eigvals(found[BIASES.index(bias)].stiffness)
        assert np.sum(np.abs(squares.imag) > 1e-9 * np.max(np.abs(squares))) == count


def test_growing_pairs_are_the_complex_ones():
    """One growing motion for each pair of complex eigenvalues; an imaginary frequency is one too."""
    for atoms, (_, counts) in XI.items():
        if atoms < 200:
            assert [ask(cold(atoms, v)).growing for v in (0.1, 0.5, 1.0, 1.5)] == [c // 2 for c in counts]
    # Without bias 200 atoms are just beyond the point where they would pair.
    soft = ask(cold(200))
    assert soft.growing == np.sum(np.linalg.eigvalsh(soft.stiffness) < 0) == 2
    assert PER_FS * np.max(soft.frequencies.imag) == pytest.approx(0.0244, abs=5e-5)
    assert ask(cold(100)).growing == 0


def test_the_range_of_frequencies():
    """The equilibrium frequencies of Fig. 2(a), and the Einstein frequency."""
    for atoms, width in RANGE.items():
        frequencies = ask(cold(atoms)).frequencies
        assert np.max(np.abs(frequencies.imag)) == 0
        real = frequencies.real[frequencies.real > 0]
        assert PER_FS * np.ptp(real) == pytest.approx(width, abs=6e-6)
    assert PER_FS * ask(cold(1)).frequencies[-1].real == pytest.approx(0.26493, abs=5e-6)


STATIC = {4: 3.244, 5: 3.147, 6: 0.948, 8: 0.1231, 10: 0.0328}


@pytest.mark.parametrize("atoms", few(STATIC, 5, 4))
def test_the_static_critical_bias(atoms):
    """The first complex frequency of the stiffness, for lengths up to which it is no matter of the scan."""
    wire = cold(atoms)
    scan = np.linspace(0.0, 4.0, 201)
    found = critical_bias(
        lambda v: replace(wire, bias=v), wire.body(10.0), wire.rest, scan, friction=False, accuracy=1e-5
    )

    assert found == pytest.approx(STATIC[atoms], abs=6e-4)


def test_no_growth_no_threshold():
    """Three atoms stay calm up to 4 V."""
    wire = cold(3)
    scan = np.linspace(0.0, 4.0, 21)
    found = critical_bias(lambda v: replace(wire, bias=v), wire.body(10.0), wire.rest, scan, friction=False)

    assert found == np.inf


def test_the_dynamical_critical_bias():
    """Thirty atoms of 10 amu begin to move between 0.15 and 0.20 V: a phonon a charge (Eq. 17) for all."""
    wire = cold(30)
    scan = np.linspace(0.0, 1.0, 41)
    found = {
        mass: critical_bias(lambda v: replace(wire, bias=v), wire.body(mass), wire.rest, scan, accuracy=1e-4)
        for mass in (2.5, 10.0, 40.0)
    }

    assert 0.15 < found[10.0] < 0.20
    einstein = ask(cold(1)).frequencies[-1].real
    for mass, threshold in found.items():
        assert 0.75 < threshold / (einstein * np.sqrt(10.0 / mass)) < 0.95


def test_friction_of_the_perfect_chain():
    """The closed form against the definition: Fermi surface, and G' in the bias window, by quadrature."""
    wire = cold(6, 1.3)
    t, n = abs(wire.perfect), 8
    low, high = wire.mu - 0.65, wire.mu + 0.65
    sites = np.arange(n)
    apart = np.abs(sites[:, None] - sites)
    bonds = np.zeros((n - 1, n, n))
    for j in range(n - 1):
        bonds[j, j, j + 1] = bonds[j, j + 1, j] = 1

    def green(energy):
        k = np.arccos(-energy / (2 * t))
        return -1j * np.exp(1j * k * apart) / (2 * t * np.sin(k))

    def trace(a, b):
        return np.einsum("iab,bc,jcd,da->ij", bonds, a, bonds, b)

    g = green(low)
    want = (trace(g, g.conj().T) - trace(g, g)).real / (2 * np.pi)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for node, weight in zip(nodes, weights, strict=True):
        energy, step = (low + high) / 2 + (high - low) / 2 * node, 1e-3
        pairs = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
        slope = sum(c * (green(energy + m * step) - green(energy - m * step)) for m, c in pairs) / step
        g = green(energy)
        states = np.outer(g[:, 0], g[:, 0].conj()) * np.sqrt(4 * t**2 - energy**2)
        want -= (high - low) / 2 * weight / np.pi * trace(slope, states).imag
    got = perfect.pair_friction(*wire.leads, n - 1)

    assert np.max(np.abs(got - want)) < 1e-12
    assert np.max(np.abs(got - got.T)) > 1e-3
    slope = float(wire.hopping(np.array([wire.spacing]))[1][0])
    pull = np.zeros((n - 1, 6))
    pull[range(6), range(6)], pull[range(1, 7), range(6)] = slope, -slope
    atoms = bond_friction(chain_of(wire, wire.leads, wire.rest))
    assert np.allclose(atoms, pull.T @ want @ pull, rtol=0, atol=1e-10)


def test_friction_without_bias_is_that_of_the_electrons():
    """A Fermi surface alone: symmetric, and it takes energy from every motion."""
    for temperature in (0.0, 0.05):
        wire = models.wire(15, ends="chain", temperature=temperature)
        eta = perfect.pair_friction(*wire.leads, 16)
        assert np.max(np.abs(eta - eta.T)) < 1e-15
        assert np.min(np.linalg.eigvalsh(eta)) > -1e-15


CASES = {
    "wire": (models.wire(6, bias=1.0, ends="chain"), None, 10.0),
    "matched wire": (models.wire(4, bias=0.5, buffer=3), None, [10.0, 1.0, 2.0, 40.0]),
    "stretch and turn": (models.stretch_and_turn(temperature=(0.02, 0.05)), [2.0, 1.0], [100.0, 300.0]),
}


@pytest.mark.thin
@pytest.mark.parametrize("friction", [False, True])
@pytest.mark.parametrize(("model", "x", "mass"), CASES.values(), ids=CASES)
def test_the_modes_solve_the_equation_of_motion(model, x, mass, friction):
    """-omega^2 M u - i omega eta u + K u = 0 for all 2d of them, ordered, normalised and in pairs."""
    if x is None:
        x, body = model.rest, model.body(mass)
    else:
        body = ClassicalBody(mass, Harmonic(np.full(len(x), 0.3), 0.2))
    v = vibrations(model, body, x, friction=friction)
    d = len(x)
    k = stiffness(model, body, x)
    eta = np.zeros((d, d))
    if friction:
        chain = chain_of(model, model.leads, np.asarray(x))
        closed = None if chain is None else bond_friction(chain)
        eta = fast.friction(model.at(x)) if closed is None else 2 * closed
    masses = np.broadcast_to(body.mass, d)
    w, u = v.frequencies, v.modes

    assert np.array_equal(v.stiffness, k)
    assert w.shape == (2 * d,)
    assert u.shape == (d, 2 * d)
    rest = -(w**2) * (masses[:, None] * u) - 1j * w * (eta @ u) + k @ u
    assert np.max(np.abs(rest)) < 1e-11 * np.max(np.abs(k)) * np.max(np.abs(u))
    assert np.allclose(np.sum(masses[:, None] * np.abs(u) ** 2, axis=0), 1.0)
    assert np.all(np.diff(w.real) >= 0)
    partners = np.min(np.abs(w[:, None] + w.conj()), axis=1)
    assert np.max(partners) < 1e-13 * np.max(np.abs(w))
    peaks = u[np.argmax(np.abs(u), axis=0), np.arange(2 * d)]
    assert np.allclose(peaks.imag, 0, rtol=0, atol=1e-13)
    assert np.all(peaks.real > 0)
    assert v.growing == np.sum((w.real >= 0) & (w.imag > GROWTH * np.max(np.abs(w))))


def test_the_split_into_two_parts():
    """S and A are the parts of what the bias adds to the stiffness; wires without bias have neither."""
    wire = cold(8, 0.6)
    v, still = ask(wire), ask(replace(wire, bias=0.0))

    assert np.allclose(v.symmetric + v.antisymmetric, v.stiffness - still.stiffness, rtol=0, atol=1e-12)
    assert np.array_equal(v.symmetric, v.symmetric.T)
    assert np.array_equal(v.antisymmetric, -v.antisymmetric.T)
    assert not np.any(still.symmetric)
    assert not np.any(still.antisymmetric)
    model = models.stretch_and_turn(mu=(0.3, 0.1), temperature=(0.02, 0.06))
    even = models.stretch_and_turn(mu=(0.2, 0.2), temperature=(0.04, 0.04))
    body = ClassicalBody(100.0, Harmonic(1.0))
    # The tilt of the family follows its own bias, so that only its leads are to be even.
    flat = models.family(model.hamiltonian, model.gradient, even.leads, coordinates=("q", "theta"))
    change = stiffness(model, body, [2.0, 1.0]) - stiffness(flat, body, [2.0, 1.0])
    v = vibrations(model, body, [2.0, 1.0], friction=False)
    assert np.allclose(v.symmetric + v.antisymmetric, change, rtol=0, atol=1e-8)


def test_the_instability_is_even_in_the_bias_and_falls_with_the_root_of_the_mass():
    """Xi(V) = Xi(-V), and Xi sqrt(M) is a constant; friction does not enter it."""
    wire = cold(12, 0.8)
    xi = ask(wire).instability

    assert xi > 0
    assert ask(replace(wire, bias=-0.8)).instability == pytest.approx(xi, rel=1e-9)
    assert ask(wire, mass=40.0).instability == pytest.approx(xi / 2, rel=1e-12)
    assert ask(wire, friction=True).instability == pytest.approx(xi, rel=1e-13)


def test_a_batch_of_positions():
    """All fields have the axes of the batch in front."""
    wire = models.wire(3, bias=0.5, buffer=2)
    x = wire.rest + np.array([[[0.0], [0.05]], [[-0.02], [0.03]], [[0.01], [-0.04]]]) * [1.0, -1.0, 0.5]
    v = vibrations(wire, wire.body(10.0), x)

    shapes = {name: getattr(v, name).shape for name in vars(v)}
    assert shapes == {
        "frequencies": (3, 2, 6), "modes": (3, 2, 3, 6), "growing": (3, 2), "instability": (3, 2),
        "stiffness": (3, 2, 3, 3), "symmetric": (3, 2, 3, 3), "antisymmetric": (3, 2, 3, 3),
    }  # fmt: skip
    one = vibrations(wire, wire.body(10.0), x[2, 1])
    assert np.allclose(v.frequencies[2, 1], one.frequencies, rtol=1e-13)


def test_relaxed_geometries():
    """At rest under current: the total force is gone, and the perfect chain is found again."""
    for wire in (cold(7, 0.8), models.wire(5, bias=0.8, buffer=3), models.wire(20, bias=0.4, buffer=8)):
        body = wire.body(10.0)
        watched = Watched(body.potential, strict=True)
        start = wire.rest + 0.03 * np.sin(np.arange(wire.atoms))
        x = relaxed(wire, body, start)
        assert np.max(np.abs(total_force(wire, watched, x))) < 1e-9
    wire = cold(7, 0.8)
    assert np.allclose(relaxed(wire, wire.body(10.0), wire.rest + 0.02), wire.rest, rtol=0, atol=1e-9)


def test_no_rest_is_told():
    """A potential without a minimum: no position, and no number that looks like one."""
    slope = Potential(lambda x: np.sum(x, -1), lambda x: 1 + 0 * x)
    with pytest.raises(PrecisionError, match="no position at rest"):
        relaxed(models.two_level(), ClassicalBody(1.0, slope), [0.1])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"family": 3.0}, "family"),
        ({"family": lambda v: None}, "model"),
        ({"biases": [0.2, 0.1]}, "biases"),
        ({"biases": [[0.1]]}, "biases"),
        ({"accuracy": 0.0}, "accuracy"),
        ({"friction": 1}, "friction"),
    ],
)
def test_a_wrong_scan_is_refused_by_name(change, name):
    """The arguments of the critical bias."""
    wire = cold(3)
    right = {"family": lambda v: replace(wire, bias=v), "biases": [0.0, 1.0]}
    right |= {"body": wire.body(10.0), "x": wire.rest}
    with pytest.raises(InvalidSystemError) as error:
        critical_bias(**(right | change))

    assert error.value.argument.startswith(name)
