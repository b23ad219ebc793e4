"""The problems that hypothesis draws, and shrinks, follow from the seed alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.strategies import SearchStrategy

from ..core.check import Problem

__all__ = ["draw", "from_the_seed_alone"]

# Of hypothesis, and not public: versions that mix nothing in lack it.
MIXES = "_maybe_draw_constant"


@contextmanager
def from_the_seed_alone() -> Iterator[None]:
    """Have hypothesis mix in no numbers that are written in source files.

    It takes them from all modules that are loaded and not in site-packages: an edit of the solver, or one
    more import, would make other problems of the same seed. To read them takes seconds in each process.
    """
    if not hasattr(HypothesisProvider, MIXES):
        yield
        return
    mixing = getattr(HypothesisProvider, MIXES)
    setattr(HypothesisProvider, MIXES, lambda *_, **__: None)
    try:
        yield
    finally:
        setattr(HypothesisProvider, MIXES, mixing)


def draw(problems: SearchStrategy[Problem], example: Callable[[Problem], Any], seed: int, count: int) -> None:
    """Draw problems until the count or an error, and then smaller ones with the error.

    Parameters
    ----------
    problems : SearchStrategy
        Draws one.
    example : callable
        Judges one, and raises where it is wrong.
    seed, count : int
        What fixes the problems, and how many there are.
    """

    # hypothesis takes no method.
    def judge(problem: Problem) -> None:
        example(problem)

    test = hypothesis.seed(seed)(hypothesis.given(problems)(judge))
    settings = hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType] - an enum lists its members
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    with from_the_seed_alone():
        settings(test)()
