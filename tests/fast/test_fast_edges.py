"""States at the edges of bands: bound or not is decided in exact numbers."""

from fractions import Fraction

import numpy as np
import pytest

from electronwind import ChainLead, OpenSystem, PrecisionError, fast
from electronwind.fast import threshold

# A coupling of a level in the middle of a band, over the hopping, beyond which it binds.
ROOT = float(np.sqrt(2.0))


def couplings_about_critical():
    """Return ratios of coupling to hopping about sqrt(2), beyond which a level is bound."""
    yield from ROOT + np.array([-1e-6, -1e-12, -4e-15, 4e-15, 1e-12, 1e-9, 1e-6])
    yield from (np.nextafter(ROOT, 0), ROOT, np.nextafter(ROOT, 2))


@pytest.mark.parametrize("hopping", [1.0, -0.5, 0.7])
def test_what_is_bound_is_decided_exactly(hopping):
    """Bound or not is decided in numbers that are exact, as the inputs are."""
    for ratio in couplings_about_critical():
        coupling = float(ratio * hopping)
        bound = Fraction(coupling) ** 2 > 2 * Fraction(hopping) ** 2
        system = OpenSystem([[0.0]], [[[1.0]]], [ChainLead(0, hopping, 0.1, 0.05, coupling=coupling)])

        assert fast.bound_states(system).count == 2 * bound


@pytest.mark.thin
@pytest.mark.parametrize("onsite", [0.1, 0.3, 2.0, -30.0])
@pytest.mark.parametrize("hopping", [0.3, -1.0, 1e-3])
@pytest.mark.parametrize("phase", [1, 1j])
def test_the_perfect_chain_is_not_bound(onsite, hopping, phase):
    """A state at the very edge is none that is bound, in numbers that binary fractions only round."""
    ends = [ChainLead(site, hopping, onsite, 0.1, onsite) for site in (0, 2)]
    h = onsite * np.eye(3) + hopping * (phase * np.eye(3, k=1) + np.conj(phase) * np.eye(3, k=-1))

    assert np.allclose(np.diag(fast.density_matrix(OpenSystem(h, [np.eye(3)], ends))), 0.5, rtol=0, atol=1e-9)


def test_an_edge_that_rounding_hides_is_refused():
    """Beside a band of another width the matrix at the edge is not rational: too close to call is said."""
    half = float(np.sqrt(5.0))  # the root at the upper edge of the first band, 3, of the second band
    shift = 3.0 - (1.0 + 2 * 0.25 / (3 + half))
    leads = [ChainLead(0, 1.5, 0.1, 0.1, coupling=np.sqrt(1.5)), ChainLead(0, 1.0, 0.1, 0.1, coupling=0.5)]

    with pytest.raises(PrecisionError, match="rounding hides"):
        fast.density_matrix(OpenSystem([[shift]], [[[1.0]]], leads))


def test_signs_of_rational_matrices():
    """The signs of E - h - Sigma(E) at an edge are those of floating point, and zero is known."""
    r = np.random.default_rng(1)
    for n in (1, 2, 3, 5):
        a = r.integers(-8, 9, (2, n, n)) / 8
        h = a[0] + a[0].T + 1j * (a[1] - a[1].T)
        chain = ChainLead(0, 0.75, 0.0, 0.0, 0.25, coupling=0.5)
        matrix = 1.75 * np.eye(n) - h
        matrix[0, 0] -= 0.25 / 0.75
        values = np.linalg.eigvalsh(matrix)
        system = OpenSystem(h, [np.eye(n)], [chain])

        assert threshold.signs(system, [chain], chain, 1) == (int(np.sum(values > 0)),) * 2
    flat = OpenSystem(np.zeros((2, 2)), [np.eye(2)], [chain := ChainLead(0, 1.0, 0.0, 0.0, coupling=ROOT)])
    assert threshold.signs(flat, [chain], chain, 1) == (1, 1)
    empty = OpenSystem([[0.0]], [[[1.0]]], [chain := ChainLead(0, 1.0, 0.0, 0.0, onsite=-2.0, coupling=1.0)])
    assert threshold.signs(empty, [], chain, 1) == (0, 1)
