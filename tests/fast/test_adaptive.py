"""The adaptive rule of the bias window: exact where it says so, and honest where it cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from electronwind.fast.adaptive import MOST, integrate


def one(function):
    """Return an integrand over one piece and no batch, and the points it was asked for."""
    asked = []

    def integrand(piece, s):
        asked.append(s.size)
        value = function(s)
        return value, np.abs(value)

    return integrand, asked


RESONANCE = 1e-4 * (np.arctan(7e3) + np.arctan(3e3))


@pytest.mark.parametrize(
    ("function", "want"),
    [
        (np.ones_like, 1.0),
        (lambda s: np.cos(50 * s), np.sin(50) / 50),
        (lambda s: 1 / (1 + ((s - 0.3) / 1e-4) ** 2), RESONANCE),
        (lambda s: 1 + 1 / (1 + ((s - 0.3) / 1e-4) ** 2), 1 + RESONANCE),
    ],
    ids=["constant", "wave", "resonance", "resonance on a plateau"],
)
def test_known_integrals(function, want):
    """Thirteen digits of what is smooth in the end, whatever its scale."""
    for unit in (1.0, 1e9, 1e-9):
        integrand, _ = one(lambda s, unit=unit: unit * function(s))
        value, _, error = integrate(integrand, 1, 10**6)
        assert value / unit == pytest.approx(want, abs=1e-13)
        assert error < 1e-12


def test_what_cancels_is_not_pursued():
    """Where terms cancel to rounding, their size says that there is nothing left to find."""
    noise = np.random.default_rng(1)

    def integrand(piece, s):
        return 1e-16 * noise.standard_normal(s.shape), np.ones_like(s)

    value, _, error = integrate(integrand, 3, 10**6)
    assert abs(value) < 1e-15
    assert error < 1e-12


def test_noise_ends_with_a_large_error():
    """An integrand that never gets smooth costs a bounded number of points, and is owned up to."""
    noise = np.random.default_rng(1)
    integrand, asked = one(lambda s: noise.standard_normal(s.shape))
    _, _, error = integrate(integrand, 1, 10**6)
    assert error > 1e-3
    assert sum(asked) < 40 * 20 * MOST


def test_pieces_and_batches_are_their_sums():
    """Pieces add up, members of a batch stay apart, and no call asks for more points than it may."""
    asked = []

    def integrand(piece, s):
        asked.append(s.size)
        value = np.stack([s**piece, np.exp(s) * (piece == 1)], axis=-1)[..., None] * np.array([1.0, 2.0])
        return value, np.max(np.abs(value), axis=-1)

    value, _, _ = integrate(integrand, 3, 40)
    want = np.array([1 + 1 / 2 + 1 / 3, np.e - 1])[:, None] * np.array([1.0, 2.0])
    np.testing.assert_allclose(value, want, rtol=1e-14)
    assert max(asked) <= 40
