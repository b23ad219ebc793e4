"""The bent chain with its corner neutral: closed forms of todorov2010, at any bias by finite differences."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from electronwind import ChainLead, models
from electronwind.fast import curl
from electronwind.fast.self_consistent import self_consistent
from electronwind.functionals import Hubbard, LocalNeutrality

# Weights of the central difference of eighth order, at 1 ... 4 steps.
CENTRAL = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
FILLINGS = [0.05, 0.2, 0.3, 1 / 3, 0.45, 0.5, 0.6, 0.8]
HOPPING, DECAY = -1.25, 0.8
# H'/H in todorov2010 Sec. V.
SLOPE = -DECAY


def chain(filling, bias, temperature=(0.0, 0.0)):
    """Return the bent chain at a filling, with a symmetric bias."""
    mu = 2 * HOPPING * np.cos(np.pi * filling)
    return models.bent_chain(HOPPING, DECAY, (mu + bias / 2, mu - bias / 2), temperature)


# Small enough that what is of the bias squared is below rounding, also next to the edge of the band.
SMALL = 2.0**-24


def at_rest(filling):
    """Return a chain, its small bias and its phase at the Fermi energy, all of rounded potentials."""
    model = chain(filling, SMALL)
    mus = [float(lead.mu) for lead in model.leads]
    return model, mus[0] - mus[1], np.arccos(sum(mus) / 2 / (2 * HOPPING))


def charge(filling):
    """Return the electrons on an atom of the perfect chain, both spins."""
    return 2 * filling


@pytest.mark.parametrize("filling", FILLINGS)
def test_a_neutral_corner_has_the_curl_of_equation_33(filling):
    """U without bound: (4 eV / pi) (H'/H)^2 (cos phi - 1 + 2 phi / pi) / sin phi, and Eq. 32 without U."""
    model, bias, phi = at_rest(filling)
    unit = 4 * bias / np.pi * SLOPE**2 / np.sin(phi)
    found = self_consistent(model, LocalNeutrality([1], charge(phi / np.pi)), [0.0, 0.0])

    scale = 1e-12 * unit
    np.testing.assert_allclose(curl(model.at([0.0, 0.0]))[0, 1], unit * np.cos(phi), rtol=0, atol=scale)
    np.testing.assert_allclose(
        curl(found.system)[0, 1], unit * (np.cos(phi) - 1 + 2 * phi / np.pi), rtol=0, atol=scale
    )


@pytest.mark.thin
@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("strength", [0.3, 1.0, 4.0, 40.0, 1e4])
def test_a_finite_repulsion_screens_by_its_share(filling, strength):
    """Every U: alpha falls short of that of a neutral atom by u/(1 + u), u = U/(2 |H|) for both spins."""
    model, bias, phi = at_rest(filling)
    found = self_consistent(model, Hubbard([1], strength, charge(phi / np.pi)), [0.0, 0.0])
    share = strength / (2 * abs(HOPPING) + strength)
    unit = 4 * bias / np.pi * SLOPE**2 / np.sin(phi)
    # Eq. 30: f_x gains alpha |0><0|, f_y loses it; the force operator is minus the gradient.
    alpha = -2 * SLOPE * HOPPING * (1 - 2 * phi / np.pi) * share
    gradient = found.system.gradient[:, 1, 1].real

    np.testing.assert_allclose(gradient, [-alpha, alpha], rtol=0, atol=2e-7)
    expected = unit * (np.cos(phi) - (1 - 2 * phi / np.pi) * share)
    np.testing.assert_allclose(curl(found.system)[0, 1], expected, rtol=0, atol=1e-10 * unit)


def test_screening_leaves_a_third_at_a_filling_of_one_third():
    """The ratio of both curls is between 0 and 1 at every filling, 1/3 at one third, 1 - 2/pi at half."""
    ratios = []
    for filling in (0.02, 0.2, 0.3, 1 / 3, 0.4, 0.4999):
        model = chain(filling, 1e-7)
        found = self_consistent(model, LocalNeutrality([1], charge(filling)), [0.0, 0.0])
        ratios.append(curl(found.system)[0, 1] / curl(model.at([0.0, 0.0]))[0, 1])
    assert np.all(np.diff(ratios) > 0)
    assert 0 < ratios[0] < 0.05
    np.testing.assert_allclose(ratios[3], 1 / 3, rtol=1e-6)
    np.testing.assert_allclose(ratios[-1], 1 - 2 / np.pi, rtol=1e-3)


@cache
def differences(functional, filling, bias, x, temperature):
    """Return the curl of the self-consistent force by central differences of eighth order."""
    h = 0.01
    points = [
        np.add(x, side * k * h * np.eye(2)[nu]) for nu in (0, 1) for k in (1, 2, 3, 4) for side in (1, -1)
    ]
    found = self_consistent(chain(filling, bias, temperature), functional, points)
    assert np.all(found.converged)
    force = found.force.reshape(2, 4, 2, 2)
    slopes = np.einsum("k,nkd->nd", CENTRAL, force[:, :, 0] - force[:, :, 1]) / h
    return (slopes - slopes.T)[0, 1]


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    "functional", [Hubbard([1], 4.0, 0.6), LocalNeutrality([1], 0.6), Hubbard([0, 1, 2], 2.0, 0.6)]
)
@pytest.mark.parametrize(
    ("x", "temperature"), [((0.0, 0.0), (0.0, 0.0)), ((-0.06, 0.1), (0.0, 0.0)), ((-0.06, 0.1), (0.02, 0.05))]
)
def test_the_curl_at_a_large_bias_is_that_of_the_self_consistent_force(functional, x, temperature):
    """At eV = 0.8, where neither Eq. 33 nor alpha at zero bias holds, and with displaced corners."""
    found = self_consistent(chain(0.3, 0.8, temperature), functional, x)
    expected = differences(functional, 0.3, 0.8, x, temperature)

    assert abs(expected) > 0.01
    np.testing.assert_allclose(curl(found.system)[0, 1], expected, rtol=1e-8)


