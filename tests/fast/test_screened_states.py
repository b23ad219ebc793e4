"""Which of several self-consistent states is found, and when there is none."""

from __future__ import annotations

import numpy as np
import pytest
from thinning import few

from electronwind import WideBandLead, models
from electronwind.fast.self_consistent import self_consistent
from electronwind.functionals import Hubbard, LocalNeutrality


def walked(x, strength, charge):
    """Return all v = U (q(v) - n) of one attractive level, and the one that continues from v = 0, if it does.

    The solutions for all strengths are a curve U(v) = v / (q(v) - n): it is walked from v = 0 while U falls.
    """
    v = np.linspace(-3.0, 3.0, 240001)
    q = 0.5 - np.arctan((x + v) / 0.1) / np.pi
    curve = v / (q - charge)
    roots = v[:-1][np.diff(np.sign(v - strength * (q - charge))) != 0]
    at = len(v) // 2
    side = -1 if q[at] > charge else 1
    ahead = curve[at::side]
    end, turn = (
        np.append(np.flatnonzero(there), len(ahead))[0] for there in (ahead <= strength, np.diff(ahead) > 0)
    )
    return roots, v[at::side][end] if end <= turn else None


LEVEL = models.single_level(h0=0.0, slope=1.0, broadening=(0.1, 0.1), mu=(0.0, 0.0), temperature=(0.0, 0.0))


@pytest.mark.parametrize(
    ("x", "strength", "charge"),
    few(
        [(0.1, -1.0, 0.5), (0.3, -2.0, 0.5), (-0.2, -1.0, 0.8), (-0.2, -2.0, 0.8), (-0.05, -0.9, 0.55)], 5, 1
    ),
)
def test_of_several_states_it_is_the_one_that_continues_from_the_bare_system(x, strength, charge):
    """An attractive level has three states; found is the end of the curve from none to all of U."""
    roots, followed = walked(x, strength, charge)
    assert len(roots) == 3
    assert followed is not None
    found = self_consistent(LEVEL, Hubbard([0], strength, charge), x)

    assert found.converged
    np.testing.assert_allclose(found.potential[0, 0].real, followed, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("x", "strength", "charge"), few([(-0.1, -1.5, 0.8), (0.1, -1.0, 0.2), (0.1, -2.0, 0.2)], 3)
)
def test_a_state_that_turns_back_is_no_answer(x, strength, charge):
    """Where the curve from the bare system turns back, that is said, with where, and what may help."""
    roots, followed = walked(x, strength, charge)
    assert len(roots) >= 1
    assert followed is None
    both = self_consistent(LEVEL, Hubbard([0], strength, charge), [[x], [3.0]])

    np.testing.assert_array_equal(both.converged, [False, True])
    assert both.residual[0] > 1e-3
    assert both.residual[1] < 1e-12
    words = "1 of 2 states, the first at (0,), could not be reached"
    assert both.advice.startswith(words)
    assert "turns back" in both.advice
    assert "weaker functional" in both.advice
    np.testing.assert_array_equal(both.system.gradient[0], LEVEL.at(x).gradient)
    assert self_consistent(LEVEL, Hubbard([0], strength, charge), x).advice.startswith("The state could not")


def test_a_site_out_of_reach_of_its_charge_is_told():
    """A level that the current holds all but empty takes no more charge however deep it is."""
    gammas = np.array([0.01, 0.5])
    leads = [WideBandLead([[gamma]], mu, 0.0) for gamma, mu in zip(gammas, (0.0, -1e6), strict=True)]
    model = models.family(
        lambda x: np.asarray(x)[..., None], lambda x: np.ones((*np.shape(x)[:-1], 1, 1, 1)), leads,
        coordinates=("x",),
    )  # fmt: skip
    found = self_consistent(model, LocalNeutrality([0], 0.5), [0.0])

    assert not found.converged
    assert "takes no more charge at any potential" in found.advice
