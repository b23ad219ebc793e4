"""Observables of `electronwind.fast` between periodic leads, alone and mixed with others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crystals import drawn
from thinning import few

from electronwind import (
    ChainLead,
    Lead,
    OpenSystem,
    PeriodicLead,
    UnbroadenedLevelError,
    WideBandLead,
    fast,
)
from electronwind.fast import bands, bloch, leads

NAMES = ("density_matrix", "force", "curl", "current", "bond_current")


def part(lead: PeriodicLead, sites: Any, mu: float, heat: float) -> PeriodicLead:
    """Return the lead on other sites, with another occupation, and half as strongly coupled."""
    return PeriodicLead(sites, lead.onsite, lead.hopping, mu, heat, lead.coupling / 2)


def system(leads: list[Lead], n: int, seed: int) -> OpenSystem:
    """Return n levels with complex h and two coordinates."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(3, n, n)) + 1j * rng.normal(size=(3, n, n))
    h, *gradient = (raw + raw.conj().swapaxes(-1, -2)) / 3
    return OpenSystem(h, gradient, leads)


def longer(one: OpenSystem, which: int) -> OpenSystem:
    """Return the system with the first cell of one of its leads counted among its levels."""
    lead, n = one.leads[which], one.levels
    m = lead.onsite.shape[-1]
    h = np.zeros((n + m, n + m), complex)
    h[:n, :n], h[n:, n:] = one.hamiltonian, lead.onsite
    h[np.ix_(lead.sites, range(n, n + m))] = lead.coupling
    h[np.ix_(range(n, n + m), lead.sites)] = lead.coupling.conj().T
    gradient = np.zeros((one.coordinates, n + m, n + m), complex)
    gradient[:, :n, :n] = one.gradient
    leads: list[Lead] = []
    for k, other in enumerate(one.leads):
        if k == which:
            further = range(n, n + m)
            leads.append(PeriodicLead(further, lead.onsite, lead.hopping, lead.mu, lead.temperature))
        elif isinstance(other, WideBandLead):
            wide = np.zeros((n + m, n + m), complex)
            wide[:n, :n] = other.broadening
            leads.append(WideBandLead(wide, other.mu, other.temperature))
        else:
            leads.append(other)
    return OpenSystem(h, gradient, leads)


def mixed(heat: float) -> dict[str, OpenSystem]:
    """Return systems between leads of all kinds."""
    wide = WideBandLead(np.diag([0.0, 0.2, 0.4]), -0.3, heat / 2)
    chain = ChainLead(2, -1.5, 0.4, heat)
    cells = [part(drawn(2, rank, seed), (0, 1), 0.5, heat) for rank, seed in ((2, 1), (1, 2))]
    return {
        "two periodic": system([cells[0], part(drawn(2, 2, 6), (2, 1), -0.4, heat / 2)], 3, 1),
        "periodic and wide": system([cells[0], wide], 3, 2),
        "wide and singular": system([wide, cells[1]], 3, 3),
        "three kinds": system([chain, wide, cells[0]], 3, 4),
    }


