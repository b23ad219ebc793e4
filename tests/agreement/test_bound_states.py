"""States that no lead broadens: how many, where, with what weight, and what the density makes of them."""

import numpy as np
import pytest
from thinning import few

from electronwind import (
    ChainLead,
    OpenSystem,
    PrecisionError,
    UnbroadenedLevelError,
    WideBandLead,
    fast,
    models,
    reference,
)
from electronwind.fast.bound_states import threshold_states


def chain(h, *leads, gradient=None):
    h = np.asarray(h)
    return OpenSystem(h, np.zeros((1, *h.shape)) if gradient is None else gradient, leads)


def end(site, hopping=-1.0, mu=0.0, temperature=0.1, **rest):
    return ChainLead(site, hopping, mu, temperature, **rest)


def finite(system, atoms):
    """Return the Hamiltonian of a system whose chains end after so many atoms."""
    n = system.levels
    size = n + atoms * len(system.leads)
    h = np.zeros((size, size), complex)
    h[:n, :n] = system.hamiltonian
    for k, lead in enumerate(system.leads):
        first = n + k * atoms
        part = slice(first, first + atoms)
        h[part, part] = lead.onsite * np.eye(atoms) + lead.hopping * (
            np.eye(atoms, k=1) + np.eye(atoms, k=-1)
        )
        h[lead.site, first] = h[first, lead.site] = lead.coupling
    return h


