"""The named families h(x)."""

import mpmath
import numpy as np
import pytest

from electronwind import Units, models

FAMILIES = {
    "single_level": (models.single_level(h0=0.03), [0.3]),
    "two_level": (models.two_level(), [-0.2]),
    "stretch_and_turn": (models.stretch_and_turn(), [2.0, 1.0]),
    "bent_chain": (models.bent_chain(), [-0.07, 0.04]),
    "ribbon_particle": (models.ribbon_particle(2, 5), [1.3, 0.6]),
}


@pytest.mark.night("ribbon")
@pytest.mark.parametrize(("model", "x"), FAMILIES.values(), ids=FAMILIES)
def test_gradient_is_the_derivative_of_the_hamiltonian(model, x):
    """The gradient is the derivative of the Hamiltonian, to the precision of mpmath's own."""
    gradient = model.gradient(x, mpmath.mp)
    for nu in range(len(x)):
        for (i, j), got in np.ndenumerate(gradient[nu]):

            def entry(t, nu=nu, i=i, j=j):
                moved = [mpmath.mpf(c) + (t if k == nu else 0) for k, c in enumerate(x)]
                return mpmath.mpf(model.hamiltonian(moved, mpmath.mp)[i, j])

            assert abs(mpmath.diff(entry, 0) - got) < 1e-10


@pytest.mark.parametrize(("model", "x"), FAMILIES.values(), ids=FAMILIES)
def test_both_algebras_agree(model, x):
    """One formula serves float64 and high precision."""
    for name in ("hamiltonian", "gradient"):
        double = getattr(model, name)(x)
        precise = getattr(model, name)(x, mpmath.mp).astype(float)

        assert np.allclose(double, precise, rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize(("model", "x"), FAMILIES.values(), ids=FAMILIES)
def test_batches_hold_the_single_systems(model, x):
    """A batch of coordinates gives the systems at each of them."""
    many = np.array(x) + np.arange(3)[:, None] * 0.01

    system = model.at(many)

    assert system.shape == (3,)
    assert np.allclose(system.hamiltonian[2], model.at(many[2]).hamiltonian, rtol=1e-15)
    assert np.allclose(system.gradient[2], model.at(many[2]).gradient, rtol=1e-15)


def test_one_coordinate_may_be_a_bare_number():
    """Where there is one coordinate it needs no brackets."""
    model = models.two_level()

    assert np.array_equal(model.at(-0.2).hamiltonian, model.at([-0.2]).hamiltonian)


def test_two_level_is_the_matrix_of_the_paper():
    """preston2022 Eq. 54 and 55 with the parameters of its Sec. III B."""
    system = models.two_level().at(-0.2)

    assert np.allclose(system.hamiltonian, [[0.02, 0.1], [0.1, -0.02]])
    assert np.allclose(system.leads[0].broadening, [[0.05, 0], [0, 0]])
    assert np.allclose(system.leads[1].broadening, [[0, 0], [0, 0.05]])
    assert [float(lead.mu) for lead in system.leads] == [0.12, -0.12]


def test_bent_chain_is_a_perfect_chain_at_the_ideal_position():
    """At the ideal position every bond is the hopping, and the force operators are those of Eq. 26, 27."""
    system = models.bent_chain(decay=0.7).at([0.0, 0.0])

    assert np.allclose(system.hamiltonian, [[0, -1, 0], [-1, 0, -1], [0, -1, 0]])
    assert np.allclose(system.gradient[0], -0.7 * np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0]]))
    assert np.allclose(system.gradient[1], 0.7 * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    assert system.degeneracy == 2


def test_units_are_those_of_the_laboratory():
    """Known conversions: the conductance quantum, room temperature, the atomic unit of time and force."""
    atomic, volt = Units.atomic(), Units()

    assert volt.ampere(1 / (2 * np.pi)) == pytest.approx(3.8740458e-5, rel=1e-7)
    assert volt.kelvin(0.025852) == pytest.approx(300.0, rel=1e-4)
    assert atomic.femtosecond(1.0) == pytest.approx(0.024188843, rel=1e-7)
    assert atomic.nanonewton(1.0) == pytest.approx(82.387235, rel=1e-7)
