"""The screened problem: its definition, differences of the self-consistent force, what has no solution."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind import InvalidSystemError, WideBandLead, models
from electronwind.fast import curl, density_matrix, force
from electronwind.fast.self_consistent import self_consistent
from electronwind.functionals import Functional, Hubbard, LocalNeutrality

# Weights of the central difference of eighth order, at 1 ... 4 steps.
CENTRAL = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])


def drawn(seed, *, n=4, bias=1.0, temperature=(0.0, 0.0), degeneracy=2, leads=2, tilt=True):
    """Return a family of two coordinates, complex and not linear in them, with full broadenings."""
    rng = np.random.default_rng(seed)

    def hermitian():
        a = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
        return (a + a.conj().T) / 2

    base, first, second, mixed = (hermitian() for _ in range(4))

    def hamiltonian(x):
        a, b = (np.asarray(x)[..., k, None, None] for k in (0, 1))
        return base + a * first + b * second + (a * b + tilt * np.sin(a)) * mixed

    def gradient(x):
        a, b = (np.asarray(x)[..., k, None, None] for k in (0, 1))
        return np.stack([first + (b + tilt * np.cos(a)) * mixed, second + a * mixed], axis=-3)

    made = []
    for k in range(leads):
        b = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
        broadening = 0.15 * b @ b.conj().T + 0.05 * np.eye(n)
        made.append(WideBandLead(broadening, bias * (0.5 - k / max(1, leads - 1)), temperature[k % 2]))
    return models.family(hamiltonian, gradient, made, coordinates=("a", "b"), degeneracy=degeneracy)


def repulsion(sites, strength, charges):
    """Return `Hubbard` as a functional of a user's own."""

    def excess(density):
        return density.diagonal()[sites].real - charges

    def energy(density):
        return float(np.sum(strength * excess(density) ** 2) / 2)

    def potential(density):
        v = np.zeros_like(density)
        v[sites, sites] = strength * excess(density)
        return v

    def kernel(density, change):
        v = np.zeros_like(density)
        v[sites, sites] = strength * change.diagonal()[sites].real
        return v

    return Functional(energy, potential, kernel)


def exchange(strength):
    """Return a functional of all entries: minus half the strength times Tr[density^2], and a quartic part."""

    def energy(density):
        square = np.trace(density @ density).real
        return -strength * square / 2 + 0.05 * square**2

    def potential(density):
        square = np.trace(density @ density).real
        return -strength * density + 0.2 * square * density

    def kernel(density, change):
        square = np.trace(density @ density).real
        return -strength * change + 0.2 * square * change + 0.4 * np.trace(density @ change).real * density

    return Functional(energy, potential, kernel)


SITES = [0, 2]
FUNCTIONALS = {
    "Hubbard": Hubbard(SITES, [1.5, 4.0], [0.9, 1.1]),
    "a strong Hubbard": Hubbard(SITES, 1e6, [0.9, 1.1]),
    "neutrality": LocalNeutrality(SITES, [0.9, 1.1]),
    "neutrality of all": LocalNeutrality(range(4), [0.9, 1.1, 1.0, 0.8]),
    "a user's repulsion": repulsion(np.array(SITES), np.array([1.5, 4.0]), np.array([0.9, 1.1])),
    "a user's exchange": exchange(0.8),
}


def finite_difference(model, functional, x, h=0.01):
    """Return the curl of the self-consistent force by central differences."""
    points = [
        np.add(x, side * k * h * np.eye(2)[nu]) for nu in (0, 1) for k in (1, 2, 3, 4) for side in (1, -1)
    ]
    found = self_consistent(model, functional, points)
    assert np.all(found.converged)
    values = found.force.reshape(2, 4, 2, 2)
    slopes = np.einsum("k,nkd->nd", CENTRAL, values[:, :, 0] - values[:, :, 1]) / h
    return slopes - slopes.T


@pytest.mark.night("a user's exchange")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("name", FUNCTIONALS)
@pytest.mark.parametrize("temperature", [(0.0, 0.0), (0.1, 0.02)], ids=["cold", "warm"])
def test_the_curl_of_the_result_is_that_of_the_self_consistent_force(name, temperature):
    """Todorov2010 Eq. 24 with the screened gradient, at a bias of the order of the energies."""
    model, x = drawn(1, temperature=temperature), [0.1, -0.2]
    found = self_consistent(model, FUNCTIONALS[name], x)

    expected = finite_difference(model, FUNCTIONALS[name], x)
    assert abs(expected[0, 1]) > 1e-3
    np.testing.assert_allclose(curl(found.system), expected, rtol=0, atol=1e-8 * abs(expected[0, 1]))


