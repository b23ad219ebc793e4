"""The self-consistent state between chains, wide-band leads, and one of each."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind import ChainLead, WideBandLead, models
from electronwind.fast import curl
from electronwind.fast.self_consistent import self_consistent
from electronwind.functionals import Hubbard, LocalNeutrality

LEADS = {
    "wide-band": lambda site, mu: WideBandLead(np.diag(0.5 * np.eye(3)[site]), mu, 0.05),
    "chain": lambda site, mu: ChainLead(site, -1.0, mu, 0.05),
}


def family(left, right):
    """Return three levels between two leads, as a family of two coordinates."""
    leads = [LEADS[left](0, 0.4), LEADS[right](2, -0.3)]
    h = np.array([[0.1, -0.6, 0.2], [-0.6, -0.2, -0.7], [0.2, -0.7, 0.0]])
    slopes = np.array([[[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0.2, 0.4], [0, 0.4, 0]]])
    return models.family(
        lambda x: h + np.einsum("...d,dij->...ij", np.asarray(x), slopes),
        lambda x: np.broadcast_to(slopes, (*np.shape(x)[:-1], 2, 3, 3)),
        leads, coordinates=("a", "b"),
    )  # fmt: skip


@pytest.mark.thin(most=1)
@pytest.mark.parametrize("left", LEADS)
@pytest.mark.parametrize("right", LEADS)
@pytest.mark.parametrize("functional", [LocalNeutrality([1, 2], 0.45), Hubbard([0, 1], 1.5, 0.5)])
def test_the_curl_is_that_of_the_self_consistent_force(left, right, functional):
    """By central differences of eighth order, between every pair of kinds of leads."""
    model, h, x = family(left, right), 0.02, np.array([0.05, -0.1])
    weights = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
    points = [x + side * k * h * np.eye(2)[nu] for nu in (0, 1) for k in (1, 2, 3, 4) for side in (1, -1)]
    force = self_consistent(model, functional, points).force.reshape(2, 4, 2, 2)
    slopes = np.einsum("k,nkd->nd", weights, force[:, :, 0] - force[:, :, 1]) / h
    found = self_consistent(model, functional, x)

    assert found.converged
    np.testing.assert_allclose(curl(found.system), slopes - slopes.T, rtol=0, atol=1e-9)
