"""States at the end of a crystal: none is missed, and no resonance beside one."""

from __future__ import annotations

import numpy as np
import pytest
from thinning import few

from electronwind import OpenSystem, PeriodicLead, WideBandLead, fast, reference
from electronwind.fast import crystal_leads, leads
from electronwind.fast.contacts import groups


def dimers(offset: float, inside: float, coupling: float) -> PeriodicLead:
    """Return a chain of dimers, with a state at its end where the bonds inside them are the weak ones."""
    link = [[0.0, 0.0], [1.0, 0.0]]
    return PeriodicLead([0], [[offset, inside], [inside, 0.0]], link, -0.5, 0.125, [[coupling, 0.0]])


def states(lead: PeriodicLead) -> list[float]:
    """Return the energies of the states of the end."""
    return [float(e) for *_, found in leads.end_states(lead) for e in found]


@pytest.mark.thin
@pytest.mark.parametrize("offset", [0.0, 0.03125, -0.5])
@pytest.mark.parametrize("inside", [0.25, 0.75, 1.25])
def test_a_chain_of_dimers_ends_with_a_state_on_its_first_level(offset: float, inside: float) -> None:
    """Also in the middle of the gap, where symmetry puts it."""
    found = states(dimers(offset, inside, 0.25))

    assert found == (pytest.approx([offset], abs=1e-9) if inside < 1 else [])


@pytest.mark.parametrize("seed", few(range(8), 4))
def test_every_state_of_the_end_of_a_drawn_crystal(seed: int) -> None:
    """Where the trace of the Green's function, which falls between them, jumps up."""
    rng = np.random.default_rng(seed)
    m = 2 + seed % 3
    onsite, hopping = rng.normal(size=(2, m, m)) + 1j * rng.normal(size=(2, m, m))
    lead = PeriodicLead([0], 2 * (onsite + onsite.conj().T), hopping, 0.0, 0.1, np.ones((1, m)))
    jumps: list[float] = []
    for low, high, _ in leads.end_states(lead):
        e = np.linspace(low, high, 2002)[1:-1]
        trace = np.trace(crystal_leads._crystal(lead).ended(e + 0j), axis1=1, axis2=2).real
        jumps += [float(e[k] + e[k + 1]) / 2 for k in np.flatnonzero(np.diff(trace) > 0)]

    assert states(lead) == pytest.approx(jumps, abs=2e-2)


# Couplings, and the noise that the reference says, asked for 15 digits; at night it says it again.
RESONANT = {0.015625: 7.8309355356641728, 0.03125: None, 0.0625: None}


@pytest.mark.parametrize("coupling", few(RESONANT, 3))
def test_a_resonance_beside_the_state_itself(coupling: float) -> None:
    """However weakly the state is coupled to a level that another lead broadens."""
    lead = dimers(0.03125, 0.25, coupling)
    system = OpenSystem([[0.4]], [[[1.0]]], [lead, WideBandLead([[0.05]], 0.5, 0.1)])
    ((_, group),) = groups(system)

    weight = 1 - 0.25**2
    expected = 0.03125 + weight * coupling**2 * np.real(1 / (0.03125 - 0.4 + 0.025j))
    assert np.min(np.abs(group.ends[0] - expected)) < 3e-2 * abs(expected - 0.03125)
    want = RESONANT[coupling] or reference.white_noise(system, digits=15)
    assert np.max(np.abs(fast.white_noise(system) - want)) < 1e-10