@pytest.mark.night("two periodic", "periodic and wide", "three kinds")
@pytest.mark.parametrize("heat", few([0.05, 0.0], 2))
@pytest.mark.parametrize("name", ["two periodic", "periodic and wide", "wide and singular", "three kinds"])
def test_a_lead_may_be_cut_anywhere(name: str, heat: float) -> None:
    """The first cell of a lead may count as levels of the system instead."""
    one = mixed(heat)[name]
    which = next(k for k, lead in enumerate(one.leads) if isinstance(lead, PeriodicLead))
    cut = longer(one, which)
    n = one.levels

    assert np.allclose(fast.density_matrix(cut)[:n, :n], fast.density_matrix(one), rtol=0, atol=1e-10)
    assert np.allclose(fast.curl(cut), fast.curl(one), rtol=0, atol=1e-10)
    assert np.allclose(fast.force(cut), fast.force(one), rtol=0, atol=1e-10)
    assert np.allclose(fast.current(cut), fast.current(one), rtol=0, atol=1e-11)
    e = np.linspace(-2, 2, 7)
    # What a lead sees of itself hangs on where it is cut.
    other = ~np.eye(len(one.leads), dtype=bool)
    passed = (fast.transmission(s, e)[:, other] for s in (cut, one))
    assert np.allclose(*passed, rtol=0, atol=1e-10)


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("name", NAMES)
def test_chains_in_cells_are_chains(name: str) -> None:
    """With cells that make up a chain every observable is that of the chain."""
    pair, link = [[0.0, -1], [-1, 0]], [[0.0, 0], [-1, 0]]
    for heat in (0.0, 0.05):
        chains = [ChainLead(0, -1.0, 0.2, heat), ChainLead(2, -1.0, -0.3, heat / 2)]
        cells = [
            PeriodicLead([0], pair, link, 0.2, heat, [[-1.0, 0]]),
            PeriodicLead([2], [[0.0]], [[-1.0]], -0.3, heat / 2),
        ]
        value, other = (getattr(fast, name)(system(list(leads), 3, 6)) for leads in (chains, cells))
        assert np.allclose(value, other, rtol=0, atol=1e-10)


def test_energies_of_a_batch_may_be_at_the_edges_of_a_lead_that_it_shares() -> None:
    onsite, hopping = np.array([[0.0, 0.25], [0.25, 0.125]], complex), np.diag([-1.875, -2.0]) + 0j
    crystal = bands.crystal(onsite, hopping)
    z = crystal.extrema.astype(complex)
    found = crystal.ended(np.stack([z, z[::-1]]), np.stack([crystal.missed, crystal.missed[::-1]]))
    assert np.array_equal(found, np.stack([found[1, ::-1], found[0, ::-1]]))
    both = bands.crystal(np.stack([onsite, onsite]), hopping)
    assert np.allclose(both.ended(both.extrema.astype(complex), both.missed), found[0], rtol=0, atol=1e-9)


@pytest.mark.night("force", "current")
@pytest.mark.parametrize("name", NAMES)
def test_batches_and_members(name: str) -> None:
    """A member of a batch with periodic leads has its own values."""
    lead = drawn(2, 2, 3)
    leads = [
        PeriodicLead([0, 1], lead.onsite, lead.hopping, [0.3, -0.1], 0.1, lead.coupling / 2),
        WideBandLead(np.eye(3) * 0.2, 0.1, 0.05),
    ]
    batch = system(leads, 3, 5)
    value = getattr(fast, name)(batch)
    assert np.allclose(value[1], getattr(fast, name)(batch[1]), rtol=0, atol=1e-11)


def test_bound_states_beside_periodic_leads() -> None:
    """A bound state beside and between the bands is found, and filled where the leads agree."""
    onsite, hopping = np.array([[0.5, 0.4], [0.4, -0.5]]), np.array([[0.0, 0.0], [0.3, 0.0]])
    leads = [PeriodicLead([0, 1], onsite, hopping, mu, 0.0) for mu in (-2.0, -2.0)]
    # A level in the gap of the leads, and one above all bands, hardly coupled.
    h = np.array([[2.0, 0.05], [0.05, 0.02]])
    one = OpenSystem(h, [np.eye(2)], leads)

    found = fast.bound_states(one)

    n, cells = 2, 60
    whole = np.zeros((2 + 4 * cells, 2 + 4 * cells))
    whole[:2, :2] = h
    for side in range(2):
        for cell in range(cells):
            here = n + 2 * (side * cells + cell)
            whole[here : here + 2, here : here + 2] = onsite
            before = [0, 1] if not cell else [here - 2, here - 1]
            whole[np.ix_(before, [here, here + 1])] = hopping
            whole[np.ix_([here, here + 1], before)] = hopping.T
    energies, vectors = np.linalg.eigh(whole)
    weights = np.sum(np.abs(vectors[:2]) ** 2, axis=0)
    sharp = np.flatnonzero(weights > 0.1)
    assert np.allclose(found.energies, energies[sharp], rtol=0, atol=1e-9)
    assert np.allclose(found.weights, weights[sharp], rtol=0, atol=1e-7)
    for mu, filled in ((-2.0, 0.0), (5.0, 1.0)):
        leads = [PeriodicLead([0, 1], onsite, hopping, mu, 0.0) for _ in range(2)]
        sigma = fast.density_matrix(OpenSystem(h, [np.eye(2)], leads))
        assert np.allclose(sigma, filled * np.eye(2), rtol=0, atol=1e-10)
    torn = [PeriodicLead([0, 1], onsite, hopping, mu, 0.0) for mu in (-2.0, 5.0)]
    with pytest.raises(UnbroadenedLevelError, match=r"\d"):
        fast.density_matrix(OpenSystem(h, [np.eye(2)], torn))


