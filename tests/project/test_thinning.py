"""What a thin day leaves out of a product of parameters, and that it leaves out nothing of a kind."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import thinning
from thinning import cover, spread

pytest_plugins = ["pytester"]


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


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_the_most_of_a_day_are_spread(most: int) -> None:
    """So many of those chosen stay as were asked for, the first among them; none that was not chosen."""
    chosen = [False, True, True, False, True, True, True]
    kept = spread(chosen, most)
    assert sum(kept) == most
    assert kept[1]
    assert not any(one and not was for one, was in zip(kept, chosen, strict=True))
    assert spread(chosen, None) == spread(chosen, 9) == chosen


CONFTEST = f"""
import sys

sys.path.insert(0, {str(Path(thinning.__file__).parent)!r})
import pytest
from thinning import dear

@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem():
    made = yield
    if isinstance(made, list):
        dear(made)
    return made
"""
DAY = """
import pytest

@pytest.mark.night("dear")
@pytest.mark.parametrize("kind", ["cheap", "dear", "dear too"])
def test_one(kind): assert kind == "cheap"
"""


def test_a_word_of_the_night(pytester: pytest.Pytester) -> None:
    """Whose id has it is slow; a word that names none, or all, is a mistake."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(DAY)
    pytester.runpytest("-m", "not slow").assert_outcomes(passed=1, deselected=2)
    for word in ("cheep", "e"):
        pytester.makepyfile(DAY.replace('night("dear")', f'night("{word}")'))
        said = pytester.runpytest("-m", "not slow")
        said.stdout.fnmatch_lines([f"*night: '{word}' names * of 3 parameter sets*"])
        assert said.ret != 0
