"""Leads next to no temperature: as good as none, at edges and resonances too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_fast_rounding import NEEDED, W
from thinning import few

from electronwind import ChainLead, OpenSystem, WideBandLead, fast

ASKED = ["density_matrix", "force", "current", "curl", "friction", "white_noise", "force_noise", "response",
         "pair_density", "force_correlation"]  # fmt: skip


def chilled(kind: str, temperatures: list[float]) -> OpenSystem:
    """Return two levels on three leads, of which the second is a chain in the mixed ones."""
    h = np.array([[-0.4375, 0.5], [0.5, 0.3125]])
    gradient = np.array([[[0.5, 0.25j], [-0.25j, -0.75]], [[1.0, -0.5], [-0.5, 0.25]]])
    leads: list[ChainLead | WideBandLead] = []
    for lead, (mu, t) in enumerate(zip([0.3, -0.1, 0.45], temperatures, strict=True)):
        if kind == "wide" or (kind == "mixed" and lead != 1):
            gamma = [[0.5, 0.125j], [-0.125j, 0.25 * (lead + 1)]]
            leads.append(WideBandLead(gamma, mu, t))
        else:
            leads.append(ChainLead(lead % 2, 2.0 + lead, mu, t, 0.125, 1.25))
    return OpenSystem(h, gradient, leads)


@pytest.mark.night("mixed", "all")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("others", [None, 0.25], ids=["all", "one"])
@pytest.mark.parametrize("hair", [5e-324, 1e-200, 3e-16])
@pytest.mark.parametrize("kind", ["chains", "mixed", "wide"])
def test_a_temperature_of_next_to_nothing_is_as_good_as_none(
    kind: str, hair: float, others: float | None
) -> None:
    """In all leads, and in the first one beside a warm one; every answer is that of a step to rounding."""
    given = [hair, hair, hair] if others is None else [hair, others, 0.0]
    cold = chilled(kind, [0.0 if t == hair else t for t in given])
    for name in ASKED:
        times = (np.abs(W),) if name == "force_correlation" else NEEDED.get(name, ())
        found, expected = (
            np.asarray(getattr(fast, name)(system, *times)) for system in (chilled(kind, given), cold)
        )
        size = np.max(np.abs(expected))
        assert np.max(np.abs(found - expected)) <= 4e-13 * size, name


@pytest.mark.parametrize("temperature", [1e-4, 1e-7, 1e-10])
def test_friction_of_cold_leads_does_not_depend_on_the_zero_of_energy(temperature: float) -> None:
    """With a band that begins at the potential, so that all depends on how far above it an energy is."""
    gradient = np.array([[[1.0]]])

    def at(zero: float) -> float:
        leads = [ChainLead(0, 1.0, zero, temperature, zero + 2.0, 0.5),
                 ChainLead(0, 2.0, zero, temperature, zero, 0.5)]  # fmt: skip
        return float(fast.friction(OpenSystem(np.array([[zero + 0.125]]), gradient, leads))[0, 0])

    assert at(1.0) == pytest.approx(at(0.0), rel=1e-13)


def test_friction_of_a_resonance_in_the_tail_of_an_occupation() -> None:
    """Whichever lead is taken for all, it is the same: what hardly counts is resolved as far as it does."""
    chains = [ChainLead(0, 0.5625, -0.375, 0.0, 0.5, 1.375), ChainLead(0, 1.25, -1.0, 0.1, -0.3125, 0.4375)]

    one, other = (
        fast.friction(OpenSystem(np.array([[-0.3125]]), np.array([[[1.0]]]), leads))
        for leads in (chains, chains[::-1])
    )

    assert one == pytest.approx(other, rel=1e-13)


@pytest.mark.parametrize("temperature", few([1e-17, 0.0, 1e-16, 1e-14], 2))
def test_friction_at_an_edge_does_not_depend_on_the_zero_of_energy(temperature: float) -> None:
    """At potentials right at the end of a band the slope of a self-energy is an inverse root."""

    def at(zero: float) -> Any:
        chains = [ChainLead(site, 1.0, zero + 2.0, temperature, zero, 0.5 + site / 4) for site in (0, 1)]
        wide = WideBandLead(np.diag([0.25, 0.5]), zero + 2.0, temperature)
        h = np.array([[0.25, 0.5], [0.5, -0.5]]) + zero * np.eye(2)
        gradient = np.array([[[1.0, 0.25], [0.25, 0.0]], [[0.0, 0.5], [0.5, 1.0]]])
        return fast.friction(OpenSystem(h, gradient, [*chains, wide]))

    # The potential at zero is the one from which everything is counted without rounding.
    exact = at(-2.0)

    for zero in (0.0, 1.0, 4.0, -1.0):
        assert np.max(np.abs(at(zero) - exact)) < 1e-15


def test_friction_where_a_cold_lead_ends_what_another_feeds() -> None:
    """A step narrower than what used to be taken for a point, right at the edge of the band of another."""

    def at(zero: float, temperature: float) -> Any:
        chain = ChainLead(0, 1.0, zero + 0.25, 0.125, zero, 0.5)
        wide = WideBandLead(np.diag([0.25, 0.5]), zero + 2.0, temperature)
        h = np.array([[0.25, 0.5], [0.5, -0.5]]) + zero * np.eye(2)
        return fast.friction(OpenSystem(h, np.array([[[1.0, 0.25], [0.25, 0.0]]]), [chain, wide]))

    # What warmth adds goes like its root there.
    warmer, coldest = (at(-2.0, t) - at(-2.0, 0.0) for t in (1e-13, 1e-15))

    assert coldest == pytest.approx(warmer / 10, rel=1e-2)
    assert np.max(np.abs(at(0.0, 1e-15) - at(-2.0, 1e-15))) < 1e-11
