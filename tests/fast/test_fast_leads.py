"""The self-energies of `electronwind.fast`: the right root, everywhere, of every kind of lead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crystals import DRAWN, ENERGIES, HOOK, LINK, PAIR, TRIPLE, drawn
from thinning import few, rest

from electronwind import ChainLead, Lead, PeriodicLead, PrecisionError, WideBandLead
from electronwind.fast.leads import broadening, edges, ranges, self_energy, slope

CHAIN = ChainLead(0, -1.0, 0.0, 0.0)


def doubled(lead: PeriodicLead, z: complex) -> Any:
    """Return the self-energy above the axis by removing every other cell, again and again."""
    end = onsite = np.array(lead.onsite)
    out, back = np.array(lead.hopping), np.array(lead.hopping).conj().T
    one = z * np.eye(len(end))
    for _ in range(60):
        g = np.linalg.inv(one - onsite)
        end = end + out @ g @ back
        onsite = onsite + out @ g @ back + back @ g @ out
        out, back = out @ g @ out, back @ g @ back
    return lead.coupling @ np.linalg.inv(one - end) @ lead.coupling.conj().T


@pytest.mark.parametrize(("onsite", "hopping"), [(PAIR, LINK), (TRIPLE, HOOK), ([[0.0]], [[-1.0]])])
def test_a_chain_in_longer_cells(onsite: Any, hopping: Any) -> None:
    """A chain cut into longer cells is the same chain, where its bands cross and at its edges as well."""
    m = len(onsite)
    cells = PeriodicLead(range(m), onsite, hopping, 0.0, 0.0)

    found = self_energy(cells, ENERGIES)

    # At an edge the root of a rounding error is what is left.
    assert np.allclose(found[:, -1, -1], self_energy(CHAIN, ENERGIES)[:, 0, 0], rtol=0, atol=2e-7)
    inside = np.abs(np.abs(ENERGIES) - 2) > 1e-3
    close = np.abs(found[:, -1, -1] - self_energy(CHAIN, ENERGIES)[:, 0, 0])[inside]
    assert np.max(close) < 2e-9
    assert np.max(close[np.abs(ENERGIES[inside]) != 1e-9]) < 1e-13


@pytest.mark.parametrize(("m", "rank"), few(DRAWN, 4))
def test_the_limit_from_above(m: int, rank: int) -> None:
    """On the axis the self-energy is the limit of the one above it, which is found by another method."""
    lead = drawn(m, rank)
    e = np.linspace(-5, 5, 21)

    above = [[doubled(lead, x + 1j * h) for h in (1e-3, 5e-4, 2.5e-4)] for x in e]
    first, second, third = np.moveaxis(np.array(above), 1, 0)
    limit = (first - 6 * second + 8 * third) / 3

    found = self_energy(lead, e)
    error = np.max(np.abs(found - limit), axis=(-1, -2)) / np.max(np.abs(found), axis=(-1, -2))
    # Next to an edge or a pole the limit is not reached at these heights.
    assert np.median(error) < 1e-6
    assert np.mean(error < 1e-3) > 0.9


@pytest.mark.night("2-1", "3-1")
@pytest.mark.parametrize(("m", "rank"), rest(DRAWN, 2))
def test_above_the_axis(m: int, rank: int) -> None:
    """Above the axis the self-energy is that of doubling, close to the axis and far away."""
    lead = drawn(m, rank)
    for height in (1e-2, 0.3, 40.0):
        z = np.linspace(-5, 5, 21) + 1j * height
        expected = np.array([doubled(lead, x) for x in z])
        assert np.allclose(self_energy(lead, z), expected, rtol=1e-8, atol=1e-8 * np.max(np.abs(expected)))


@pytest.mark.parametrize(("m", "rank"), DRAWN)
def test_a_surface_with_one_cell_more_is_the_same(m: int, rank: int) -> None:
    """The equation of the surface holds, and what leaves is never negative."""
    lead = drawn(m, rank)
    plain = PeriodicLead(range(m), lead.onsite, lead.hopping, 0.0, 0.0)
    e = np.linspace(-6, 6, 101)

    sigma = self_energy(plain, e)
    again = lead.hopping @ np.linalg.inv(e[:, None, None] * np.eye(m) - lead.onsite - sigma)
    again = again @ lead.hopping.conj().T

    size = np.max(np.abs(sigma), axis=(-1, -2))
    assert np.all(np.max(np.abs(again - sigma), axis=(-1, -2)) <= 1e-9 * size)
    assert np.all(np.linalg.eigvalsh(broadening(plain, e))[:, 0] >= -1e-9 * size)


@pytest.mark.parametrize(("m", "rank"), DRAWN)
def test_open_between_the_edges_of_a_band(m: int, rank: int) -> None:
    """Something leaves at the energies inside some band, and nothing at any other."""
    lead = drawn(m, rank)
    marks = np.unique(edges(lead))
    e = np.concatenate([[marks[0] - 1], (marks[1:] + marks[:-1]) / 2, [marks[-1] + 1]])

    rates = np.max(np.linalg.eigvalsh(broadening(lead, e)), axis=-1)

    low, high = ranges(lead)[:, 0], ranges(lead)[:, 1]
    inside = np.any((low < e[:, None]) & (e[:, None] < high), axis=-1)
    assert np.all((rates > 1e-6) == inside)


@pytest.mark.night("6-3")
@pytest.mark.parametrize(("m", "rank"), DRAWN)
def test_edges_of_every_band(m: int, rank: int) -> None:
    """The edges are all maxima and minima of the bands, those inside other bands included."""
    lead = drawn(m, rank)
    waves = 2 * np.pi * np.arange(20000) / 20000
    out = lead.hopping * np.exp(1j * waves)[:, None, None]
    energies = np.linalg.eigvalsh(lead.onsite + out + np.swapaxes(out, -1, -2).conj())
    rising = np.diff(energies, axis=0, append=energies[:1]) > 0
    turns = np.sort(energies[rising != np.roll(rising, 1, axis=0)])

    assert len(edges(lead)) == len(turns)
    assert np.allclose(edges(lead), turns, rtol=0, atol=1e-6)
    assert np.allclose(ranges(lead), np.stack([energies.min(0), energies.max(0)], -1), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("m", "rank"), DRAWN)
def test_slope_is_the_derivative(m: int, rank: int) -> None:
    """The slope is that of the self-energy, on the axis and above it."""
    lead = drawn(m, rank)
    step = 1e-3
    for z in (np.linspace(-5, 5, 23), np.linspace(-5, 5, 23) + 0.2j):
        around = [self_energy(lead, z + k * step) for k in (-2, -1, 1, 2)]
        expected = (around[0] - 8 * around[1] + 8 * around[2] - around[3]) / (12 * step)
        far = np.min(np.abs(z[:, None] - edges(lead)), axis=-1) > 0.1
        found = slope(lead, z)
        size = np.max(np.abs(expected), axis=(-1, -2))
        error = np.max(np.abs(found - expected), axis=(-1, -2)) / size
        assert np.all(error[far] < 1e-4)
        assert np.median(error) < 1e-7


def test_ribbon_of_transverse_waves() -> None:
    """A ribbon is a set of chains, one for each of its transverse sine waves."""
    width = 5
    across = -0.5 * (np.eye(width, k=1) + np.eye(width, k=-1))
    ribbon = PeriodicLead(range(width), across, -np.eye(width), 0.0, 0.0)
    k = np.arange(1, width + 1)
    waves = np.sqrt(2 / (width + 1)) * np.sin(np.pi * np.outer(k, k) / (width + 1))
    levels = -np.cos(np.pi * k / (width + 1))
    e = np.array([-2.9, -1.3, 0.0, 0.2, 1.0, 2.95])

    chains = [self_energy(ChainLead(0, -1.0, 0, 0, onsite=x), e)[:, 0, 0] for x in levels]
    expected = np.einsum("ik,ke,jk->eij", waves, np.array(chains), waves)

    assert np.allclose(self_energy(ribbon, e), expected, rtol=0, atol=1e-13)
    assert np.allclose(edges(ribbon), np.sort([x + s for x in levels for s in (-2, 2)]), rtol=0, atol=1e-14)


def test_waves_that_coincide() -> None:
    """Equal chains in one cell, in any basis, are equal chains: inside, at the edges and at crossings."""
    rng = np.random.default_rng(5)
    turn = np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))[0]
    onsite, hopping = (turn @ np.kron(part, np.eye(2)) @ turn.conj().T for part in (PAIR, LINK))
    two = PeriodicLead(range(4), onsite, hopping, 0.0, 0.0)
    e = np.array([-2.3, -2 + 1e-6, -1.2, 0.0, 0.7, 2 - 1e-6, 2.0])

    inside = turn.conj().T @ self_energy(two, e) @ turn

    one = self_energy(CHAIN, e)
    assert np.allclose(inside[:, 2:, 2:], one * np.eye(2), rtol=0, atol=1e-7)
    assert np.allclose(inside[[0, 2, 3, 4], 2:, 2:], one[[0, 2, 3, 4]] * np.eye(2), rtol=0, atol=1e-12)


def test_batches_of_leads() -> None:
    """Members of a batch are what they are alone, whatever the rank of their hopping."""
    parts = [drawn(3, rank, seed) for seed, rank in enumerate((1, 2, 3))]
    names = ("onsite", "hopping", "mu", "temperature", "coupling")
    batch = PeriodicLead(range(3), *(np.stack([getattr(p, name) for p in parts]) for name in names))
    z = np.linspace(-4, 4, 9) + 0.01j

    for k, part in enumerate(parts):
        assert np.allclose(self_energy(batch, z)[k], self_energy(part, z), rtol=0, atol=1e-10)
        assert np.allclose(slope(batch, z)[k], slope(part, z), rtol=0, atol=1e-8)
        assert set(np.round(edges(batch)[k], 9)) == set(np.round(edges(part), 9))
        assert np.allclose(ranges(batch)[k], ranges(part))


@pytest.mark.parametrize(
    "lead",
    [WideBandLead(np.eye(2) * np.arange(1, 4)[:, None, None], 0.0, 0.1), ChainLead(1, [-1.0, 2, 3], 0.0, 0.1),
     PeriodicLead([0, 1], PAIR, LINK * np.arange(1, 4)[:, None, None], 0.0, 0.1)],
)  # fmt: skip
def test_shapes_of_every_kind(lead: Lead) -> None:
    """Every kind has the same shapes, with a batch of energies that it broadcasts with."""
    s = len(lead.sites)
    for e in (np.linspace(-1, 0.9, 5) / 3, np.linspace(-1, 0.9, 30).reshape(2, 3, 5) / 3):
        shape = (*np.broadcast_shapes((3,), e.shape[:-1]), 5, s, s)
        for function in (self_energy, slope, broadening):
            assert np.shape(function(lead, e)) == shape
    assert edges(lead).shape[:-1] == (3,)
    assert ranges(lead).shape[:1] == (3,)
    assert ranges(lead).shape[2:] == (2,)


def test_infinite_values_are_refused_in_words() -> None:
    """At a state bound to the end of a lead, and for slopes at an edge, there is a refusal and no number."""
    strong = PeriodicLead([0, 1], [[0, 0.5], [0.5, 0]], [[0.0, 0], [1.0, 0]], 0.0, 0.0)
    with pytest.raises(PrecisionError, match=r"infinite at the energy|is infinite"):
        self_energy(strong, np.array([0.3, 0.0]))
    for lead in (CHAIN, PeriodicLead([0], [[0.0]], [[-1.0]], 0.0, 0.0)):
        with pytest.raises(PrecisionError, match="slope"):
            slope(lead, np.array([0.3, 2.0]))