@pytest.mark.night("a user's exchange")
@pytest.mark.parametrize("name", FUNCTIONALS)
def test_the_result_solves_the_equation(name):
    """The fields of the result are what their names say, each by its definition."""
    model, x, functional = drawn(2, leads=3), [-0.1, 0.3], FUNCTIONALS[name]
    found = self_consistent(model, functional, x)
    bare = model.at(x)
    sigma = found.density_matrix
    assert found.converged
    assert found.advice == ""
    assert found.residual < 1e-12
    np.testing.assert_allclose(sigma, density_matrix(found.system), rtol=0, atol=1e-14)
    np.testing.assert_allclose(
        found.system.hamiltonian, bare.hamiltonian + found.potential, rtol=0, atol=1e-14
    )
    expected = -2 * np.einsum("dij,ji->d", bare.gradient, sigma).real
    np.testing.assert_allclose(found.force, expected, rtol=0, atol=1e-13)
    density = 2 * sigma
    if isinstance(functional, Functional):
        np.testing.assert_allclose(found.potential, functional.potential(density), rtol=0, atol=1e-12)
    else:
        sites = list(functional.sites)
        excess = density.diagonal().real[sites] - functional.charges
        v = found.potential.diagonal().real[sites]
        u = getattr(functional, "strength", np.inf)
        np.testing.assert_allclose(excess - v / u, 0, rtol=0, atol=1e-12)
        rest = found.potential.copy()
        rest[sites, sites] = 0
        assert not np.any(rest)


@pytest.mark.thin(most=1)
@pytest.mark.night("a user's exchange")
@pytest.mark.parametrize("nu", [0, 1])
@pytest.mark.parametrize("name", FUNCTIONALS)
def test_the_screened_gradient_is_the_derivative_of_the_screened_hamiltonian(name, nu):
    """d(h + v)/dx along both coordinates, at the bias at hand."""
    model, x, h = drawn(3, temperature=(0.05, 0.3)), np.array([0.2, 0.1]), 0.02
    found = self_consistent(model, FUNCTIONALS[name], x)
    points = [x + side * k * h * np.eye(2)[nu] for k in (1, 2, 3, 4) for side in (1, -1)]
    matrices = self_consistent(model, FUNCTIONALS[name], points).system.hamiltonian.reshape(4, 2, 4, 4)
    slope = np.einsum("k,kij->ij", CENTRAL, matrices[:, 0] - matrices[:, 1]) / h

    np.testing.assert_allclose(found.system.gradient[nu], slope, rtol=0, atol=1e-8)


def test_a_users_functional_is_the_same_as_the_one_that_comes_along():
    """Hubbard by itself and written out by a user."""
    model, x = drawn(4, bias=0.7), np.array([[0.1, 0.0], [-0.3, 0.2]])
    one, other = (self_consistent(model, FUNCTIONALS[name], x) for name in ("Hubbard", "a user's repulsion"))

    np.testing.assert_allclose(one.force, other.force, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.system.gradient, other.system.gradient, rtol=0, atol=1e-12)


def test_neutrality_is_the_limit_of_repulsion():
    """The error of a finite U falls like 1/U."""
    model, x = drawn(5), [0.0, 0.1]
    limit = self_consistent(model, LocalNeutrality(SITES, 1.0), x).force
    errors = [
        np.max(np.abs(self_consistent(model, Hubbard(SITES, u, 1.0), x).force - limit)) for u in (1e3, 1e4)
    ]

    np.testing.assert_allclose(errors[0] / errors[1], 10, rtol=0.05)


def test_nothing_that_costs_nothing_changes_anything():
    """Without strength the state is that of the bare system, gradient included."""
    model, x = drawn(6), [0.2, 0.2]
    found = self_consistent(model, Hubbard([1, 3], 0.0, 1.0), x)

    np.testing.assert_array_equal(found.system.gradient, model.at(x).gradient)
    np.testing.assert_array_equal(found.force, force(model.at(x)))
    assert found.converged


@pytest.mark.night("a user's exchange")
@pytest.mark.parametrize("name", FUNCTIONALS)
def test_no_bias_no_curl(name):
    """At equilibrium the self-consistent force has a potential, whatever the functional."""
    found = self_consistent(drawn(7, bias=0.0), FUNCTIONALS[name], [0.1, 0.1])
    assert np.max(np.abs(curl(found.system))) < 1e-12


