"""The two solvers against each other on a screened junction between leads of many bands."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind import PeriodicLead, fast, models, reference
from electronwind.functionals import Hubbard, LocalNeutrality

CELL, ONWARDS = np.array([[0.0, -0.5], [-0.5, 0.25]]), -np.eye(2)
H = np.array([[0.1, -0.5], [-0.5, 0.2]])
SLOPES = np.array([[[0.3, 0.0], [0.0, -0.2]], [[0.0, 0.25], [0.25, 0.1]]])
# Cold: a state that the junction binds above the bands is empty on both sides.
MODEL = models.family(
    lambda x: H + np.einsum("...d,dij->...ij", np.asarray(x), SLOPES),
    lambda x: np.broadcast_to(SLOPES, (*np.shape(x)[:-1], 2, 2, 2)),
    [PeriodicLead([0, 1], CELL, ONWARDS, mu, 0.0) for mu in (0.3, -0.4)],
    coordinates=("a", "b"),
)


@pytest.mark.slow
@pytest.mark.parametrize("functional", [Hubbard([0, 1], [1.0, 2.0], [0.5, 0.4]), LocalNeutrality([1], 0.5)])
def test_screened_states_between_periodic_leads_agree(functional):
    """Force, potential and screened gradient, under a large bias."""
    got = fast.self_consistent(MODEL, functional, [0.1, -0.1])
    want = reference.self_consistent(MODEL, functional, [0.1, -0.1], digits=15)

    assert got.converged
    assert want.converged
    np.testing.assert_allclose(got.force, np.asarray(want.force, float), rtol=0, atol=1e-13)
    np.testing.assert_allclose(got.potential, np.asarray(want.potential, complex), rtol=0, atol=1e-12)
    np.testing.assert_allclose(got.system.gradient, want.system.gradient, rtol=0, atol=1e-12)
