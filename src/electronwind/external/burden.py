"""What a Python solver costs its process, call after call: beside it, as in `caller`."""

from __future__ import annotations

import copy
import gc
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .caller import Found, Question

__all__ = ["FEWEST", "burden"]

# Calls before anything is measured: what is made once is made then.
WARM = 5
# With fewer calls no trend is told from chance.
FEWEST = 30
# Seconds that these may take.
LONGEST = 3.0
# Sums of the memory in use are taken so often.
LOOKS = 3


def burden(solver: Any, question: Question, calls: int, seconds: float) -> Found:
    """Return what memory and time the calls of a series take, all of them about one question.

    Parameters
    ----------
    solver : object
        The solver.
    question : Question
        What is asked.
    calls : int
        Length of a series of times; less, but not below `FEWEST`, where it would take longer than this:
    seconds : float
        Time for each series.

    Returns
    -------
    dict
        ``memory``, shape (3,): bytes in use after each third of a series, as Python and numpy count them;
        ``asked``, how many calls lie between two of them; ``times``, shape (2, calls): processor time of each
        call of two series, one after the other, in units of that of a piece of work next to it which is
        always the same.

    Raises
    ------
    NotImplementedError
        A call takes so long that `FEWEST` of them are too many.
    """

    def call() -> None:
        getattr(solver, question.name)(
            question.problem, *copy.deepcopy(question.arguments), **question.options
        )

    call()
    each = _least(call, 1)
    if each * FEWEST > LONGEST:
        raise NotImplementedError(f"a call takes {each:.2g} s, too long for a series of {FEWEST}")
    each = _least(call, WARM)
    calls = min(calls, max(FEWEST, int(seconds / each)))
    third = FEWEST // LOOKS
    return {
        "times": np.array([_times(call, calls) for _ in range(2)]),
        "memory": _memory(call, third),
        "asked": np.array(float(third)),
    }


def _least(call: Callable[[], None], count: int) -> float:
    """Return the processor time of a call, the least of some."""
    found = []
    for _ in range(count):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return max(min(found), 1e-9)


def _times(call: Callable[[], None], calls: int) -> list[float]:
    work = np.random.default_rng(0).normal(size=(24, 24))
    found = []
    for _ in range(calls):
        start = time.process_time_ns()
        call()
        middle = time.process_time_ns()
        # The same processor, caches and neighbours: what they do to one they do to the other.
        np.linalg.eigvals(work)
        found.append((middle - start) / max(time.process_time_ns() - middle, 1))
    return found


def _memory(call: Callable[[], None], third: int) -> NDArray[Any]:
    found, running = [], tracemalloc.is_tracing()
    gc.collect()
    # Objects of before are not looked through again and again.
    gc.freeze()
    if not running:
        tracemalloc.start()
    try:
        for _ in range(LOOKS):
            for _ in range(third):
                call()
            gc.collect()
            found.append(tracemalloc.get_traced_memory()[0])
    finally:
        if not running:
            tracemalloc.stop()
        gc.unfreeze()
    return np.array(found, dtype=float)
