"""The self-energies of `electronwind.reference`: all digits, of every kind of lead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crystals import DRAWN, ENERGIES, HOOK, LINK, PAIR, TRIPLE, drawn
from thinning import few

from electronwind import ChainLead, Lead, PeriodicLead, PrecisionError, WideBandLead
from electronwind.fast import leads as quick
from electronwind.reference.arithmetic import adjoint, array, inverses, working
from electronwind.reference.leads import precise

DIGITS = 45
SOME = [
    WideBandLead([[0.5, 0.1j, 0], [-0.1j, 0.3, 0], [0, 0, 0]], 0.0, 0.1),
    ChainLead(1, -0.7, 0.0, 0.1, 0.2, 0.5),
    *(drawn(*sizes, seed=7, coupled=2) for sizes in DRAWN[:5]),
]


def size(values: Any) -> float:
    """Return the largest modulus."""
    return float(np.max(abs(np.asarray(values))))


@pytest.mark.night("periodic-1.609", "periodic-2.002")
@pytest.mark.parametrize("lead", SOME, ids=lambda lead: f"{lead.kind}-{lead.size:.3f}")
def test_the_same_as_the_other_solver(lead: Lead) -> None:
    """Both solvers have the same self-energy, slope and edges, on the axis and above it."""
    z = np.concatenate([np.linspace(-3, 3, 7) + 0j, np.linspace(-3, 3, 7) + 0.1j])
    sites = np.ix_(range(len(z)), lead.sites, lead.sites)
    with working(DIGITS):
        one = precise(lead, 3)
        found = [np.broadcast_to(f(array(z)), (len(z), 3, 3))[sites] for f in (one.self_energy, one.slope)]
        marks = np.array([float(edge) for edge in one.edges])

    for value, other in zip(found, (quick.self_energy(lead, z), quick.slope(lead, z)), strict=True):
        assert size(value.astype(complex) - other) <= 1e-11 * size(other)
    assert np.allclose(marks, quick.edges(lead), rtol=0, atol=1e-13)


@pytest.mark.night("3-1", "2-")
@pytest.mark.parametrize(("m", "rank"), DRAWN[:5])
def test_all_digits(m: int, rank: int) -> None:
    """The equation of the surface holds to all digits, and the slope is the derivative to many."""
    lead = drawn(m, rank)
    with working(DIGITS):
        one: Any = precise(lead, m)
        crystal, e = one.crystal, array(np.array([-1.7, 0.2, 0.9, 0.4 + 0.01j]))
        g = crystal.surface(e)
        level = e[:, None, None] * np.eye(m, dtype=int)
        again = inverses(level - crystal.onsite - crystal.hopping @ g @ adjoint(crystal.hopping))
        step = array(1e-10).item()
        pair = [one.self_energy(e + sign * step) for sign in (-1, 1)]
        difference = (pair[1] - pair[0]) / (2 * step)
        slope = one.slope(e)

    assert size(again - g) <= 1e-41 * size(g)
    assert size(difference - slope) <= 1e-15 * size(slope)


@pytest.mark.parametrize(("onsite", "hopping"), few([(PAIR, LINK), (TRIPLE, HOOK), ([[0.0]], [[-1.0]])], 3))
def test_a_chain_in_longer_cells(onsite: Any, hopping: Any) -> None:
    """A chain cut into longer cells is the same chain, to 30 digits, at edges and crossings too."""
    m = len(onsite)
    with working(DIGITS):
        cells, chain = (
            precise(PeriodicLead(range(m), onsite, hopping, 0.0, 0.0), m),
            precise(ChainLead(0, -1.0, 0, 0), 1),
        )
        found = cells.self_energy(array(ENERGIES))[:, -1, -1]
        expected = chain.self_energy(array(ENERGIES))[:, 0, 0]

    assert size(found - expected) < 1e-33


def test_close_to_an_edge() -> None:
    """Next to an edge the right root is found, however close."""
    lead = drawn(2, 2)
    with working(DIGITS):
        one: Any = precise(lead, 2)
        for edge in one.edges:
            for distance in (1e-3, 1e-12, 1e-25):
                e = edge + array(np.array([-distance, distance]))
                sigma = one.self_energy(e)
                open_ = [one.open(x) for x in e]
                rates = np.linalg.eigvalsh((1j * (sigma - adjoint(sigma))).astype(complex))
                assert np.all(rates[:, 0] >= -1e-12 * size(sigma))
                assert [bool(rate > 1e-9 * size(sigma)) for rate in rates[:, -1]] == open_ or distance < 1e-12


def test_what_is_infinite_is_refused_in_words() -> None:
    """At a state bound to the end of a lead the self-energy is refused."""
    strong = PeriodicLead([0, 1], [[0, 0.5], [0.5, 0]], [[0.0, 0], [1.0, 0]], 0.0, 0.0)
    with working(DIGITS), pytest.raises(PrecisionError, match="infinite"):
        precise(strong, 2).self_energy(array(np.array([0.3, 0.0])))