def ribbon(width: int, length: int, disorder: float) -> OpenSystem:
    """Return a ribbon between ribbons."""
    n = width * length
    place = np.arange(n).reshape(length, width)
    h = np.diag(disorder * np.random.default_rng(2).normal(size=n))
    for a, b in ((place[1:], place[:-1]), (place[:, 1:], place[:, :-1])):
        h[a, b] = h[b, a] = -1.0
    gradient = np.zeros((2, n, n))
    gradient[0, 0, 0] = gradient[1, 1, 1] = 1.0
    across = -(np.eye(width, k=1) + np.eye(width, k=-1))
    ends = [(place[0], 0.3, 0.05), (place[-1], -0.2, 0.02)]
    return OpenSystem(h, gradient, [PeriodicLead(sites, across, -np.eye(width), *f) for sites, *f in ends])


def test_a_perfect_ribbon_transmits_all_of_its_channels() -> None:
    """Between ribbons of its own kind a ribbon passes one quantum for each transverse wave that is open."""
    width = 3
    one = ribbon(width, 4, 0.0)
    e = np.array([-3.3, -2.9, -1.7, 0.1, 1.5])
    levels = -2 * np.cos(np.pi * np.arange(1, width + 1) / (width + 1))
    channels = np.sum(np.abs(e[:, None] - levels) < 2, axis=1)

    assert np.allclose(fast.transmission(one, e)[:, 0, 1], channels, rtol=0, atol=1e-10)


@pytest.mark.slow
def test_a_ribbon_swept_and_inverted() -> None:
    """A larger system, taken by columns, agrees with a smaller one that is not."""
    one = ribbon(3, 4, 0.3)
    cut = longer(longer(one, 0), 1)
    n = one.levels

    assert np.allclose(fast.density_matrix(cut)[:n, :n], fast.density_matrix(one), rtol=0, atol=1e-9)
    assert np.allclose(fast.current(cut), fast.current(one), rtol=0, atol=1e-10)


def test_two_leads_of_one_crystal_cost_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waves of a cell are found once for both ends of a ribbon, and anew for a cell that is another."""
    asked: list[int] = []
    ended = bloch.ended

    def counted(cell: bloch.Cell, z: Any) -> Any:
        asked.append(z.size)
        return ended(cell, z)

    monkeypatch.setattr(bands, "ended", counted)
    cell, z = -(np.eye(2, k=1) + np.eye(2, k=-1)), np.array([0.3, 0.3 + 0.1j])
    hopping = -np.eye(2) - 0.2 * np.eye(2, k=1)
    one, end = (
        PeriodicLead(sites, cell, hopping, 0.0, 0.1, c * np.eye(2))
        for sites, c in (((0, 1), 1), ((2, 3), 0.5))
    )
    other = PeriodicLead((2, 3), cell + 0.1 * np.eye(2), hopping, 0.0, 0.1)
    first, second, third = (leads.self_energy(lead, z) for lead in (one, end, other))

    assert asked == [2, 2]
    assert np.allclose(second, first / 4, rtol=1e-14)
    assert not np.allclose(third, first, rtol=1e-3)
    assert np.array_equal(leads.self_energy(end, z + 0.1), leads.self_energy(one, z + 0.1) / 4)
    assert asked == [2, 2, 2]
