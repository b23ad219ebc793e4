"""The mean-field energies: wrong values are refused in words, right ones kept as plain numbers."""

from __future__ import annotations

import numpy as np
import pytest
from bad_inputs import KINDS, mistakes

import electronwind
from electronwind import InvalidSystemError, functionals, models
from electronwind.functionals import Functional, Hubbard, LocalNeutrality, checked_functional

RIGHT = {
    LocalNeutrality: {"sites": [1], "charges": [0.5]},
    Hubbard: {"sites": [1], "strength": 4.0, "charges": [0.5]},
    Functional: {
        "energy": lambda density: 0.0,
        "potential": lambda density: 0 * density,
        "kernel": lambda density, change: 0 * change,
    },
}  # fmt: skip


@pytest.mark.parametrize("make", RIGHT, ids=lambda make: make.__name__)
def test_no_wrong_value_makes_a_functional(make):
    """Every kind of wrong value for every argument is refused by name."""
    for argument, kind in mistakes(make):
        if make is Functional and kind == "a function":
            continue  # what it returns is looked at where it is called
        with pytest.raises(InvalidSystemError) as caught:
            make(**RIGHT[make] | {argument: KINDS[kind]()})
        assert caught.value.argument.partition("[")[0] == argument, kind
        assert 20 < len(str(caught.value)) < 400, kind


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_no_functional_is_refused(kind):
    """The door of the solvers names the argument."""
    with pytest.raises(InvalidSystemError, match="functional: expected"):
        checked_functional(KINDS[kind](), models.bent_chain().at([0.0, 0.0]))


@pytest.mark.parametrize(
    ("functional", "words"),
    [
        (LocalNeutrality([3], 0.5), r"functional.sites\[0\]: expected a level of the Hamiltonian, 0 to 2"),
        (Hubbard([0, 7], 1.0, 0.5), r"functional.sites\[1\]: expected a level of the Hamiltonian, 0 to 2"),
        (LocalNeutrality([0, 1], [0.5, 2.0]), r"functional.charges\[1\]: expected less than the 2 that"),
    ],
)
def test_what_does_not_fit_the_system_is_refused(functional, words):
    """Sites that the system does not have, and charges that no finite potential makes."""
    with pytest.raises(InvalidSystemError, match=words):
        checked_functional(functional, models.bent_chain().at([0.0, 0.0]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Hubbard([1, 2, 1], 1.0, 0.5),
            "expected sites of which none comes twice, got 1 twice",
        ),
        (lambda: LocalNeutrality([], 0.5), "sites: expected a sequence of at least one level"),
        (lambda: LocalNeutrality([-1], 0.5), r"sites\[0\]: expected a whole number from 0"),
        (lambda: LocalNeutrality([0, 1], [0.5, 0.0]), r"charges\[1\]: expected a number of electrons > 0"),
        (lambda: Hubbard([0, 1], [1.0, 2.0, 3.0], 0.5), r"strength: expected one number, or shape \(2,\)"),
        (lambda: Hubbard([0, 1], 1.0, [[0.5, 0.5]]), r"charges: expected one number, or shape \(2,\)"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(make, words):
    """Each refusal says what came and what was expected."""
    with pytest.raises(InvalidSystemError, match=words):
        make()


def test_one_number_serves_all_sites():
    """Numbers are kept as read-only floats, one for each site; whole numbers of numpy are sites as well."""
    made = Hubbard(np.arange(3), 2, np.float32(0.5))

    assert made.sites == (0, 1, 2)
    assert all(type(site) is int for site in made.sites)
    np.testing.assert_array_equal(made.strength, [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(made.charges, [0.5, 0.5, 0.5])
    assert not made.strength.flags.writeable


def test_the_package_exports_them():
    """They are reached as electronwind.functionals, as the families are as electronwind.models."""
    assert electronwind.functionals is functionals
    assert set(functionals.__all__) >= {"Functional", "Hubbard", "LocalNeutrality", "Screened"}