def test_alpha_at_a_large_bias():
    """Its x and y components are no longer opposite, though the curl hardly changes (eV = 0.8, H = -1)."""
    mu, decay = -2 * np.cos(0.3 * np.pi), 1.3
    model = models.bent_chain(-1.0, decay, (mu + 0.4, mu - 0.4))
    found = self_consistent(model, LocalNeutrality([1], 0.6), [0.0, 0.0])

    np.testing.assert_allclose(found.system.gradient[:, 1, 1].real, [0.637, -1.466], rtol=0, atol=1e-3)
    linear = 4 * 0.8 / np.pi * decay**2 * (np.cos(0.3 * np.pi) - 0.4) / np.sin(0.3 * np.pi)
    assert 0.002 < abs(curl(found.system)[0, 1] / linear - 1) < 0.05


def test_mirrored_fillings_have_opposite_curls():
    """Particles and holes: the curl at 1 - nu is minus that at nu, and zero at one half."""
    for filling in (0.3, 0.5):
        pair = [
            self_consistent(chain(nu, 0.4), Hubbard([1], 3.0, charge(nu)), [0.0, 0.0]).system
            for nu in (filling, 1 - filling)
        ]
        values = [curl(system)[0, 1] for system in pair]
        np.testing.assert_allclose(values[0], -values[1], rtol=0, atol=1e-12)


def many(atoms, filling, bias):
    """Return a bent chain whose corner lies amid so many atoms, the outer ones next to the leads."""
    short = chain(filling, bias)
    corner, n = atoms // 2, atoms

    def placed(block, shape):
        h = np.zeros((*shape, n, n))
        h[..., corner - 1 : corner + 2, corner - 1 : corner + 2] = block.real
        return h

    def hamiltonian(x):
        h = placed(short.hamiltonian(x), np.shape(x)[:-1])
        for k in range(n - 1):
            if k not in (corner - 1, corner):
                h[..., k, k + 1] = h[..., k + 1, k] = HOPPING
        return h

    def gradient(x):
        return placed(short.gradient(x), (*np.shape(x)[:-1], 2))

    left, right = short.leads
    leads = [left, ChainLead(n - 1, right.hopping, right.mu, right.temperature)]
    return models.family(hamiltonian, gradient, leads, coordinates=("x", "y"), degeneracy=2)


@pytest.mark.parametrize("atoms", [16, pytest.param(50, marks=pytest.mark.slow)])
def test_many_neutral_atoms_from_a_cold_start(atoms):
    """At a bias of the order of the band and a displaced corner, in at most 15 steps."""
    found = self_consistent(many(atoms, 0.3, 0.5), LocalNeutrality(range(atoms), 0.6), [-0.05, 0.08])

    assert found.converged
    assert found.history.shape[-1] <= 15
    assert found.residual < 1e-12


def test_atoms_of_the_lead_may_be_part_of_the_system():
    """One neutral corner amid more explicit atoms is the same problem."""
    for functional in (LocalNeutrality, Hubbard):
        strength = () if functional is LocalNeutrality else (3.0,)
        x = [-0.05, 0.08]
        one = self_consistent(chain(0.3, 0.5), functional([1], *strength, 0.6), x)
        other = self_consistent(many(7, 0.3, 0.5), functional([3], *strength, 0.6), x)
        np.testing.assert_allclose(one.force, other.force, rtol=0, atol=1e-11)
        np.testing.assert_allclose(curl(one.system), curl(other.system), rtol=0, atol=1e-10)
