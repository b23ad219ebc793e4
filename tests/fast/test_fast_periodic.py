"""Observables of `electronwind.fast` between periodic leads, alone and mixed with others."""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest
from test_fast_leads import drawn
from thinning import few

from electronwind import (
    ChainLead,
    Lead,
    OpenSystem,
    PeriodicLead,
    UnbroadenedLevelError,
    WideBandLead,
    fast,
    reference,
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


@pytest.mark.night("two periodic-0.0", "periodic and wide", "three kinds")
@pytest.mark.thin
@pytest.mark.parametrize("heat", [0.0, 0.05])
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


def test_batches_and_members() -> None:
    """A member of a batch with periodic leads has its own values."""
    lead = drawn(2, 2, 3)
    leads = [
        PeriodicLead([0, 1], lead.onsite, lead.hopping, [0.3, -0.1], 0.1, lead.coupling / 2),
        WideBandLead(np.eye(3) * 0.2, 0.1, 0.05),
    ]
    batch = system(leads, 3, 5)
    for name in NAMES:
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


def jumping() -> OpenSystem:
    """Return a system on a wide band and a crystal that binds a state to its end."""
    h = [
        [-0.6875, 0.15625 + 0.125j, 0.46875 - 0.09375j],
        [0.15625 - 0.125j, 0.375, -0.6875 + 0.34375j],
        [0.46875 + 0.09375j, -0.6875 - 0.34375j, -0.75],
    ]
    crystal = PeriodicLead(
        [1],
        [[-0.5, 0.1875 + 0.09375j], [0.1875 - 0.09375j, -0.8125]],
        [[-0.6875, 0.0], [-0.625 - 0.6875j, 0.0]],
        0.875,
        0.2,
        [[0.34375 + 0.25j, 0.3125 - 0.34375j]],
    )
    rate = np.outer([1.0, 0.5, -0.25j], [1.0, 0.5, 0.25j])
    return OpenSystem(h, np.eye(3)[None], [WideBandLead(rate, 0.9375, 0.01), crystal])


# The density matrix of the reference, asked for 15 digits: five seconds.
JUMPED = [
    [
        0.90686389074380,
        -0.06049855207544 - 0.00803719535386j,
        -0.00331297751298 - 0.02070610642827j,
    ],
    [-0.06049855207544 + 0.00803719535386j, 0.58253973427518, 0.14434597242436 - 0.08811641197752j],
    [-0.00331297751298 + 0.02070610642827j, 0.14434597242436 + 0.08811641197752j, 0.92027907832320],
]


def test_an_eigenvalue_that_jumps_at_a_state_of_the_end_is_no_resonance() -> None:
    """A crystal that binds a state to its end has an infinite self-energy there, and no pole to follow."""
    assert np.max(np.abs(fast.density_matrix(jumping()) - JUMPED)) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", ["density_matrix", "current"])
def test_the_reference_says_so_of_a_state_of_the_end(name: str) -> None:
    """Whose integrals know of no resonance."""
    got, want = getattr(fast, name)(jumping()), getattr(reference, name)(jumping(), digits=15)
    assert np.max(np.abs(got - want)) < 1e-12


def cell(rng: np.random.Generator, m: int) -> tuple[Any, Any]:
    """Return a complex cell and its hopping."""
    onsite, hopping = rng.normal(size=(2, m, m)) + 1j * rng.normal(size=(2, m, m))
    return (onsite + onsite.conj().T) / 2, hopping


def end_state(crystal: bands.Crystal, low: float, high: float) -> float:
    """Return the energy between two at which the Green's function of an end is largest, by secants."""
    energies = np.linspace(low, high, 4001)
    sizes = np.max(np.abs(crystal.ended(energies + 0j)), axis=(-1, -2))
    first, second = energies[np.argmax(sizes)] + np.array([0.0, 1e-6])
    for _ in range(6):
        try:
            g = crystal.ended(np.array([first, second]) + 0j)
        except bloch.EndStateError:
            break  # this is the energy
        i, j = np.unravel_index(np.argmax(np.abs(g[0])), g[0].shape)
        here, there = (1 / g[:, i, j]).real
        first, second = first - here * (second - first) / (there - here), first
        if abs(second - first) < 1e-9:
            break
    return float(first)


@pytest.mark.parametrize("seed", few([20, 1, 27, 21], 2))
def test_next_to_a_state_of_the_end_the_slope_of_g_has_its_digits(seed: int) -> None:
    """There a self-energy goes through a pole, and the Green's function of the system is smooth."""
    rng = np.random.default_rng(seed)
    m = 2 + seed % 2
    onsite, hopping = cell(rng, m)
    crystal = bands.Crystal(onsite, hopping)
    place = end_state(crystal, *np.sort(crystal.extrema)[[0, -1]])
    coupling = rng.normal(size=(2, m)) + 1j * rng.normal(size=(2, m))

    def green(e: Any) -> Any:
        inside = coupling @ crystal.ended(e + 0j) @ coupling.conj().T
        return np.linalg.inv(e[:, None, None] * np.eye(2) - inside)

    step = 1e-3
    first, last, nearer, further = green(place + step * np.array([-1.0, 1.0, -0.5, 0.5]))
    want = (8 * (further - nearer) - (last - first)) / (6 * step)
    for distance in (1e-4, -1e-5, 1e-6):
        e = np.array([place + distance])
        g, steep = green(e), coupling @ crystal.steep(e + 0j) @ coupling.conj().T

        assert np.max(np.abs(crystal.ended(e + 0j))) > 0.01 / abs(distance)
        assert np.max(np.abs((g @ steep @ g - g @ g)[0] - want)) < 1e-3 * np.max(np.abs(want))


# A crystal with a state of its end in a gap that another lead fills, and one 9e-4 below an edge of its bands.
BESIDE = {
    "in-a-gap": (
        1.0515606714480001,
        [
            [-0.375, 0.21875 + 0.5625j, 0.71875 + 0.46875j],
            [0.21875 - 0.5625j, 0.8125, -0.25 + 0.34375j],
            [0.71875 - 0.46875j, -0.25 - 0.34375j, -0.25],
        ],
        [[0.75 + 1j, 0.25 + 0.625j, 0], [0.6875 + 0.0625j, -0.125 - 0.625j, 0], [-0.0625 + 0.6875j, 0.5j, 0]],
    ),
    "below-an-edge": (
        -0.6891027418999999,
        [
            [0.625, 0.8125 - 0.34375j, 0.6875 + 0.03125j],
            [0.8125 + 0.34375j, 0.25, -0.125 - 0.03125j],
            [0.6875 - 0.03125j, -0.125 + 0.03125j, 0.6875],
        ],
        [
            [-0.875 + 0.4375j, -0.8125 + 0.4375j, -0.75j],
            [-0.9375j, 0.6875 - 0.8125j, 0.0625 + 0.6875j],
            [-0.5 + 1j, 1 + 0.9375j, -0.375 + 0.625j],
        ],
    ),
}


def exact(onsite: Any, hopping: Any, e: float, g: Any) -> tuple[Any, Any]:
    """Return g and its slope to 30 digits: Newton's method for s = t (E - h - s)^-1 t^+, next to a g."""
    with mpmath.workdps(40):
        t, back = mpmath.matrix(hopping), mpmath.matrix(hopping).H
        m = t.rows
        open_ = mpmath.mpf(e) * mpmath.eye(m) - mpmath.matrix(onsite)
        passed = t * mpmath.matrix(g.tolist()) * back

        def step(g: Any, wrong: Any) -> Any:
            """Solve x - t g x g t^+ = wrong."""
            left, right = t * g, g * back
            matrix = mpmath.eye(m * m)
            for i, j, k, q in itertools.product(range(m), repeat=4):
                matrix[m * i + j, m * k + q] -= left[i, k] * right[q, j]
            found = mpmath.lu_solve(matrix, mpmath.matrix([wrong[i, j] for i in range(m) for j in range(m)]))
            return mpmath.matrix([[found[m * i + j] for j in range(m)] for i in range(m)])

        for _ in range(7):
            g = mpmath.inverse(open_ - passed)
            passed += step(g, t * g * back - passed)
        g = mpmath.inverse(open_ - passed)
        assert mpmath.norm(t * g * back - passed) < mpmath.mpf("1e-25") * mpmath.norm(passed)
        slope = -g * (mpmath.eye(m) - step(g, -t * g * g * back)) * g
        return np.array(g.tolist(), complex), np.array(slope.tolist(), complex)


@pytest.mark.thin
@pytest.mark.parametrize("distance", [1e-3, 1e-4, -1e-5, 1e-6, -1e-7])
@pytest.mark.parametrize("name", BESIDE)
def test_g_and_its_slope_lose_no_more_than_an_energy_that_is_rounded(name: str, distance: float) -> None:
    """Also where an edge of a band is as close as the state of the end."""
    place, onsite, hopping = BESIDE[name]
    crystal, e = bands.Crystal(np.array(onsite), np.array(hopping)), place + distance
    at = np.array([e + 0j])
    got = crystal.ended(at)[0], crystal.steep(at)[0]

    for one, want in zip(got, exact(onsite, hopping, e, got[0]), strict=True):
        assert np.max(np.abs(one - want)) < (5e-16 / abs(distance) + 1e-13) * np.max(np.abs(want))
