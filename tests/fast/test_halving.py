"""Bisections made several at a time are those made one by one."""

import numpy as np
import pytest

from electronwind import PrecisionError
from electronwind.fast.halving import bisected


def one_by_one(low, high, beyond, count):
    for _ in range(count):
        middle = (low + high) / 2
        above = beyond(middle[:, None])[:, 0]
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return low, high


@pytest.mark.parametrize("count", [0, 1, 3, 4, 10, 40])
def test_the_ends_are_those_of_single_bisections(count):
    """To the last bit, also where several crossings lie in one interval."""
    rng = np.random.default_rng(count)
    low = rng.normal(size=5)
    high, speed = low + rng.uniform(0.1, 30.0, 5), rng.uniform(0.1, 9.0, (5, 1))

    def beyond(points):
        return np.sin(speed * points) > 0.2

    for got, want in zip(
        bisected(low, high, beyond, count), one_by_one(low, high, beyond, count), strict=True
    ):
        assert np.array_equal(got, want)


def test_points_that_have_no_answer():
    """A refusal at a point that single bisections pass by changes nothing; one that they meet is raised."""

    def beyond(points):
        if np.any(points == hole):
            raise PrecisionError("no answer here")
        return points < 0.3

    ends = np.array([0.0]), np.array([1.0])
    hole = 0.75
    got = bisected(*ends, beyond, 8)
    assert np.array_equal(got, one_by_one(*ends, beyond, 8))
    hole = 0.25
    with pytest.raises(PrecisionError, match="no answer here"):
        bisected(*ends, beyond, 8)


def test_few_questions():
    """Forty bisections of any number of intervals take ten questions."""
    asked = []
    bisected(np.zeros(3), np.ones(3), lambda points: asked.append(points.shape) or points < 0.3, 40)
    assert asked == [(3, 15)] * 10
