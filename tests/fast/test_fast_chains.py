"""The fast solver with chains for leads: band edges, bound states, wide-band leads beside them."""

import numpy as np
import pytest
from junctions import draw

from electronwind import (
    ChainLead,
    OpenSystem,
    UnbroadenedLevelError,
    WideBandLead,
    fast,
)
from electronwind.fast import window


def chain(h, *leads):
    h = np.asarray(h, dtype=float)
    return OpenSystem(h, np.zeros((1, *h.shape)), leads)


END, OTHER = ChainLead(0, -1.0, 0.1, 0.0), ChainLead(1, -1.0, -0.1, 0.0)


def torn(e):
    """Return a lead that does not broaden anything and parts the occupations at the energy e."""
    return ChainLead(0, -1.0, e, 0.5, coupling=0.0)


@pytest.mark.parametrize(
    ("h", "leads", "energy"),
    [
        ([[0, -1], [-1, 3]], [END, OTHER], "3.60555"),
        ([[0, -1], [-1, -3]], [END, OTHER], "-3.60555"),
        ([[0, 0], [0, 0]], [END], "0"),
        ([[5, -1], [-1, 5]], [END, ChainLead(1, -1.0, 0.1, 0.0, onsite=10.0)], "4.0232, 5.9768"),
        (np.diag([3.0, 0.0]), [END, WideBandLead(np.diag([0, 1.0]), 0.0, 0.1)], "3.33333"),
        ([[0]], [ChainLead(0, -1.0, 0.1, 0.0, coupling=3.0)], "-3.18198, 3.18198"),
    ],
    ids=["above", "below", "uncoupled", "between bands", "beside a wide-band lead", "strongly coupled"],
)
def test_states_outside_the_bands_are_refused(h, leads, energy):
    """A state that chains bind, or do not reach, has no steady occupation where the leads disagree on it."""
    e = float(energy.split(",")[0])
    with pytest.raises(UnbroadenedLevelError, match=f"energy {energy}, "):
        fast.density_matrix(chain(h, *leads, torn(e)))


def test_perfect_chain_is_transparent():
    """A perfect chain transmits one quantum inside its band, none outside, and has uniform filling."""
    system = chain([[0, -1], [-1, 0]], END, OTHER)
    inside = fast.transmission(system, [-1.9, 0.0, 0.3, 1.99])

    assert np.allclose(inside[:, 0, 1], 1.0, rtol=1e-13)
    assert np.allclose(fast.transmission(system, 2.5), 0.0)
    assert np.allclose(fast.current(system), [0.1 / np.pi, -0.1 / np.pi], rtol=1e-13)
    equal = chain([[0, -1], [-1, 0]], ChainLead(0, -1.0, -1.0, 0.0), ChainLead(1, -1.0, -1.0, 0.0))
    assert np.allclose(np.diag(fast.density_matrix(equal)), 1 / 3, rtol=1e-13)


def test_a_vanishing_chain_leaves_the_wide_band_result():
    """The chain route and the closed forms meet where the chain's coupling vanishes."""
    base = draw(11, 3, 2, (0.1, 0.03))
    both = OpenSystem(
        base.hamiltonian,
        base.gradient,
        [*base.leads, ChainLead(0, 1.0, 0.1, 0.1, coupling=1e-9)],
        2,
    )

    assert np.allclose(fast.density_matrix(both), fast.density_matrix(base), rtol=0, atol=1e-12)
    assert np.allclose(fast.curl(both), fast.curl(base), rtol=0, atol=1e-12)
    assert np.allclose(fast.current(both)[:2], fast.current(base), rtol=0, atol=1e-12)


def test_a_wide_band_lead_reaches_what_chains_would_bind():
    """A level beyond the band of its chain has a steady state where it leaks into a wide-band lead."""
    beyond = [[0, 1], [1, 3]]
    wide = WideBandLead(np.diag([1.0, 0.0]), 0.3, 0.05)
    both = chain(beyond, wide, ChainLead(1, 1.0, 0.1, 0.1, coupling=1e-9))

    assert np.allclose(
        fast.density_matrix(both), fast.density_matrix(chain(beyond, wide)), rtol=0, atol=1e-12
    )


def test_levels_of_different_leads_do_not_mind_each_other():
    """Of two levels that are not coupled, one to a wide-band lead and one to a chain, each is as if alone."""
    wide, narrow = WideBandLead(np.diag([1.0, 0.0]), 0.3, 0.05), ChainLead(1, 1.0, 0.1, 0.1, coupling=0.5)
    sigma = fast.density_matrix(chain(np.diag([0.5, 0.2]), wide, narrow))
    left = fast.density_matrix(chain([[0.5]], WideBandLead([[1.0]], 0.3, 0.05)))
    right = fast.density_matrix(chain([[0.2]], ChainLead(0, 1.0, 0.1, 0.1, coupling=0.5)))

    assert np.allclose(sigma, np.diag([left[0, 0], right[0, 0]]), rtol=0, atol=1e-13)


