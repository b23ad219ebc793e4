"""The correlation of the force in time, against three other ways to it."""

import numpy as np
import pytest

from electronwind import ChainLead, OpenSystem, PeriodicLead, WideBandLead, fast, models, reference
from electronwind.validation.faults.steady.direct import Direct

DELAYS = np.array([0.0, 1e-6, 0.25, -1.5, 7.0])


def hermitian(rng, *shape):
    raw = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return (raw + np.swapaxes(raw, -1, -2).conj()) / 2


def wide(seed, n, heat):
    rng = np.random.default_rng(seed)
    parts = (0.5 * (rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))) for _ in heat)
    leads = [
        WideBandLead(p @ p.conj().T, 0.3 - 0.4 * a, t)
        for a, (p, t) in enumerate(zip(parts, heat, strict=True))
    ]
    return OpenSystem(hermitian(rng, n, n), hermitian(rng, 2, n, n), leads, degeneracy=2)


def exceptional():
    """Two equal levels whose effective Hamiltonian has one eigenvector."""
    leads = [WideBandLead(np.diag([1.5, 0.0]), 0.2, 0.05), WideBandLead(np.diag([0.0, 0.5]), -0.1, 0.0)]
    return OpenSystem([[0, 0.25], [0.25, 0]], hermitian(np.random.default_rng(4), 2, 2, 2), leads)


def banded(seed):
    rng = np.random.default_rng(seed)
    wide_band = WideBandLead(np.diag([0.5, 0.25]), -0.2, 0.05)
    chain = ChainLead(1, -0.75, 0.3, 0.0, onsite=0.125)
    cells = PeriodicLead([0], [[0.25]], [[0.5]], 0.1, 0.2, coupling=[[0.25 + 0.25j]])
    h, gradient = hermitian(rng, 2, 2) / 2, hermitian(rng, 2, 2, 2)
    return {
        "chains": OpenSystem(h, gradient, [chain, ChainLead(0, 1.0, -0.3, 0.1)]),
        "all kinds": OpenSystem(h, gradient, [wide_band, chain, cells]),
        # A state above the band of which nothing is certain but its occupation.
        "bound": OpenSystem([[2.5]], [[[1.0]]], [ChainLead(0, -1.0, 0.3, 0.5), ChainLead(0, -0.8, 0.3, 0.5)]),
    }


WIDE = {
    "one level": wide(1, 1, (0.1, 0.02)),
    "cold": wide(2, 2, (0.0, 0.0)),
    "three leads": wide(3, 2, (0.5, 1e-3, 0.0)),
    "no basis": exceptional(),
}
EVERY = WIDE | banded(7)


@pytest.mark.night("all kinds", "three leads", "no basis")
@pytest.mark.parametrize("system", EVERY.values(), ids=EVERY)
def test_both_houses_agree(system):
    """Closed form or quadrature here, thirty digits there."""
    delays = DELAYS[2:4]
    want = reference.force_correlation(system, delays, digits=15).astype(complex)

    got = fast.force_correlation(system, delays)

    assert np.max(np.abs(got - want)) < 1e-13 * np.max(np.abs(want))


@pytest.mark.night("no basis", "cold")
@pytest.mark.parametrize("system", WIDE.values(), ids=WIDE)
def test_quadrature_by_another_rule_agrees(system):
    """A third derivation, on the real axis with its tails turned down."""
    want = Direct().force_correlation(system, DELAYS)

    assert np.max(np.abs(fast.force_correlation(system, DELAYS) - want)) < 1e-11 * np.max(np.abs(want))


def test_two_time_noise_of_a_junction_at_rest():
    """A trajectory that stays where it is has the correlation of the steady state."""
    model, tau = models.two_level(), np.array([0.5, 4.0, 8.0])
    record = fast.two_time_noise(model, lambda t: np.full((*np.shape(t), 1), -0.2), 0.0, tau)

    got = fast.force_correlation(model.at(-0.2), tau)

    assert np.max(np.abs(got - record.exact)) < 1e-9 * np.max(np.abs(record.exact))


@pytest.mark.parametrize("system", EVERY.values(), ids=EVERY)
def test_at_no_delay_it_is_the_variance(system):
    """Wick's theorem: Tr[L (1 - sigma) L sigma]."""
    sigma = fast.density_matrix(system)
    empty = np.eye(system.levels) - sigma
    want = system.degeneracy * np.einsum(
        "mij,jk,vkl,li->mv", system.gradient, empty, system.gradient, sigma, optimize=True
    )

    assert np.max(np.abs(fast.force_correlation(system, 0.0) - want)) < 1e-13 * np.max(np.abs(want))


def test_what_is_bound_never_decays():
    """A level beside the band of its leads, filled for certain by half: f (1 - f) Z^2 is left of c(s)."""
    system = EVERY["bound"]
    found = fast.bound_states(system)
    filled, weight = 1 / (np.exp((found.energies[0] - 0.3) / 0.5) + 1), found.weights[0]

    late = fast.force_correlation(system, 4000.0)[0, 0]

    assert abs(late - filled * (1 - filled) * weight**2) < 2e-3


@pytest.mark.night("1e-30")
@pytest.mark.parametrize("length", [1e-200, 1e-30, 1e3, 1e30])
def test_delays_of_any_length(length):
    """Next to zero it is the variance, and after a long time there is nothing left."""
    system = WIDE["three leads"]
    want = fast.force_correlation(system, 0.0) if length < 1 else np.zeros((2, 2))

    got = fast.force_correlation(system, length)

    assert np.max(np.abs(got - want)) < 1e-5 * np.max(np.abs(fast.force_correlation(system, 0.0)))


def test_a_lead_that_touches_nothing_moves_no_digit():
    """However warm it is: pieces end elsewhere then, and no far one may keep an error of its own."""
    h = [[-1.0625, -0.5 - 1.0625j], [-0.5 + 1.0625j, -1.125]]
    gamma = [[0.36328125, -0.265625 + 0.0625j], [-0.265625 - 0.0625j, 0.4375]]
    leads = [
        ChainLead(site=0, hopping=-1.125, coupling=0.25, onsite=-0.375, mu=-1.25, temperature=0.2),
        ChainLead(site=0, hopping=-1.3125, coupling=0.9375, mu=0.1875, temperature=0.01),
        WideBandLead(gamma, mu=-0.25, temperature=0.01),
    ]
    gradient = [[0.875, -0.875 + 0.6875j], [-0.875 - 0.6875j, -0.8125]]
    want = fast.force_correlation(OpenSystem(h, [gradient], leads), 1.1875)
    idle = PeriodicLead(
        sites=[1], onsite=[[-0.25]], hopping=[[1.5]], coupling=[[0.0]], mu=-0.375, temperature=0.751
    )
    got = fast.force_correlation(OpenSystem(h, [gradient], [idle, *leads]), 1.1875)

    assert abs(got - want).item() < 2e-15
