"""A chain written with cells of several sites is that chain, at the edges of its bands and at crossings."""

import numpy as np
import pytest

from electronwind import ChainLead, Lead, OpenSystem, PeriodicLead, WideBandLead, fast
from electronwind.fast.leads import self_energy

ONSITE, HOPPING, COUPLING = 0.25, 0.5, 0.75
NAMES = {
    "friction": (),
    "white_noise": (),
    "response": (0.3,),
    "force_noise": (0.3,),
    "density_matrix": (),
    "current": (),
    "transmission": (0.25,),
}


def folded(sites: int, mu: float, heat: float) -> PeriodicLead:
    """Return the chain so many sites at a time: its bands cross, and its hopping has no inverse."""
    onsite = (
        np.diag([ONSITE] * sites) + np.diag([HOPPING] * (sites - 1), 1) + np.diag([HOPPING] * (sites - 1), -1)
    )
    hopping = np.zeros((sites, sites))
    hopping[-1, 0] = HOPPING
    return PeriodicLead([1], onsite, hopping, mu, heat, [[COUPLING] + [0.0] * (sites - 1)])


def chain(mu: float, heat: float) -> ChainLead:
    return ChainLead(1, HOPPING, mu, heat, ONSITE, COUPLING)


def system(first: Lead, second: Lead) -> OpenSystem:
    rng = np.random.default_rng(3)
    raw = rng.normal(size=(3, 3, 3)) + 1j * rng.normal(size=(3, 3, 3))
    h, *gradient = (raw + raw.conj().swapaxes(-1, -2)) / 4
    return OpenSystem(h, gradient, [first, second])


def pairs(sites: int, mu: float, heat: float, other: Lead) -> list[tuple[OpenSystem, OpenSystem]]:
    """Return systems on a folded chain and on the chain, each as the first lead and as the second."""
    both = folded(sites, mu, heat), chain(mu, heat)
    first, second = ([system(other, lead) for lead in both], [system(lead, other) for lead in both])
    return [(first[0], first[1]), (second[0], second[1])]


def off(name: str, got: OpenSystem, want: OpenSystem) -> float:
    value, true = (getattr(fast, name)(one, *NAMES[name]) for one in (got, want))
    return float(np.max(np.abs(value - true)) / np.max(np.abs(true)))


# Of wide bands, cold at the upper edge of the chain, and warm.
RATE = np.diag([0.5, 0.25, 0.75])
OTHERS = WideBandLead(RATE, 1.25, 0.0), WideBandLead(RATE, 0.125, 0.05)


@pytest.mark.parametrize("mu", [1.25, 0.25])
def test_cold_friction_at_an_edge_and_at_a_crossing(mu: float) -> None:
    """There the slope of a self-energy is infinite, and its equation is nought over nought."""
    for got, want in pairs(2, mu, 0.0, OTHERS[0]):
        assert off("friction", got, want) < 2e-11


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sites", [2, 3])
def test_a_folded_chain_is_the_chain(sites: int, name: str) -> None:
    """At the upper and the lower edge, where bands cross, and beside that by less than waves tell apart."""
    for mu in (1.25, -0.75, 0.25, 0.25 + 2.0**-30, 0.5):
        for heat in (0.0, 0.01):
            for other in OTHERS:
                if name in ("current", "white_noise") and (mu, heat) == (1.25, 0.0) and other is OTHERS[0]:
                    continue  # none flows
                for got, want in pairs(sites, mu, heat, other):
                    assert off(name, got, want) < 1e-10


@pytest.mark.parametrize("energy", [1.25, -0.75, 0.25])
def test_members_of_a_batch_have_edges_of_their_own(energy: float) -> None:
    """One asked for at the edge of its band, the other not."""
    one, other = folded(2, 0.0, 0.1), folded(2, 0.0, 0.1)
    both = PeriodicLead(
        [1], np.stack([one.onsite, other.onsite + 0.5 * np.eye(2)]), one.hopping, 0.0, 0.1, one.coupling
    )
    found = self_energy(both, np.array([energy + 0j, 0.1 + 0.2j]))
    for k, middle in enumerate((ONSITE, ONSITE + 0.5)):
        alone = ChainLead(1, HOPPING, 0.0, 0.1, middle, COUPLING)
        want = self_energy(alone, np.array([energy + 0j, 0.1 + 0.2j]))
        assert np.max(np.abs(found[k] - want)) < 1e-12
