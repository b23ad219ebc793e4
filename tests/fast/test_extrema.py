"""The edges of the bands of crystals: none is missed beside a crossing of bands, by neither solver."""

import numpy as np
import pytest

from electronwind.fast.extrema import extrema
from electronwind.reference.turns import turns


def chains(rng, orbitals, hop=1.0):
    """Return a cell of chains that know nothing of each other, in a basis that hides it, and their edges."""
    middle, hopping = rng.normal(size=orbitals), hop * rng.normal(size=(2, orbitals))
    hopping = hopping[0] + 1j * hopping[1]
    raw = rng.normal(size=(2, orbitals, orbitals))
    basis = np.linalg.qr(raw[0] + 1j * raw[1])[0]
    onsite, hidden = ((basis * part) @ basis.conj().T for part in (middle, hopping))
    edges = np.concatenate([middle + side * 2 * np.abs(hopping) for side in (-1, 1)])
    return (onsite + onsite.conj().T) / 2, hidden, np.sort(edges)


def energies_of(house, onsite, hopping):
    """Return the energies of all extrema."""
    if house == "fast":
        return extrema(onsite, hopping)[0]
    places = turns(onsite + 0j, hopping + 0j)
    out = [hopping * np.exp(1j * wave) for _, wave in places]
    return np.array(
        [np.linalg.eigvalsh(onsite + t + t.conj().T)[k] for t, (k, _) in zip(out, places, strict=True)]
    )


def off(found, edges):
    """Return how far the edges are from the next energy that was found, at most."""
    return np.max(np.min(np.abs(edges[:, None] - np.asarray(found, float)), axis=1))


HOUSES = pytest.mark.parametrize("house", ["fast", "reference"])


@pytest.mark.night("4-", "5-reference", "3-")
@HOUSES
@pytest.mark.parametrize("orbitals", [2, 3, 4, 5])
def test_no_edge_is_missed_beside_a_crossing(house, orbitals):
    """Chains side by side cross wherever their bands overlap, often right beside an edge."""
    rng = np.random.default_rng(orbitals)
    for _ in range(8 - orbitals):
        onsite, hopping, edges = chains(rng, orbitals)

        assert off(energies_of(house, onsite, hopping), edges) < 1e-13


@pytest.mark.slow
@HOUSES
@pytest.mark.parametrize("seed", range(20))
def test_no_edge_is_missed_beside_any_crossing(house, seed):
    """The same, many more."""
    rng = np.random.default_rng([seed, 1])
    for orbitals in (2, 3, 3, 4, 4, 4, 5):
        onsite, hopping, edges = chains(rng, orbitals)

        assert off(energies_of(house, onsite, hopping), edges) < 1e-13


def test_what_rounding_takes_and_the_ends_of_all_bands():
    """Of chains side by side, in a basis that hides it."""
    for seed in range(4):
        onsite, hopping, edges = chains(np.random.default_rng(seed), 3)
        _, missed, ranges = extrema(onsite, hopping)

        assert np.all(np.abs(missed) < 1e-15)
        assert np.allclose(ranges[[0, -1], [0, 1]], edges[[0, -1]], rtol=0, atol=1e-13)


@HOUSES
@pytest.mark.parametrize("apart", [1e-2, 1e-3, 1e-5])
def test_an_edge_may_be_as_close_to_a_crossing_as_it_likes(house, apart):
    """A band turns at wave number 1, and another one that is steeper crosses it next to there."""
    middle = -2 * 0.3 * np.cos(apart)
    onsite, hopping = np.diag([middle, 0.5]), np.diag([0.3 * np.exp(-1j), np.exp(-1j * (np.pi / 2 + 1))])
    onsite[1, 1] = 0.0
    energies = energies_of(house, onsite, hopping)

    assert off(energies, np.array([middle - 0.6, middle + 0.6, -2.0, 2.0])) < 1e-14


@HOUSES
def test_bands_that_avoid_each_other_turn_twice(house):
    """However narrow the gap between them is: its lower and its upper end are edges."""
    for coupling in (1e-2, 1e-5, 1e-8):
        onsite = np.array([[0.25, coupling], [coupling, -0.25]])
        hopping = np.diag([0.5, -0.75])
        energies = energies_of(house, onsite, hopping)
        # Of two lines of slopes s and -r that cross, to first order in the coupling.
        half = coupling * 2 * np.sqrt(0.5 * 0.75) / (0.5 + 0.75)
        assert off(energies, 0.05 + half * np.array([-1, 1])) < 4 * coupling**2 + 1e-14


@HOUSES
@pytest.mark.parametrize(
    ("onsite", "hopping", "edges"),
    [
        (np.diag([1.0, 2.0, 2.0]), np.zeros((3, 3)), [1.0, 2.0]),
        (np.diag([1.0, 2.0]), np.diag([1.0, 0.0]), [-1.0, 3.0, 2.0]),
        (np.zeros((4, 4)), np.kron(np.eye(2), np.diag([1.0, 0.5])), [-2.0, -1.0, 1.0, 2.0]),
    ],
    ids=["levels", "a flat band", "twice the same"],
)
def test_flat_and_equal_bands(house, onsite, hopping, edges):
    """What rounding makes of a band without a slope, or of two that are one, is no edge."""
    energies = energies_of(house, onsite, hopping)

    assert off(energies, np.array(edges)) < 1e-14
    assert len(energies) < 16
