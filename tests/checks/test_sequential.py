"""Sequential tests of random runs: how often they err, and what they find on small samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from electronwind import DYNAMICS
from electronwind.validation.checks.catalogue import all_checks
from electronwind.validation.checks.motion.statistical import (
    ALPHA,
    TESTS,
    Statistic,
    products,
    sequential,
    squares,
)

CHECKS = {id: check for id, check in all_checks().items() if set(check.observables) & set(DYNAMICS)}


def alarmed(comparisons: Any) -> bool:
    return any(comparison.error > 0 for comparison in comparisons)


def sampled(draw: np.random.Generator, factor: float = 1.0) -> Any:
    def sample(look: int) -> dict[str, Statistic]:
        z = np.sqrt(factor) * draw.standard_normal((2, 16 * 4**look))
        return {"strength": squares(z), "pairs": products(z[0], z[1])}

    return sample


def test_false_alarms_are_as_rare_as_stated() -> None:
    """A right solver fails with the probability stated, and hardly less often."""
    draw, alpha, runs = np.random.default_rng(1), 0.05, 2000
    count = sum(alarmed(sequential(3, sampled(draw), alpha=alpha)) for _ in range(runs))
    # Two statistics share the looks; three standard deviations of a count.
    most = 2 * alpha * runs
    assert 0.7 * most < count < most + 3 * np.sqrt(most)


def test_the_budget_of_false_alarms_is_split() -> None:
    """All statistics of all problems of all checks together stay within one in a million."""
    statistical = [id for id, check in CHECKS.items() if check.tier == "statistical" and "seed" not in id]
    assert len(statistical) * 10 * 8 <= TESTS
    assert ALPHA <= 1e-6


def test_wrong_noise_is_found_on_a_small_sample() -> None:
    """Noise of twice the strength is found, nearly always at the first or second look."""
    draw = np.random.default_rng(2)
    assert all(alarmed(sequential(3, sampled(draw, 2.0))) for _ in range(200))


def test_products_are_normal_whatever_the_partner() -> None:
    """The bound for products holds for partners of any size: a heavy tail does not loosen it."""
    draw = np.random.default_rng(3)
    heavy = draw.standard_cauchy((2000, 8))
    seen = np.array([products(a, draw.standard_normal(8)).mean * np.sqrt(8) for a in heavy])
    assert np.mean(np.abs(seen) > 1.959964) == pytest.approx(0.05, abs=0.015)
    assert np.std(seen) == pytest.approx(1.0, abs=0.06)


def test_bounds_of_squares_are_those_of_chi_squared() -> None:
    """The interval leaves out what it says, on both sides."""
    draw = np.random.default_rng(4)
    low, high = squares(np.zeros((8, 4))).bounds(0.1)
    means = np.mean(draw.standard_normal((4000, 32)) ** 2, axis=1)
    assert np.mean(means < low) == pytest.approx(0.05, abs=0.012)
    assert np.mean(means > high) == pytest.approx(0.05, abs=0.012)


def test_a_mirrored_sample_is_told_from_a_fresh_one() -> None:
    """Noise that mirrors itself in time is found; that defect is in a published code."""
    z = np.random.default_rng(5).standard_normal((16, 24))
    z[:, 12:] = z[:, 11::-1]
    low, high = (found := products(z[:, :12], z[:, :11:-1])).bounds(ALPHA / TESTS)
    assert not low <= found.mean <= high
