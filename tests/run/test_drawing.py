"""The problems of a seed: the same whatever else is loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from electronwind.models import single_level
from electronwind.validation.core.check import Problem
from electronwind.validation.run import drawing

# Before the session of these tests does without, too.
MIXES = getattr(providers.HypothesisProvider, drawing.MIXES)
NUMBERS = range(1_000_003, 1_000_403)
HERE = single_level().at([0.0])
PROBLEMS = st.lists(st.integers(0, 2**40), min_size=20, max_size=20).map(
    lambda drawn: Problem(HERE, {"drawn": drawn})
)


def drawn(seed: int) -> list[Any]:
    """Return the numbers that are drawn, as in a process that has drawn nothing."""
    found: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers.HypothesisProvider, drawing.MIXES, MIXES)
        patch.setattr(providers, "CONSTANTS_CACHE", type(providers.CONSTANTS_CACHE)(1024))
        drawing.draw(PROBLEMS, lambda problem: found.append(problem.numbers["drawn"]), seed, 10)
    return found


def test_other_modules_make_no_other_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the user's, loaded or not and whatever is written in it, changes no problem of a seed."""
    before = drawn(1)
    path = tmp_path / "numbers_of_mine.py"
    path.write_text(f"N = {list(NUMBERS)}\n")
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, path.stem, module)
    assert drawn(1) == before
    assert drawn(2) != before
    assert not set(NUMBERS) & {number for numbers in before for number in numbers}


def test_hypothesis_is_left_as_it_was() -> None:
    """The tests of a user who judges a solver in one session with them draw as ever."""
    mixes = getattr(providers.HypothesisProvider, drawing.MIXES)
    drawn(1)
    assert getattr(providers.HypothesisProvider, drawing.MIXES) is mixes
