"""How long the suite spends on right values, so that a report can tell whose time a run was."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["ORACLE", "Stopwatch"]

P = ParamSpec("P")
R = TypeVar("R")


class Stopwatch:
    """Adds up the time inside some functions; inside one another they count once.

    Attributes
    ----------
    seconds : float
        Time so far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._running = False

    def times(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function with its time added up here."""

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            if self._running:
                return function(*args, **kwargs)
            self._running = True
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start
                self._running = False

        return timed


# The reference, the fast solver where it polices, and the condition numbers.
ORACLE = Stopwatch()
