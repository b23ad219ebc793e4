"""Systems of which leads touch few levels: one eigenvalue problem of h instead of many inverses."""

import numpy as np
import pytest
from thinning import few

from electronwind import ChainLead, OpenSystem, PeriodicLead, PrecisionError, WideBandLead, fast, models
from electronwind.fast import chains, sweep
from electronwind.fast.attached import attached

OBSERVABLES = ("density_matrix", "force", "curl", "current", "bond_current")


def drawn(seed, n=12, cold=False):
    """Return a complex system of n levels, two or three of them on leads of either kind."""
    r = np.random.default_rng(seed)
    a = r.normal(size=(3, 2, n, n))
    h, *gradient = ((part[0] + 1j * part[1]) / 2 for part in a)
    h, *gradient = (part + part.conj().T for part in (h / n**0.5, *gradient))
    leads = [
        ChainLead(
            0, 1.0, 0.4, 0.0 if cold else 0.1, coupling=0.8
        ),
        ChainLead(n - 1, -0.8, -0.3, 0.0 if cold else 0.02, onsite=0.3, coupling=0.6),
    ]  # fmt: skip
    if seed % 3 == 1:
        leads.append(ChainLead(n // 2, 1.5, 0.1, 0.0 if cold else 0.05, onsite=-0.2))
    if seed % 3 == 2:
        broad = np.zeros((n, n))
        broad[3:5, 3:5] = [[0.5, 0.2], [0.2, 0.3]]
        leads.append(WideBandLead(broad, 0.1, 0.0 if cold else 0.2))
    # A lead for the states beyond the bands, so that all answer.
    leads.append(WideBandLead(0.05 * np.diag(np.eye(n)[2]), 0.0, 0.0 if cold else 0.1))
    return OpenSystem(h, gradient, leads, 2)


@pytest.mark.night("2-False")
@pytest.mark.thin(most=2)
@pytest.mark.parametrize("name", OBSERVABLES)
@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_sweep_and_the_inverses_agree(seed, cold, name, monkeypatch):
    """Drawn systems small enough for both ways: mixed leads, unequal temperatures, complex h."""
    system = drawn(seed, 15 if seed == 2 else 12, cold)
    assert sweep.serves(system)
    swept = getattr(fast, name)(system)
    monkeypatch.setattr(chains, "few_levels", lambda system: False)
    assert np.allclose(getattr(fast, name)(system), swept, rtol=0, atol=1e-11 * np.max(np.abs(swept)))


def extended(system, atoms):
    """Return the system with the first atoms of each chain taken into it, which changes nothing."""
    n = system.levels
    size = n + sum(atoms)
    h = np.zeros((size, size), complex)
    gradient = np.zeros((system.coordinates, size, size), complex)
    h[:n, :n], gradient[:, :n, :n] = system.hamiltonian, system.gradient
    leads, at = [], n
    for lead, more in zip(system.leads, atoms, strict=True):
        last = lead.site
        for k in range(more):
            h[at, at] = lead.onsite
            h[last, at] = h[at, last] = lead.hopping if k else lead.coupling
            last, at = at, at + 1
        leads.append(ChainLead(last, lead.hopping, lead.mu, lead.temperature, lead.onsite))
    return OpenSystem(h, gradient, leads, system.degeneracy)


SMALL = {
    "corner": models.bent_chain(mu=(-0.5, -1.2), temperature=(0.0, 0.0)).at((-0.05, 0.04)),
    "warm corner": models.bent_chain(mu=(-0.5, -1.2), temperature=(0.08, 0.02)).at((-0.05, 0.04)),
    "bound corner": models.bent_chain(mu=(-0.5, -1.2), temperature=(0.0, 0.0)).at((0.05, -0.04)),
    "perfect corner": models.bent_chain(mu=(-0.5, -1.2), temperature=(0.0, 0.0)).at((0.0, 0.0)),
    "two bands": OpenSystem(
        [[0.3, 0.4 + 0.2j], [0.4 - 0.2j, -0.1]],
        [[[1.0, 0.5], [0.5, 0.0]], [[0.0, 0.3j], [-0.3j, 1.0]]],
        [ChainLead(0, 1.0, 0.3, 0.0, coupling=0.7), ChainLead(1, -0.6, -0.2, 0.0, onsite=0.2)],
    ),
}


@pytest.mark.night("bound")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("atoms", [(30, 40), (100, 100)])
@pytest.mark.parametrize("name", SMALL)
def test_atoms_of_a_chain_may_belong_to_either(name, atoms):
    """Where the system ends and the chains begin is no physics: all values stay, at any bias."""
    small = SMALL[name]
    large = extended(small, atoms)
    n = small.levels

    assert np.allclose(fast.density_matrix(large)[:n, :n], fast.density_matrix(small), rtol=0, atol=1e-11)
    for observable in ("force", "curl", "current"):
        want = getattr(fast, observable)(small)
        assert np.allclose(getattr(fast, observable)(large), want, rtol=0, atol=1e-10), observable


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("n", [10, 100])
@pytest.mark.parametrize("disorder", [0.0, 0.1])
def test_a_stretch_of_a_chain_is_filled_like_a_long_one(n, disorder):
    """At equilibrium sigma is f(H), bound states and all."""
    r = np.random.default_rng(n)
    size = n + 800
    h = -np.eye(size, k=1) - np.eye(size, k=-1)
    part = slice(400, 400 + n)
    h[part, part] += np.diag(disorder * (r.random(n) - 0.5))
    values, vectors = np.linalg.eigh(h)
    want = (vectors / (np.exp((values + 0.4) / 0.05) + 1)) @ vectors.T
    system = OpenSystem(
        h[part, part], [np.eye(n)], [ChainLead(site, -1.0, -0.4, 0.05) for site in (0, n - 1)]
    )

    assert np.allclose(fast.density_matrix(system), want[part, part], rtol=0, atol=1e-12)


def test_a_cold_potential_on_a_level_of_the_isolated_system():
    """Where mu is an eigenvalue of h itself nothing special happens."""
    n = 101  # an odd chain has a level at zero
    h = -np.eye(n, k=1) - np.eye(n, k=-1)
    system = OpenSystem(h, [np.eye(n)], [ChainLead(site, -1.0, 0.0, 0.0) for site in (0, n - 1)])
    sites = np.arange(n)
    distance = sites[:, None] - sites
    want = np.where(
        distance == 0, 0.5, np.sin(np.pi * distance / 2) / np.where(distance, np.pi * distance, 1)
    )

    assert np.allclose(fast.density_matrix(system), want, rtol=0, atol=1e-13)


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("name", few(OBSERVABLES, 2))
def test_a_batch_of_larger_systems(name):
    """Members are swept one by one, each with the value that it has alone."""
    one = drawn(0)
    mu = np.array([[0.1], [0.4]])
    leads = [*one.leads[:-1], WideBandLead(one.leads[-1].broadening, mu, 0.1)]
    both = OpenSystem(one.hamiltonian, one.gradient, leads, 2)

    found = getattr(fast, name)(both)
    for where in np.ndindex(both.shape):
        assert np.allclose(found[where], getattr(fast, name)(both[where]), rtol=1e-12)
    assert getattr(fast, name)(both[:0]).shape == (0, *found.shape[1:])


@pytest.mark.parametrize("name", ["density_matrix", "curl", "current"])
def test_weight_that_the_sweep_misses_is_refused(name, monkeypatch):
    """Contour and window count the states between the potentials independently, and have to agree."""
    pieces = sweep._pieces
    monkeypatch.setattr(sweep, "_pieces", lambda a: tuple(np.delete(x, len(x) // 2) for x in pieces(a)))

    with pytest.raises(PrecisionError, match="misses"):
        getattr(fast, name)(drawn(0))


def test_resonances_are_where_the_pole_is():
    """The pole next to each level, by its self-consistent energy, solves det(E - h - Sigma(E)) = 0."""
    h = np.diag(np.linspace(-1, 1, 12)) + 0.01 * np.ones((12, 12))
    leads = [ChainLead(site, 1.5, 0.0, 0.1, coupling=0.1) for site in (0, 7)]
    a = attached(OpenSystem(h, [np.eye(12)], leads))
    for z in a.resonances():
        g = a.columns(np.array([z.real, z.real + 3 * -z.imag]))[0]
        assert -z.imag < 0.02
        # A Lorentzian: three half-widths away the columns are smaller by the square root of ten.
        ratio = np.linalg.norm(g[0]) / np.linalg.norm(g[1])
        assert ratio == pytest.approx(10**0.5, rel=0.1)


def ribbon(length, width, mu, temperature, onsite=None):
    """Return a square-lattice ribbon between leads that continue it."""
    n = length * width
    cell = -(np.eye(width, k=1) + np.eye(width, k=-1))
    h = np.kron(np.eye(length), cell) - np.kron(np.eye(length, k=1) + np.eye(length, k=-1), np.eye(width))
    h = h + np.diag(np.zeros(n) if onsite is None else onsite)
    ends = range(width), range(n - width, n)
    leads = [PeriodicLead(end, cell, -np.eye(width), m, temperature) for end, m in zip(ends, mu, strict=True)]
    return OpenSystem(h, [np.diag(np.arange(n) % 5.0)], leads)


def test_a_perfect_ribbon_is_chains_side_by_side():
    """Every transverse mode is a chain of its own, at a bias with edges of bands in the window."""
    length, width, mu = 10, 3, (0.7, -0.9)
    rows = np.arange(1, width + 1)
    modes = np.sqrt(2 / (width + 1)) * np.sin(np.pi * np.outer(rows, rows) / (width + 1))
    sigma: object = 0
    flow = 0.0
    for mode, energy in zip(modes, -2 * np.cos(np.pi * rows / (width + 1)), strict=True):
        h = energy * np.eye(length) - np.eye(length, k=1) - np.eye(length, k=-1)
        leads = [ChainLead(s, -1.0, m, 0.05, energy) for s, m in zip((0, length - 1), mu, strict=True)]
        alone = OpenSystem(h, [np.eye(length)], leads)
        sigma = sigma + np.kron(fast.density_matrix(alone), np.outer(mode, mode))
        flow += fast.current(alone)
    system = ribbon(length, width, mu, 0.05)

    assert fast.bound_states(system).count == 0
    assert np.allclose(fast.density_matrix(system), sigma, rtol=0, atol=1e-10)
    assert np.allclose(fast.current(system), flow, rtol=1e-10)


def test_a_ribbon_with_impurities_is_filled_like_a_long_one():
    """At equilibrium sigma is f(H) of a ribbon of 300 rows, with what the impurities bind."""
    length, width, more = 10, 3, 150
    onsite = np.zeros(length * width)
    onsite[[13, 20]] = 3.0, -4.0
    system = ribbon(length, width, (-0.4, -0.4), 0.2, onsite)
    whole = ribbon(length + 2 * more, width, (0, 0), 0.2, np.pad(onsite, more * width)).hamiltonian.real
    values, vectors = np.linalg.eigh(whole)
    part = slice(more * width, (more + length) * width)
    want = (vectors[part] / (np.exp((values + 0.4) / 0.2) + 1)) @ vectors[part].T
    found = fast.bound_states(system)
    outside = np.abs(values) > 2 + 2**0.5 + 1e-6

    assert np.allclose(found.energies, values[outside], rtol=0, atol=1e-12)
    assert np.allclose(found.weights, np.sum(vectors[part][:, outside] ** 2, axis=0), rtol=0, atol=1e-12)
    assert np.allclose(fast.density_matrix(system), want, rtol=0, atol=1e-12)


def test_a_level_that_the_edge_of_a_band_hardly_binds():
    """Its energy jumps over the edge and back when it is looked for; it is no resonance without a width."""
    rng = np.random.default_rng(1)
    h = -np.eye(12, k=1) - np.eye(12, k=-1) + np.diag(0.1 * (rng.random(12) - 0.5))
    gradient = np.zeros((1, 12, 12))
    gradient[0, 6, 5:8] = gradient[0, 5:8, 6] = [-1.0, 0.0, 1.0]
    system = OpenSystem(h, gradient, [ChainLead(0, -1.0, 0.2, 0.05), ChainLead(11, -1.0, -0.2, 0.05)])
    assert 2 < fast.bound_states(system).energies[-1] < 2.001

    slow, slower = (fast.response(system, w).imag / w for w in (2e-2, 1e-2))

    # The response is i W times the friction, and what is left is of the fourth order.
    assert fast.friction(system) == pytest.approx((4 * slower - slow) / 3, rel=1e-6)
