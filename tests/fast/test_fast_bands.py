"""Friction, noise and response on leads with bands: closed forms, other routes, and what is infinite."""

import numpy as np
import pytest
from junctions import broadening, draw, hermitian
from thinning import few

from electronwind import (
    ChainLead,
    OpenSystem,
    PeriodicLead,
    WideBandLead,
    fast,
    reference,
)
from electronwind.fast import moving, pairs

W = np.array([0.0, 0.35, -0.6])
NAMES = {"friction": (), "white_noise": (), "force_noise": (W,), "response": (W,)}


def on_chains(seed, temperatures, mus=(0.4, -0.3)):
    """Three levels, two coordinates, complex throughout, between two chains that differ."""
    rng = np.random.default_rng(seed)
    h = np.diag(rng.uniform(-0.3, 0.3, 3)) + np.diag([-0.8, -0.8], 1) + np.diag([-0.8, -0.8], -1) + 0j
    h[0, 1] *= 1j
    h[1, 0] = np.conj(h[0, 1])
    ends = [ChainLead(0, -1.0, mus[0], temperatures[0], 0.0, 0.75)]
    ends.append(ChainLead(2, -1.0, mus[1], temperatures[1], 0.1, 0.75))
    return OpenSystem(h, hermitian(rng, 2, 3, 3), ends, 2)


