"""Force noise and pair density where electrons go to a bound state, or leave it."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind import ChainLead, OpenSystem, UnbroadenedLevelError, fast, reference

CORNER = np.diag([-3.0, 0.2, 3.0]) + 0.3 * (np.eye(3, k=1) + np.eye(3, k=-1))
GRADIENT = np.array(
    [[[0.3, 0.1j, 0.2], [-0.1j, 0.1, 0.4], [0.2, 0.4, -0.5]], [[0, 1, 0.5], [1, 0, 0.2], [0.5, 0.2, 1]]]
)


def junction(temperature: float, mu: float = -0.1, degeneracy: int = 1) -> OpenSystem:
    """A bound state below the bands of two chains, and two above."""
    leads = [ChainLead(1, -1.0, 0.1, temperature), ChainLead(1, -1.0, mu, temperature)]
    return OpenSystem(CORNER, GRADIENT, leads, degeneracy=degeneracy)


@pytest.mark.night("2.5", "3.3", "-4.0", "0.2", "bias", "force_noise-warm")
@pytest.mark.parametrize("w", [0.2, -1.1, 2.5, 3.3, -4.0])
@pytest.mark.parametrize("given", [(0.0, -0.1), (0.3, 0.1, 2)], ids=["bias", "warm"])
@pytest.mark.parametrize("name", ["force_noise", "pair_density"])
def test_the_houses_agree(name: str, given: tuple[float, ...], w: float) -> None:
    """Full and empty states under bias, and half filled ones in equilibrium, each with what it exchanges."""
    system = junction(*given)
    assert np.all(fast.bound_states(system).count == 3)
    got = getattr(fast, name)(system, w)
    want = np.asarray(getattr(reference, name)(system, w, digits=15)).astype(complex)
    assert np.max(np.abs(got - want)) < 1e-13 * max(1, np.max(np.abs(want)))


def test_a_batch_is_its_members() -> None:
    """States are found member by member, and a list of frequencies is one."""
    both = OpenSystem(np.stack([CORNER, CORNER / 3]), np.stack([GRADIENT] * 2), junction(0.3, 0.1).leads)
    w = np.array([2.5, -4.0])
    got = fast.force_noise(both, w)
    for index in range(2):
        for k in range(2):
            assert np.allclose(got[index, k], fast.force_noise(both[index], w[k]), rtol=1e-12, atol=1e-13)


def test_the_distance_of_two_bound_states_is_refused() -> None:
    """There noise is a peak without width; to a state that is full nothing goes."""
    warm, cold = junction(0.3, 0.1), junction(0.0)
    energies = fast.bound_states(warm).energies
    with pytest.raises(UnbroadenedLevelError, match="the distance of the bound states"):
        fast.force_noise(warm, energies[1] - energies[0])
    assert np.all(np.isfinite(fast.force_noise(cold, energies[0] - energies[1])))
