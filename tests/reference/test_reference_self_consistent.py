"""The reference on screened junctions: closed forms of the bent chain, and finite differences of its own."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from electronwind import ChainLead, InvalidSystemError, UnbroadenedLevelError, WideBandLead, models, reference
from electronwind import fast as quickly
from electronwind.functionals import Functional, Hubbard, LocalNeutrality
from electronwind.reference.self_consistent import self_consistent

# A central difference of fourth order; noise of 1e-15 over the step is below its error.
STENCIL = [(2, mpf(-1) / 12), (1, mpf(8) / 12)]
STEP = 2.0**-9


def difference(function: Any, x: list[float], along: int) -> Any:
    """Return the derivative along one coordinate; positions are exact binary fractions."""
    total = 0
    for k, weight in STENCIL:
        for sign in (1, -1):
            moved = list(x)
            moved[along] += sign * k * STEP
            total = total + sign * weight * function(moved)
    return total / STEP


def chain(phi: float, bias: float, **more: Any) -> Any:
    """Return the bent chain at the filling phi / pi."""
    middle = -2 * np.cos(phi)
    return models.bent_chain(mu=(middle + bias / 2, middle - bias / 2), **more)


def drawn(temperature: tuple[float, float] = (0.0, 0.0), levels: int = 2) -> Any:
    """Return a family of levels on two leads that commute with nothing, at a bias of one."""
    rng, n = np.random.default_rng(7), levels

    def hermitian(*shape: int) -> Any:
        a = rng.normal(size=shape) + 1j * rng.normal(size=shape)
        return (a + np.swapaxes(a, -1, -2).conj()) / 2

    def broadening() -> Any:
        a = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
        return 0.1 * a @ a.conj().T + 0.05 * np.eye(n)

    h, g, second = hermitian(n, n), hermitian(2, n, n), hermitian(n, n)
    leads = [WideBandLead(broadening(), m, t) for m, t in zip((0.5, -0.5), temperature, strict=True)]

    def hamiltonian(x: Any) -> Any:
        x = np.asarray(x)
        linear = h + np.einsum("...k,kij->...ij", x, g)
        return linear + np.multiply.outer(x[..., 0] * x[..., 1], second)

    def gradient(x: Any) -> Any:
        x = np.asarray(x)
        return g + np.stack([np.multiply.outer(x[..., k], second) for k in (1, 0)], axis=-3)

    return models.family(hamiltonian, gradient, leads, coordinates=("x", "y"))


@pytest.mark.parametrize(
    "fraction", [0.3, *(pytest.param(more, marks=pytest.mark.slow) for more in (0.2, 1 / 3, 0.5, 0.7))]
)
@pytest.mark.parametrize("strength", [None, 4.0, pytest.param(0.0, marks=pytest.mark.slow)])
def test_the_screening_of_the_corner_is_that_of_the_paper(fraction, strength):
    """Eq. 30 without bias: dE0/dx = -alpha, dE0/dy = alpha, for any strength u / (1 + u) of it."""
    phi = fraction * np.pi
    model = chain(phi, 0.0, decay=1.3)
    alpha = -2 * 1.3 * (1 - 2 * fraction)
    charge = 2 * fraction
    functional = LocalNeutrality([1], charge) if strength is None else Hubbard([1], strength, charge)
    part = 1.0 if strength is None else strength / (2 + strength)
    found = self_consistent(model, functional, [0.0, 0.0], digits=15)
    assert found.converged
    assert np.allclose(found.system.gradient[:, 1, 1], [-alpha * part, alpha * part], rtol=0, atol=1e-13)
    assert abs(found.potential[1, 1]) < 1e-14


@pytest.mark.parametrize("fraction", [0.15, pytest.param(0.45, marks=pytest.mark.slow)])
def test_the_screened_curl_of_the_bent_chain(fraction):
    """Eq. 33 from Eq. 25, with the densities of states of Eq. 31 and the screened operators."""
    phi = fraction * np.pi
    found = self_consistent(chain(phi, 0.0), LocalNeutrality([1], 2 * fraction), [0.0, 0.0], digits=15)
    F = -found.system.gradient
    k = np.arange(-1, 2)
    left = -np.exp(1j * np.subtract.outer(k, k) * phi) / (2 * np.pi) / (-2 * np.sin(phi))
    D, change = left + left.conj(), (left - left.conj()) / 2  # the occupations are 1/2 and -1/2 of eV
    curl = 2 * 4 * np.pi * np.trace(F[0] @ D @ F[1] @ change).imag
    expected = 4 / np.pi * (np.cos(phi) - 1 + 2 * fraction) / np.sin(phi)
    assert curl == pytest.approx(-expected, rel=1e-12) or curl == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("filling", "strength"), [pytest.param(0.05, None, marks=pytest.mark.slow), (0.8, 4.0)]
)
def test_the_curl_of_the_screened_system_at_a_small_bias(filling, strength):
    """Eq. 33, and its share u/(1 + u), by the curl of the system itself.

    At second order in the bias the corner gets a potential of some 1e-14: it hardly binds a state, whose dent
    at the edge of the band the integrals over it must see.
    """
    hopping, decay, bias = -1.25, 0.8, 2.0**-24
    mu = 2 * hopping * np.cos(np.pi * filling)
    mus = (mu + bias / 2, mu - bias / 2)
    phi = np.arccos(sum(mus) / 2 / (2 * hopping))
    charge = 2 * phi / np.pi
    functional = LocalNeutrality([1], charge) if strength is None else Hubbard([1], strength, charge)
    share = 1.0 if strength is None else strength / (2 * abs(hopping) + strength)
    found = self_consistent(models.bent_chain(hopping, decay, mus), functional, [0.0, 0.0], digits=15)
    unit = 4 * (mus[0] - mus[1]) / np.pi * decay**2 / np.sin(phi)
    want = np.cos(phi) - (1 - 2 * phi / np.pi) * share
    assert abs(reference.curl(found.system, digits=15)[0, 1] / unit - want) < 1e-12


@pytest.mark.slow
def test_screening_far_from_equilibrium():
    """At eV = 0.8 the two directions screen differently: 0.637 and -1.466, and the potential is not zero."""
    model = chain(0.3 * np.pi, 0.8, decay=1.3)
    found = self_consistent(model, LocalNeutrality([1], 0.6), [0.0, 0.0], digits=20)
    assert np.allclose(found.system.gradient[:, 1, 1].real, [0.637, -1.466], rtol=0, atol=6e-4)
    assert abs(found.potential[1, 1]) > 0.01
    with mpmath.workdps(35):
        assert abs(found.density_matrix[1, 1] * 2 - mpf(0.6)) < 1e-19


@pytest.mark.parametrize(
    ("model", "functional", "x"),
    [
        (drawn(), Hubbard([0, 1], [2.0, -0.25], 0.5), [0.25, -0.125]),
        pytest.param(chain(0.3 * np.pi, 0.8), Hubbard([1], 4.0, 0.6), [0.0, 0.0], marks=pytest.mark.slow),
        pytest.param(
            drawn(levels=4),
            Hubbard([0, 1, 3], [2.0, 0.5, -0.25], 0.5),
            [0.25, -0.125],
            marks=pytest.mark.slow,
        ),
    ],
)
@pytest.mark.slow
@pytest.mark.parametrize("nu", [0, 1])
def test_the_screened_gradient_is_the_derivative_of_the_converged_hamiltonian(model, functional, x, nu):
    """d(h + v)/dx by differences of v along both coordinates, at a bias of order one."""
    found = self_consistent(model, functional, x, digits=20)
    assert found.converged
    with mpmath.workdps(25):
        slope = difference(lambda y: self_consistent(model, functional, y, digits=15).potential, x, nu)
    expected = model.gradient(x)[nu] + slope.astype(complex)
    assert np.allclose(found.system.gradient[nu], expected, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_the_curl_of_the_system_is_that_of_the_self_consistent_force():
    """todorov2010 Eq. 24 with Eq. 23 against differences of Eq. 5, at eV = 1."""
    model, x = drawn(levels=4), [0.25, -0.125]
    functional = LocalNeutrality([0, 2], [0.5, 0.6])
    found = self_consistent(model, functional, x, digits=15)
    with mpmath.workdps(25):
        slopes = [
            difference(lambda y: self_consistent(model, functional, y, digits=15).force, x, nu)
            for nu in (0, 1)
        ]
        expected = slopes[0][1] - slopes[1][0]
        curl = reference.curl(found.system, digits=15)[0, 1]
        bare = reference.curl(model.at(x), digits=15)[0, 1]
    assert abs(curl / expected - 1) < 1e-8
    assert abs(bare / expected - 1) > 1e-3


def test_force_and_density_are_those_of_the_converged_system():
    """Density of h + v, and force with the bare operators."""
    model, x = drawn(), [0.25, -0.125]
    found = self_consistent(model, Hubbard([0, 1], 2.0, 0.5), x, digits=20)
    sigma = reference.density_matrix(found.system, digits=20)
    assert np.max(abs(sigma - found.density_matrix)) < 1e-14
    bare = -np.einsum("kij,ji->k", model.gradient(x), found.density_matrix.astype(complex)).real
    assert np.allclose(found.force.astype(float), bare, rtol=1e-13)
    with mpmath.workdps(25):
        v = [2 * (found.density_matrix[i, i].real - mpf(0.5)) for i in (0, 1)]
        assert max(abs(found.potential[i, i] - v[i]) for i in (0, 1)) < mpf("1e-19")
    assert found.residual < mpf("1e-20")
    assert found.history[-1] == found.residual
    assert found.history[0] > 1e-3


U = np.array([1.0, 0.5])


def written(diagonal: Any) -> Functional:
    """Return the energy of `Hubbard` with strengths U and 1/2 electron, and an exchange of levels 0 and 1."""

    def potential(q: Any) -> Any:
        v = diagonal([U[i] * (q[i, i].real - 0.5) for i in range(2)])
        v[0, 1], v[1, 0] = 0.25 * q[0, 1], 0.25 * q[1, 0]
        return v

    def kernel(q: Any, dq: Any) -> Any:
        v = diagonal([U[i] * dq[i, i].real for i in range(2)])
        v[0, 1], v[1, 0] = 0.25 * dq[0, 1], 0.25 * dq[1, 0]
        return v

    return Functional(lambda q: 0.0, potential, kernel)


def exact(entries: list[Any]) -> Any:
    """Return a diagonal matrix of whatever numbers."""
    v = np.zeros((len(entries), len(entries)), dtype=object)
    for i, entry in enumerate(entries):
        v[i, i] = entry
    return v


def test_a_functional_of_a_users_own():
    """Off-diagonal potentials screen too; functions of numpy alone are taken at double precision."""
    model, x = drawn(), [0.25, -0.125]
    found = self_consistent(model, written(exact), x, digits=20)
    assert found.converged
    assert found.residual < mpf("1e-20")
    q = found.density_matrix
    with mpmath.workdps(25):
        assert abs(found.potential[0, 1] - q[0, 1] / 4) < mpf("1e-19")
    numpy_only = written(lambda entries: np.diag(np.array(entries, dtype=complex)))
    plain = self_consistent(model, numpy_only, x, digits=15)
    assert plain.converged
    assert np.allclose(plain.force.astype(float), found.force.astype(float), rtol=1e-11)
    quick = quickly.self_consistent(model, numpy_only, x)
    assert np.allclose(quick.system.gradient, found.system.gradient, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("potential", "words"),
    [
        (lambda q: q[0], "shape"),
        (lambda q: np.full((2, 2), np.nan), "finite"),
        (lambda q: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_functional_that_fails_is_named(potential, words):
    """What a function of a functional returns is looked at, and what it raises is told."""
    with pytest.raises(InvalidSystemError, match=words) as caught:
        self_consistent(
            drawn(), Functional(lambda q: 0.0, potential, lambda q, dq: dq), [0.0, 0.0], digits=15
        )
    assert "functional" in caught.value.argument


def test_what_does_not_converge_says_so():
    """A strong attraction has no state that continues from the bare one: nothing is claimed."""
    found = self_consistent(drawn(), Hubbard([0, 1], -40.0, 0.5), [0.25, -0.125], digits=15)
    assert found.converged or ("bare system" in found.advice and found.residual > 1e-6)
    with pytest.raises(InvalidSystemError, match="functional"):
        self_consistent(drawn(), Hubbard([4], 1.0, 0.5), [0.0, 0.0])


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    ("model", "functional", "x"),
    [
        (drawn((0.1, 0.04)), Hubbard([0, 1], [2.0, -0.25], 0.5), [0.25, -0.125]),
        (chain(0.3 * np.pi, 0.8), LocalNeutrality([0, 1, 2], 0.6), [-0.0625, 0.03125]),
        pytest.param(
            drawn((0.1, 0.04), 4),
            Hubbard([0, 1, 3], [2.0, 0.5, -0.25], 0.5),
            [0.25, -0.125],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            chain(0.4 * np.pi, 0.5, temperature=(0.1, 0.05)),
            LocalNeutrality([1], 0.8),
            [-0.0625, 0.03125],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_both_solvers_agree(model, functional, x):
    """Force, potential and screened gradient, cold and warm, on wide bands and chains."""
    found = self_consistent(model, functional, x, digits=15)
    quick = quickly.self_consistent(model, functional, x)
    assert found.converged
    assert np.allclose(found.force.astype(float), quick.force, rtol=0, atol=1e-10)
    assert np.allclose(found.potential.astype(complex), quick.potential, rtol=0, atol=1e-10)
    assert np.allclose(found.density_matrix.astype(complex), quick.density_matrix, rtol=0, atol=1e-10)
    assert np.allclose(found.system.gradient, quick.system.gradient, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_batches_of_positions():
    """A batch is what its members are."""
    model, functional = drawn(), LocalNeutrality([1], 0.4)
    x = np.array([[[0.0, 0.0], [0.25, 0.125]]])
    many = self_consistent(model, functional, x, digits=15)
    assert many.force.shape == (1, 2, 2)
    assert many.history.shape[:2] == many.residual.shape == many.converged.shape == (1, 2)
    for k in (0, 1):
        one = self_consistent(model, functional, x[0, k], digits=15)
        assert np.all(many.force[0, k] == one.force)
        assert np.array_equal(many.system.gradient[0, k], one.system.gradient)


def test_a_bound_state_that_the_leads_fill_differently_is_refused():
    """A deep level below the band, at energies where one lead is empty."""
    leads = [ChainLead(0, -1.0, -1.0, 0.0), ChainLead(2, -1.0, -4.0, 0.0)]

    def hamiltonian(x: Any) -> Any:
        h = np.diag([0.0, -3.0, 0.0]) - np.eye(3, k=1) - np.eye(3, k=-1)
        return h + np.multiply.outer(np.asarray(x)[..., 0], np.diag([0.0, 1.0, 0.0]))

    def gradient(x: Any) -> Any:
        return np.broadcast_to(np.diag([0.0, 1.0, 0.0]), (*np.shape(x)[:-1], 1, 3, 3))

    model = models.family(hamiltonian, gradient, leads, coordinates=("x",))
    with pytest.raises(UnbroadenedLevelError, match="disagree"):
        self_consistent(model, Hubbard([1], 0.1, 0.9), [0.0], digits=15)