def test_batches_are_many_single_ones():
    """Batch axes of positions and of leads broadcast; every member is the same as by itself."""
    family = drawn(8)
    x = np.random.default_rng(0).uniform(-0.2, 0.2, (2, 3, 2))
    found = self_consistent(family, FUNCTIONALS["Hubbard"], x)
    assert found.force.shape == (2, 3, 2)
    assert found.converged.shape == found.residual.shape == found.history.shape[:2] == (2, 3)
    one = self_consistent(family, FUNCTIONALS["Hubbard"], x[1, 2])
    assert one.residual.shape == one.converged.shape == ()
    np.testing.assert_allclose(found.force[1, 2], one.force, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.system.gradient[1, 2], one.system.gradient, rtol=0, atol=1e-12)

    mu = np.array([-0.2, 0.0, 0.3])
    leads = [WideBandLead(lead.broadening, lead.mu + mu, lead.temperature) for lead in family.leads]
    many = models.family(family.hamiltonian, family.gradient, leads, coordinates=("a", "b"), degeneracy=2)
    middle = self_consistent(many, FUNCTIONALS["neutrality"], x[0, 0])
    alone = self_consistent(family, FUNCTIONALS["neutrality"], x[0, 0])
    np.testing.assert_allclose(middle.force[1], alone.force, rtol=0, atol=1e-12)
    assert self_consistent(family, FUNCTIONALS["Hubbard"], np.zeros((0, 2))).force.shape == (0, 2)


@pytest.mark.night("2-neutrality")
@pytest.mark.parametrize(("seed", "name"), [(2, "neutrality"), (9, "neutrality"), (9, "Hubbard")])
def test_the_residual_falls_quadratically(seed, name):
    """The history shows Newton's method with the exact derivative, and repeats the last of a member.

    Newton's theorem: an error is squared, times half of the second derivative of the charge over the first,
    which is of order one here: from a tenth 1e-2, 1e-4, 1e-8, 1e-16, and a step that shows the end.
    """
    found = self_consistent(drawn(seed), FUNCTIONALS[name], [[0.0, 0.0], [0.3, -0.3]])
    for row in found.history:
        last = np.flatnonzero(row > 0.1)[-1] + 1
        near = row[last:]
        assert np.all(near[1:] <= near[:-1] ** 2 + 1e-14)
        assert near[min(4, len(near) - 1)] < 1e-12
        assert row[-1] < 1e-12
    np.testing.assert_array_equal(found.history[:, -1], found.residual)


BAD = {
    "potential of another shape": Functional(lambda d: 0.0, lambda d: d[0], lambda d, c: c),
    "potential that is not Hermitian": Functional(lambda d: 0.0, lambda d: 1j * d, lambda d, c: c),
    "potential that is not finite": Functional(lambda d: 0.0, lambda d: d / 0, lambda d, c: c),
    "potential that raises": Functional(lambda d: 0.0, lambda d: d.nothing, lambda d, c: c),
    "kernel of another shape": Functional(lambda d: 0.0, lambda d: d, lambda d, c: 0.0),
    "kernel that raises": Functional(lambda d: 0.0, lambda d: d, lambda d, c: {}[0]),
}


# It is what some of these functions do.
@pytest.mark.filterwarnings("ignore:(divide|invalid)")
@pytest.mark.parametrize("name", BAD)
def test_a_users_function_that_misbehaves_is_named(name):
    """A functional that returns what is no Hermitian matrix, or raises, is refused by its name."""
    with pytest.raises(InvalidSystemError, match=f"functional.{name.split()[0]}"):
        self_consistent(drawn(0), BAD[name], [0.0, 0.0])


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"model": 1.0}, "model"),
        ({"functional": None}, "functional"),
        ({"functional": Hubbard([4], 1.0, 1.0)}, "functional.sites[0]"),
        ({"functional": LocalNeutrality([0], 2.0)}, "functional.charges[0]"),
        ({"x": [0.0, 1.0, 2.0]}, "x"),
        ({"x": [0.0, np.nan]}, "x[1]"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments, argument):
    """The doors of the other functions, and the fit of functional and system."""
    right = {"model": drawn(0), "functional": Hubbard([0], 1.0, 1.0), "x": [0.0, 0.0]}
    with pytest.raises(InvalidSystemError) as caught:
        self_consistent(**right | arguments)
    assert caught.value.argument == argument