CASES = {
    "a level above": (chain([[1.0]], end(0), end(0)), [5**0.5], [1 / 5**0.5]),
    "a level below": (chain([[-1.5]], end(0)), [-13 / 6], [5 / 9]),
    "a strong coupling": (chain([[0.0]], end(0, coupling=2.0)), [-4 / 3**0.5, 4 / 3**0.5], [1 / 3] * 2),
    "a strong bond": (chain([[0, -1.25], [-1.25, 0]], end(0), end(1)), [-2.05, 2.05], [0.36, 0.36]),
    "an uncoupled level": (chain(np.diag([0.5, 0.0]), end(1)), [0.5], [1.0]),
    "an uncoupled level above": (chain(np.diag([5.0, 0.0]), end(1)), [5.0], [1.0]),
    "beside a wide band": (
        chain(np.diag([3.0, 0.0]), end(0), WideBandLead(np.diag([0, 1.0]), 0.0, 0.1)),
        [10 / 3],
        [8 / 9],
    ),
    # The odd combination of the two outer levels is not coupled to the middle one.
    "dark by symmetry": (chain([[0.5, -1, 0], [-1, 0, -1], [0, -1, 0.5]], end(1, -2.0)), [0.5], [1.0]),
    "dark by symmetry on closed chains": (
        chain(
            [[3.0, -1, 0], [-1, 3, -1], [0, -1, 3.0]], end(1, -4.0), end(0, -1.0), end(2, -1.0)
        ),
        [10 / 3],
        [8 / 9],
    ),
    "two degenerate levels, one combination dark": (
        chain([[0.3, 0, 0.2], [0, 0.3, 0.4], [0.2, 0.4, 0.0]], end(2)),
        [0.3],
        [1.0],
    ),
    "an impurity in a chain": (chain([[0.5]], end(0), end(0)), [17**0.5 / 2], [17**-0.5]),
    "weakly bound": (chain([[1e-5]], end(0), end(0)), [(4 + 1e-10) ** 0.5], [1e-5 / (4 + 1e-10) ** 0.5]),
    "none": (chain([[-0.1, -0.8], [-0.8, 0.1]], end(0), end(1)), [], []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_energies_and_weights(case):
    """Closed forms of the energies, and of the shares on the levels."""
    system, energies, weights = CASES[case]
    found = fast.bound_states(system)

    assert found.count == len(energies)
    assert np.allclose(found.energies, energies, rtol=0, atol=1e-14)
    # The digits of a weight close to an edge are those of the distance from it.
    assert np.allclose(found.weights, weights, rtol=0, atol=1e-12)
    assert np.allclose(np.linalg.norm(found.states, axis=-1), 1)


def drawn(seed):
    """Return a complex system of one to five levels on chains of several bands."""
    r = np.random.default_rng(seed)
    n = int(r.integers(1, 6))
    a = r.normal(size=(2, n, n))
    h = a[0] + 1j * a[1]
    leads = [
        end(int(r.integers(n)), float(r.choice([-0.4, 0.5, 1.0])), onsite=float(r.choice([0.0, -1.5, 4.0])),
            coupling=float(r.uniform(0.3, 1.5)))
        for _ in range(r.integers(1, 4))
    ]  # fmt: skip
    return OpenSystem((h + h.conj().T) / 1.5, np.zeros((1, n, n)), leads)


@pytest.mark.parametrize("seed", few(range(12), 6, 2))
def test_long_chains_have_the_same_states(seed):
    """Chains of 150 atoms each bind the same states, with the same amplitudes."""
    system = drawn(seed)
    found = fast.bound_states(system)
    n = system.levels
    values, vectors = np.linalg.eigh(finite(system, 150))
    shares = np.sum(np.abs(vectors[:n]) ** 2, axis=0)
    outside = np.ones(len(values), bool)
    for lead in system.leads:
        outside &= np.abs(values - lead.onsite) > 2 * abs(lead.hopping) + 3e-3
    edges = np.array([lead.onsite + side * 2 * lead.hopping for lead in system.leads for side in (-1, 1)])
    far = np.min(np.abs(found.energies[:, None] - edges), axis=-1) > 3e-3

    assert np.sum(far) == np.sum(outside)
    assert np.allclose(found.energies[far], values[outside], rtol=0, atol=1e-11)
    assert np.allclose(found.weights[far], shares[outside], rtol=0, atol=1e-10)
    overlaps = np.abs(np.einsum("ki,ik->k", found.states[far].conj(), vectors[:n, outside]))
    assert np.allclose(overlaps**2, found.weights[far], rtol=0, atol=1e-10)


def test_the_slope_of_an_energy_is_the_weight_times_the_gradient():
    """dE_b/dx = Z <v|dh/dx|v>, by finite differences."""
    model, x, step = models.bent_chain(), np.array([0.06, -0.05]), 1e-5
    here = model.at(x)
    found = fast.bound_states(here)
    slope = found.weights[:, None] * np.einsum(
        "ki,dij,kj->kd", found.states.conj(), here.gradient, found.states
    )
    moved = [fast.bound_states(model.at(x + s * step * e)).energies for e in np.eye(2) for s in (1, -1)]
    difference = np.stack([moved[0] - moved[1], moved[2] - moved[3]], axis=-1) / (2 * step)

    assert np.allclose(slope, difference, rtol=0, atol=1e-9)


def test_a_batch_holds_what_its_members_do():
    """Members with and without bound states, padded; alone each has the same."""
    x = np.random.default_rng(2).uniform(-0.1, 0.1, (5, 4, 2))
    x[0, 0] = 0
    batch = models.bent_chain().at(x)
    found, edge = fast.bound_states(batch), threshold_states(batch)

    assert found.energies.shape == (5, 4, 2)
    assert found.states.shape == (5, 4, 2, 3)
    assert 0 < np.sum(found.count > 0) < 20
    assert np.all(np.isinf(found.energies) == (np.arange(2) >= found.count[..., None]))
    for where in np.ndindex(batch.shape):
        alone = fast.bound_states(batch[where])
        k = int(alone.count)
        assert found.count[where] == k
        assert np.array_equal(found.energies[where][:k], alone.energies)
        assert np.array_equal(found.weights[where][:k], alone.weights)
        assert edge.count[where] == threshold_states(batch[where]).count
    assert edge.count[0, 0] == 2
    assert np.allclose(edge.energies[0, 0], [-2, 2])


@pytest.mark.thin
@pytest.mark.parametrize("n", [2, 3, 40])
@pytest.mark.parametrize("phase", [1, 1j])
def test_the_perfect_chain_has_states_at_both_edges(n, phase):
    """What is neither bound nor not: of the infinite chain, the uniform and the alternating state."""
    h = 0.3 * np.eye(n) - 0.7 * (phase * np.eye(n, k=1) + np.conj(phase) * np.eye(n, k=-1))
    system = chain(h, end(0, 0.7, onsite=0.3), end(n - 1, -0.7, onsite=0.3))
    edge = threshold_states(system)

    assert fast.bound_states(system).count == 0
    assert np.allclose(edge.energies, [-1.1, 1.7])
    assert np.allclose(np.abs(edge.states), n**-0.5)


@pytest.mark.parametrize("unit", [1e-90, 1e90])
def test_energies_in_any_unit(unit):
    """A power of the unit of energy changes no digit."""
    system = chain(unit * np.array([[1.0]]), *2 * [end(0, -unit, 0.0, 0.1 * unit)])
    found = fast.bound_states(system)

    assert np.allclose(found.energies / unit, 5**0.5, rtol=1e-14)
    assert np.allclose(found.weights, 5**-0.5)


# --------------------------------------------------------------------------- what is filled


def occupied(system, mu, temperature, atoms=200):
    """Return f(H) of chains that end, on the levels of the system."""
    values, vectors = np.linalg.eigh(finite(system, atoms))
    f = 1 / (np.exp((values - mu) / temperature) + 1) if temperature else (values < mu).astype(float)
    n = system.levels
    return (vectors[:n] * f) @ vectors[:n].conj().T


@pytest.mark.parametrize(
    "x", [(0.05, -0.05), *(pytest.param(x, marks=pytest.mark.slow) for x in ((0.05, 0.0), (0.0625, -0.0625)))]
)
def test_a_stretched_corner_is_filled_like_a_long_chain(x):
    """At equilibrium bound states are filled by the Fermi function of their energy."""
    system = models.bent_chain(mu=(-1.0, -1.0), temperature=(0.05, 0.05)).at(x)
    want = occupied(system, -1.0, 0.05)

    assert np.allclose(fast.density_matrix(system), want, rtol=0, atol=1e-12)
    force = -2 * np.einsum("dij,ji->d", system.gradient, want).real
    assert np.allclose(fast.force(system), force, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", few(range(8), 4, 2))
def test_drawn_systems_are_filled_like_long_chains(seed):
    """Whatever is bound, beside the bands or between them: at equilibrium sigma is f(H)."""
    system = drawn(seed)
    leads = [
        ChainLead(lead.site, lead.hopping, 0.3, 0.2, lead.onsite, lead.coupling) for lead in system.leads
    ]
    system = OpenSystem(system.hamiltonian, system.gradient, leads)

    assert np.allclose(fast.density_matrix(system), occupied(system, 0.3, 0.2), rtol=0, atol=1e-10)


def test_dark_levels_of_one_potential_are_filled():
    """A level that hides from its lead by symmetry has the occupation of its energy."""
    for case in ("dark by symmetry", "an uncoupled level", "two degenerate levels, one combination dark"):
        system = CASES[case][0]
        assert np.allclose(fast.density_matrix(system), occupied(system, 0.0, 0.1), rtol=0, atol=1e-12), case


def test_bias_that_does_not_reach_the_bound_states():
    """States far below and far above both potentials are filled and empty; curl is that of the force."""
    model = models.bent_chain()
    x, step = np.array([0.05, -0.04]), 1e-3
    corners = x + step * np.array([[s * e for s in (-2, -1, 1, 2)] for e in np.eye(2)])
    force = fast.force(model.at(corners))
    weights = np.array([1, -8, 8, -1]) / (12 * step)
    slope = np.einsum("s,msn->mn", weights, force)

    assert np.all(fast.bound_states(model.at(corners)).count == 2)
    assert fast.curl(model.at(x))[0, 1] == pytest.approx(slope[0, 1] - slope[1, 0], abs=1e-8)
    assert np.sum(fast.current(model.at(x))) == pytest.approx(0, abs=1e-12)


OBSERVABLES = ("density_matrix", "force", "curl", "current", "bond_current")


@pytest.mark.parametrize("name", OBSERVABLES)
def test_disagreement_names_the_energies(name):
    """Where the leads differ in the occupation, the state keeps that of the past, and is named."""
    system = chain([[0, -1.25], [-1.25, 0]], end(0, mu=-2.0), end(1, mu=-2.1))
    with pytest.raises(UnbroadenedLevelError, match=r"energy -2\.05, "):
        getattr(fast, name)(system)
    ends = end(0, mu=np.array([-2.5, -2.0]), temperature=0.005), end(1, mu=-2.5, temperature=0.005)
    alone = chain([[0, -1.25], [-1.25, 0]], *ends)
    with pytest.raises(UnbroadenedLevelError, match=r"energy -2\.05 of system \(1,\), "):
        getattr(fast, name)(alone)


def test_a_bound_state_at_a_cold_potential_is_refused():
    """Filled or empty hangs on the last digit."""
    system = chain([[-1.5]], end(0, mu=-13 / 6, temperature=0.0))
    with pytest.raises(PrecisionError, match="at the potential"):
        fast.density_matrix(system)


@pytest.mark.parametrize("name", ["friction", "white_noise"])
def test_both_solvers_draw_the_line_of_an_infinite_fluctuation_at_rounding(name):
    """Of a bound state that a coordinate shifts: f (1 - f) of 5e-15 is one, of 2e-16 is none."""

    def at(distance):
        heat = 1 / 16
        return chain([[-1.5]], end(0, mu=-13 / 6 + distance * heat, temperature=heat), gradient=[[[1.0]]])

    for house in (fast, reference):
        with pytest.raises(UnbroadenedLevelError, match="is infinite"):
            getattr(house, name)(at(33.0))
    got, want = getattr(fast, name)(at(36.0)), getattr(reference, name)(at(36.0), digits=15)
    assert np.max(np.abs(got - want)) < 1e-12
