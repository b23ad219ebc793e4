"""Chains that go on: what is bound beside their bands, what is infinite there, and what is refused."""

import numpy as np
import pytest
from test_fast_bands import far

from electronwind import (
    ChainLead,
    OpenSystem,
    UnbroadenedLevelError,
    fast,
    models,
    reference,
)

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
