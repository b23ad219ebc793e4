"""What a thin day leaves out of a product of parameters, and that it leaves out nothing of a kind."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from thinning import cover


@pytest.mark.parametrize("sizes", [(1,), (7,), (2, 5), (3, 3, 3), (2, 9, 17)])
def test_every_value_occurs_and_hardly_any_set_is_for_nothing(sizes: tuple[int, ...]) -> None:
    """As few sets as the longest list has values, and none that a list is used up by."""
    sets = [dict(zip("abc", each, strict=False)) for each in product(*map(range, sizes))]
    chosen = [each for each, stays in zip(sets, cover(sets), strict=True) if stays]
    for name, size in zip("abc", sizes, strict=False):
        occurs = [each[name] for each in chosen]
        assert set(occurs) == set(range(size))
        assert max(map(occurs.count, occurs)) <= -(-len(chosen) // size) + 1
    assert len(chosen) == max(sizes)


def test_values_of_any_kind() -> None:
    """Those that are equal and of different types are different, and an array is told by itself."""
    one = np.zeros(2)
    sets = [{"a": value} for value in (1, 1.0, True, "1", None, one, one, np.zeros(2), [1], {})]
    assert cover(sets) == [True] * 6 + [False] + [True] * 3


def test_the_same_day_every_day() -> None:
    """Processes that share the tests agree on them."""
    sets = [{"a": a, "b": b} for a in ("x", "y", "z") for b in (len, max)]
    assert cover(sets) == cover(list(sets)) == [True, False, False, True, True, False]