def test_one_chain_alone_drives_nothing():
    """With a single lead there is neither curl nor current, in the shapes of any other system."""
    alone = chain([[0.2, -0.7], [-0.7, 0.1]], ChainLead(0, -1.0, 0.1, 0.1, coupling=0.8))

    assert not np.any(fast.curl(alone))
    assert not np.any(fast.current(alone))
    assert fast.curl(alone).shape == (alone.coordinates,) * 2


@pytest.mark.parametrize(("mu", "onsite", "filling"), [(0.0, 2.0, 0.0), (2.0, 0.0, 1.0), (-2.0, 0.0, 0.0)])
def test_a_band_is_filled_from_its_very_edge_on(mu, onsite, filling):
    """Cold and with mu at an edge of a perfect band, where half the digits hang on the last one of mu."""
    ends = [ChainLead(site, -1.0, mu, 0.0, onsite, 1.0) for site in (0, 1)]
    sigma = fast.density_matrix(chain([[onsite, -1.0], [-1.0, onsite]], *ends))

    assert np.allclose(sigma, filling * np.eye(2), rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", ["density_matrix", "force", "curl", "current", "bond_current"])
def test_an_empty_batch_on_chains_has_a_shape(name):
    """No member, no value; the axes of the observable are there."""
    some = chain(np.zeros((3, 2, 2)), *(ChainLead(site, -1.0, 0.1 * site, 0.1) for site in (0, 1)))
    found = getattr(fast, name)(some[:0])

    assert found.shape == (0, *getattr(fast, name)(some).shape[1:])


def test_warm_chains_with_levels_at_mu_are_a_matter_of_course():
    """A level at the potential of warm chains, in a system without a batch axis, has a density matrix."""
    leads = [ChainLead(site, -1.0, 0.0, 0.2, coupling=0.75) for site in (0, 1)]
    system = OpenSystem([[0, -0.625], [-0.625, 0]], np.zeros((1, 2, 2)), leads)

    sigma = fast.density_matrix(system)

    assert np.allclose(np.diag(sigma), 0.5, rtol=0, atol=1e-14)
    assert sigma[0, 1].real > 0


def test_the_divergence_at_a_band_edge_is_refused():
    """At the edge of the band of a perfect chain the Green's function does not exist."""
    with pytest.raises(UnbroadenedLevelError, match="diverges"):
        fast.transmission(chain([[0, -1], [-1, 0]], END, OTHER), [0.0, 2.0])


def test_nothing_flows_where_no_lead_is_filled():
    """No current comes from cold leads with their potential at the edge of the band, where levels pile up."""
    empty = [ChainLead(site, -1.0, 0.0, 0.0, onsite=2.0) for site in (0, 1)]

    assert np.array_equal(fast.current(chain([[2, -1], [-1, 2]], *empty)), [0.0, 0.0])


# Lower triangles of h and of two gradients, in tenths.
NARROW = (
    (-11, 3, -9, 1, -8, -13, -5, 8, 5, 2, -7, -1, 7, -1, -6, 2, -4, -10, -4, 6, -7),
    (-10, 9, 10, 12, 8, 1, -6, 1, 7, -7, -7, -1, -10, -5, -2, 9, 5, 5, -5, 7, 12),
    (-18, 2, -14, 2, 0, 6, 0, -7, -8, -11, 12, -10, 3, 10, 25, 9, 9, -2, 2, 3, -9),
)


def test_the_window_of_narrow_levels_keeps_its_digits():
    """The curl of levels of half-widths of 3e-4 is the antisymmetric response, integrated elsewhere."""
    parts = np.zeros((3, 6, 6))
    parts[:, *np.tril_indices(6)] = np.array(NARROW) / 10
    parts += np.swapaxes(np.tril(parts, -1), -1, -2)
    leads = [ChainLead(4, 1.09, 0.56, 0.001, -0.4, -0.052), ChainLead(3, 0.84, 0.94, 0.05, -0.18, 0.03)]
    system = OpenSystem(parts[0], parts[1:], leads)
    still = fast.response(system, 0.0).real

    assert np.max(np.abs(fast.curl(system) - (still.T - still))) < 5e-11


def test_the_window_has_as_many_pieces_as_there_are_levels():
    """A level adds one mark, and not one for each level and lead: that made 16 levels take 300 times one."""

    def marks(levels):
        h = -np.eye(levels, k=1) - np.eye(levels, k=-1) + np.diag(0.01 * np.arange(levels))
        ends = [ChainLead(site, -1.0, mu, 0.05) for site, mu in ((0, 0.2), (levels - 1, -0.2))]
        return len(np.unique(window._breakpoints(chain(h, *ends))))

    assert marks(12) - marks(4) <= 8
