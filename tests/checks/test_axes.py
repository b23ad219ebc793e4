"""What the laws make of a value is told by its axes, those of a row that does not exist yet among them."""

from dataclasses import replace

import numpy as np
import pytest

from electronwind import OBSERVABLES
from electronwind.validation.checks import axes


@pytest.fixture(autouse=True)
def one_more_row(monkeypatch: pytest.MonkeyPatch) -> None:
    row = OBSERVABLES["transmission"]
    monkeypatch.setitem(OBSERVABLES, "local_density", replace(row, name="local_density", axes=("n",)))


def test_an_argument_moves_with_the_zero_of_energy_where_it_counts_from_there():
    moved = {name: axes.shifted(name, (0.5,), 2.0) == (2.5,) for name in OBSERVABLES}
    assert {name for name, is_so in moved.items() if is_so} == {"transmission", "local_density"}
    assert axes.shifted("force", (), 2.0) == ()


def test_matrices_over_levels_turn_and_nothing_else_does():
    u = np.array([[0.6, 0.8j], [0.8j, 0.6]])
    sigma = np.array([[0.25, 0.5j], [-0.5j, 0.75]])
    np.testing.assert_allclose(axes.in_basis("density_matrix", sigma, u), u @ sigma @ u.conj().T)
    for name in ("friction", "transmission", "local_density"):
        assert axes.in_basis(name, sigma, u) is sigma


def test_junctions_side_by_side():
    one, two = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0]])
    np.testing.assert_array_equal(axes.beside("density_matrix", one, two), [[1, 2, 0], [3, 4, 0], [0, 0, 5]])
    np.testing.assert_array_equal(axes.beside("local_density", one[0], two[0]), [1, 2, 5])
    np.testing.assert_array_equal(axes.beside("curl", one, one, one), 3 * one)
    # Blocks of complex numbers stay complex, behind axes of the argument too.
    assert axes.beside("bond_current", 1j * one, one)[0, 1] == 2j
    assert axes.beside("local_density", np.ones((4, 2)), np.ones((4, 1))).shape == (4, 3)


def test_the_first_levels_of_more():
    value = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(axes.cut("density_matrix", value, 2), [[0, 1], [3, 4]])
    np.testing.assert_array_equal(axes.cut("local_density", value[0], 2), [0, 1])
    assert axes.cut("transmission", value, 2).shape == (3, 3)


def test_leads_listed_otherwise_and_new_ones():
    value = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(axes.of_leads("transmission", value, [1, 0]), [[4, 3], [2, 1]])
    np.testing.assert_array_equal(axes.of_leads("current", value[0], [0, 1, 2]), [1, 2, 0])
    np.testing.assert_array_equal(
        axes.of_leads("transmission", value, [0, 1, 2]), [[1, 2, 0], [3, 4, 0], [0, 0, 0]]
    )
    assert axes.of_leads("friction", value, [1, 0]) is value


def test_what_a_lead_has_of_itself_is_left_out():
    value = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(axes.unreflected("transmission", value), [[0, 2], [3, 0]])
    for name in ("current", "density_matrix"):
        assert axes.unreflected(name, value) is value
