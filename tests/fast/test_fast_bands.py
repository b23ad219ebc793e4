"""Friction, noise and response on leads with bands: closed forms, other routes, and what is infinite."""

import numpy as np
import pytest
from junctions import broadening, draw, hermitian
from thinning import few

from electronwind import (
    ChainLead,
    OpenSystem,
    PeriodicLead,
    UnbroadenedLevelError,
    WideBandLead,
    fast,
    models,
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


BOND = [[[0.0, 1.0], [1.0, 0.0]]]


def perfect(mu, temperature, other=None):
    ends = [ChainLead(0, -1.0, mu, temperature)]
    ends.append(ChainLead(1, -1.0, mu if other is None else other, temperature))
    return OpenSystem([[0, -1.0], [-1.0, 0]], BOND, ends)


def test_response_at_rest_is_the_slope_of_the_force():
    """Of a perfect chain too, where the real axis alone misses a state at the edge: finite differences."""
    step = 1e-3
    forces = []
    for k in range(7):
        hop = -1.0 + k * step
        ends = [ChainLead(0, -1.0, -0.618, 0.0), ChainLead(1, -1.0, -0.618, 0.0)]
        forces.append(fast.force(OpenSystem([[0, hop], [hop, 0]], BOND, ends))[0])
    slope = np.array([-49 / 20, 6, -15 / 2, 20 / 3, -15 / 4, 6 / 5, -1 / 6]) @ forces / step

    assert abs(fast.response(perfect(-0.618, 0.0), 0.0)[0, 0] - slope) < 1e-9
    assert abs(slope - 0.394535) < 1e-6


def test_friction_of_the_bent_chain():
    """At T = 0 and any bias: eta(phi_L) + eta(phi_R) over two, with E = 2H cos phi, and no Lorentz force."""
    for mu in ((-0.95, -1.05), (0.9, -1.9)):
        family = models.bent_chain(hopping=-1.0, decay=1.0, mu=mu)
        expected = np.zeros((2, 2))
        for each in mu:
            phi = np.arccos(-each / 2)
            diagonal, off = 1 + np.cos(phi) ** 2, -(np.cos(2 * phi) + np.cos(phi) ** 2)
            expected += np.array([[diagonal, off], [off, diagonal]]) / (2 * np.pi * np.sin(phi) ** 2)

        assert far(fast.friction(family.at([0.0, 0.0])), expected) < 1e-12


def test_an_atom_on_a_straight_chain_has_a_finite_friction():
    """Two bonds in line pull the state at the edge both ways: quadrature gave .6323587763922."""
    h = [[0, -1.0, 0], [-1.0, 0, -1.0], [0, -1.0, 0]]
    pull = [[[0, -1.0, 0], [-1.0, 0, 1.0], [0, 1.0, 0]]]
    system = OpenSystem(h, pull, [ChainLead(0, -1.0, -1.0, 0.2), ChainLead(2, -1.0, -1.0, 0.2)])

    assert abs(fast.friction(system)[0, 0] - 0.6323587763922) < 1e-11
    assert abs(fast.white_noise(system)[0, 0] - 0.4 * 0.6323587763922) < 1e-11


INFINITE = {
    "a warm state at the edge": perfect(-1.0, 0.2),
    "a state at the edge in the window": perfect(-1.0, 0.0, -3.0),
    "a warm bound state": OpenSystem([[1.0]], [[[1.0]]], [ChainLead(0, -1.0, 2.0, 0.1)] * 2),
}


@pytest.mark.parametrize("case", INFINITE)
@pytest.mark.parametrize("name", ["friction", "white_noise", "force_noise"])
def test_what_is_infinite_is_refused(case, name):
    """A logarithm or a state that never decays: the refusal names the energy."""
    argument = [0.0] if name == "force_noise" else []
    energy = "2.236067977" if "bound" in case else "-2"

    with pytest.raises(UnbroadenedLevelError, match=f"{name} is infinite.*{energy}"):
        getattr(fast, name)(INFINITE[case], *argument)


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("temperature", [0.0, 0.05])
@pytest.mark.parametrize("W", [0.3, 1.5, -3.0])
def test_a_frequency_that_fills_or_empties_bound_states(W, temperature):
    """Electrons that go from bands to bound states and back, under bias: what the reference says."""
    h = [[0, -1.25, 0.2j], [-1.25, 0, 0.1], [-0.2j, 0.1, 0.5]]
    g = [[[0, 1, 0], [1, 0, 0], [0, 0, 0]], [[0.5, 0, 0.3j], [0, 0, 0.2], [-0.3j, 0.2, 0]]]
    mus = ((0, 0.4), (1, -0.6), (2, 0.1))
    system = OpenSystem(h, g, [ChainLead(site, -1.0, mu, temperature) for site, mu in mus])
    want = reference.response(system, W, digits=15).astype(complex)

    assert fast.bound_states(system).count == 2
    assert far(fast.response(system, W), want) < 1e-12


def test_frequencies_and_members_keep_their_own_bound_states():
    """A batch in which some have bound states, at several frequencies, one of them none."""
    leads = [ChainLead(0, -1.0, mu, 0.05, coupling=0.5) for mu in (-0.5, -0.4)]
    system = OpenSystem([[[2.5]], [[0.25]], [[-3.0]]], np.ones((3, 1, 1, 1)), leads)
    W = np.array([0.0, 2.5, 0.25])
    assert fast.bound_states(system).count.tolist() == [1, 0, 1]
    one_by_one = [[fast.response(system[k], w) for w in W] for k in range(3)]

    assert far(fast.response(system, W), np.array(one_by_one)) < 1e-12


def test_a_frequency_between_two_bound_states_is_refused():
    """The distance of a full state and an empty one is a sharp line: both solvers name the energies."""
    system = OpenSystem([[0.0]], [[[1.0]]], [ChainLead(0, -1.0, 0.0, 0.0, coupling=2.0)])
    apart = np.ptp(fast.bound_states(system).energies)

    with pytest.raises(UnbroadenedLevelError, match=r"infinite at the frequency .* -2.309.* 2.309"):
        fast.response(system, apart)
    assert np.isfinite(fast.response(system, 1.001 * apart)).all()


def test_a_full_bound_state_does_no_harm():
    """Far from all potentials a bound state is full or empty: friction and noise are finite and linked."""
    system = OpenSystem([[1.0]], [[[1.0]]], [ChainLead(0, -1.0, -0.5, 0.04)] * 2)

    assert fast.friction(system)[0, 0] > 0
    assert far(fast.white_noise(system), 2 * 0.04 * fast.friction(system)) < 1e-10


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
