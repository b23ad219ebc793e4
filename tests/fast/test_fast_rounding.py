"""What rounding used to take, or made of nothing: nearly equal leads, edges of bands, shut leads."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from electronwind import ChainLead, OpenSystem, PeriodicLead, WideBandLead, fast, models
from electronwind.fast import real_axis
from electronwind.fast.contour import excess
from electronwind.fast.leads import broadening, edges, self_energy
from electronwind.functionals import Hubbard

W = np.array([0.3, -1.4375])
CURRENT_LIKE = ("current", "curl")


def filled(w: Any, mu: float, temperature: float) -> Any:
    """Return the Fermi function of a number that may have more digits than a float."""
    return 1 / (1 + mpmath.exp((w - mu) / temperature)) if temperature else mpmath.mpf(w < mu)


@pytest.mark.parametrize("ahead", [0.0, 1e-9, -0.3])
@pytest.mark.parametrize("temperatures", [(0.25, 0.25), (0.25, 0.25 * (1 + 1e-9)), (0.5, 1e-3), (0.0, 0.1)])
@pytest.mark.parametrize("apart", [0.0, 2e-9, -1e-13, 0.5])
def test_what_one_lead_is_filled_more_than_another(
    apart: float, temperatures: tuple[float, float], ahead: float
) -> None:
    """The difference of two occupations has its digits, however alike the leads are."""
    mu, other = 0.875, 0.875 + apart
    energies = np.array([-9.0, 0.5, 0.8749, 0.875, 0.876, 1.25, 7.0])

    (one, warm), (second, warmth) = (
        (np.array(m), np.array(t)) for m, t in zip((mu, other), temperatures, strict=True)
    )
    found = excess(energies, one, warm, second, warmth, ahead)

    with mpmath.workdps(60):
        exact = [mpmath.mpf(e) for e in energies.tolist()]
        want = [
            float(filled(e, mu, temperatures[0]) - filled(e + ahead, other, temperatures[1])) for e in exact
        ]
    # An exponent is known to eps of itself, and what a cold lead is filled to eps of one.
    assert found == pytest.approx(np.array(want), rel=1e-12, abs=1e-300 if min(temperatures) else 1e-15)


def between(first: Any, second: Any) -> OpenSystem:
    """Return two levels, two coordinates, complex throughout."""
    h = np.array([[-0.5, 0.25 - 0.5j], [0.25 + 0.5j, 0.125]])
    gradient = np.array([[[1.0, 0.5j], [-0.5j, 0.0]], [[0.0, 1.0], [1.0, -1.0]]])
    return OpenSystem(h, gradient, [first, second])


LEADS = {
    "chain": lambda mu, t: ChainLead(0, 1.25, mu, t, 0.0, 0.3125),
    "crystal of one orbital": lambda mu, t: PeriodicLead(
        [1, 0], [[0.0]], [[1.25]], mu, t, [[0.3 + 0.1j], [0.7 - 0.45j]]
    ),
    "crystal": lambda mu, t: PeriodicLead([0, 1], [[0.1, 0.5], [0.5, 0.0]], [[0.5, 0.1], [0.0, 0.75]], mu, t),
}


@pytest.mark.thin
@pytest.mark.parametrize("kind", LEADS)
@pytest.mark.parametrize("name", CURRENT_LIKE)
@pytest.mark.parametrize("bias", [1e-8, 1e-12])
def test_a_small_bias_is_linear(kind: str, name: str, bias: float) -> None:
    """At any small bias there is an answer, and it goes like the bias: to all digits that the bias has."""

    def rate(bias: float) -> Any:
        wide = WideBandLead([[0.25, 0.125j], [-0.125j, 0.25]], 0.375 + bias, 0.25)
        system = between(LEADS[kind](0.375, 0.25), wide)
        return np.asarray(getattr(fast, name)(system)) / (float(wide.mu) - 0.375)

    # The rest is quadratic.
    assert rate(bias) == pytest.approx(rate(1e-6), rel=1e-5, abs=1e-9)


@pytest.mark.thin
@pytest.mark.parametrize("frequency", [1e-6, 1e-12])
@pytest.mark.parametrize("kind", ["chain", "crystal of one orbital"])
def test_a_slow_motion_is_answered(kind: str, frequency: float) -> None:
    """At any small frequency the response is that at rest, and the friction on top."""
    system = between(LEADS[kind](0.375, 0.25), WideBandLead(0.25 * np.eye(2), 0.125, 0.125))
    rest, found = (np.asarray(fast.response(system, w)) for w in (0.0, frequency))

    # The rest is quadratic.
    assert found == pytest.approx(rest + 1j * frequency * fast.friction(system), abs=1e-11)


@pytest.mark.parametrize("kind", LEADS)
def test_a_shut_lead_broadens_nothing(kind: str) -> None:
    """Beside its bands a lead broadens by zero, and not by rounding: an integral would be made of that."""
    lead = LEADS[kind](0.0, 0.0)
    shut = np.concatenate([np.linspace(-9, -2.6, 97), np.linspace(2.6, 17.0 / 3, 101)])

    assert not np.any(broadening(lead, shut))
    assert np.all(np.any(broadening(lead, np.array([0.1, 0.7])), axis=(-1, -2)))


def test_an_answer_does_not_hang_on_the_basis() -> None:
    """Where a cold bias window lies beside the band of a chain, a turned basis finds the same response."""
    h = np.array([[1.3125, -1.125 + 0.5625j], [-1.125 - 0.5625j, 1.1875]])
    gradient = np.array([[[-1.375, -0.4375j], [0.4375j, -1.4375]]])
    gamma = np.array([[0.3203125, -0.10546875 + 0.0625j], [-0.10546875 - 0.0625j, 0.228515625]])
    angle = np.array([[np.cos(0.3), 1j * np.sin(0.3)], [1j * np.sin(0.3), np.cos(0.3)]])

    def turned(u: Any) -> Any:
        chain = PeriodicLead([0, 1], [[-0.0625]], [[-0.5625]], 1.3125, 0.001, u[:, :1] * 0.25)
        wide = WideBandLead(u @ gamma @ u.conj().T, 1.3125, 1e-4)
        system = OpenSystem(u @ h @ u.conj().T, u @ gradient @ u.conj().T, [wide, chain])
        return fast.response(system, W)

    assert turned(angle) == pytest.approx(turned(np.eye(2) + 0j), rel=1e-12)


@pytest.mark.parametrize("low", [-2.0, 1.0 / 3, 1e3 / 7])
@pytest.mark.parametrize("enough", [1e-9, 1e-12])
def test_an_inverse_root_at_an_edge_keeps_its_digits(low: float, enough: float) -> None:
    """A density of states that diverges at the end of a piece is integrated to rounding of the whole."""
    high = low + 0.0625

    def integrand(owner: Any, e: Any, slope: Any) -> Any:
        return ((1 + e - low) / np.sqrt((e - low) * (high - e)) + 0j)[:, None]

    pieces = real_axis.between(np.empty((1, 0)), np.array([low]), np.array([high]))
    found = real_axis.integrate(integrand, pieces, 1, (1,), enough)

    width = high - low
    assert found[0, 0].real == pytest.approx(np.pi * (1 + width / 2), rel=4e-15)


NEEDED = {
    "friction": (),
    "response": (W,),
    "force_noise": (W,),
    "pair_density": (W,),
    "curl": (),
    "density_matrix": (),
}


@pytest.mark.night("response", "pair_density")
@pytest.mark.thin(most=3)
@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("gap", [1e-4, 2.3e-8, 4e-15])
def test_edges_next_to_each_other(name: str, gap: float) -> None:
    """Bands of two leads that end at nearly one energy cost no digit, whichever lead comes first."""
    ends = [
        ChainLead(0, -1.0, -0.375, 0.01, 2e-6, 0.75),
        PeriodicLead([1], [[2e-6 + gap]], [[1j]], 0.9375, 0.001, [[0.25]]),
        WideBandLead([[0.1875, 0.125j], [-0.125j, 0.1875]], 2.5, 1e-4),
    ]
    h, gradient = [[-1.0625, 0.25], [0.25, 0.5]], [[[1.0, 0.5j], [-0.5j, 0.0]], [[0.0, 1.0], [1.0, -1.0]]]
    one, other = (
        np.asarray(getattr(fast, name)(OpenSystem(h, gradient, leads), *NEEDED[name]))
        for leads in (ends, ends[::-1])
    )
    assert np.max(np.abs(one - other)) < 2e-14 * np.max(np.abs(one))


@pytest.mark.night("response", "noise")
@pytest.mark.thin(most=3)
@pytest.mark.parametrize("name", [*NEEDED, "current"])
@pytest.mark.parametrize("gap", [1e-13, 1.2e-12])
def test_levels_next_to_each_other(name: str, gap: float) -> None:
    """What is between two levels that nearly coincide counts, with warm leads on chains."""
    ends = [
        ChainLead(0, -1.0, -0.0625, 0.5, 0.0, 0.75),
        ChainLead(0, -1.0, 0.3125, 4.0, 0.0, 0.5625),
        ChainLead(1, -1.0, 1.0625, 1.0, 0.0, 0.625),
    ]
    gradient = [[[1.0, 0.5j], [-0.5j, 0.0]], [[0.0, 1.0], [1.0, -1.0]]]

    def at(gap: float) -> Any:
        system = OpenSystem(np.diag([-0.25, gap - 0.25]), gradient, ends)
        return np.asarray(getattr(fast, name)(system, *NEEDED.get(name, ())))

    # The change is linear in the gap.
    assert at(gap) - at(0.0) == pytest.approx((at(1e-5) - at(-1e-5)) * gap / 2e-5, abs=1e-14)


def test_a_junction_at_zero_has_a_self_consistent_state() -> None:
    """Where level, potentials and temperatures are all zero, the marks of the window are one point."""
    leads = [WideBandLead([[gamma]], 0.0, 0.0) for gamma in (0.5, 0.25)]
    family = models.family(
        lambda x: np.asarray(x)[..., None],
        lambda x: np.ones((*np.shape(x)[:-1], 1, 1, 1)),
        leads,
        coordinates=1,
    )
    found = fast.self_consistent(family, Hubbard([0], 1.0, [0.5]), [0.0])

    assert found.density_matrix == pytest.approx(np.array([[0.5]]))


def waved() -> PeriodicLead:
    """Return a crystal of three complex orbitals whose bands have extrema within."""
    onsite = [[-0.5, -0.25 - 0.65625j, 0.15625 + 0.15625j], [-0.25 + 0.65625j, -0.25, 0.28125 + 0.65625j],
              [0.15625 - 0.15625j, 0.28125 - 0.65625j, 0.4375]]  # fmt: skip
    hopping = [[0.5 + 0.1875j, -0.875 - 0.875j, 0.5625 + 0.5j],
               [0.5625 + 0.1875j, -0.375 + 0.6875j, 0.9375 - 0.8125j],
               [-0.5 + 1j, 0.1875 - 0.0625j, -1 - 0.6875j]]  # fmt: skip
    coupling = [[-0.0625 - 0.03125j, 0.25 - 0.1875j, -0.375 - 0.46875j],
                [-0.4375 + 0.3125j, -0.34375 + 0.4375j, -0.4375 - 0.09375j]]  # fmt: skip
    return PeriodicLead([0, 1], onsite, hopping, -0.75, 0.5, coupling)


@pytest.mark.parametrize("away", [-1e-10, 1e-10])
def test_the_self_energy_keeps_its_digits_next_to_an_edge(away: float) -> None:
    """Two waves become one there, and rounding takes half of their digits, but not of what they make."""
    lead = waved()
    edge = edges(lead)[8]
    e = edge + away * np.array([1.0, 4.0, 9.0, 16.0])

    values = self_energy(lead, e + 0j, np.zeros(4)).reshape(4, -1)

    # A polynomial in the root of the distance; its third power is 1e-15 there.
    root = np.sqrt(np.abs(e - edge))
    basis = (root / root[-1])[:, None] ** np.arange(3)
    left = values - basis @ np.linalg.lstsq(basis, values, rcond=None)[0]
    assert np.max(np.abs(left)) < 1e-13


@pytest.mark.slow
def test_friction_between_edges_that_all_count() -> None:
    """A sharp state beside an extremum within a band; whichever lead is taken for all, it is the same."""
    h = np.array([[-0.6875, 0.5 - 0.53125j], [0.5 + 0.53125j, 0.125]])
    chains = [ChainLead(0, 1.125, 0.5625, 0.01, 0.25, 0.6875), ChainLead(0, 1.5, 0.8125, 0.2, -0.25, 0.5)]
    gradient = np.array([[[0.5, 0.25j], [-0.25j, -0.75]]])

    one, other = (
        fast.friction(OpenSystem(h, gradient, leads)) for leads in ([waved(), *chains], [*chains, waved()])
    )

    assert one == pytest.approx(other, rel=1e-11)


@pytest.mark.parametrize("first", range(3))
def test_friction_of_a_resonance_that_one_lead_alone_feeds(first: int) -> None:
    """It is not left of what cancels on both sides, whichever lead comes first."""
    leads = [
        PeriodicLead([0], [[0.375]], [[0.5625j]], 1.25, 1e-4, coupling=[[0.6875j]]),
        ChainLead(0, -1.0, 2.5, 0.2, onsite=-0.375, coupling=0.8125),
        WideBandLead([[0.1884765625]], 4.25, 0.2),
    ]
    system = OpenSystem([[1.375]], [[[-0.9375]]], [*leads[first:], *leads[:first]])

    # The reference, to 16 digits.
    assert fast.friction(system)[0, 0] == pytest.approx(0.01124686834475467, rel=1e-13, abs=0.0)
