"""The two solvers on drawn systems with leads of all kinds: every observable, or the same refusal."""

from itertools import product

import numpy as np
import pytest
from thinning import few

from electronwind import (
    OBSERVABLES,
    ChainLead,
    OpenSystem,
    PeriodicLead,
    PrecisionError,
    UnbroadenedLevelError,
    WideBandLead,
    fast,
    reference,
)
from electronwind.fast.bordered import moved
from electronwind.fast.contacts import groups
from electronwind.fast.leads import self_energy
from electronwind.fast.marks import marks
from electronwind.validation.core.tolerances import natural

ARGUMENTS = {"energy": 0.3125, "frequency": 0.3125, "delays": 1.5}
TEMPERATURES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.5)
CLOSE = 1e-10


def hermitian(rng, *shape):
    raw = complex_numbers(rng, *shape)
    return (raw + np.swapaxes(raw, -1, -2).conj()) / 2


def complex_numbers(rng, *shape):
    return (rng.integers(-16, 17, shape) + 1j * rng.integers(-16, 17, shape)) / 16


def drawn(seed, most):
    """A system of one to `most` levels on one to four leads of any kind, all numbers exact in binary."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(1, most + 1)), int(rng.integers(1, 3))
    leads = [lead(rng, n) for _ in range(rng.integers(1, 5))]
    return OpenSystem(hermitian(rng, n, n), hermitian(rng, d, n, n), leads)


def lead(rng, n):
    kind, mu, heat = rng.integers(3), rng.integers(-16, 17) / 16, float(rng.choice(TEMPERATURES))
    if kind == 0:
        part = complex_numbers(rng, n, int(rng.integers(1, n + 1))) / 2
        return WideBandLead(part @ part.conj().T, mu, heat)
    if kind == 1:
        hopping, onsite, coupling = (rng.integers(*span) / 16 for span in ((8, 25), (-8, 9), (4, 17)))
        return ChainLead(int(rng.integers(n)), hopping, mu, heat, onsite, coupling)
    m = int(rng.integers(1, 4))
    sites = [int(site) for site in rng.choice(n, int(rng.integers(1, min(n, m) + 1)), replace=False)]
    hopping = complex_numbers(rng, m, m)
    if m > 1 and rng.integers(3) == 0:
        hopping[:, -1] = 0
    coupling = complex_numbers(rng, len(sites), m) / 2
    return PeriodicLead(sites, hermitian(rng, m, m), hopping, mu, heat, coupling)


def asked(house, name, system, **options):
    """The value, or the refusal of a state that has no value."""
    argument = [ARGUMENTS[key]] if (key := OBSERVABLES[name].argument) else []
    try:
        return np.asarray(getattr(house, name)(system, *argument, **options)).astype(complex)
    except UnbroadenedLevelError:
        return None


def disagreement(system, name):
    """The largest difference over the natural scale; infinite where one of the two refuses alone."""
    got, want = asked(fast, name, system), asked(reference, name, system, digits=15)
    if got is None or want is None:
        return 0.0 if got is want else np.inf
    scale = max(natural(name, system), float(np.max(np.abs(want))))
    return float(np.max(np.abs(got - want))) / scale


@pytest.mark.parametrize("seed", few([27, 3], 2))
def test_every_observable_on_leads_of_all_kinds(seed):
    """Twelve observables on small systems: complex matrices, cold and hot leads, singular hoppings."""
    system = drawn(seed, 2)

    assert max(disagreement(system, name) for name in OBSERVABLES) < CLOSE


@pytest.mark.parametrize("seed", few(range(10), 10))
def test_a_state_at_the_end_of_a_lead_of_its_own_is_nothing_special(seed):
    """Where a self-energy has a pole, in most complex crystals, the fast solver has an answer."""
    system = drawn(2000 + seed, 3)
    cells = PeriodicLead(
        [0],
        [[0.25, 0.5j], [-0.5j, -0.375 + seed / 64]],
        [[0.5, 0.125], [-0.25j, 0.75]],
        0.25,
        0.1,
        [[0.5, 0.25]],
    )

    for name in ("current", "transmission", "curl"):
        asked(fast, name, OpenSystem(system.hamiltonian, system.gradient, [*system.leads, cells]))


def test_the_resonance_of_a_state_at_the_end_of_a_crystal_is_known():
    """In a gap of the crystal, broadened by another lead: no level of the system leads to it."""
    ((_, group),) = groups(drawn(131, 8))
    found = np.array([group.nearest(0, complex(e)) for e in group.ends[0]])
    met = np.abs(np.real(found) - group.ends[0]) < 1e-8
    new = np.min(np.abs(found[:, None] - group.resonances[0]), axis=1) > 0.1

    assert np.any(met & new & (np.abs(np.imag(found)) < 1e-3))
    assert np.isin(group.ends[0] + 0.5, marks(group, [np.array([0.0, 0.5])])).all()


@pytest.mark.parametrize("seed", few([0, 165], 2, 1))
def test_no_piece_of_an_integral_ends_at_such_a_state_itself(seed):
    """There the self-energy is infinite, and the friction is not."""
    assert np.isfinite(asked(fast, "friction", drawn(seed, 8))).all()


# What the reference says, asked for 15 digits: half a minute and a minute.
BESIDE = {
    66: [[2.5996390979506754, 0.05508934494572099], [-3.3584504983049492, 0.8993888435692403]],
    112: [[0.4754007346874527]],
}


@pytest.mark.parametrize("seed", few(BESIDE, 2, 1))
def test_the_friction_where_a_state_of_an_end_is_broadened(seed):
    """In a gap that another lead fills, and next to an edge of the bands: nothing but rounding is sharp."""
    want = np.array(BESIDE[seed])

    assert np.max(np.abs(fast.friction(drawn(seed, 8)) - want)) < CLOSE * np.max(np.abs(want))


def test_the_slope_beside_such_a_state_is_smooth():
    """At 1e-7 from the pole a self-energy has lost 2e-9 of itself; of the slope of G were lost 6e-6."""
    ((_, group),) = groups(drawn(66, 8))
    place = 1.051560671448 + 1e-7 * np.array([-2.0, -1.0, 1.0, 2.0])
    member, none = np.zeros(4, int), np.zeros(4)
    weights = [np.ones(4) for _ in group.leads]

    g, slope, fed = moved(group, member, place + 0j, none, weights)

    for values in (g, slope, fed):
        bend = values[3] - values[0] - 2 * (values[2] - values[1])
        assert np.max(np.abs(bend)) < 1e-8 * np.max(np.abs(values[0]))
    # What all leads feed is what they broaden.
    assert np.max(np.abs(fed - 1j * (g - np.swapaxes(g, -1, -2).conj()))) < 1e-9 * np.max(np.abs(fed))


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("name", ["friction", "response"])
@pytest.mark.parametrize("seed", [70, 150])
def test_the_order_of_leads_moves_no_digit(seed, name):
    """The lead whose occupation all others are counted from is the same, whichever comes first."""
    system = drawn(seed, 8)
    first, *others = system.leads
    turned = OpenSystem(system.hamiltonian, system.gradient, [*others, first], system.degeneracy)

    got, want = asked(fast, name, turned), asked(fast, name, system)
    assert np.max(np.abs(got - want)) < 1e-14 * np.max(np.abs(want))


# Potential and temperature of a lead that moved the digits of the noise of the first system, and many more.
MOVED = ((-1.375, 0.296875),)
IDLE = tuple(product((-1.375, -0.875, 0.375), (0.09375, 0.25, 0.296875, 0.328125)))


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("places", [MOVED, pytest.param(IDLE, marks=pytest.mark.slow)], ids=["one", "all"])
@pytest.mark.parametrize("name", ["white_noise", "force_noise", "pair_density", "force_correlation"])
@pytest.mark.parametrize("seed", [127, 3, 12, 22])
def test_a_lead_that_touches_nothing_moves_no_digit(seed, name, places):
    """However warm it is: pieces of the axis end elsewhere then, and no far one keeps an error of its own."""
    system = drawn(seed, 4)
    want = asked(fast, name, system)
    for mu, warm in places:
        idle = ChainLead(0, 1.0, mu, warm, coupling=0.0)
        got = asked(
            fast,
            name,
            OpenSystem(system.hamiltonian, system.gradient, [*system.leads, idle], system.degeneracy),
        )
        assert np.max(np.abs(got - want)) < 2e-14 * np.max(np.abs(want))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["white_noise", "force_noise", "pair_density", "friction"])
def test_the_noise_of_a_state_at_the_end_of_a_crystal(name):
    """Its narrow resonance makes a fiftieth of the white noise."""
    assert disagreement(drawn(131, 8), name) < CLOSE


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_two_hundred_systems(seed):
    """Up to eight levels on up to four leads of all kinds: twelve observables, or refusals of both."""
    system = drawn(seed, 8)

    worst = {name: disagreement(system, name) for name in OBSERVABLES}

    assert max(worst.values()) < CLOSE, worst


def test_what_passes_beside_a_bound_state():
    """The transmission asks nobody who fills a state that two chains bind and do not agree on."""
    chains = [ChainLead(0, 1.0, mu, 0.125, coupling=1.25) for mu in (2.0, -2.0)]
    system = OpenSystem([[-0.5]], [[[1.0]]], chains)
    with pytest.raises(UnbroadenedLevelError):
        fast.density_matrix(system)

    assert disagreement(system, "transmission") < CLOSE


@pytest.mark.thin(most=1)
@pytest.mark.parametrize(
    "hopping",
    [[[1.0, 0.75j], [0.0, 0.0]], [[0.875 - 1j, 0.0], [0.125 - 0.125j, 0.0]]],
    ids=["a-state-at-the-end", "nothing-passed-on"],
)
def test_what_passes_at_the_energy_of_a_level_of_a_cell(hopping):
    """An inner level that keeps its energy: an infinite self-energy, or one made of nothing but rounding."""
    cells = PeriodicLead([0], [[0.25, 0.5j], [-0.5j, -0.1]], hopping, 0.25, 0.1, [[0.5, 0.25]])
    wide = [WideBandLead([[0.5, 0.25j], [-0.25j, 0.25]], 0.0, 0.1), WideBandLead(np.eye(2), 0.0, 0.1)]
    system = OpenSystem([[0.125, 0.5j], [-0.5j, -0.25]], [np.eye(2)], [*wide, cells])
    energies = [-0.1, 0.3125]

    got = fast.transmission(system, energies)
    want = np.asarray(reference.transmission(system, energies, digits=15), dtype=float)

    assert got == pytest.approx(want, rel=0, abs=1e-13)


@pytest.mark.parametrize("width", [1e-5, 1e-8])
def test_what_passes_there_is_not_told_beside_a_narrow_level(width):
    """Across a state at the end of a lead only what is smooth is followed."""
    cells = PeriodicLead(
        [0], [[0.25, 0.5j], [-0.5j, -0.1]], [[1.0, 0.75j], [0.0, 0.0]], 0.0, 0.1, [[0.5, 0.25]]
    )
    faint = WideBandLead(np.diag([1.0, width]), 0.0, 0.1)
    system = OpenSystem(np.diag([0.125, -0.1]), [np.eye(2)], [faint, cells])

    with pytest.raises(PrecisionError, match="hardly decays"):
        fast.transmission(system, -0.1)


@pytest.mark.parametrize(
    ("seeds", "least"), [((191, 158, 5), 4), pytest.param((0, 1, 2), 0, marks=pytest.mark.slow)]
)
def test_every_bound_state_solves_its_equation(seeds, least):
    """What the fast solver finds between two bands is no state of another interval: (h + Sigma) v = E v."""
    seen = 0
    for seed in seeds:
        system = drawn(seed, 8)
        states = fast.bound_states(system)
        for e, v in zip(states.energies, states.states, strict=True):
            h = system.hamiltonian.astype(complex)
            for one in system.leads:
                h[np.ix_(one.sites, one.sites)] += self_energy(one, np.array([e + 0j]))[0]
            assert np.max(np.abs(h @ v - e * v)) < 1e-8
            seen += 1

    assert seen >= least


def beside_a_pole():
    """A level on a chain of dimers that ends with a state of its own, at an energy next to the level's."""
    dimers = PeriodicLead(
        [0], [[0.03125, 0.25], [0.25, 0.0]], [[0.0, 0.0], [1.0, 0.0]], -0.5, 0.125, [[0.125, 0.0]]
    )
    return OpenSystem([[0.0625]], [[[1.0]]], [dimers])


def test_a_state_beside_a_pole_of_the_self_energy():
    """A level and a state at the end of a crystal make two bound states, one on each side of the pole."""
    system = beside_a_pole()

    assert fast.bound_states(system).count == 2
    # What the reference says, asked for 15 digits.
    assert abs(fast.density_matrix(system)[0, 0] - 0.017203120203924483) < CLOSE


@pytest.mark.slow
def test_the_reference_knows_both_states_beside_a_pole():
    """As many, and as much of the level in them."""
    system = beside_a_pole()

    assert reference.bound_states(system, digits=15).count == 2
    assert disagreement(system, "density_matrix") < CLOSE


def test_no_value_without_a_state_that_a_crystal_binds(monkeypatch):
    """States that the search does not see leave a hole in the sum rule, and the reference refuses."""
    monkeypatch.setattr("electronwind.reference.leads.Periodic.poles", [])

    with pytest.raises(PrecisionError, match="of the weight of a level"):
        asked(reference, "density_matrix", beside_a_pole(), digits=15)