def mixed(seed, temperatures):
    """Levels on a wide-band lead and one chain or two."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    leads = [WideBandLead(broadening(rng, n), rng.normal() / 2, temperatures[0])]
    for t in temperatures[1:]:
        site, coupling, centre = int(rng.integers(n)), rng.uniform(0.3, 1.2), rng.normal() / 2
        leads.append(ChainLead(site, -1.0, rng.normal() / 2, t, centre, coupling))
    return OpenSystem(hermitian(rng, n, n), hermitian(rng, 2, n, n), leads, 2)


def absorbed(system, sites=40):
    """The same with chains of finite length that end in a cubic absorber of wide-band sites."""
    n, d = system.levels, system.coordinates
    size = n + sites * len(system.leads)
    h, gradient, leads = np.zeros((size, size), complex), np.zeros((d, size, size), complex), []
    h[:n, :n], gradient[:, :n, :n] = system.hamiltonian, system.gradient
    for k, lead in enumerate(system.leads):
        own = n + sites * k + np.arange(sites)
        h[own, own] = lead.onsite
        h[own[:-1], own[1:]] = h[own[1:], own[:-1]] = lead.hopping
        h[lead.site, own[0]] = h[own[0], lead.site] = lead.coupling
        gamma = np.zeros((size, size))
        gamma[own, own] = 2 * ((np.arange(sites) + 1) / sites) ** 3
        leads.append(WideBandLead(gamma, lead.mu, lead.temperature))
    return OpenSystem(h, gradient, leads, system.degeneracy)


def far(value, expected):
    return np.max(np.abs(value - expected)) / np.max(np.abs(expected))


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("temperatures", [(0.1, 0.2), (0.05, 0.3, 0.0), (0.0, 0.0)])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_split_form_is_the_closed_form(n, temperatures):
    """Contour, Fermi surface and window add up to the closed form of wide-band leads."""
    system = draw(n, n, 2, temperatures)

    assert far(moving.friction(system), fast.friction(system)) < 1e-11
    assert far(moving.response(system, W), fast.response(system, W)) < 1e-13
    assert far(pairs.force_noise(system, W), fast.force_noise(system, W)) < 1e-13


@pytest.mark.slow
@pytest.mark.parametrize("temperatures", [pytest.param((0.1, 0.1), marks=pytest.mark.slow), (0.05, 0.15)])
def test_chains_are_what_absorbers_stand_for(temperatures):
    """A long finite chain with an absorber at its end, all wide-band, gives the same to its own error."""
    system = on_chains(1, temperatures)
    long = absorbed(system)

    assert far(fast.friction(system), fast.friction(long)) < 1e-4
    # The others take a minute.
    if temperatures[0] == temperatures[1]:
        assert far(fast.response(system, W), fast.response(long, W)) < 1e-4
        assert far(fast.force_noise(system, W), fast.force_noise(long, W)) < 1e-4


@pytest.mark.night("0-temperatures")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("temperatures", [(0.1, 0.2), (0.0, 0.0), (0.0, 0.3), (0.01, 0.05, 0.2)])
@pytest.mark.parametrize("seed", range(3))
def test_observables_are_linked(seed, temperatures):
    """Response to slow motion is friction, at rest it is the curl; noise is Hermitian and positive."""
    system = mixed(seed, temperatures)
    step = 1e-3
    f = fast.response(system, step * np.array([1, -1, 2, -2]))
    slow = (4 * (f[0] - f[1]) - (f[2] - f[3]) / 2) / (6j * step)
    friction = fast.friction(system)
    at_rest = fast.response(system, 0.0).real
    noise = fast.force_noise(system, W)
    scale = np.max(np.abs(friction))

    assert np.max(np.abs(slow - friction)) < 1e-4 * scale
    assert np.allclose(at_rest.T - at_rest, fast.curl(system), rtol=0, atol=1e-10 * scale)
    assert np.array_equal(noise, np.swapaxes(noise, -1, -2).conj())
    assert np.min(np.linalg.eigvalsh(noise)) > -1e-12 * np.max(np.abs(noise))
    assert np.allclose(noise[0].real, fast.white_noise(system), rtol=1e-12)


@pytest.mark.night("warm-friction")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "system",
    [on_chains(1, (0.05, 0.15)), on_chains(2, (0.0, 0.0)), mixed(1, (0.1, 0.3))],
    ids=["warm", "cold", "mixed"],
)
def test_the_reference_says_the_same(system, name):
    """Another derivation, by quadrature: the two differ by rounding."""
    argument = [0.35] if NAMES[name] else []
    theirs = getattr(reference, name)(system, *argument, digits=15).astype(complex)

    assert far(getattr(fast, name)(system, *argument), theirs) < 1e-11


@pytest.mark.parametrize("temperature", [0.02, 0.3])
def test_equilibrium_noise_is_friction(temperature):
    """D = 2 T times the symmetric friction, and S(-W) is S(W) transposed with the factor of Boltzmann."""
    system = on_chains(2, (temperature, temperature), (0.2, 0.2))
    xi = fast.friction(system)
    up, down = fast.force_noise(system, [0.35, -0.35])

    assert far(fast.white_noise(system), temperature * (xi + xi.T)) < 1e-11
    assert far(up.T * np.exp(-0.35 / temperature), down) < 1e-10
    assert np.max(np.abs(xi - xi.T)) > 1e-3  # no time reversal


@pytest.mark.night("response", "force_noise", "friction")
@pytest.mark.parametrize("name", NAMES)
def test_a_chain_is_a_crystal_of_one_orbital(name):
    """A chain written with a cell of one orbital or of two is the same lead."""
    rng = np.random.default_rng(1)
    h, gradient = hermitian(rng, 4, 4) * 0.4, hermitian(rng, 2, 4, 4)
    wide = WideBandLead(0.2 * np.eye(4), 0.1, 0.1)
    chain = ChainLead(0, -1.0, 0.3, 0.05, 0.1, 0.7)
    one = PeriodicLead([0], [[0.1]], [[-1.0]], 0.3, 0.05, coupling=[[0.7]])
    cell = [[0.1, -1.0], [-1.0, 0.1]], [[0, 0], [-1.0, 0]]
    two = PeriodicLead([0], *cell, 0.3, 0.05, coupling=[[0.7, 0.0]])
    values = [
        getattr(fast, name)(OpenSystem(h, gradient, [wide, lead]), *NAMES[name]) for lead in (chain, one, two)
    ]

    assert far(values[1], values[0]) < 1e-11
    assert far(values[2], values[0]) < 2e-10


@pytest.mark.night("response", "force_noise", "friction")
@pytest.mark.parametrize("name", NAMES)
def test_members_of_a_batch_are_alone(name):
    """Batched Hamiltonians, and batched leads, give each member its own value."""
    parts = [on_chains(seed, (0.05, 0.15)) for seed in (3, 4)]
    stack = [np.stack([getattr(part, key) for part in parts]) for key in ("hamiltonian", "gradient")]
    values = getattr(fast, name)(OpenSystem(*stack, parts[0].leads, 2), *NAMES[name])
    own = [getattr(fast, name)(part, *NAMES[name]) for part in parts]
    mus = OpenSystem(
        parts[0].hamiltonian,
        parts[0].gradient,
        [ChainLead(0, -1.0, [0.4, 0.1], 0.05, 0.0, 0.75), parts[0].leads[1]],
        2,
    )

    assert far(values, np.stack(own)) < 1e-12
    assert far(getattr(fast, name)(mus, *NAMES[name])[0], own[0]) < 1e-12


@pytest.mark.night("response", "noise")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("temperature", [0.0, 0.02])
def test_levels_that_nothing_touches_are_eliminated(name, temperature):
    """Eighteen sites of a disordered chain: the few touched levels alone give what all of them do."""
    rng = np.random.default_rng(5)
    h = np.diag(rng.uniform(-0.1, 0.1, 18)) + np.diag([-1.0] * 17, 1) + np.diag([-1.0] * 17, -1)
    bonds = np.zeros((2, 18, 18))
    for k in range(2):
        bonds[k, 8 + k, 9 + k] = bonds[k, 9 + k, 8 + k] = 1.0
    # A coordinate that touches every level, and shifts none by what could be seen.
    touched = np.concatenate([bonds, 1e-200 * np.ones((1, 18, 18))])
    ends = [ChainLead(0, -1.0, 0.1, temperature), ChainLead(17, -1.0, -0.1, temperature)]
    few = getattr(fast, name)(OpenSystem(h, bonds, ends), *NAMES[name])
    every = getattr(fast, name)(OpenSystem(h, touched, ends), *NAMES[name])

    assert far(few, every[..., :2, :2]) < 1e-10


# What the reference says of the first, asked for 20 digits.
BIASED = [[4.654124615417999, -2.8943579498057117], [-1.9703320403807754, 3.6054906263048787]]


@pytest.mark.parametrize(("seed", "said"), few([(1, BIASED), (1, None), (2, None)], 3))
def test_friction_under_bias_keeps_its_digits(seed, said):
    """What the slope of a self-energy costs in digits at the edges of bands is not paid everywhere."""
    system = on_chains(seed, (0.5, 0.4))
    want = np.asarray(said or reference.friction(system, digits=20)).astype(float)
    assert np.max(np.abs(fast.friction(system) - want)) < 2e-15 * np.max(np.abs(want))


@pytest.mark.night("response", "force_noise")
@pytest.mark.parametrize("name", NAMES)
def test_a_chain_without_coupling_does_nothing(name):
    """A chain that hangs on nothing is no lead: it changes no value, and stops none."""
    system = on_chains(1, (0.05, 0.15))
    idle = ChainLead(0, -1.0, 0.7, 0.3, 0.25, 0.0)
    more = OpenSystem(system.hamiltonian, system.gradient, [*system.leads, idle], system.degeneracy)
    argument = [0.35] if NAMES[name] else []
    assert far(getattr(fast, name)(more, *argument), getattr(fast, name)(system, *argument)) < 1e-13


# By day what the reference says, asked for 15 digits, and at night the reference itself.
@pytest.mark.parametrize("said", few([[[0.24375148585521153]], None], 2))
def test_a_state_that_a_wide_band_reaches_is_not_taken_for_a_narrow_one(said):
    """Next to the edge of a band a state may look sharp that a wide-band lead broadens at every energy."""
    h = np.array([[0.4375, -0.4375 - 0.5j, -1.375 - 1.125j], [0, 0.5, -1.3125 - 1.3125j], [0, 0, -0.75]])
    h = h + np.triu(h, 1).conj().T
    broad = np.array(
        [[113, 28 - 21j, -21 - 7j], [28 + 21j, 89, -9 - 13j], [-21 + 7j, -9 + 13j, 74]]
    ) / 512  # fmt: skip
    leads = [WideBandLead(broad, -0.625, 0.5), ChainLead(0, -0.5, -1.0625, 0.01, 0.0, 0.75)]
    system = OpenSystem(h, [np.diag([1.0, 0.5, -0.25])], leads, 2)
    want = np.asarray(said or reference.friction(system, digits=15)).astype(float)
    assert far(fast.friction(system), want) < 1e-11


def test_one_cell_at_many_potentials():
    """A batch may differ in what fills a periodic lead, and in nothing of its cell."""
    mus = np.array([0.1, 0.3])
    leads = [PeriodicLead([0], [[0.0]], [[-1.0]], mus, 0.2, [[0.5]]), ChainLead(0, -1.0, 0.2, 0.1)]
    batch = OpenSystem([[0.1]], [[[1.0]]], leads)
    alone = [fast.current(batch[k]) for k in range(2)]
    assert np.allclose(fast.current(batch), alone, rtol=1e-13)
